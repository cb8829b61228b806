package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store/kv"
)

// Schedule keeps a new job, which waits from then on, or answers why it may not be made:
// an error that wraps jobs.ErrPending where one of the same kind and key is live,
// jobs.ErrCooldown or jobs.ErrDailyCap where the quota is spent. A job of the same ID is
// answered as it stands.
func (s *Store) Schedule(ctx context.Context, j jobs.Job, q jobs.Quota) (kept jobs.Job, err error) {
	if err := checkJob(j); err != nil {
		return kept, err
	}
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		var ok bool
		if kept, ok, err = load[jobs.Job](tx, key("job", j.ID)); ok || err != nil {
			return err
		}
		if err := spendQuota(tx, j, q); err != nil {
			return err
		}
		kept = j
		kept.State, kept.Attempt, kept.Leased, kept.Ended, kept.Outcome = jobs.Waiting, 0, time.Time{}, time.Time{}, ""
		tx.Put(madeKey(kept), nil)
		if staff.Asked(ctx) { // what callers trigger is no administrator's doing
			audit(ctx, tx, deed{action: "order", kind: kept.Kind, id: kept.ID, after: kept})
		}
		return putJob(tx, jobs.Job{}, kept)
	})
	if err == nil {
		wake(s.jobsChanged)
	}
	return kept, err
}

func checkJob(j jobs.Job) error {
	if err := billing.CheckName("job", j.ID); err != nil {
		return err
	}
	if err := billing.CheckName("kind of job", j.Kind); err != nil {
		return err
	}
	if j.Key == "" || len(j.Key) > billing.MaxNameBytes {
		return fmt.Errorf("%w: a job's key has 1 to %d characters", billing.ErrInvalid, billing.MaxNameBytes)
	}
	return nil
}

func spendQuota(tx kv.Tx, j jobs.Job, q jobs.Quota) error {
	if live := tx.Get(liveKey(j)); live != nil {
		return fmt.Errorf("%s of %s: %w: job %s", j.Kind, j.Key, jobs.ErrPending, live)
	}
	at := key("job-recent", j.Kind, j.Key)
	recent, _, err := load[jobs.Recent](tx, at)
	if err != nil {
		return err
	}
	if recent, err = q.Add(recent, j.Made); err != nil {
		return fmt.Errorf("%s of %s: %w", j.Kind, j.Key, err)
	}
	tx.Put(at, encode(recent))
	return nil
}

func madeKey(j jobs.Job) []byte { return key("job-made", moment(j.Made), j.ID) }
func liveKey(j jobs.Job) []byte { return key("job-live", j.Kind, j.Key) }
func wakeKey(j jobs.Job) []byte { return key("job-wake", moment(j.Wakes()), j.ID) }

// putJob keeps a job, and with it the order in which live ones wake and which of them
// is live under its key: the only place that does.
func putJob(tx kv.Tx, before, j jobs.Job) error {
	if before.State.Live() {
		tx.Delete(wakeKey(before))
		tx.Delete(liveKey(before))
	}
	if j.State.Live() {
		tx.Put(wakeKey(j), nil)
		tx.Put(liveKey(j), []byte(j.ID))
	}
	tx.Put(key("job", j.ID), encode(j))
	return nil
}

// JobsChanged receives after jobs were scheduled, hurried or made to wait again, so that
// whoever does them looks for them. It has room for one message; there is one of it.
func (s *Store) JobsChanged() <-chan struct{} { return s.jobsChanged }

// ClaimJobs starts up to limit jobs that are ready, those that have waited longest first,
// and leases them until a time. next is when to look again; zero is not before
// JobsChanged.
func (s *Store) ClaimJobs(ctx context.Context, at, until time.Time, limit int) (claimed []jobs.Job, next time.Time, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) { next, err = firstWake(tx); return err })
	if err != nil || next.IsZero() || at.Before(next) || limit <= 0 {
		return nil, next, err // nothing to be written: the usual case
	}
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		claimed = nil
		ready, err := readyJobs(tx, at, limit)
		if err != nil {
			return err
		}
		for _, j := range ready {
			started := j.Start(until)
			if err := putJob(tx, j, started); err != nil {
				return err
			}
			claimed = append(claimed, started)
		}
		next, err = firstWake(tx)
		return err
	})
	return claimed, next, err
}

func readyJobs(tx kv.Tx, at time.Time, limit int) (ready []jobs.Job, err error) {
	err = eachLive(tx, func(j jobs.Job) bool {
		if !j.Ready(at) || len(ready) >= limit {
			return false
		}
		ready = append(ready, j)
		return true
	})
	return ready, err
}

func firstWake(tx kv.Tx) (first time.Time, err error) {
	err = eachLive(tx, func(j jobs.Job) bool { first = j.Wakes(); return false })
	return first, err
}

// eachLive walks all live jobs in the order in which they wake, until do says enough.
func eachLive(tx kv.Tx, do func(jobs.Job) bool) error {
	from, to := under("job-wake")
	for k := range tx.Ascend(from, to) {
		j, err := findJob(tx, string(k[len(from)+len(moment(time.Time{}))+1:]))
		if err != nil || !do(j) {
			return err
		}
	}
	return nil
}

// OrphanJobs ends the leases of all running jobs. It is for the start alone: nobody else
// has the file open, so whoever ran them is gone.
func (s *Store) OrphanJobs(ctx context.Context, at time.Time) error {
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		var orphans []jobs.Job
		err := eachLive(tx, func(j jobs.Job) bool {
			if j.State == jobs.Running && at.Before(j.Leased) {
				orphans = append(orphans, j)
			}
			return true
		})
		if err != nil {
			return err
		}
		for _, j := range orphans {
			freed := j
			freed.Leased = at
			if err := putJob(tx, j, freed); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		wake(s.jobsChanged)
	}
	return err
}

// ChangeJob applies edit to a live job in one transaction; one that is over stays as it
// ended. The edit may run more than once.
func (s *Store) ChangeJob(ctx context.Context, id string, edit func(jobs.Job) (jobs.Job, error)) (jobs.Job, error) {
	return s.changeJob(ctx, id, "", edit)
}

// changeJob is ChangeJob, audited where an action is named.
func (s *Store) changeJob(ctx context.Context, id, action string, edit func(jobs.Job) (jobs.Job, error)) (j jobs.Job, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		before, err := findJob(tx, id)
		if err != nil {
			return err
		}
		if !before.State.Live() {
			j = before
			return fmt.Errorf("%w: job %s is %s already", billing.ErrConflict, id, before.State)
		}
		if j, err = edit(before); err != nil {
			return err
		}
		if j.ID != id || j.Kind != before.Kind || j.Key != before.Key || !j.Made.Equal(before.Made) {
			return fmt.Errorf("%w: job %s cannot become another: schedule a new one", billing.ErrConflict, id)
		}
		if action != "" {
			audit(ctx, tx, deed{action, j.Kind, id, before, j})
		}
		return putJob(tx, before, j)
	})
	if err == nil && j.State == jobs.Waiting {
		wake(s.jobsChanged)
	}
	return j, err
}

// CancelJob ends a job that waits. One that is running is refused.
func (s *Store) CancelJob(ctx context.Context, id string, at time.Time) (jobs.Job, error) {
	return s.changeWaiting(ctx, id, "cancel", func(j jobs.Job) jobs.Job { return j.Cancel(at) })
}

// HurryJob makes a job that waits due at once. One that is running is refused.
func (s *Store) HurryJob(ctx context.Context, id string, at time.Time) (jobs.Job, error) {
	return s.changeWaiting(ctx, id, "hurry", func(j jobs.Job) jobs.Job { return j.Hurry(at) })
}

func (s *Store) changeWaiting(ctx context.Context, id, action string, edit func(jobs.Job) jobs.Job) (jobs.Job, error) {
	return s.changeJob(ctx, id, action, func(j jobs.Job) (jobs.Job, error) {
		if j.State != jobs.Waiting {
			return j, fmt.Errorf("%w: job %s is running: end its call with ccctl call hangup", billing.ErrConflict, id)
		}
		return edit(j), nil
	})
}

// Job reads one job.
func (s *Store) Job(id string) (j jobs.Job, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		j, err = findJob(tx, id)
		return err
	})
	return j, err
}

func findJob(tx kv.Tx, id string) (jobs.Job, error) {
	j, ok, err := load[jobs.Job](tx, key("job", id))
	if err == nil && !ok {
		err = fmt.Errorf("job %s: %w: see ccctl callback list", bytes.ToValidUTF8([]byte(id), nil), billing.ErrNotFound)
	}
	return j, err
}
