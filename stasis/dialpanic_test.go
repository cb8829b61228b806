package stasis_test

import (
	"context"
	"testing"
	"time"

	"cccp/billing"
	"cccp/stasis"
)

// faulty is a link with a fault at dialling.
type faulty struct{ stasis.Link }

func (faulty) Dial(context.Context, string, time.Duration) error { panic("at dialling") }

// A fault on the way to the callee leaves no channel and no money held: neither of a caller's
// call, nor of a callback.
func TestDiallingThatPanics(t *testing.T) {
	p := build(t)
	p.wrap = func(l stasis.Link) stasis.Link { return faulty{l} }
	p.start()
	failed := billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
	p.gone(p.dial())
	p.wantCDR("v1-1b", failed, 0)
	p.wantCDR("v1-a", failed, 0)
	if got := p.outcome(p.callBack("cb", toAlice)); got != failed {
		t.Errorf("%+v", got)
	}
	p.wantCDR(backALeg, failed, 0)
}
