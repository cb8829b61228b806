package stasis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// Limits of the native link: fewer connections than Asterisk's sessionlimit, let go of
// sooner than after its session_keep_alive.
const (
	maxConnections    = 64
	idleTimeout       = 10 * time.Second
	maxReplyBytes     = 8 << 20
	maxErrorBytes     = 4 << 10
	dialTimeout       = 3 * time.Second
	DefaultCommandFor = 5 * time.Second
)

// NativeOptions say where Asterisk is.
type NativeOptions struct {
	// URL is the base of ARI, such as http://127.0.0.1:8088/ari.
	URL, User, Password string
	// App is the name of the Stasis application.
	App string
	// CommandFor bounds every command; 0 is DefaultCommandFor.
	CommandFor time.Duration
	Log        zerolog.Logger
}

// Native is a link over Asterisk's own HTTP server.
type Native struct {
	options NativeOptions
	base    *url.URL
	http    *http.Client
	// refused counts events the library could not decode.
	refused atomic.Uint64
}

// NewNative makes a link; nothing is connected before Listen.
func NewNative(o NativeOptions) (*Native, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("ARI URL %q: write it like http://127.0.0.1:8088/ari", o.URL)
	}
	if o.CommandFor == 0 {
		o.CommandFor = DefaultCommandFor
	}
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		MaxConnsPerHost:       maxConnections,
		MaxIdleConnsPerHost:   maxConnections,
		MaxIdleConns:          maxConnections,
		IdleConnTimeout:       idleTimeout,
		ResponseHeaderTimeout: o.CommandFor,
	}
	return &Native{options: o, base: base, http: &http.Client{Transport: transport}}, nil
}

// Close lets go of idle connections.
func (n *Native) Close() { n.http.CloseIdleConnections() }

// StatusError is Asterisk's refusal of a command.
type StatusError struct {
	Command string
	Status  int
	Message string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("asterisk refused %s: %d %s", e.Command, e.Status, e.Message)
}

// Is lets a 404 be recognised as ErrNoSuchChannel.
func (e *StatusError) Is(target error) bool {
	return target == ErrNoSuchChannel && e.Status == http.StatusNotFound
}

// command is one request to ARI.
type command struct {
	method, path string
	query        url.Values
	body         any
	reply        any
	// makes is the path of what the command makes under an ID chosen beforehand.
	// Where it is there after a broken connection, the command was carried out.
	makes string
	// once says that the command must not be sent again, even if it may be lost.
	once bool
}

// do carries a command out. If the connection breaks before the reply, it is unknown
// whether it was: where the command makes something, that is looked for; else the command
// is repeated once, unless that would do harm.
func (n *Native) do(ctx context.Context, c command) error {
	ctx, cancel := context.WithTimeout(ctx, n.options.CommandFor)
	defer cancel()
	err := n.send(ctx, c)
	if !broken(err) || c.once || ctx.Err() != nil {
		return err
	}
	n.options.Log.Warn().Err(err).Str("command", c.method+" "+c.path).Msg("connection broke before the reply")
	if c.makes != "" && n.send(ctx, command{method: "GET", path: c.makes}) == nil {
		return nil
	}
	return n.send(ctx, c)
}

// broken says whether the connection ended before the reply came.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func (n *Native) send(ctx context.Context, c command) error {
	target := n.base.JoinPath(strings.Split(c.path, "/")...)
	target.RawQuery = c.query.Encode()
	body, err := encodeBody(c.body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, c.method, target.String(), body)
	if err != nil {
		return err
	}
	request.SetBasicAuth(n.options.User, n.options.Password)
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := n.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return statusError(c, response)
	}
	if c.reply == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxReplyBytes)) // keeps the connection usable
		return err
	}
	return json.NewDecoder(io.LimitReader(response.Body, maxReplyBytes)).Decode(c.reply)
}

func encodeBody(v any) (io.Reader, error) {
	if v == nil {
		return http.NoBody, nil
	}
	b, err := json.Marshal(v)
	return bytes.NewReader(b), err
}

func statusError(c command, r *http.Response) error {
	var said struct{ Message string }
	text, _ := io.ReadAll(io.LimitReader(r.Body, maxErrorBytes))
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = http.StatusText(r.StatusCode)
	}
	return &StatusError{Command: c.method + " " + c.path, Status: r.StatusCode, Message: said.Message}
}

// Channels lists the live channels of the switch, ours or not. The library's own
// List stamps every channel of the box as ours; the dialplan fields tell.
func (n *Native) Channels(ctx context.Context) ([]Channel, error) {
	var reply []struct {
		ID, State string
		Dialplan  struct {
			AppName string `json:"app_name"`
			AppData string `json:"app_data"`
		}
	}
	if err := n.do(ctx, command{method: "GET", path: "channels", reply: &reply}); err != nil {
		return nil, err
	}
	channels := make([]Channel, len(reply))
	for i, c := range reply {
		channels[i] = Channel{ID: c.ID, State: c.State}
		if c.Dialplan.AppName == "Stasis" {
			channels[i].App, channels[i].Args, _ = strings.Cut(c.Dialplan.AppData, ",")
		}
	}
	return channels, nil
}

// Create makes a channel in our application without dialling it.
func (n *Native) Create(ctx context.Context, c NewChannel) error {
	query := url.Values{"endpoint": {c.Endpoint}, "app": {n.options.App}, "appArgs": {c.Args}, "channelId": {c.ID}}
	if c.Originator != "" {
		query.Set("originator", c.Originator)
	}
	return n.do(ctx, command{
		method: "POST", path: "channels/create", makes: "channels/" + c.ID, query: query,
		body: map[string]any{"variables": c.Variables},
	})
}

// Dial calls a created channel with no caller of its own: a caller given here would
// show the callee the inbound number. It is never repeated, since a second dial kills
// the leg; after a broken connection the channel's state tells whether it was dialled.
func (n *Native) Dial(ctx context.Context, channel string, ring time.Duration) error {
	err := n.do(ctx, command{
		method: "POST", path: "channels/" + channel + "/dial", once: true,
		query: url.Values{"timeout": {strconv.FormatInt(int64(ring/time.Second), 10)}},
	})
	if !broken(err) {
		return err
	}
	var now struct{ State string }
	if n.do(ctx, command{method: "GET", path: "channels/" + channel, reply: &now}) == nil && now.State != stateDown {
		return nil
	}
	return err
}

// Answer answers a channel; answering again is harmless.
func (n *Native) Answer(ctx context.Context, channel string) error {
	return n.do(ctx, command{method: "POST", path: "channels/" + channel + "/answer"})
}

// Hangup ends a channel with a Q.850 cause. One that has gone is as it should be.
func (n *Native) Hangup(ctx context.Context, channel string, cause int) error {
	err := n.do(ctx, command{
		method: "DELETE", path: "channels/" + channel,
		query: url.Values{"reason_code": {strconv.Itoa(cause)}},
	})
	if errors.Is(err, ErrNoSuchChannel) {
		return nil
	}
	return err
}

// Ring makes a channel hear ringing, or stops it.
func (n *Native) Ring(ctx context.Context, channel string, on bool) error {
	method := "DELETE"
	if on {
		method = "POST"
	}
	return n.do(ctx, command{method: method, path: "channels/" + channel + "/ring"})
}

// Set sets a variable or a dialplan function of a channel.
func (n *Native) Set(ctx context.Context, channel, variable, value string) error {
	return n.do(ctx, command{
		method: "POST", path: "channels/" + channel + "/variable",
		query: url.Values{"variable": {variable}, "value": {value}},
	})
}

// notSet is how Asterisk says that a variable is not set. With the same status it says
// that the channel has gone, of which nothing is known any more.
const notSet = "Provided variable was not found"

// Get reads a variable or a dialplan function of a channel.
func (n *Native) Get(ctx context.Context, channel, variable string) (string, error) {
	var reply struct{ Value string }
	err := n.do(ctx, command{
		method: "GET", path: "channels/" + channel + "/variable", reply: &reply,
		query: url.Values{"variable": {variable}},
	})
	var refused *StatusError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.Message == notSet {
		err = nil
	}
	return reply.Value, err
}

// Play queues media on a channel as one playback.
func (n *Native) Play(ctx context.Context, channel, playback string, media []string) error {
	return n.do(ctx, command{
		method: "POST", path: "channels/" + channel + "/play/" + playback, makes: "playbacks/" + playback,
		query: url.Values{"media": {strings.Join(media, ",")}},
	})
}

// StopPlayback stops a playback; one that has ended is as it should be.
func (n *Native) StopPlayback(ctx context.Context, playback string) error {
	err := n.do(ctx, command{method: "DELETE", path: "playbacks/" + playback})
	if errors.Is(err, ErrNoSuchChannel) {
		return nil
	}
	return err
}

// Bridges lists the bridges our application has made: they carry its name, since
// another platform on the same switch may call them alike.
func (n *Native) Bridges(ctx context.Context) ([]string, error) {
	var reply []struct{ ID, Name string }
	if err := n.do(ctx, command{method: "GET", path: "bridges", reply: &reply}); err != nil {
		return nil, err
	}
	var ids []string
	for _, b := range reply {
		if b.Name == n.options.App {
			ids = append(ids, b.ID)
		}
	}
	return ids, nil
}

// Bridge makes a mixing bridge that still reports digits.
func (n *Native) Bridge(ctx context.Context, bridge string) error {
	return n.do(ctx, command{
		method: "POST", path: "bridges/" + bridge, makes: "bridges/" + bridge,
		query: url.Values{"type": {"mixing,dtmf_events"}, "name": {n.options.App}},
	})
}

// Join puts channels into a bridge without presenting them to each other: the bridge
// would otherwise show the callee the caller's own number, at an unknown moment.
func (n *Native) Join(ctx context.Context, bridge string, channels ...string) error {
	return n.do(ctx, command{
		method: "POST", path: "bridges/" + bridge + "/addChannel",
		query: url.Values{"channel": {strings.Join(channels, ",")}, "inhibitConnectedLineUpdates": {"true"}},
	})
}

// DestroyBridge takes a bridge away; one that has gone is as it should be.
func (n *Native) DestroyBridge(ctx context.Context, bridge string) error {
	err := n.do(ctx, command{method: "DELETE", path: "bridges/" + bridge})
	if errors.Is(err, ErrNoSuchChannel) {
		return nil
	}
	return err
}
