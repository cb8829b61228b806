package ariserver

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		// what the client sees, and whether the command was carried out
		status  int
		body    string
		broken  bool
		carried bool
	}{
		{"none", Fault{}, 204, "", false, true},
		{"status", Fault{Status: 500}, 500, `{"message":"Internal Server Error"}`, false, false},
		{"status and body", Fault{Status: 409, Body: `{"message":"Conflict"}`}, 409, `{"message":"Conflict"}`, false, false},
		{"break", Fault{Break: true}, 0, "", true, true},
		{"break before", Fault{BreakBefore: true}, 0, "", true, false},
		{"slow", Fault{Delay: time.Millisecond}, 204, "", false, true},
		{"slow refusal", Fault{Delay: time.Millisecond, Status: 503}, 503, "", false, false},
		{"slow, then break", Fault{Delay: time.Millisecond, Break: true}, 0, "", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			caller := s.Call(CallOptions{ID: "A"})
			s.Fail(On("POST", "/channels/*/answer"), tt.fault)
			status, body, err := c.try("POST", "/channels/A/answer")
			if tt.broken != errors.Is(err, io.EOF) || status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %s, %v", status, body, err)
			}
			if got := caller.Snapshot().State == StateUp; got != tt.carried {
				t.Errorf("carried out: %v", got)
			}
			if status, _, _ := c.try("POST", "/channels/A/answer"); status != 204 {
				t.Errorf("it struck a second time: %d", status)
			}
		})
	}
}

func TestFaultStrikesSoOften(t *testing.T) {
	s, c := start(t, Options{})
	s.Fail(On("", "/asterisk/*"), Fault{Status: 500, Times: 2})
	stop := s.Fail(Any, Fault{Status: 503, Times: -1})
	var got []int
	for range 4 {
		status, _, _ := c.try("GET", "/asterisk/ping")
		got = append(got, status)
	}
	stop()
	status, _, _ := c.try("GET", "/asterisk/ping")
	if got = append(got, status); !slices.Equal(got, []int{500, 500, 503, 503, 200}) {
		t.Errorf("got %v", got)
	}
}

func TestFaultHolds(t *testing.T) {
	tests := []struct {
		name    string
		fault   func(<-chan struct{}) Fault
		carried bool // while it holds
	}{
		{"before", func(until <-chan struct{}) Fault { return Fault{Hold: until} }, false},
		{"the reply", func(until <-chan struct{}) Fault { return Fault{HoldReply: until} }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			caller := s.Call(CallOptions{ID: "A"})
			until := make(chan struct{})
			s.Fail(On("POST", "/channels/A/answer"), tt.fault(until))
			wait := c.background("POST", "/channels/A/answer")
			c.arrived("POST", "/channels/A/answer")
			if tt.carried {
				c.check(caller.WaitAnswered(c.ctx))
			} else if caller.Snapshot().State == StateUp {
				t.Error("carried out already")
			}
			close(until)
			if status := wait(); status != 204 || caller.Snapshot().State != StateUp {
				t.Errorf("got %d, %+v", status, caller.Snapshot())
			}
		})
	}
}

// Asterisk carries out what it has read, whether the client still waits or not.
func TestHeldCommandIsCarriedOutForAClientThatGaveUp(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	until := make(chan struct{})
	s.Fail(On("POST", "/channels/A/answer"), Fault{Hold: until})
	impatient := *c
	var giveUp context.CancelFunc
	impatient.ctx, giveUp = context.WithCancel(c.ctx)
	wait := impatient.background("POST", "/channels/A/answer")
	c.arrived("POST", "/channels/A/answer")
	giveUp()
	wait()
	close(until)
	c.check(caller.WaitAnswered(c.ctx))
}

func TestCloseReleasesEverybody(t *testing.T) {
	s, c := start(t, Options{})
	s.SetPlayTime(playTimes)
	caller := s.Call(CallOptions{ID: "A"})
	s.Fail(On("GET", "/asterisk/ping"), Fault{Hold: make(chan struct{})})
	s.Fail(On("GET", "/asterisk/info"), Fault{Delay: time.Hour})
	c.do("POST", "/channels/A/play/p?media=sound:long")
	waits := []func() int{
		c.background("GET", "/asterisk/ping"),
		c.background("GET", "/asterisk/info"),
		c.background("POST", "/channels/A/answer"),
	}
	c.arrived("GET", "/asterisk/ping")
	c.arrived("GET", "/asterisk/info")
	c.check(caller.waitQueued(c.ctx, 1))
	s.Close()
	s.Close()
	for _, wait := range waits {
		wait()
	}
	<-caller.Done()
	if _, err := s.WaitRequest(c.ctx, On("", "/none")); !errors.Is(err, errClosed) {
		t.Errorf("WaitRequest: %v", err)
	}
	if _, err := s.WaitChannel(c.ctx, "none"); !errors.Is(err, errClosed) {
		t.Errorf("WaitChannel: %v", err)
	}
}

func TestRequestLog(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/variable?variable=X", `{"value":"1"}`)
	c.do("POST", "/channels/A/answer")
	got := s.Requests()
	var text []string
	for _, r := range got[1:] {
		text = append(text, r.String())
	}
	want := []string{`POST /channels/A/variable?variable=X {"value":"1"}`, "POST /channels/A/answer"}
	if got[0].Path != "/events" || !slices.Equal(text, want) || got[1].At.IsZero() {
		t.Errorf("got %q", got)
	}
	n := 0
	r, err := s.WaitRequest(c.ctx, func(Request) bool { n++; return n == 3 })
	if err != nil || r.Path != "/channels/A/answer" {
		t.Errorf("third: %v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	if _, err := s.WaitRequest(ctx, On("GET", "/never")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNoRequestLog(t *testing.T) {
	s, c := start(t, Options{NoRequestLog: true})
	found := make(chan error, 1)
	go func() {
		_, err := s.WaitRequest(c.ctx, On("GET", "/asterisk/ping"))
		found <- err
	}()
	for waiting := true; waiting; {
		c.do("GET", "/asterisk/ping")
		select {
		case err := <-found:
			c.check(err)
			waiting = false
		default:
		}
	}
	if len(s.Requests()) != 0 {
		t.Error("it kept a log")
	}
}

func TestLosingEvents(t *testing.T) {
	s, c := start(t, Options{})
	s.LoseEvents(true)
	caller := s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/answer")
	s.LoseEvents(false)
	caller.Press("1")
	c.expect("Dtmf 1")
}
