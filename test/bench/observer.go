package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"cccp/test/asterisk"
)

const (
	// observerApp is a second application, beside ccd's.
	observerApp = "cccp-bench"
	// callersEndpoint is where callers come in, as pjsip.conf names it.
	callersEndpoint = "endpoint:PJSIP/cccp-callers"
	// eventTime is how Asterisk writes times.
	eventTime = "2006-01-02T15:04:05.000-0700"
	// observerReadLimit bounds one event, in bytes.
	observerReadLimit = 1 << 20
)

// observer hears from Asterisk itself when callers' digits were recognised: the same
// events that ccd gets, on a socket of its own.
type observer struct {
	socket *websocket.Conn
	done   chan struct{}

	mu    sync.Mutex
	typed map[string]string     // by caller, so far
	ended map[string]recognised // by caller: the last number
}

// recognised is a number typed, and its end.
type recognised struct {
	number string
	stamp  time.Time // Asterisk's own, in whole milliseconds rounded down
	heard  time.Time // when the event reached us
}

// observe subscribes to the callers' channels, digits only: every event more would be
// work for the Asterisk that is measured.
func observe(ctx context.Context, a *asterisk.Asterisk) (*observer, error) {
	target := strings.Replace(a.ARIURL, "http", "ws", 1) + "/events?" + url.Values{
		"app": {observerApp}, "api_key": {a.ARIUser + ":" + a.ARIPassword},
	}.Encode()
	socket, _, err := websocket.Dial(ctx, target, nil) //nolint:bodyclose // of a handshake
	if err != nil {
		return nil, fmt.Errorf("observe Asterisk: %w", err)
	}
	socket.SetReadLimit(observerReadLimit)
	o := &observer{
		socket: socket,
		done:   make(chan struct{}),
		typed:  map[string]string{},
		ended:  map[string]recognised{},
	}
	filter := `{"allowed":[{"type":"ChannelDtmfReceived"}]}`
	err = errors.Join(
		askARI(ctx, a, http.MethodPut, "applications/"+observerApp+"/eventFilter", filter),
		askARI(ctx, a, http.MethodPost, "applications/"+observerApp+"/subscription?eventSource="+callersEndpoint, ""),
	)
	if err != nil {
		return nil, errors.Join(err, socket.CloseNow())
	}
	go o.listen(context.WithoutCancel(ctx))
	return o, nil
}

func askARI(ctx context.Context, a *asterisk.Asterisk, method, path, body string) error {
	request, err := http.NewRequestWithContext(ctx, method, a.ARIURL+"/"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.SetBasicAuth(a.ARIUser, a.ARIPassword)
	request.Header.Set("Content-Type", "application/json")
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("observe Asterisk: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("observe Asterisk: %s %s: %s %s", method, path, response.Status, text)
	}
	return nil
}

// listen ends when the socket is closed.
func (o *observer) listen(ctx context.Context) {
	defer close(o.done)
	for {
		_, text, err := o.socket.Read(ctx)
		if err != nil {
			return
		}
		o.note(text, time.Now())
	}
}

func (o *observer) note(text []byte, at time.Time) {
	var e struct {
		Type, Timestamp, Digit string
		Channel                struct{ Caller struct{ Number string } }
	}
	if json.Unmarshal(text, &e) != nil || e.Type != "ChannelDtmfReceived" {
		return
	}
	stamp, err := time.Parse(eventTime, e.Timestamp)
	if err != nil {
		return
	}
	caller := e.Channel.Caller.Number
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.Digit != endKey {
		o.typed[caller] += e.Digit
		return
	}
	if number := o.typed[caller]; number != "" { // else one key made two
		o.ended[caller] = recognised{number, stamp, at}
		delete(o.typed, caller)
	}
}

// last is the number that Asterisk recognised last of a caller.
func (o *observer) last(caller string) recognised {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended[caller]
}

func (o *observer) close() {
	_ = o.socket.CloseNow()
	<-o.done
}
