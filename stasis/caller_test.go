package stasis_test

import (
	"cccp/billing"
	"cccp/test/ariserver"
)

// call has alice call in.
func (p *platform) call() *ariserver.Channel {
	return p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access})
}

// dial has alice call in and enter a number.
func (p *platform) dial() *ariserver.Channel {
	caller := p.call()
	caller.Press(number + "#")
	return caller
}

// callee waits for the channel of a visit's first attempt.
func (p *platform) callee(visit billing.VisitID) *ariserver.Channel {
	p.t.Helper()
	c, err := p.ari.WaitChannel(p.ctx, calleeID(visit))
	p.check(err)
	return c
}

func calleeID(visit billing.VisitID) string { return string(visit.OutboundLeg(1).Attempt(1)) }

// ringing has alice call a number, and waits until it rings.
func (p *platform) ringing(visit billing.VisitID) (caller, callee *ariserver.Channel) {
	p.t.Helper()
	caller = p.dial()
	callee = p.callee(visit)
	p.check(callee.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.State == ariserver.StateRinging }))
	return caller, callee
}

// talk has alice call a number, and waits until the answer is in the books.
func (p *platform) talk(visit billing.VisitID) (caller, callee *ariserver.Channel) {
	p.t.Helper()
	caller = p.dial()
	callee = p.callee(visit)
	p.answered(visit)
	return caller, callee
}

// answered waits until the books know that a visit's leg was answered.
func (p *platform) answered(visit billing.VisitID) {
	p.t.Helper()
	err := p.books.await(p.ctx, func() bool {
		leg, open := p.books.openLeg(p.t, visit.OutboundLeg(1))
		return open && !leg.Answered.IsZero()
	})
	if err != nil {
		p.t.Fatalf("leg of %s is not answered: %v", visit, err)
	}
}

// leaves has a caller hang up once his first call is settled.
func (p *platform) leaves(caller *ariserver.Channel) {
	p.t.Helper()
	p.cdr("v1-1b")
	caller.Hangup(ariserver.CauseNormal)
}

// gone waits until a channel is gone and returns the cause.
func (p *platform) gone(c *ariserver.Channel) (cause int) {
	p.t.Helper()
	cause, err := c.WaitGone(p.ctx)
	p.check(err)
	return cause
}

// answered is the outcome of a leg that was.
func answered(r billing.Reason, cause int) billing.Outcome {
	return billing.Outcome{Result: billing.Answered, Reason: r, Cause: cause}
}

// Outcomes that several tests expect.
var (
	callerHungUp  = billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp, Cause: ariserver.CauseNormal}
	calleeHungUp  = billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: ariserver.CauseNormal}
	abandoned     = billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned, Cause: ariserver.CauseNormal}
	talkTimeSpent = billing.Outcome{Result: billing.Answered, Reason: billing.TalkTimeSpent, Cause: ariserver.CauseNormal}
	systemFailure = billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
)
