package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/records"
)

// actionEnd is the end of a job in the audit log, with what it came to.
const actionEnd = "end"

// ErrBulkOver is what a chunk of a bulk job that was cancelled meanwhile answers.
var ErrBulkOver = errors.New("the job is over")

// BulkOutput is what the last chunk of a bulk job adds to the job's files, and where. It is
// kept with the rows of the chunk, so that after a crash the files can be brought to where
// the rows are.
type BulkOutput struct {
	ReportAt  int64  `json:"report_at,omitempty"`
	Report    []byte `json:"report,omitempty"`
	RejectsAt int64  `json:"rejects_at,omitempty"`
	Rejects   []byte `json:"rejects,omitempty"`
}

// AddBulk keeps a new bulk job, which waits from then on.
func (q *Queue) AddBulk(ctx context.Context, j jobs.Bulk) (jobs.Bulk, error) {
	return q.AddBulkWith(ctx, j, func(kv.Tx, *jobs.Bulk) error { return nil })
}

// AddBulkWith keeps a job together with what begins it, which may complete the job. It may
// run more than once.
func (q *Queue) AddBulkWith(
	ctx context.Context, given jobs.Bulk, with func(kv.Tx, *jobs.Bulk) error) (j jobs.Bulk, err error,
) {
	if err := billing.CheckName("job", given.ID); err != nil {
		return given, err
	}
	err = q.db.Update(ctx, func(tx kv.Tx) error {
		j = given
		j.State = jobs.Waiting
		if bulks.Has(tx, j.ID) {
			return fmt.Errorf("job %s %w", j.ID, billing.ErrExists)
		}
		if err := with(tx, &j); err != nil {
			return err
		}
		putBulk(tx, j)
		records.Audit(ctx, tx, records.Deed{Action: records.ActionAdd, Kind: "job", ID: j.ID, After: j})
		return nil
	})
	if err == nil {
		q.bulkChanged.Ring()
	}
	return j, err
}

// putBulk keeps a job, and whether it is live: the only place that does.
func putBulk(tx kv.Tx, j jobs.Bulk) {
	bulks.Put(tx, j, j.ID)
	if j.State.Live() {
		tx.Put(records.Key("bulk-live", j.ID), nil)
		return
	}
	tx.Delete(records.Key("bulk-live", j.ID))
	outputs.Delete(tx, j.ID)
}

// BulkChanged tells the runner that bulk jobs were added. It has room for one message;
// there is one of it.
func (q *Queue) BulkChanged() <-chan struct{} { return q.bulkChanged }

// Bulk reads one bulk job.
func (q *Queue) Bulk(id string) (j jobs.Bulk, err error) {
	return q.SeeBulk(context.Background(), id)
}

// SeeBulk reads one bulk job, if the actor may see it.
func (q *Queue) SeeBulk(ctx context.Context, id string) (j jobs.Bulk, err error) {
	err = q.db.View(func(tx kv.Tx) error {
		if j, err = findBulk(tx, id); err == nil {
			err = staff.From(ctx).Reach(j.Provider, "job "+id)
		}
		return err
	})
	return j, err
}

func findBulk(tx kv.Tx, id string) (jobs.Bulk, error) {
	j, ok, err := bulks.Load(tx, id)
	if err == nil && !ok {
		err = fmt.Errorf("job %s: %w: see ccctl job list", bytes.ToValidUTF8([]byte(id), nil), billing.ErrNotFound)
	}
	return j, err
}

// SeeBulks lists up to limit bulk jobs after an ID that the actor may see, in the order
// in which they were made.
func (q *Queue) SeeBulks(ctx context.Context, after string, limit int) (list []jobs.Bulk, err error) {
	list = []jobs.Bulk{}
	err = q.db.View(func(tx kv.Tx) error {
		for id := range bulks.NamesAfter(tx, after) {
			if len(list) >= min(limit, records.MaxListed) {
				return nil
			}
			j, err := findBulk(tx, id)
			if err != nil {
				return err
			}
			if staff.From(ctx).Reach(j.Provider, "") == nil {
				list = append(list, j)
			}
		}
		return nil
	})
	return list, err
}

// LiveBulks are the jobs that are not over, those made first first.
func (q *Queue) LiveBulks() (list []jobs.Bulk, err error) {
	err = q.db.View(func(tx kv.Tx) error {
		for id := range records.Table[any]("bulk-live").Names(tx) {
			j, err := findBulk(tx, id)
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return nil
	})
	return list, err
}

// ChangeBulk applies edit to a live bulk job in one transaction; one that is over stays as
// it ended. The edit may run more than once.
func (q *Queue) ChangeBulk(ctx context.Context, id string, edit func(jobs.Bulk) jobs.Bulk) (j jobs.Bulk, err error) {
	err = q.db.Update(ctx, func(tx kv.Tx) error {
		before, err := findBulk(tx, id)
		if err != nil {
			return err
		}
		if j = before; !before.State.Live() {
			return fmt.Errorf("%w: job %s is %s already: %w", billing.ErrConflict, id, before.State, ErrBulkOver)
		}
		if j = edit(before); !j.State.Live() {
			records.Audit(ctx, tx, records.Deed{Action: actionEnd, Kind: "job", ID: j.ID, Before: before, After: j})
		}
		putBulk(tx, j)
		return nil
	})
	return j, err
}

// ForgetBulks removes jobs that ended before a time, and answers their names. It removes up
// to limit of them.
func (q *Queue) ForgetBulks(ctx context.Context, before time.Time, limit int) (ids []string, err error) {
	err = q.db.Update(ctx, func(tx kv.Tx) error {
		ids = nil
		for j, err := range bulks.All(tx) {
			if err != nil {
				return err
			}
			if j.State.Live() || !j.Ended.Before(before) {
				continue
			}
			ids = append(ids, j.ID)
			bulks.Delete(tx, j.ID)
			if len(ids) == limit {
				break
			}
		}
		return nil
	})
	return ids, err
}

// BulkOutput is what the last chunk of a live job added to its files.
func (q *Queue) BulkOutput(id string) (out BulkOutput, err error) {
	err = q.db.View(func(tx kv.Tx) error {
		out, _, err = outputs.Load(tx, id)
		return err
	})
	return out, err
}

// Running is a bulk job that is to do a chunk; one that is over answers ErrBulkOver.
func Running(tx kv.Tx, id string) (jobs.Bulk, error) {
	j, err := findBulk(tx, id)
	if err == nil && j.State != jobs.Running {
		err = fmt.Errorf("job %s: %w", id, ErrBulkOver)
	}
	return j, err
}

// PutChunk keeps how far a bulk job has come, and what it adds to its files.
func PutChunk(tx kv.Tx, j jobs.Bulk, out BulkOutput) {
	putBulk(tx, j)
	if j.State.Live() {
		outputs.Put(tx, out, j.ID)
	}
}
