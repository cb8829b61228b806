package ariserver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience bounds every wait of a test; it only runs out when something is broken.
const patience = 20 * time.Second

// event is what a client sees of an event.
type event struct {
	Type       string
	Timestamp  string
	AsteriskID string `json:"asterisk_id"`
	Args       []string
	Cause      int
	Soft       bool
	TechCause  int `json:"tech_cause"`
	Digit      string
	DialStatus string
	Variable   string
	Value      string
	Channel    channelJSON
	Peer       channelJSON
	Playback   playbackJSON
	Bridge     bridgeJSON
}

// String is short enough to compare.
func (e event) String() string {
	switch e.Type {
	case "Dial":
		return "Dial " + e.DialStatus
	case "ChannelDtmfReceived":
		return "Dtmf " + e.Digit
	case "ChannelStateChange":
		return "State " + e.Channel.State
	case "ChannelDestroyed":
		return fmt.Sprint("Destroyed ", e.Cause)
	case "ChannelHangupRequest":
		return fmt.Sprint("HangupRequest ", e.Cause)
	case "ChannelConnectedLine":
		return "Connected " + e.Channel.Connected.Number
	case "ChannelVarset":
		return "Varset " + e.Variable + "=" + e.Value
	case "PlaybackStarted", "PlaybackContinuing", "PlaybackFinished":
		return strings.TrimPrefix(e.Type, "Playback") + " " + e.Playback.ID + " " + strings.TrimPrefix(e.Playback.MediaURI, "sound:")
	}
	return e.Type
}

// client is a plain ARI client.
type client struct {
	t      *testing.T
	ctx    context.Context
	server *Server
	http   *http.Client
	socket *websocket.Conn
}

// start brings up a fake Asterisk and a client with a WebSocket.
func start(t *testing.T, o Options) (*Server, *client) {
	t.Helper()
	s := New(o)
	t.Cleanup(s.Close)
	c := newClient(t, s)
	c.connect()
	return s, c
}

func newClient(t *testing.T, s *Server) *client {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errTooLong)
	transport := &http.Transport{}
	t.Cleanup(func() {
		cancel()
		transport.CloseIdleConnections()
	})
	return &client{t: t, ctx: ctx, server: s, http: &http.Client{Transport: transport}}
}

var errTooLong = fmt.Errorf("nothing for %v", patience)

func (c *client) socketURL() string {
	o := c.server.options
	return fmt.Sprintf("%s/events?app=%s&api_key=%s:%s", c.server.URL(), o.App, o.User, o.Password)
}

func (c *client) connect() {
	c.t.Helper()
	conn, _, err := websocket.Dial(c.ctx, c.socketURL(), nil)
	if err != nil {
		c.t.Fatalf("connect: %v", err)
	}
	c.socket = conn
	c.t.Cleanup(func() { _ = conn.CloseNow() })
}

// raw returns the next message of the WebSocket.
func (c *client) raw() (string, error) {
	_, message, err := c.socket.Read(c.ctx)
	return string(message), err
}

// next returns the next event.
func (c *client) next() event {
	c.t.Helper()
	message, err := c.raw()
	if err != nil {
		c.t.Fatalf("read an event: %v", err)
	}
	var e event
	if err := json.Unmarshal([]byte(message), &e); err != nil {
		c.t.Fatalf("decode %s: %v", message, err)
	}
	return e
}

// until returns the next event of the form, passing over others.
func (c *client) until(form string) event {
	c.t.Helper()
	for {
		if e := c.next(); e.String() == form {
			return e
		}
	}
}

// expect checks the next events, in this order and no other between.
func (c *client) expect(forms ...string) {
	c.t.Helper()
	var got []string
	for range forms {
		got = append(got, c.next().String())
	}
	if !slices.Equal(got, forms) {
		c.t.Fatalf("events\n got %q\nwant %q", got, forms)
	}
}

// quiet checks that no event came before a mark sent now.
func (c *client) quiet() {
	c.t.Helper()
	c.server.SendRaw(`{"type":"Mark"}`)
	c.expect("Mark")
}

// try sends a request and returns status and body.
func (c *client) try(method, path string, body ...string) (int, string, error) {
	request, err := http.NewRequestWithContext(c.ctx, method, c.server.URL()+path, strings.NewReader(strings.Join(body, "")))
	if err != nil {
		return 0, "", err
	}
	request.SetBasicAuth(c.server.options.User, c.server.options.Password)
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// do sends a request that succeeds and returns its body.
func (c *client) do(method, path string, body ...string) string {
	c.t.Helper()
	status, text, err := c.try(method, path, body...)
	if err != nil || status >= 300 {
		c.t.Fatalf("%s %s: %d %s, %v", method, path, status, text, err)
	}
	return text
}

// background sends a request and returns a function that waits for its status.
func (c *client) background(method, path string) (wait func() int) {
	var status int
	var group sync.WaitGroup
	group.Go(func() { status, _, _ = c.try(method, path) })
	return func() int {
		group.Wait()
		return status
	}
}

// arrived waits for a request.
func (c *client) arrived(method, pattern string) {
	c.t.Helper()
	if _, err := c.server.WaitRequest(c.ctx, On(method, pattern)); err != nil {
		c.t.Fatal(err)
	}
}

// reading reads on in the background, as a ping needs; no event is read after it.
func (c *client) reading() context.Context { return c.socket.CloseRead(c.ctx) }
