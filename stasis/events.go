package stasis

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/coder/websocket"
)

// Limits of the event socket.
const (
	maxEventBytes   = 1 << 20
	firstBackoff    = 100 * time.Millisecond
	longestBackoff  = 5 * time.Second
	pingEvery       = 10 * time.Second
	pingWithin      = 10 * time.Second
	connectWithin   = 5 * time.Second
	steadyAfter     = 10 * time.Second
	replacedByOther = "ApplicationReplaced"
)

// Listen keeps the event socket open until ctx ends or another instance takes the
// application. While Asterisk is away it waits, and says so once a connection.
func (n *Native) Listen(ctx context.Context, h EventHandler) error {
	backoff := firstBackoff
	for {
		begun := time.Now()
		err := n.session(ctx, h)
		if ctx.Err() != nil || errors.Is(err, ErrReplaced) {
			return err
		}
		if time.Since(begun) > steadyAfter {
			backoff = firstBackoff
		}
		h.Disconnected(err)
		select {
		case <-time.After(backoff/2 + rand.N(backoff)):
		case <-ctx.Done():
			return ctx.Err()
		}
		backoff = min(2*backoff, longestBackoff)
	}
}

// session is one connection, from hello to its end.
func (n *Native) session(ctx context.Context, h EventHandler) error {
	socket, err := n.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go keepAlive(ctx, cancel, socket)
	go n.onlyWanted(ctx) // no caller waits for it
	h.Connected()
	for {
		_, data, err := socket.Read(ctx)
		if err != nil {
			return err
		}
		event, err := ari.DecodeEvent(data)
		if err != nil || event == nil {
			n.refuse(data, err)
			continue
		}
		if event.GetType() == replacedByOther {
			return ErrReplaced
		}
		h.Event(event)
	}
}

// wanted are the events used here. Asterisk sends about three times as many for a call, and
// each would have to be decoded.
var wanted = []string{
	"StasisStart", "StasisEnd", "ChannelStateChange", "ChannelDtmfReceived", "Dial",
	"ChannelHangupRequest", "ChannelDestroyed", "PlaybackFinished", replacedByOther,
}

// onlyWanted asks Asterisk to send nothing else. A switch that does not know how sends
// everything, which costs time and nothing more.
func (n *Native) onlyWanted(ctx context.Context) {
	allowed := make([]map[string]string, len(wanted))
	for i, kind := range wanted {
		allowed[i] = map[string]string{"type": kind}
	}
	err := n.do(ctx, command{
		method: "PUT", path: "applications/" + n.options.App + "/eventFilter",
		body: map[string]any{"allowed": allowed},
	})
	if err != nil && ctx.Err() == nil {
		n.options.Log.Debug().Err(err).Msg("event filter")
	}
}

func (n *Native) connect(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	target := n.base.JoinPath("events")
	target.RawQuery = url.Values{"app": {n.options.App}}.Encode()
	target.Scheme = map[string]string{"http": "ws", "https": "wss"}[n.base.Scheme]
	asUser := &websocket.DialOptions{HTTPHeader: n.credentials()}
	// The body only carries the reason of a refused handshake, which err has too.
	socket, _, err := websocket.Dial(ctx, target.String(), asUser) //nolint:bodyclose
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(maxEventBytes)
	return socket, nil
}

// keepAlive finds out that a peer has vanished without closing the connection.
func keepAlive(ctx context.Context, gone context.CancelFunc, socket *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pinged, cancel := context.WithTimeout(ctx, pingWithin)
		err := socket.Ping(pinged)
		cancel()
		if err != nil {
			gone()
			return
		}
	}
}

// refuse skips an event this version of the library does not know.
func (n *Native) refuse(data []byte, err error) {
	const shown = 200
	n.refused.Add(1)
	n.options.Log.Debug().Err(err).Str("event", string(data[:min(len(data), shown)])).Msg("event skipped")
}

// Refused counts the events skipped because the library could not decode them.
func (n *Native) Refused() uint64 { return n.refused.Load() }

// credentials go into a header, not into the URL as api_key: URLs end up in logs.
func (n *Native) credentials() http.Header {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(n.options.User, n.options.Password)
	return r.Header
}
