package dialer

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
)

// Queue keeps jobs durably.
type Queue interface {
	Schedule(context.Context, jobs.Job, jobs.Quota) (jobs.Job, error)
	ClaimJobs(ctx context.Context, at, until time.Time, limit int) (claimed []jobs.Job, next time.Time, err error)
	ChangeJob(ctx context.Context, id string, edit func(jobs.Job) (jobs.Job, error)) (jobs.Job, error)
	OrphanJobs(ctx context.Context, at time.Time) error
	JobsChanged() <-chan struct{}
	LegState(billing.LegID) (open bool, cdr billing.CDR, settled bool, err error)
}

// Settings of callbacks.
type Settings struct {
	// Delay is how long after a trigger a caller is called back.
	Delay time.Duration
	// Quota bounds what callers trigger, for each number.
	Quota jobs.Quota
	// Tries is how often a callback is attempted, RetryAfter the time between.
	Tries      int
	RetryAfter time.Duration
	// AtOnce is how many callbacks may run at the same time.
	AtOnce int
}

// StaleAfter is how long overdue a callback may be and still be made.
const StaleAfter = 15 * time.Minute

// Options of a dialer.
type Options struct {
	Queue Queue
	// MakeCallback makes one attempt and returns when it is settled.
	MakeCallback func(ctx context.Context, visit billing.VisitID, c ivr.Callback) billing.Outcome
	// Numbers reads the numbers operators and programs ask for.
	Numbers phone.Plan
	// Online says whether calls can be made at present.
	Online   func() bool
	NewID    func() string
	Settings Settings
	Log      zerolog.Logger
}

// Dialer makes the calls that were ordered.
type Dialer struct {
	Options

	mu      sync.Mutex
	running map[billing.VisitID]bool // whether the call itself is under way
	ended   chan struct{}            // a call has ended: there is room for another
	calls   sync.WaitGroup
}

// New makes a dialer; Run starts it.
func New(o Options) *Dialer {
	return &Dialer{Options: o, running: map[billing.VisitID]bool{}, ended: make(chan struct{}, 1)}
}

// Intervals at which the dialer looks at its queue.
const (
	// lease is how long a running job is ours: longer than any call, since a running
	// process is known by the file it holds.
	lease = 48 * time.Hour
	// lookAgain is when to look again for what cannot be helped at present.
	lookAgain = time.Second
	// openLookAgain is when to look again whether a leg of an earlier run is settled.
	openLookAgain = 5 * time.Second
)

// Run makes calls as they fall due, until ctx ends. Calls under way go on: Wait for them.
func (d *Dialer) Run(ctx context.Context) error {
	if err := d.Queue.OrphanJobs(ctx, time.Now()); err != nil {
		return fmt.Errorf("take up jobs of an earlier run: %w", err)
	}
	for ctx.Err() == nil {
		next := d.startDue(ctx)
		wait := time.NewTimer(time.Until(next))
		select {
		case <-wait.C:
		case <-d.Queue.JobsChanged():
		case <-d.ended:
		case <-ctx.Done():
		}
		wait.Stop()
	}
	return nil
}

// idle is the interval while there are no jobs; a new job wakes the dialer at once.
const idle = time.Hour

// startDue starts what is due and says when to look again.
func (d *Dialer) startDue(ctx context.Context) (next time.Time) {
	now := time.Now()
	room := d.Settings.AtOnce - d.Running()
	if room <= 0 {
		return now.Add(idle) // woken by the end of a call
	}
	if !d.Online() {
		return now.Add(lookAgain)
	}
	due, next, err := d.Queue.ClaimJobs(ctx, now, now.Add(lease), room)
	if err != nil {
		if ctx.Err() == nil {
			d.Log.Error().Err(err).Msg("claim jobs")
		}
		return now.Add(lookAgain)
	}
	for _, job := range due {
		d.start(context.WithoutCancel(ctx), job)
	}
	if next.IsZero() {
		return now.Add(idle)
	}
	return next
}

func (d *Dialer) start(ctx context.Context, job jobs.Job) {
	visit := billing.VisitID(job.AttemptID())
	if !d.take(visit) { // a stay that outlasts its lease
		d.put(ctx, job, func(j jobs.Job) jobs.Job { j.Leased = time.Now().Add(lease); return j })
		return
	}
	d.calls.Go(func() {
		d.attemptSafely(ctx, job, visit)
		d.mu.Lock()
		delete(d.running, visit)
		d.mu.Unlock()
		select {
		case d.ended <- struct{}{}:
		default:
		}
	})
}

// take makes a visit ours, unless it is already.
func (d *Dialer) take(visit billing.VisitID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ours := d.running[visit]; ours {
		return false
	}
	d.running[visit] = false // the books are asked first
	return true
}

// Running counts the calls under way.
func (d *Dialer) Running() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.running)
}

// Runs says whether a visit is a callback with a script. It is none while we only look up
// what an earlier run made of it, or what that left would never be settled.
func (d *Dialer) Runs(visit billing.VisitID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running[visit]
}

// Wait waits for the calls under way, or until ctx ends.
func (d *Dialer) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { d.calls.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// attemptSafely is attempt: one that panics fails, and ends no other call.
func (d *Dialer) attemptSafely(ctx context.Context, job jobs.Job, visit billing.VisitID) {
	defer func() {
		if why := recover(); why != nil {
			d.Log.Error().Interface("panic", why).Bytes("stack", debug.Stack()).
				Str("job", job.ID).Msg("callback panicked")
			d.finish(ctx, job, billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure})
		}
	}()
	d.attempt(ctx, job, visit)
}

// attempt makes one attempt of a job, unless the books have its outcome already.
func (d *Dialer) attempt(ctx context.Context, job jobs.Job, visit billing.VisitID) {
	log := d.Log.With().Str("job", job.ID).Int("attempt", job.Attempt).Logger()
	open, cdr, settled, err := d.Queue.LegState(visit.CallerLeg())
	switch {
	case err != nil:
		log.Error().Err(err).Msg("look up leg")
		d.put(ctx, job, func(j jobs.Job) jobs.Job { j.Leased = time.Now().Add(lookAgain); return j })
	case open:
		log.Warn().Msg("a leg of an earlier run is not settled yet")
		d.put(ctx, job, func(j jobs.Job) jobs.Job { j.Leased = time.Now().Add(openLookAgain); return j })
	case settled:
		d.finish(ctx, job, cdr.Outcome)
	case time.Since(job.Due) > StaleAfter:
		log.Warn().Time("due", job.Due).Msg("overdue: not called any more")
		d.put(ctx, job, func(j jobs.Job) jobs.Job { return j.Finish(false, false, stale, time.Now()) })
	default:
		d.call(ctx, job, visit)
	}
}

// stale is the outcome of a job that was not done in time.
const stale = "overdue"

func (d *Dialer) call(ctx context.Context, job jobs.Job, visit billing.VisitID) {
	var o order
	if err := json.Unmarshal(job.Details, &o); err != nil {
		d.Log.Error().Err(err).Str("job", job.ID).Msg("read job")
		d.put(ctx, job, func(j jobs.Job) jobs.Job {
			return j.Finish(false, false, string(billing.SystemFailure), time.Now())
		})
		return
	}
	d.looksAfter(visit, true)
	outcome := d.MakeCallback(ctx, visit, o.callback(job))
	d.looksAfter(visit, false)
	d.finish(ctx, job, outcome)
}

func (d *Dialer) looksAfter(visit billing.VisitID, itself bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running[visit] = itself
}

// finish writes down what an attempt came to. The job waits for another where that may
// help.
func (d *Dialer) finish(ctx context.Context, job jobs.Job, o billing.Outcome) {
	ended := d.put(ctx, job, func(j jobs.Job) jobs.Job {
		if o.Reason.OurFault() && time.Since(j.Made) < StaleAfter {
			j.Tries++ // it was not the callback's fault
		}
		return j.Finish(o.Result == billing.Answered, o.Reason.AllowsAnotherTry(), string(o.Reason), time.Now())
	})
	d.Log.Info().Str("job", job.ID).Int("attempt", job.Attempt).Str("state", string(ended.State)).
		Str("result", string(o.Result)).Str("reason", string(o.Reason)).Msg("callback ended")
}

// putWithin bounds the recording of a job's outcome.
const putWithin = 30 * time.Second

func (d *Dialer) put(ctx context.Context, job jobs.Job, edit func(jobs.Job) jobs.Job) jobs.Job {
	ctx, cancel := context.WithTimeout(ctx, putWithin)
	defer cancel()
	j, err := d.Queue.ChangeJob(ctx, job.ID, func(j jobs.Job) (jobs.Job, error) { return edit(j), nil })
	if err != nil {
		d.Log.Error().Err(err).Str("job", job.ID).Msg("write job: taken up again at the next start")
	}
	return j
}
