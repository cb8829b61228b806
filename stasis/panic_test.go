package stasis_test

import (
	"context"
	"sync/atomic"
	"testing"

	"cccp/billing"
	"cccp/ivr"
	"cccp/test/ariserver"
)

// A script that panics, even where it cannot settle anything by itself, takes its own caller
// along and nobody else: the next is served.
func TestPanickingScriptEndsItsOwnCall(t *testing.T) {
	p := build(t)
	var panicked atomic.Bool
	p.options.Script = func(ctx context.Context, line ivr.Line) {
		if !panicked.Swap(true) {
			panic("as the test wished")
		}
		p.script.Handle(ctx, line)
	}
	p.start()
	// By us, or by a sweep that came first.
	if cause := p.gone(p.call()); cause != billing.CauseTemporary && cause != billing.CauseNormalClearing {
		t.Errorf("hung up with cause %d", cause)
	}
	p.says("script panicked", 1)
	next := p.call()
	p.check(next.WaitAnswered(p.ctx))
	next.Hangup(ariserver.CauseNormal)
	p.cdr("v2-a")
	p.stop()
	p.wantCDRs(1)
}
