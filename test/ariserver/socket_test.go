package ariserver

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestSocketIsRefused(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	c := newClient(t, s)
	full := c.socketURL()
	tests := []struct {
		name, url string
		status    int
	}{
		{"without password", strings.Replace(full, "secret", "", 1), 401},
		{"without application", strings.Replace(full, "app=cccp", "", 1), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, response, err := websocket.Dial(c.ctx, tt.url, nil)
			if err == nil || response == nil || response.StatusCode != tt.status {
				t.Errorf("got %v, %v", response, err)
			}
		})
	}
	t.Run("on demand", func(t *testing.T) {
		s.RefuseSockets(true)
		if _, response, err := websocket.Dial(c.ctx, full, nil); err == nil || response != nil {
			t.Errorf("got %v, %v", response, err)
		}
		s.RefuseSockets(false)
		c.connect()
	})
	t.Run("by a fault", func(t *testing.T) {
		s.Fail(On("GET", "/events"), Fault{Status: 503})
		_, response, err := websocket.Dial(c.ctx, full, nil)
		if err == nil || response == nil || response.StatusCode != 503 {
			t.Errorf("got %v, %v", response, err)
		}
	})
}

func TestSocketTakesBasicAuthAndSubprotocol(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	c := newClient(t, s)
	url, _, _ := strings.Cut(c.socketURL(), "&")
	header := http.Header{"Authorization": {"Basic Y2NjcDpzZWNyZXQ="}}
	conn, _, err := websocket.Dial(c.ctx, url+"&subscribeAll=true", &websocket.DialOptions{
		HTTPHeader: header, Subprotocols: []string{"ari"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if conn.Subprotocol() != "ari" {
		t.Errorf("subprotocol %q", conn.Subprotocol())
	}
	if !s.takesCallsNow() {
		t.Error("the application is not known when the handshake is done")
	}
}

func (s *Server) takesCallsNow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takesCalls(s.options.App)
}

func TestDroppedSocket(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	c.expect("StasisStart")
	s.DropSocket()
	s.DropSocket()
	if _, err := c.raw(); err == nil || websocket.CloseStatus(err) != -1 {
		t.Errorf("closed with %v, want no closing handshake", err)
	}
	if got := s.Call(CallOptions{}).Snapshot(); !got.Gone {
		t.Error("a new call was let in")
	}
	c.do("POST", "/channels/A/answer") // the channel stays and obeys
	c.connect()
	c.check(s.WaitConnected(c.ctx))
	caller.Press("1")
	c.expect("Dtmf 1") // and nothing is repeated
}

func TestClosedSocketIsNoticed(t *testing.T) {
	s, c := start(t, Options{})
	c.check(c.socket.Close(websocket.StatusNormalClosure, ""))
	c.check(s.WaitSockets(c.ctx, 0))
	if s.takesCallsNow() {
		t.Error("calls are still taken")
	}
}

func TestSecondSocketReplacesTheFirst(t *testing.T) {
	s, first := start(t, Options{})
	second := newClient(t, s)
	second.connect()
	s.Call(CallOptions{})
	first.expect("ApplicationReplaced")
	second.expect("StasisStart")
	first.check(first.socket.Ping(first.reading())) // it stays open
	first.check(s.WaitSockets(first.ctx, 2))
	first.check(first.socket.CloseNow())
	first.check(s.WaitSockets(first.ctx, 1))
	s.Call(CallOptions{})
	second.expect("StasisStart") // and its end disturbs nobody
}

func TestReplace(t *testing.T) {
	s, c := start(t, Options{})
	s.Replace()
	c.expect("ApplicationReplaced")
	if got := s.Call(CallOptions{}).Snapshot(); got.Gone || !got.InStasis {
		t.Errorf("the other instance did not take the call: %+v", got)
	}
	c.check(c.socket.Ping(c.reading()))
	c.connect()
	s.Call(CallOptions{})
	c.expect("StasisStart")
}

func TestSendRaw(t *testing.T) {
	s, c := start(t, Options{})
	for _, message := range []string{`{"type":"CallBroadcast"}`, `{"type":`, ""} {
		s.SendRaw(message)
		if got, err := c.raw(); got != message || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestWaitConnected(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	c := newClient(t, s)
	connected := make(chan error, 1)
	go func() { connected <- s.WaitConnected(c.ctx) }()
	c.connect()
	c.check(<-connected)
}
