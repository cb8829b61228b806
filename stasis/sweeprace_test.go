package stasis_test

import (
	"context"
	"testing"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// listed matches the nth list of channels: a sweep asks once for who is there, and once
// more a moment later.
func listed(n int) ariserver.Match { return nth(n, ariserver.On("GET", "/channels")) }

// A call that begins while the sweep looks at a list that does not have it is left alone.
func TestCallBeginsDuringSweep(t *testing.T) {
	p := build(t)
	until := make(chan struct{})
	p.ari.Fail(listed(2), ariserver.Fault{HoldReply: until})
	p.run()
	p.online()
	_, err := p.ari.WaitRequest(p.ctx, listed(2))
	p.check(err)
	caller, _ := p.talk("v1")
	close(until)
	p.says("swept", 1)
	p.clock.pass(9 * time.Second)
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 2*cent)
	p.cdr("v1-a")
	p.wantCDRs(2)
}

// slowEars is a link that hears events only while its gate is open.
type slowEars struct {
	stasis.Link
	gate <-chan struct{}
}

type slowHandler struct {
	stasis.EventHandler
	gate <-chan struct{}
}

func (l slowEars) Listen(ctx context.Context, h stasis.EventHandler) error {
	return l.Link.Listen(ctx, slowHandler{h, l.gate})
}

func (h slowHandler) Event(e ari.Event) {
	<-h.gate
	h.EventHandler.Event(e)
}

// A caller who is on the list before his announcement has reached us is not taken for
// left over: only who has been there for a while is.
func TestCallIsAnnouncedAfterTheList(t *testing.T) {
	p := build(t)
	gate, until := make(chan struct{}), make(chan struct{})
	p.wrap = func(l stasis.Link) stasis.Link { return slowEars{l, gate} }
	p.ari.Fail(listed(2), ariserver.Fault{Hold: until})
	p.run()
	p.online()
	_, err := p.ari.WaitRequest(p.ctx, listed(2))
	p.check(err)
	caller := p.dial()
	close(until)
	p.says("swept", 1)
	close(gate)
	p.answered("v1")
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
	p.wantCDRs(2)
}

// A conversation that ends between the list and its adoption ends nevertheless.
func TestConversationEndsWhileItIsAdopted(t *testing.T) {
	p := build(t)
	s := p.leftTalking(7 * time.Second)
	until := make(chan struct{})
	p.ari.Fail(listed(2), ariserver.Fault{HoldReply: until})
	p.run()
	p.online()
	_, err := p.ari.WaitRequest(p.ctx, listed(2))
	p.check(err)
	s.callee.Hangup(ariserver.CauseNormal)
	close(until)
	p.wantRecovered(calleeHungUp, 2*cent)
	p.gone(s.caller)
}

// A sweep that cannot be done is done again: nobody waits for the next connection.
func TestSweepThatFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault ariserver.Fault
		match ariserver.Match
	}{
		{"the first list is refused", ariserver.Fault{Status: 500}, listed(1)},
		{"the second list is refused", ariserver.Fault{Status: 503}, listed(2)},
		{"lists are refused for a while", ariserver.Fault{Status: 500, Times: 5}, ariserver.On("GET", "/channels")},
		{"the list is of something else", ariserver.Fault{Status: 200, Body: `[{"id":7}]`}, listed(1)},
		{"the list is none", ariserver.Fault{Status: 200, Body: `{}`}, listed(2)},
		{"connections break", ariserver.Fault{BreakBefore: true, Times: 4}, ariserver.On("GET", "/channels")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftTalking(7 * time.Second)
			s.callee.Hangup(ariserver.CauseNormal)
			p.ari.Fail(tt.match, tt.fault)
			p.start()
			p.wantRecovered(recovered, 2*cent)
			p.gone(s.caller)
			if !p.log.holds("sweep: trying again") {
				t.Error("the log does not tell")
			}
		})
	}
}

// What a live call missed is made up for even where the list fails at first.
func TestCatchUpThatFails(t *testing.T) {
	p := open(t)
	caller, callee := p.talk("v1")
	p.offline(func() {
		callee.Hangup(ariserver.CauseNormal)
		p.clock.ahead(0)
		p.ari.Fail(ariserver.On("GET", "/channels"), ariserver.Fault{Status: 500, Times: 2})
	})
	p.wantCDR("v1-1b", billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: 16}, cent)
	p.leaves(caller)
}
