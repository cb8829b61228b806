package ariserver

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func (c *client) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestCallerEntersStasis(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 55, 56, 123e6, time.UTC)
	s, c := start(t, Options{Now: func() time.Time { return at }})
	caller := s.Call(CallOptions{Number: "15149072508", Name: "Ann", Exten: "15141115555"})
	e := c.next()
	if e.Type != "StasisStart" || !slices.Equal(e.Args, []string{"access", "15141115555"}) {
		t.Errorf("got %s %q", e.Type, e.Args)
	}
	if e.Timestamp != "2026-11-20T10:55:56.123+0000" || e.AsteriskID != "02:00:00:00:00:01" {
		t.Errorf("at %s from %s", e.Timestamp, e.AsteriskID)
	}
	got := e.Channel
	if got.ID != caller.ID() || got.State != StateRing || got.Caller != (callerJSON{"Ann", "15149072508"}) {
		t.Errorf("channel %+v", got)
	}
	if d := got.Dialplan; d.Exten != "15141115555" || d.AppName != "Stasis" || d.AppData != "cccp,access,15141115555" {
		t.Errorf("dialplan %+v", d)
	}
}

func TestCallerPressesAndHangsUp(t *testing.T) {
	tests := []struct {
		name      string
		subscribe bool
		want      []string
	}{
		{"as it is", false, []string{"HangupRequest 16", "StasisEnd"}},
		{"subscribed", true, []string{"HangupRequest 16", "StasisEnd", "Varset STASISSTATUS=SUCCESS", "Destroyed 16"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, Options{})
			caller := s.Call(CallOptions{ID: "A"})
			if tt.subscribe {
				c.do("POST", "/applications/cccp/subscription?eventSource=channel:A")
			}
			c.do("POST", "/channels/A/ring")
			if !caller.Snapshot().RingIndicated {
				t.Error("not ringing")
			}
			c.do("POST", "/channels/A/answer")
			c.check(caller.WaitAnswered(c.ctx))
			if caller.Snapshot().RingIndicated {
				t.Error("rings after answer")
			}
			caller.Press("12#")
			caller.Hangup(CauseNormal)
			caller.Press("3")
			cause, err := caller.WaitGone(c.ctx)
			if cause != CauseNormal || err != nil {
				t.Errorf("gone with %d, %v", cause, err)
			}
			c.expect("StasisStart", "State Up", "Dtmf 1", "Dtmf 2", "Dtmf #")
			c.expect(tt.want...)
			c.quiet()
		})
	}
}

func TestUnsubscribeCounts(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	const source = "/applications/cccp/subscription?eventSource=channel:A"
	c.do("POST", source)
	c.do("DELETE", source) // Stasis' own is left
	caller.Press("1")
	c.do("DELETE", source)
	caller.Press("2")
	c.expect("StasisStart", "Dtmf 1")
	c.quiet()
	if status, _, _ := c.try("DELETE", source); status != 422 {
		t.Errorf("a third time: %d", status)
	}
}

func TestHangupByCommand(t *testing.T) {
	tests := []struct {
		query string
		cause int
	}{
		{"", 16}, {"?reason=busy", 17}, {"?reason=timeout", 18}, {"?reason_code=21", 21}, {"?reason_code=34", 34},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			s, c := start(t, Options{})
			caller := s.Call(CallOptions{ID: "A"})
			c.do("POST", "/applications/cccp/subscription?eventSource=channel:A")
			c.do("DELETE", "/channels/A"+tt.query)
			e := c.until("HangupRequest 32")
			if !e.Soft {
				t.Error("not soft")
			}
			c.until("StasisEnd")
			if e = c.until("Varset STASISSTATUS=SUCCESS"); e.Channel.Dialplan.AppName != "Stasis" {
				t.Errorf("dialplan %+v", e.Channel.Dialplan)
			}
			if e = c.next(); e.Type != "ChannelDestroyed" || e.Cause != tt.cause || e.Channel.Dialplan.AppName != "" {
				t.Errorf("got %+v", e)
			}
			if got := caller.Snapshot(); !got.Gone || got.Cause != tt.cause || got.InStasis {
				t.Errorf("snapshot %+v", got)
			}
			if s.Channel("A") != nil || len(s.Channels()) != 0 {
				t.Error("still there")
			}
		})
	}
}

func TestContinueLeavesStasis(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/continue")
	c.expect("StasisStart", "StasisEnd")
	if _, err := caller.WaitGone(c.ctx); err != nil {
		t.Error(err)
	}
}

func TestWaitingOnAChannelThatIsGone(t *testing.T) {
	s, c := start(t, Options{})
	caller := s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/play/p?media=sound:one")
	caller.Hangup(CauseNormal)
	if err := caller.WaitAnswered(c.ctx); !errors.Is(err, ErrGone) {
		t.Errorf("WaitAnswered: %v", err)
	}
	if _, err := caller.WaitBridged(c.ctx); !errors.Is(err, ErrGone) {
		t.Errorf("WaitBridged: %v", err)
	}
	if err := caller.WaitPlayed(c.ctx, "sound:one"); err != nil {
		t.Errorf("what it had played: %v", err)
	}
	if err := caller.WaitPlayed(c.ctx, "sound:one"); !errors.Is(err, ErrGone) {
		t.Errorf("a second time: %v", err)
	}
	<-caller.Done()
}

func TestAbsoluteTimeout(t *testing.T) {
	tests := []struct {
		name string
		make func(*Server, *client) *Channel
		want int
	}{
		{"unanswered caller", func(s *Server, c *client) *Channel {
			return s.Call(CallOptions{ID: "X"})
		}, 0},
		{"answered caller", func(s *Server, c *client) *Channel {
			caller := s.Call(CallOptions{ID: "X"})
			c.do("POST", "/channels/X/answer")
			return caller
		}, 16},
		{"undialled leg", func(s *Server, c *client) *Channel {
			c.do("POST", "/channels/create?endpoint=PJSIP/1@far&app=cccp&channelId=X")
			return s.Channel("X")
		}, 21},
	}
	for _, tt := range tests {
		t.Run(tt.name+" by clock", func(t *testing.T) {
			s, c := start(t, Options{})
			channel := tt.make(s, c)
			c.do("POST", "/channels/X/variable?variable=TIMEOUT(absolute)&value=0.01")
			if cause, err := channel.WaitGone(c.ctx); cause != tt.want || err != nil {
				t.Errorf("gone with %d, %v", cause, err)
			}
		})
		t.Run(tt.name+" by command", func(t *testing.T) {
			s, c := start(t, Options{})
			channel := tt.make(s, c)
			channel.Expire()
			if got := channel.Snapshot(); !got.Gone || got.Cause != tt.want {
				t.Errorf("got %+v", got)
			}
			for e := c.next(); e.Type != "StasisEnd"; e = c.next() {
				if e.Type == "ChannelHangupRequest" {
					t.Error("a hang-up request came")
				}
			}
		})
	}
}

func TestAbsoluteTimeoutCanBeTakenAway(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/variable?variable=TIMEOUT(absolute)&value=3600")
	var left float64
	_, err := fmt.Sscanf(c.do("GET", "/channels/A/variable?variable=TIMEOUT(absolute)"), `{"value":"%f"}`, &left)
	if err != nil || left > 3600 || left < 3600-patience.Seconds() {
		t.Errorf("left: %f, %v", left, err)
	}
	c.do("POST", "/channels/A/variable?variable=TIMEOUT(absolute)&value=0")
	if got := c.do("GET", "/channels/A/variable?variable=TIMEOUT(absolute)"); got != `{"value":"0"}` {
		t.Errorf("left: %s", got)
	}
	want := []Variable{{"TIMEOUT(absolute)", "3600"}, {"TIMEOUT(absolute)", "0"}}
	if got := s.Channel("A").Variables(); !slices.Equal(got, want) {
		t.Errorf("variables %v", got)
	}
	if got, set := s.Channel("A").Variable("TIMEOUT(absolute)"); got != "0" || !set {
		t.Errorf("last %q, %v", got, set)
	}
}

func TestCallsAreTurnedAwayWithoutTheApplication(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if got := s.Call(CallOptions{}).Snapshot(); !got.Gone || got.Cause != CauseCongestion {
		t.Errorf("got %+v", got)
	}
}

func TestRepeatStart(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A"}).RepeatStart()
	c.expect("StasisStart", "StasisStart")
}
