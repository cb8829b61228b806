package stasis_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// What nobody can decode is skipped and counted, and the call that is up goes on.
func TestEventsNobodyKnows(t *testing.T) {
	for _, tt := range []struct{ name, event string }{
		{"type of a later Asterisk", `{"type":"StasisBroadcast","timestamp":"2026-03-01T12:00:00.000+0000","args":[]}`},
		{"reply of REST over the WebSocket", `{"type":"RESTResponse","status_code":200,"reason_phrase":"OK"}`},
		{"tone detection", `{"type":"ChannelToneDetected","channel":{"id":"1"}}`},
		{"no JSON", `Asterisk is going down`},
		{"JSON cut off", `{"type":"ChannelDtmfReceived","channel":{"id"`},
		{"no type", `{"timestamp":"2026-03-01T12:00:00.000+0000"}`},
		{"empty type", `{"type":""}`},
		{"type of the wrong kind", `{"type":7}`},
		{"nothing", ``},
		{"null", `null`},
		{"list", `[{"type":"StasisStart"}]`},
		{"known type with a time that is none", `{"type":"StasisStart","timestamp":"yesterday","args":["access","1"]}`},
		{"known type with a channel that is none", `{"type":"ChannelDtmfReceived","digit":"1","channel":7}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			caller := p.call()
			p.ari.SendRaw(tt.event)
			caller.Press(number + "#")
			p.answered("v1")
			p.ari.SendRaw(tt.event)
			caller.Hangup(ariserver.CauseNormal)
			p.cdr("v1-a")
			p.wantCDRs(2)
			if got := p.link.Refused(); got != 2 {
				t.Errorf("%d events refused, want 2", got)
			}
		})
	}
}

// Events about channels that are not ours, or about nothing, change nothing.
func TestEventsOfStrangers(t *testing.T) {
	p := open(t)
	caller := p.dial()
	p.answered("v1")
	types := strings.Fields(`ChannelDtmfReceived PlaybackFinished PlaybackStarted ChannelStateChange ChannelHangupRequest
		ChannelDestroyed StasisEnd Dial ChannelVarset ChannelEnteredBridge BridgeDestroyed PeerStatusChange DeviceStateChanged`)
	for _, kind := range types {
		for _, about := range []string{
			``,
			`,"channel":{"id":"stranger","state":"Up"}`,
			`,"channel":{}`,
			`,"channel":null,"playback":null,"peer":null,"bridge":null`,
			`,"playback":{"id":"v1-p1","target_uri":"channel:stranger"}`,
			`,"playback":{"id":"stranger","target_uri":"channel:` + caller.ID() + `"}`,
			`,"playback":{"id":"v1-p1","target_uri":"bridge:v1-bridge"}`,
		} {
			p.ari.SendRaw(`{"type":"` + kind + `","timestamp":"2026-03-01T12:00:00.000+0000","digit":"1"` + about + `}`)
		}
	}
	p.clock.pass(9 * time.Second)
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 2*cent)
	p.cdr("v1-a")
	p.wantCDRs(2)
	if got := p.link.Refused(); got != 0 {
		t.Errorf("%d events refused", got)
	}
}

func TestCallerAnnouncedTwice(t *testing.T) {
	p := open(t)
	caller := p.call()
	caller.RepeatStart()
	caller.Press(number + "#")
	p.answered("v1")
	caller.RepeatStart()
	p.callee("v1").RepeatStart()
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 0)
	p.cdr("v1-a")
	p.wantCDRs(2)
	p.wantTimes(1, "POST /channels/"+caller.ID()+"/answer")
}

// Whoever enters the application in a way we did not write into the dialplan is turned
// away, unanswered, and the log says what to write.
func TestStrangeArguments(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"none", []string{}},
		{"access without a number", []string{"access"}},
		{"unknown", []string{"hello", access}},
		{"empty", []string{"", ""}},
		{"number first", []string{access, "access"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			caller := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access, Args: tt.args})
			if cause := p.gone(caller); cause != 42 {
				t.Errorf("turned away with cause %d", cause)
			}
			p.says("write Stasis(cccp,access,${EXTEN})", 1)
			p.stop()
			p.wantCDRs(0)
			p.wantTimes(0, "POST /channels/"+caller.ID()+"/answer")
		})
	}
}

// A channel of ours that nobody waits for, because its creation took too long, would
// live on for ever: nobody will dial it.
func TestCalleeNobodyWaitsFor(t *testing.T) {
	p := open(t)
	p.check(p.link.Create(p.ctx, stasis.NewChannel{ID: "late", Endpoint: "PJSIP/1@far", Args: "callee"}))
	p.request("DELETE", "/channels/late")
}

func TestUnknownAccessNumber(t *testing.T) {
	p := open(t)
	caller := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: "15140000009"})
	if cause := p.gone(caller); cause != ariserver.CauseUnallocated {
		t.Errorf("turned away with cause %d", cause)
	}
	p.stop()
	p.wantCDRs(0)
}

// deaf is a script that reads no digits, and tells how its caller ended.
func deaf(ended chan<- ivr.End) func(context.Context, ivr.Line) {
	return func(ctx context.Context, line ivr.Line) {
		<-ctx.Done()
		end, _ := line.Ended()
		ended <- end
	}
}

// Asterisk is asked for those events only that somebody listens to. Nobody waits for its
// consent: a slow one, or none, keeps no caller waiting.
func TestEventFilter(t *testing.T) {
	p := build(t)
	until := make(chan struct{})
	p.ari.Fail(ariserver.On("PUT", "/applications/*/eventFilter"), ariserver.Fault{Hold: until})
	defer close(until)
	p.start()
	asked := p.request("PUT", "/applications/cccp/eventFilter").Body
	for _, kind := range []string{
		"StasisStart", "StasisEnd", "ChannelStateChange", "ChannelDtmfReceived",
		"ChannelHangupRequest", "ChannelDestroyed", "PlaybackFinished", "ApplicationReplaced",
	} {
		if !strings.Contains(asked, `{"type":"`+kind+`"}`) {
			t.Errorf("%s is not asked for: %s", kind, asked)
		}
	}
	caller, _ := p.talk("v1")
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
	if n := p.log.times("event filter"); n != 0 {
		t.Error("the call waited for the filter")
	}
}

// As many digits as the buffer holds may be typed ahead; who types one more, or many
// more, is hung up, and counted once.
func TestDigitOverflow(t *testing.T) {
	p := build(t)
	ended := make(chan ivr.End, 1)
	p.options.Script = deaf(ended)
	p.start()
	polite, flood := p.call(), p.call()
	polite.Press(strings.Repeat("1", stasis.DigitBuffer))
	flood.Press(strings.Repeat("1", stasis.DigitBuffer))
	flood.Press("23456789")
	p.gone(flood)
	if end := <-ended; end.Reason != billing.Overload {
		t.Errorf("ended for %q", end.Reason)
	}
	if polite.Snapshot().Gone {
		t.Error("a full buffer is no overflow")
	}
	polite.Hangup(ariserver.CauseNormal)
	if end := <-ended; end.Reason != billing.CallerHungUp {
		t.Errorf("ended for %q", end.Reason)
	}
	if got := p.server.Overflows(); got != 1 {
		t.Errorf("%d overflows counted, want 1", got)
	}
}

// Create replies before the channel has entered the application. Until it has, it can
// neither be bridged nor dialled: Asterisk refuses both.
func TestChannelEntersLate(t *testing.T) {
	p := open(t)
	release := p.ari.HoldEntry()
	caller := p.dial()
	p.callee("v1")
	p.request("POST", "/bridges/v1-bridge")
	p.moment()
	release()
	p.answered("v1")
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 0)
}

func TestChannelNeverEnters(t *testing.T) {
	for _, tt := range []struct {
		name   string
		during func(caller, callee *ariserver.Channel)
		want   billing.Outcome
		says   string
	}{
		{"and the wait ends", func(_, _ *ariserver.Channel) {}, systemFailure, "channel did not enter Stasis"},
		{"and ends", func(_, callee *ariserver.Channel) { callee.Hangup(ariserver.CauseBusy) }, systemFailure, "channel ended before it was dialled, cause 17"},
		{"and the caller leaves", func(caller, _ *ariserver.Channel) { caller.Hangup(ariserver.CauseNormal) }, abandoned, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.native.CommandFor = soon
			p.start()
			release := p.ari.HoldEntry()
			defer release()
			caller := p.dial()
			callee := p.callee("v1")
			p.request("POST", "/bridges/v1-bridge")
			tt.during(caller, callee)
			p.gone(callee)
			p.wantCDR("v1-1b", tt.want, 0)
			p.gone(caller)
			p.says(tt.says, 1)
			p.wantTimes(0, "POST /channels/"+calleeID("v1")+"/dial")
		})
	}
}
