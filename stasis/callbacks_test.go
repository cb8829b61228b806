package stasis_test

import (
	"context"
	"runtime/pprof"
	"sync"

	"cccp/billing"
	"cccp/ivr"
)

// callbacks are those under way: what the dialer is to the server in the whole platform.
type callbacks struct {
	board
	mu     sync.Mutex
	visits map[billing.VisitID]bool
}

func (c *callbacks) begin(visit billing.VisitID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.visits == nil {
		c.visits = map[billing.VisitID]bool{}
	}
	c.visits[visit] = true
}

func (c *callbacks) end(visit billing.VisitID) {
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.visits, visit)
}

func (c *callbacks) runs(visit billing.VisitID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.visits[visit]
}

func (c *callbacks) none() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.visits) == 0
}

// callBack calls somebody back, as the dialer does, and answers how that ended.
func (p *platform) callBack(visit billing.VisitID, c ivr.Callback) <-chan billing.Outcome {
	p.calls.begin(visit)
	ended := make(chan billing.Outcome, 1)
	go pprof.Do(context.Background(), p.label(), func(ctx context.Context) {
		defer p.calls.end(visit)
		ended <- p.script.MakeCallback(ctx, visit, c)
	})
	return ended
}

// outcome waits for the end of a callback.
func (p *platform) outcome(ended <-chan billing.Outcome) (o billing.Outcome) {
	p.t.Helper()
	select {
	case o = <-ended:
	case <-p.ctx.Done():
		p.t.Fatal("the callback does not end")
	}
	return o
}
