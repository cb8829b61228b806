package dialer_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
)

// Why the queue of a test does not do what it is asked for.
var (
	errDead   = errors.New("the power is gone")
	errBroken = errors.New("as the test wished")
)

// queue is the store until the power is gone. It fails on demand, and loses power on
// demand at a certain step, before that is written down or just after.
type queue struct {
	*store.Store

	mu   sync.Mutex
	fail func(step string) bool // says whether a step fails; it may be nil
	dead chan struct{}          // closed when the power is gone
	left int                    // steps until then; 0 is any number
	late bool                   // the last step is still written down
}

// fails sets which steps fail; nil is none.
func (q *queue) fails(fail func(step string) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = fail
}

// kill ends it all.
func (q *queue) kill() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end()
}

// killAfter ends it all at the nth step from now, before that is written down or after.
func (q *queue) killAfter(steps int, late bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left, q.late = steps, late
}

func (q *queue) end() {
	if !q.isDead() {
		close(q.dead)
	}
}

func (q *queue) isDead() bool {
	select {
	case <-q.dead:
		return true
	default:
		return false
	}
}

// step does one thing, unless the power is gone. Whoever asked for what was the last
// thing done is not told of it any more. Steps come one after another, or the power could
// go between two things that are under way.
func (q *queue) step(name string, do func() error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.isDead() {
		return errDead
	}
	if q.fail != nil && q.fail(name) {
		return errBroken
	}
	last := q.left == 1
	q.left = max(0, q.left-1)
	if last && !q.late {
		q.end()
		return errDead
	}
	err := do()
	if last {
		q.end()
		return errDead
	}
	return err
}

func (q *queue) Schedule(ctx context.Context, j jobs.Job, quota jobs.Quota) (kept jobs.Job, err error) {
	err = q.step("schedule", func() (err error) { kept, err = q.Store.Schedule(ctx, j, quota); return err })
	return kept, err
}

// ClaimJobs is a step only where there is something to claim.
func (q *queue) ClaimJobs(ctx context.Context, at, until time.Time, limit int) (claimed []jobs.Job, next time.Time, err error) {
	if _, first, _ := q.Store.ClaimJobs(ctx, at, until, 0); first.IsZero() || at.Before(first) {
		return nil, first, nil
	}
	err = q.step("claim", func() (err error) { claimed, next, err = q.Store.ClaimJobs(ctx, at, until, limit); return err })
	if err != nil {
		return nil, time.Time{}, err
	}
	return claimed, next, nil
}

func (q *queue) ChangeJob(ctx context.Context, id string, edit func(jobs.Job) (jobs.Job, error)) (j jobs.Job, err error) {
	err = q.step("change", func() (err error) { j, err = q.Store.ChangeJob(ctx, id, edit); return err })
	return j, err
}

func (q *queue) OrphanJobs(ctx context.Context, at time.Time) error {
	return q.step("orphan", func() error { return q.Store.OrphanJobs(ctx, at) })
}

func (q *queue) LegState(id billing.LegID) (open bool, cdr billing.CDR, settled bool, err error) {
	err = q.step("leg state", func() (err error) { open, cdr, settled, err = q.Store.LegState(id); return err })
	return open, cdr, settled, err
}

// The bank, on the same power.

func (q *queue) Hold(h billing.Hold) error {
	return q.step("hold", func() error { _, err := q.Store.Hold(context.Background(), h); return err })
}

func (q *queue) Answer(leg billing.LegID, at time.Time) error {
	return q.step("answer", func() error { return q.Store.Answer(context.Background(), leg, at) })
}

func (q *queue) Settle(s billing.Settlement) error {
	return q.step("settle", func() error { _, err := q.Store.Settle(context.Background(), s); return err })
}
