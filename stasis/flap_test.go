package stasis_test

import (
	"testing"
	"time"

	"cccp/test/ariserver"
)

// A connection that is lost again before what was missed is made up for: who ended with the
// first loss is charged up to that, not up to the second.
func TestLostAgainBeforeTheSweep(t *testing.T) {
	p := build(t)
	p.options.SweepAfter = 300 * time.Millisecond
	p.start()
	p.clock.ahead(0)
	caller, callee := p.talk("v1")
	p.offline(func() {
		callee.Hangup(ariserver.CauseNormal)
		caller.Hangup(ariserver.CauseNormal)
	})
	_, err := p.ari.WaitRequest(p.ctx, listed(3)) // two of the first sweep: the second is waiting
	p.check(err)
	again := time.Now()
	p.offline(func() {})
	if cdr := p.cdr("v1-1b"); !cdr.Ended.Before(again) {
		t.Errorf("charged %s up to the second loss", cdr.Charge)
	}
}
