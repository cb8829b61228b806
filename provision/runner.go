package provision

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// Runner does bulk jobs in the background, one after the other in the order in which they
// were made, and takes up at its start what was left unfinished.
type Runner struct {
	RunnerOptions
	mu sync.Mutex
	// running is the job under way, stop what ends it.
	running string
	stop    context.CancelFunc
	// resting are jobs that wait for something else, and until when.
	resting map[string]time.Time
}

// RunnerOptions of NewRunner.
type RunnerOptions struct {
	Store *store.Store
	// Dir is where jobs have their files: a folder for each, for the owner only.
	Dir string
	// Draw answers a random number of so many digits; nil draws PINs that cannot be
	// guessed. Tests give their own.
	Draw func(digits int) (string, error)
	// NewID names a job. Names must sort in the order in which they are made.
	NewID func() string
	// ChunkRows is how many rows one transaction writes; 0 is DefaultChunkRows.
	ChunkRows int
	// KeepPINKeys writes the file of the PIN keys, whole or not at all; with nil the key
	// cannot be changed.
	KeepPINKeys func([]store.PINKey) error
	Log         zerolog.Logger
}

// NewRunner makes a runner, which does nothing before Run.
func NewRunner(o RunnerOptions) *Runner {
	if o.Draw == nil {
		o.Draw = drawDigits
	}
	o.ChunkRows = cmp.Or(o.ChunkRows, DefaultChunkRows)
	return &Runner{RunnerOptions: o, resting: map[string]time.Time{}}
}

// drawDigits answers each number of so many digits with the same probability.
func drawDigits(digits int) (string, error) { return digitsFrom(rand.Reader, digits) }

func digitsFrom(random io.Reader, digits int) (string, error) {
	all := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(random, all)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// DefaultChunkRows is how many rows one transaction writes: calls settle in between.
const DefaultChunkRows = 500

// details are a bulk job's order, and its progress in its files.
type details struct {
	Country  string `json:"country,omitempty"`
	Currency string `json:"currency,omitempty"`
	Deck     string `json:"deck,omitempty"`
	Provider string `json:"provider,omitempty"`
	Lot      string `json:"lot,omitempty"`
	// After sorts just before the lot's first card, Last is the last one; "" is no bound.
	After    string `json:"after,omitempty"`
	Last     string `json:"last,omitempty"`
	WithPINs bool   `json:"with_pins,omitempty"`
	// Offset is where the next row begins in the input; 0 is the first one.
	Offset int64 `json:"offset,omitempty"`
	// ReportAt and RejectsAt are how long the job's files are.
	ReportAt  int64               `json:"report_bytes,omitempty"`
	RejectsAt int64               `json:"rejects_bytes,omitempty"`
	Status    *store.StatusChange `json:"status,omitempty"`
	// KeyID is the new PIN key, Cursor where moving PINs to it goes on.
	KeyID  string `json:"key_id,omitempty"`
	Cursor string `json:"cursor,omitempty"`
}

func detailsOf(j jobs.Bulk) (d details, err error) {
	if len(j.Details) > 0 {
		err = json.Unmarshal(j.Details, &d)
	}
	return d, err
}

func (d details) into(j *jobs.Bulk) {
	j.Details, _ = json.Marshal(d) // plain fields: never fails
}

// Run does jobs until the end of ctx. What is under way then is taken up by the next Run,
// of this process or another.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.sweepFiles(); err != nil {
		return fmt.Errorf("bulk jobs: %w", err)
	}
	for ctx.Err() == nil {
		j, ok, wake, err := r.next(time.Now())
		if err == nil && ok {
			err = r.do(ctx, j)
		}
		if err != nil {
			return fmt.Errorf("bulk jobs: %w", err)
		}
		if ok {
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.Store.BulkChanged():
		case <-time.After(wake):
		}
	}
	return nil
}

// restFor is how long a job rests that waits for calls to end.
const restFor = 10 * time.Second

// next is the job that was made first among those that do not rest, or how long to wait
// for one.
func (r *Runner) next(at time.Time) (j jobs.Bulk, ok bool, wake time.Duration, err error) {
	live, err := r.Store.LiveBulks()
	if err != nil {
		return j, false, 0, err
	}
	for _, j := range live {
		if !at.Before(r.resting[j.ID]) {
			return j, true, 0, nil
		}
	}
	return j, false, restFor, nil
}

// do runs one job to its end, or to the end of ctx.
func (r *Runner) do(ctx context.Context, j jobs.Bulk) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	r.begin(j.ID, stop)
	defer r.begin("", nil)
	j, err := r.Store.ChangeBulk(ctx, j.ID, func(j jobs.Bulk) jobs.Bulk { return j.Start(time.Now()) })
	if errors.Is(err, store.ErrBulkOver) {
		return nil
	}
	if err == nil {
		err = r.work(staff.With(working, actorOf(j)), j)
	}
	delete(r.resting, j.ID)
	switch {
	case errors.Is(err, store.ErrBulkOver), working.Err() != nil:
		return nil // cancelled, or to be taken up again
	case errors.Is(err, errRests):
		r.resting[j.ID] = time.Now().Add(restFor)
		return nil
	case err != nil:
		r.Log.Warn().Err(err).Str("job", j.ID).Str("kind", string(j.Kind)).Msg("bulk job failed")
	}
	return r.end(ctx, j.ID, err)
}

func (r *Runner) end(ctx context.Context, id string, problem error) error {
	text := ""
	if problem != nil {
		text = problem.Error()
	}
	ended, err := r.Store.ChangeBulk(ctx, id, func(j jobs.Bulk) jobs.Bulk { return j.End(text, time.Now()) })
	if errors.Is(err, store.ErrBulkOver) || ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	r.Log.Info().Str("job", id).Str("kind", string(ended.Kind)).Str("state", string(ended.State)).
		Int("added", ended.Added).Int("unchanged", ended.Unchanged).Int("rejected",
		ended.Rejected).Msg("bulk job ended")
	return r.dropInput(id)
}

// begin remembers the job under way.
func (r *Runner) begin(id string, stop context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.stop = id, stop
}

// actorOf is the actor of a job: the one who ordered it, confined to the job's provider.
func actorOf(j jobs.Bulk) staff.Actor {
	actor := staff.Actor{Admin: staff.Owner(j.Actor)}
	if j.Provider != "" {
		actor.Role = staff.ServiceProvider + staff.Role(j.Provider)
	}
	return actor
}

// Cancel ends a job where it stands: finished chunks stay.
func (r *Runner) Cancel(ctx context.Context, id string) (jobs.Bulk, error) {
	j, err := r.Store.SeeBulk(ctx, id)
	if err == nil {
		j, err = r.Store.ChangeBulk(ctx, id, func(j jobs.Bulk) jobs.Bulk { return j.Cancel(time.Now()) })
	}
	if err != nil {
		return j, err
	}
	r.mu.Lock()
	if r.running == id {
		r.stop()
	}
	r.mu.Unlock()
	return j, r.dropInput(id)
}

func (r *Runner) work(ctx context.Context, j jobs.Bulk) error {
	switch j.Kind {
	case jobs.Import:
		return r.importRows(ctx, j)
	case jobs.Export:
		return r.exportRows(ctx, j)
	case jobs.Generate:
		return r.generate(ctx, j)
	case jobs.SetState:
		return r.setStatus(ctx, j)
	case jobs.Rotate:
		return r.rotate(ctx, j)
	}
	return fmt.Errorf("%w: job of kind %q", billing.ErrInvalid, j.Kind)
}

func (r *Runner) posting(j jobs.Bulk, origin billing.Origin, reason string) store.Posting {
	return store.Posting{Origin: origin, Job: j.ID, Actor: j.Actor, Reason: reason, At: time.Now()}
}
