package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/test/ariserver"
)

// late lets a second pass between the caller's end and that of the B leg.
func late(p *platform, hangUp func()) {
	until := make(chan struct{})
	p.ari.Fail(ariserver.On("DELETE", "/channels/"+calleeID("v1")), ariserver.Fault{Hold: until})
	hangUp()
	p.request("DELETE", "/channels/"+calleeID("v1"))
	p.clock.pass(time.Second)
	close(until)
}

// Whoever ends it, a call is charged exactly by the switch's clock, both legs are
// recorded, and the switch is left as it was. What we need to take a call down is not
// charged.
func TestConversation(t *testing.T) {
	type channel = ariserver.Channel
	callerLeaves := func(p *platform, caller, _ *channel) { late(p, func() { caller.Hangup(ariserver.CauseNormal) }) }
	calleeLeaves := func(_ *platform, _, callee *channel) { callee.Hangup(ariserver.CauseNormal) }
	operatorCuts := func(p *platform, _, _ *channel) { late(p, func() { p.server.CutCaller("v1") }) }
	callerExpires := func(p *platform, caller, _ *channel) { late(p, caller.Expire) }
	calleeExpires := func(_ *platform, _, callee *channel) { callee.Expire() }
	for _, tt := range []struct {
		name   string
		lasts  time.Duration
		end    func(p *platform, caller, callee *channel)
		want   billing.Outcome
		charge billing.Money
	}{
		{"caller hangs up", 9 * time.Second, callerLeaves, callerHungUp, 2 * cent},
		{"callee hangs up", 9 * time.Second, calleeLeaves, calleeHungUp, 2 * cent},
		{"exactly an increment", 6 * time.Second, callerLeaves, callerHungUp, cent},
		{"a millisecond more", 6*time.Second + time.Millisecond, calleeLeaves, calleeHungUp, 2 * cent},
		{"hung up in the moment of the answer", 0, calleeLeaves, calleeHungUp, 0},
		{"caller's media stops", 9 * time.Second, func(p *platform, caller, _ *channel) { late(p, func() { caller.Hangup(44) }) }, answered(billing.CallerLost, 44), 2 * cent},
		{"callee's media stops", 9 * time.Second, func(_ *platform, _, callee *channel) { callee.Hangup(44) }, answered(billing.CalleeLost, 44), 2 * cent},
		{"operator cuts it", 9 * time.Second, operatorCuts, answered(billing.OperatorCut, 0), 2 * cent},
		{"switch ends the B leg at its limit", 60 * time.Second, calleeExpires, answered(billing.TalkTimeSpent, 16), 10 * cent},
		{"switch ends the caller's leg", 9 * time.Second, callerExpires, answered(billing.CallerHungUp, 0), 2 * cent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			caller, callee := p.talk("v1")
			p.clock.pass(tt.lasts)
			tt.end(p, caller, callee)
			if tt.want.Reason == billing.CalleeHungUp || tt.want.Reason == billing.CalleeLost { // he is asked where else to call
				p.leaves(caller)
			}
			p.gone(caller)
			p.gone(callee)
			leg := p.wantCDR("v1-1b", tt.want, tt.charge)
			if leg.AnsweredMS != tt.lasts.Milliseconds() || leg.Estimated {
				t.Errorf("answered for %d ms, estimated %v", leg.AnsweredMS, leg.Estimated)
			}
			p.wantCDR("v1-a", tt.want, 0)
			p.wantSpent(tt.charge)
			p.wantCDRs(2)
		})
	}
}
