package stasis_test

import (
	"fmt"
	"testing"
	"time"

	"cccp/billing"
	"cccp/routing"
	"cccp/test/ariserver"
)

// step is a command a call cannot do without.
type step struct {
	name         string
	method, path string
	// held says that money is held by then.
	held bool
}

var steps = []step{
	{"answer", "POST", "/channels/*/answer", false},
	{"play", "POST", "/channels/*/play/*", false},
	{"create", "POST", "/channels/create", true},
	{"bridge", "POST", "/bridges/v1-bridge", true},
	{"add to bridge", "POST", "/bridges/*/addChannel", true},
	{"dial", "POST", "/channels/*/dial", true},
}

func (s step) match() ariserver.Match { return ariserver.On(s.method, s.path) }

// begin has alice call in, and type ahead where the step comes after the number.
func (s step) begin(p *platform) *ariserver.Channel {
	if s.held {
		return p.dial()
	}
	return p.call()
}

// wantEnd waits for the end of a call that came to nothing at this step: each leg there
// was is recorded with the outcome, and costs nothing.
func (s step) wantEnd(p *platform, want billing.Outcome) {
	p.t.Helper()
	cdrs := 1
	if s.held {
		cdrs = 2
		p.wantCDR("v1-1b", want, 0)
	}
	p.wantCDR("v1-a", want, 0)
	p.wantCDRs(cdrs)
	p.wantSpent(0)
}

var refusals = []int{404, 409, 422, 500}

// A command that Asterisk refuses ends the call: the caller is told and hung up.
func TestRefusedCommandEndsTheCall(t *testing.T) {
	for _, s := range steps {
		for _, status := range refusals {
			t.Run(fmt.Sprintf("%s, %d", s.name, status), func(t *testing.T) {
				p := open(t)
				p.ari.Fail(s.match(), ariserver.Fault{Status: status})
				caller := s.begin(p)
				want, wantCause := systemFailure, billing.CauseTemporary
				if s.name == "create" && status == 500 { // the trunk has failed, not the platform
					want, wantCause = routing.OutcomeOf(billing.CauseChannelTaken), billing.CauseNormalClearing
					p.leaves(caller)
				}
				if cause := p.gone(caller); cause != wantCause {
					t.Errorf("hung up with cause %d", cause)
				}
				s.wantEnd(p, want)
			})
		}
	}
}

// A command that is refused because the caller just left is no failure of ours,
// whichever of the two we learn first.
func TestCallerLeavesDuringCommand(t *testing.T) {
	for _, s := range steps {
		t.Run(s.name+", hang-up first", func(t *testing.T) {
			p := open(t)
			until := make(chan struct{})
			p.ari.Fail(s.match(), ariserver.Fault{Hold: until})
			caller := s.begin(p)
			p.request(s.method, s.path)
			caller.Hangup(ariserver.CauseNormal)
			p.clock.pass(time.Second)
			close(until)
			s.wantEnd(p, abandoned)
		})
		t.Run(s.name+", refusal first", func(t *testing.T) {
			p := open(t)
			p.ari.Fail(s.match(), ariserver.Fault{Status: 404})
			caller := s.begin(p)
			p.request(s.method, s.path)
			caller.Hangup(ariserver.CauseNormal)
			s.wantEnd(p, abandoned)
		})
	}
}

// A bridge that is being made when the caller leaves is waited for: made after it was
// destroyed, it would stay.
func TestCallerLeavesWhileTheBridgeIsMade(t *testing.T) {
	p := open(t)
	until := make(chan struct{})
	p.ari.Fail(ariserver.On("POST", "/bridges/v1-bridge"), ariserver.Fault{Hold: until})
	caller := p.dial()
	p.request("POST", "/bridges/v1-bridge")
	caller.Hangup(ariserver.CauseNormal)
	p.moment()
	close(until)
	p.wantCDR("v1-1b", abandoned, 0)
}

// A command whose reply does not come within its time counts as failed. Asterisk may
// have carried it out, or may do so later: nothing of it stays.
func TestSlowCommandEndsTheCall(t *testing.T) {
	for _, s := range steps {
		for _, tt := range []struct {
			name string
			late bool
		}{
			{"done, but the reply is slow", false},
			{"done when nobody waits any more", true},
		} {
			if s.name == "bridge" && tt.late {
				continue // a bridge made after it was destroyed stays: nobody knows of it
			}
			t.Run(s.name+", "+tt.name, func(t *testing.T) {
				p := build(t)
				p.native.CommandFor = soon
				p.start()
				until := make(chan struct{})
				fault := ariserver.Fault{HoldReply: until}
				if tt.late {
					fault = ariserver.Fault{Hold: until}
				}
				p.ari.Fail(s.match(), fault)
				caller := s.begin(p)
				s.wantEnd(p, systemFailure)
				p.gone(caller)
				close(until)
				if s.name == "create" && tt.late {
					_, err := p.ari.WaitRequest(p.ctx, nth(2, ariserver.On("DELETE", "/channels/"+calleeID("v1"))))
					p.check(err)
				}
			})
		}
	}
}

// What a call can do without does not end it.
func TestRefusedCommandThatMatteredLess(t *testing.T) {
	for _, c := range []struct{ name, method, path string }{
		{"limit", "POST", "/channels/*/variable"},
		{"ringback", "POST", "/channels/*/ring"},
		{"end of ringback", "DELETE", "/channels/*/ring"},
		{"end of a prompt", "DELETE", "/playbacks/*"},
	} {
		for _, status := range refusals {
			t.Run(fmt.Sprintf("%s, %d", c.name, status), func(t *testing.T) {
				p := open(t)
				p.ari.SetPlayTime(func(string) time.Duration { return 50 * time.Millisecond })
				p.ari.Fail(ariserver.On(c.method, c.path), ariserver.Fault{Status: status, Times: -1})
				caller := p.call()
				p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing != "" }))
				caller.Press(number + "#")
				p.answered("v1")
				p.clock.pass(9 * time.Second)
				late(p, func() { caller.Hangup(ariserver.CauseNormal) })
				p.wantCDR("v1-1b", callerHungUp, 2*cent)
				p.cdr("v1-a")
				p.wantSpent(2 * cent)
			})
		}
	}
}

// A limit that takes long to set costs the caller nothing.
func TestSlowLimit(t *testing.T) {
	p := build(t)
	p.native.CommandFor = soon
	p.start()
	until := make(chan struct{})
	p.ari.Fail(ariserver.On("POST", "/channels/"+calleeID("v1")+"/variable"), ariserver.Fault{HoldReply: until, Times: -1})
	defer close(until)
	caller := p.dial()
	callee := p.callee("v1")
	p.request("POST", "/channels/"+calleeID("v1")+"/variable")
	p.clock.pass(6 * time.Second)
	caller.Hangup(ariserver.CauseNormal)
	p.clock.pass(time.Hour)
	p.gone(callee)
	p.wantCDR("v1-1b", callerHungUp, cent)
}

// A hang-up that Asterisk refuses is tried again: no channel outlives its call.
func TestRefusedHangup(t *testing.T) {
	type channel = ariserver.Channel
	for _, tt := range []struct {
		name string
		path func(caller *channel) string
		end  func(caller, callee *channel)
		want billing.Outcome
	}{
		{"of the callee", func(*channel) string { return "/channels/" + calleeID("v1") },
			func(caller, _ *channel) { caller.Hangup(ariserver.CauseNormal) }, callerHungUp},
		{"of the caller", func(caller *channel) string { return "/channels/" + caller.ID() },
			func(_, callee *channel) { callee.Expire() }, talkTimeSpent},
	} {
		for _, status := range refusals {
			t.Run(fmt.Sprintf("%s, %d", tt.name, status), func(t *testing.T) {
				p := build(t)
				p.settings.SettleWithin = soon
				p.start()
				p.clock.pass(-time.Minute) // ends that we reckon by our own clock come later
				caller, callee := p.talk("v1")
				p.ari.Fail(ariserver.On("DELETE", tt.path(caller)), ariserver.Fault{Status: status})
				p.clock.pass(time.Minute)
				tt.end(caller, callee)
				p.wantCDR("v1-1b", tt.want, 10*cent)
				p.cdr("v1-a")
				p.gone(caller)
				p.gone(callee)
				p.wantTimes(2, "DELETE "+tt.path(caller))
			})
		}
	}
}
