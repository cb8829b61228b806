package provision

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
)

// errRests is the answer of a job that waits for another to end.
var errRests = errors.New("the job rests")

// Rotate makes the job that gives all PINs a new key. Old and new key are both in the key
// file before the first of them has it, and the old one leaves the file with the last.
func (r *Runner) Rotate(ctx context.Context) (jobs.Bulk, error) {
	if r.KeepPINKeys == nil {
		return jobs.Bulk{}, fmt.Errorf("%w: the PIN key comes from the environment, where it cannot be changed: "+
			"write it to a file, and name that in pin_key.file of ccd.yaml", billing.ErrConflict)
	}
	if err := staff.From(ctx).May(staff.PINs); err != nil {
		return jobs.Bulk{}, err
	}
	live, err := r.Store.LiveBulks()
	if err != nil {
		return jobs.Bulk{}, err
	}
	for _, j := range live {
		if j.Kind == jobs.Rotate {
			return jobs.Bulk{}, fmt.Errorf("%w: job %s changes the key already: ccctl job wait %s",
				billing.ErrConflict, j.ID, j.ID)
		}
	}
	return r.Store.AddBulk(ctx, r.newBulk(ctx, jobs.Rotate, ""))
}

func (r *Runner) rotate(ctx context.Context, j jobs.Bulk) error {
	if r.KeepPINKeys == nil {
		return fmt.Errorf("%w: the PIN key comes from the environment now", billing.ErrConflict)
	}
	if err := r.beginRotation(ctx, j); err != nil {
		return err
	}
	for {
		moved, busy, clashes, err := r.movePINs(ctx, j.ID)
		if err != nil {
			return err
		}
		if moved > 0 {
			continue // one may have come by under the old key meanwhile
		}
		if busy > 0 {
			return errRests
		}
		return r.endRotation(ctx, j.ID, clashes)
	}
}

// beginRotation makes a new key, unless that was done before a crash.
func (r *Runner) beginRotation(ctx context.Context, j jobs.Bulk) error {
	d, err := detailsOf(j)
	if err != nil {
		return err
	}
	keys := r.Store.PINKeys()
	at := slices.IndexFunc(keys, func(k store.PINKey) bool { return k.ID() == d.KeyID })
	if at >= 0 {
		return r.Store.UsePINKey(ctx, keys[at])
	}
	fresh := make(store.PINKey, store.MinPINKeyBytes)
	_, _ = rand.Read(fresh) // never fails
	if err := r.KeepPINKeys(append(keys, fresh)); err != nil {
		return fmt.Errorf("write the PIN key file: %w", err)
	}
	_, err = r.Store.ChangeBulk(ctx, j.ID, func(j jobs.Bulk) jobs.Bulk {
		d.KeyID = fresh.ID()
		d.into(&j)
		return j
	})
	if err != nil {
		return err
	}
	return r.Store.UsePINKey(ctx, fresh)
}

// movePINs goes once through all PINs.
func (r *Runner) movePINs(ctx context.Context, id string) (moved, busy, clashes int, err error) {
	for {
		var part store.Rotation
		_, _, err := r.Store.Chunk(ctx, id, nil, func(b *store.Batch, j *jobs.Bulk) (out store.BulkOutput, err error) {
			d, err := detailsOf(*j)
			if err != nil {
				return out, err
			}
			if part, err = b.RotatePINs(d.Cursor, r.ChunkRows, time.Now()); err != nil {
				return out, err
			}
			d.Cursor = part.Cursor
			d.into(j)
			j.Done += part.Moved
			j.Added += part.Moved
			return out, nil
		})
		if err != nil {
			return moved, busy, clashes, err
		}
		moved, busy, clashes = moved+part.Moved, busy+part.Busy, clashes+len(part.Clashes)
		if part.Cursor == "" {
			return moved, busy, clashes, nil
		}
	}
}

// endRotation takes keys out of the file that nothing is hashed with any more. What only a
// hash is kept of keeps its key: vouchers, DISAs, and PINs from before they were sealed.
func (r *Runner) endRotation(ctx context.Context, id string, clashes int) error {
	needed, old, err := r.Store.NeededPINKeys()
	if err != nil {
		return err
	}
	if err := r.KeepPINKeys(needed); err != nil {
		return fmt.Errorf("write the PIN key file: %w", err)
	}
	r.Store.DropPINKeys(needed)
	_, err = r.Store.ChangeBulk(ctx, id, func(j jobs.Bulk) jobs.Bulk {
		j.Unchanged, j.Rejected = old-clashes, clashes
		j.Done = j.Added + j.Unchanged + j.Rejected
		j.Rows = j.Done
		return j
	})
	return err
}

// ForgetMoved forgets under which names credentials were known before the key was changed.
func ForgetMoved(s *store.Store) Task {
	return Task{Name: "forget moved PINs", Do: func(ctx context.Context, at time.Time) error {
		for {
			n, err := s.ForgetMoved(ctx, at.Add(-jobsKept), purgePage)
			if err != nil || n < purgePage {
				return err
			}
		}
	}}
}
