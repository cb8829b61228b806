package provision

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"cccp/store"
)

// Task is something that is done every night. Done again it must find nothing left to do.
type Task struct {
	Name string
	// Do does all that was due at a time, that of nights that were missed included.
	Do func(ctx context.Context, at time.Time) error
}

// Nightly does its tasks one after the other at a time of day, and once at the start for
// the nights that were missed. What fails is tried again the next night.
type Nightly struct {
	// Hour and Minute are when, in Zone.
	Hour, Minute int
	Zone         *time.Location
	Tasks        []Task
	Log          zerolog.Logger
}

// lookEvery is the longest time between two looks at the clock: it may be set, and the
// machine may sleep.
const lookEvery = 10 * time.Minute

// Run does the tasks until the end of ctx.
func (n Nightly) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		n.do(ctx, time.Now())
		for next := n.Next(time.Now()); time.Now().Before(next); {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(min(time.Until(next), lookEvery)):
			}
		}
	}
	return nil
}

// Next is the next night after a time. Where clocks are put forward over it, it is an hour
// earlier.
func (n Nightly) Next(after time.Time) time.Time {
	local := after.In(n.Zone)
	for day := local.Day(); ; day++ {
		next := time.Date(local.Year(), local.Month(), day, n.Hour, n.Minute, 0, 0, n.Zone)
		if next.After(after) {
			return next
		}
	}
}

func (n Nightly) do(ctx context.Context, at time.Time) {
	for _, task := range n.Tasks {
		if ctx.Err() != nil {
			return
		}
		if err := task.Do(ctx, at); err != nil && ctx.Err() == nil {
			n.Log.Error().Err(err).Str("task", task.Name).Msg("a nightly task failed: it is tried again the next night")
		}
	}
}

// purgePage is how many archived records are looked at together.
const purgePage = 1000

// PurgeArchive forgets records archived for so many days; 0 keeps everything.
func PurgeArchive(s *store.Store, keepDays int, log zerolog.Logger) Task {
	return Task{Name: "purge archive", Do: func(ctx context.Context, at time.Time) error {
		if keepDays == 0 {
			return nil
		}
		filter := store.ArchiveFilter{Before: at.Add(-time.Duration(keepDays) * 24 * time.Hour), Alone: true,
			Limit: purgePage}
		for {
			list, err := s.Archive(ctx, filter)
			if err != nil {
				return err
			}
			for _, a := range list {
				if err := s.Purge(ctx, a.Kind, a.ID, at); err != nil {
					return err
				}
			}
			if len(list) > 0 {
				log.Info().Int("records", len(list)).Msg("purged from the archive")
			}
			if len(list) < purgePage {
				return nil
			}
			filter.After = list[len(list)-1].Kind + "/" + list[len(list)-1].ID
		}
	}}
}

// jobsKept is how long bulk jobs are kept after their end, with their files: those may hold
// PINs in clear.
const jobsKept = 7 * 24 * time.Hour

// ForgetJobs removes bulk jobs that ended long ago, and their files.
func (r *Runner) ForgetJobs() Task {
	return Task{Name: "forget bulk jobs", Do: func(ctx context.Context, at time.Time) error {
		for {
			ids, err := r.Store.ForgetBulks(ctx, at.Add(-jobsKept), purgePage)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := r.dropFiles(id); err != nil {
					return err
				}
			}
			if len(ids) < purgePage {
				return nil
			}
		}
	}}
}
