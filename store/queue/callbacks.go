package queue

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/records"
)

// Queue is the durable work of one store.
type Queue struct {
	db          *kv.DB
	jobsChanged kv.Bell
	bulkChanged kv.Bell
}

// New is the queue of a database.
func New(db *kv.DB) *Queue {
	return &Queue{db: db, jobsChanged: kv.NewBell(), bulkChanged: kv.NewBell()}
}

// Callbacks, what of a quota was spent, and the bulk jobs with what they add to files.
const (
	callbacks records.Table[jobs.Job]    = "job"
	recents   records.Table[jobs.Recent] = "job-recent"
	bulks     records.Table[jobs.Bulk]   = "bulk"
	outputs   records.Table[BulkOutput]  = "bulk-output"
)

// Schedule keeps a new job, which waits from then on, or answers why it may not be made:
// an error that wraps jobs.ErrPending where one of the same kind and key is live,
// jobs.ErrCooldown or jobs.ErrDailyCap where the quota is spent. A job of the same ID is
// answered as it stands.
func (q *Queue) Schedule(ctx context.Context, j jobs.Job, quota jobs.Quota) (kept jobs.Job, err error) {
	if err := checkJob(j); err != nil {
		return kept, err
	}
	err = q.db.Update(ctx, func(tx kv.Tx) (err error) {
		var ok bool
		if kept, ok, err = callbacks.Load(tx, j.ID); ok || err != nil {
			return err
		}
		if err := spendQuota(tx, j, quota); err != nil {
			return err
		}
		kept = j
		kept.State, kept.Attempt, kept.Leased, kept.Ended, kept.Outcome = jobs.Waiting, 0, time.Time{}, time.Time{}, ""
		tx.Put(madeKey(kept), nil)
		if staff.Asked(ctx) { // what callers trigger is no administrator's doing
			records.Audit(ctx, tx, records.Deed{Action: "order", Kind: kept.Kind, ID: kept.ID, After: kept})
		}
		return putJob(tx, jobs.Job{}, kept)
	})
	if err == nil {
		q.jobsChanged.Ring()
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
	recent, _, err := recents.Load(tx, j.Kind, j.Key)
	if err != nil {
		return err
	}
	if recent, err = q.Add(recent, j.Made); err != nil {
		return fmt.Errorf("%s of %s: %w", j.Kind, j.Key, err)
	}
	recents.Put(tx, recent, j.Kind, j.Key)
	return nil
}

func madeKey(j jobs.Job) []byte { return records.Key("job-made", records.Moment(j.Made), j.ID) }
func liveKey(j jobs.Job) []byte { return records.Key("job-live", j.Kind, j.Key) }
func wakeKey(j jobs.Job) []byte { return records.Key("job-wake", records.Moment(j.Wakes()), j.ID) }

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
	callbacks.Put(tx, j, j.ID)
	return nil
}

// JobsChanged tells the dialer to look for jobs: some were scheduled, hurried or made to
// wait again. It has room for one message; there is one of it.
func (q *Queue) JobsChanged() <-chan struct{} { return q.jobsChanged }

// ClaimJobs starts up to limit jobs that are ready, those that have waited longest first,
// and leases them until a time. next is when to look again; zero is not before
// JobsChanged.
func (q *Queue) ClaimJobs(
	ctx context.Context, at, until time.Time, limit int) (claimed []jobs.Job, next time.Time, err error,
) {
	err = q.db.View(func(tx kv.Tx) (err error) { next, err = firstWake(tx); return err })
	if err != nil || next.IsZero() || at.Before(next) || limit <= 0 {
		return nil, next, err // nothing to be written: the usual case
	}
	err = q.db.Update(ctx, func(tx kv.Tx) error {
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
	for order := range records.Table[any]("job-wake").Names(tx) {
		j, err := findJob(tx, order[records.MomentBytes+1:])
		if err != nil || !do(j) {
			return err
		}
	}
	return nil
}

// OrphanJobs ends the leases of all running jobs. It is for the start alone: nobody else
// has the file open, so the process that ran them is gone.
func (q *Queue) OrphanJobs(ctx context.Context, at time.Time) error {
	err := q.db.Update(ctx, func(tx kv.Tx) error {
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
		q.jobsChanged.Ring()
	}
	return err
}

// ChangeJob applies edit to a live job in one transaction; one that is over stays as it
// ended. The edit may run more than once.
func (q *Queue) ChangeJob(ctx context.Context, id string, edit func(jobs.Job) (jobs.Job, error)) (jobs.Job, error) {
	return q.changeJob(ctx, id, "", edit)
}

// changeJob is ChangeJob, audited where an action is named.
func (q *Queue) changeJob(
	ctx context.Context, id, action string, edit func(jobs.Job) (jobs.Job, error)) (j jobs.Job, err error,
) {
	err = q.db.Update(ctx, func(tx kv.Tx) error {
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
			records.Audit(ctx, tx, records.Deed{Action: action, Kind: j.Kind, ID: id, Before: before, After: j})
		}
		return putJob(tx, before, j)
	})
	if err == nil && j.State == jobs.Waiting {
		q.jobsChanged.Ring()
	}
	return j, err
}

// CancelJob ends a job that waits. One that is running is refused.
func (q *Queue) CancelJob(ctx context.Context, id string, at time.Time) (jobs.Job, error) {
	return q.changeWaiting(ctx, id, "cancel", func(j jobs.Job) jobs.Job { return j.Cancel(at) })
}

// HurryJob makes a job that waits due at once. One that is running is refused.
func (q *Queue) HurryJob(ctx context.Context, id string, at time.Time) (jobs.Job, error) {
	return q.changeWaiting(ctx, id, "hurry", func(j jobs.Job) jobs.Job { return j.Hurry(at) })
}

func (q *Queue) changeWaiting(ctx context.Context, id, action string, edit func(jobs.Job) jobs.Job) (jobs.Job, error) {
	return q.changeJob(ctx, id, action, func(j jobs.Job) (jobs.Job, error) {
		if j.State != jobs.Waiting {
			return j, fmt.Errorf("%w: job %s is running: end its call with ccctl call hangup", billing.ErrConflict, id)
		}
		return edit(j), nil
	})
}

// Job reads one job.
func (q *Queue) Job(id string) (j jobs.Job, err error) {
	err = q.db.View(func(tx kv.Tx) error {
		j, err = findJob(tx, id)
		return err
	})
	return j, err
}

func findJob(tx kv.Tx, id string) (jobs.Job, error) {
	j, ok, err := callbacks.Load(tx, id)
	if err == nil && !ok {
		err = fmt.Errorf("job %s: %w: see ccctl callback list", bytes.ToValidUTF8([]byte(id), nil), billing.ErrNotFound)
	}
	return j, err
}
