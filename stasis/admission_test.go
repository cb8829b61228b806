package stasis_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cccp/billing"
	"cccp/test/ariserver"
)

// turnedAway is the cause of callers there is no room for: switching equipment congestion.
const turnedAway = 42

func TestMaxCalls(t *testing.T) {
	p := build(t)
	p.options.MaxCalls = 2
	p.start()
	first, second := p.call(), p.call()
	p.check(second.WaitAnswered(p.ctx))
	if cause := p.gone(p.call()); cause != turnedAway {
		t.Errorf("turned away with cause %d", cause)
	}
	if got := len(p.server.Callers()); got != 2 {
		t.Errorf("%d callers", got)
	}
	first.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
	p.says("caller left", 1)
	third := p.admitted()
	third.Hangup(ariserver.CauseNormal)
	second.Hangup(ariserver.CauseNormal)
	p.stop()
	p.wantCDRs(3)
}

// admitted calls in until there is room: a caller's place is free a moment after his
// record is written.
func (p *platform) admitted() *ariserver.Channel {
	p.t.Helper()
	for {
		c := p.call()
		if err := c.WaitAnswered(p.ctx); err == nil {
			return c
		} else if !errors.Is(err, ariserver.ErrGone) {
			p.t.Fatal(err)
		}
	}
}

func TestCallers(t *testing.T) {
	p := open(t)
	if got := p.server.Callers(); len(got) != 0 {
		t.Errorf("callers before any call: %+v", got)
	}
	caller, _ := p.talk("v1")
	got := p.server.Callers()
	if len(got) != 1 || got[0].Visit != "v1" || got[0].ANI != ani || got[0].Dialled != access ||
		got[0].Channel != caller.ID() || !got[0].Arrived.Equal(p.clock.Now()) || got[0].Node != "02:00:00:00:00:01" {
		t.Errorf("%+v", got)
	}
	caller.Hangup(ariserver.CauseNormal)
	p.stop()
	if got := p.server.Callers(); len(got) != 0 {
		t.Errorf("callers after the last call: %+v", got)
	}
}

// Draining lets nobody in, and waits for those who are there, and for their money.
func TestDrain(t *testing.T) {
	p := open(t)
	caller, callee := p.talk("v1")
	listener := p.call()
	p.check(listener.WaitAnswered(p.ctx))
	drained := make(chan error, 1)
	go func() { drained <- p.server.Drain(p.ctx) }()
	p.says("draining", 1)
	if cause := p.gone(p.call()); cause != turnedAway {
		t.Errorf("turned away with cause %d", cause)
	}
	listener.Press(number + "#") // who is in may still call
	p.answered("v2")
	listener.Hangup(ariserver.CauseNormal)
	p.cdr("v2-a")
	select {
	case err := <-drained:
		t.Errorf("drained before the last call ended: %v", err)
	default:
	}
	p.clock.pass(9 * time.Second)
	callee.Hangup(ariserver.CauseNormal)
	p.leaves(caller)
	p.check(<-drained)
	if !caller.Snapshot().Gone || len(p.ari.Bridges()) != 0 {
		t.Error("drained, and something is left")
	}
	p.wantCDRs(4) // nothing is written after Drain
	p.wantSpent(2 * cent)
}

// Calls that outlast the limit of a drain are cut, and say so.
func TestDrainEndsByCut(t *testing.T) {
	p := open(t)
	_, callee := p.talk("v1")
	p.ari.OnDial(ariserver.Rings)
	p.dial()
	p.callee("v2")
	limit, cancel := context.WithTimeout(p.ctx, 10*time.Millisecond)
	defer cancel()
	if err := p.server.Drain(limit); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain returned %v", err)
	}
	if callee.Snapshot().Gone {
		t.Error("the limit of the drain ended a call")
	}
	p.clock.pass(9 * time.Second)
	late(p, func() { p.server.Cut(billing.Drained) })
	p.wantCDR("v1-1b", billing.Outcome{Result: billing.Answered, Reason: billing.Drained}, 2*cent)
	p.wantCDR("v2-1b", billing.Outcome{Result: billing.Failed, Reason: billing.Drained}, 0)
	p.check(p.server.Drain(p.ctx))
	p.wantCDRs(4)
}

// An operator may end a call wherever it stands; both records say who did.
func TestOperatorHangsUp(t *testing.T) {
	for _, tt := range []struct {
		name   string
		until  func(p *platform)
		result billing.Result
		cdrs   int
	}{
		{"during a prompt", func(p *platform) {
			p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
			p.check(p.call().Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing != "" }))
		}, billing.Failed, 1},
		{"while it rings", func(p *platform) {
			p.ari.OnDial(ariserver.Rings)
			p.ringing("v1")
		}, billing.Failed, 2},
		{"while they talk", func(p *platform) { p.talk("v1") }, billing.Answered, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			tt.until(p)
			if p.server.CutCaller("v2") {
				t.Error("hung up a caller who is not there")
			}
			hangUp := func() {
				if !p.server.CutCaller("v1") {
					t.Error("the caller is not known")
				}
			}
			if tt.result == billing.Answered {
				late(p, hangUp)
			} else {
				hangUp()
			}
			want := billing.Outcome{Result: tt.result, Reason: billing.OperatorCut}
			p.wantCDR("v1-a", want, 0)
			if tt.cdrs == 2 {
				p.wantCDR("v1-1b", want, 0)
			}
			p.stop()
			p.wantCDRs(tt.cdrs)
			if p.server.CutCaller("v1") {
				t.Error("hung up a caller who has left")
			}
		})
	}
}
