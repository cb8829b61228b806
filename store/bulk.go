package store

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
)

// auditEnd is the end of a job in the audit log, with what it came to.
const auditEnd = "end"

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
func (s *Store) AddBulk(ctx context.Context, j jobs.Bulk) (jobs.Bulk, error) {
	return s.addBulk(ctx, j, func(kv.Tx) error { return nil })
}

// addBulk keeps a job together with what begins it.
func (s *Store) addBulk(ctx context.Context, j jobs.Bulk, with func(kv.Tx) error) (jobs.Bulk, error) {
	if err := billing.CheckName("job", j.ID); err != nil {
		return j, err
	}
	j.State = jobs.Waiting
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		if tx.Get(key("bulk", j.ID)) != nil {
			return fmt.Errorf("job %s %w", j.ID, billing.ErrExists)
		}
		putBulk(tx, j)
		if err := with(tx); err != nil {
			return err
		}
		audit(ctx, tx, deed{action: auditAdd, kind: "job", id: j.ID, after: j})
		return nil
	})
	if err == nil {
		wake(s.bulkChanged)
	}
	return j, err
}

// putBulk keeps a job, and whether it is live: the only place that does.
func putBulk(tx kv.Tx, j jobs.Bulk) {
	tx.Put(key("bulk", j.ID), encode(j))
	if j.State.Live() {
		tx.Put(key("bulk-live", j.ID), nil)
		return
	}
	tx.Delete(key("bulk-live", j.ID))
	tx.Delete(key("bulk-output", j.ID))
}

// BulkChanged receives after bulk jobs were added, so that whoever does them looks for
// them. It has room for one message; there is one of it.
func (s *Store) BulkChanged() <-chan struct{} { return s.bulkChanged }

// Bulk reads one bulk job.
func (s *Store) Bulk(id string) (j jobs.Bulk, err error) {
	return s.SeeBulk(context.Background(), id)
}

// SeeBulk reads one bulk job, if whoever asks may see it.
func (s *Store) SeeBulk(ctx context.Context, id string) (j jobs.Bulk, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		if j, err = findBulk(tx, id); err == nil {
			err = staff.From(ctx).Reach(j.Provider, "job "+id)
		}
		return err
	})
	return j, err
}

func findBulk(tx kv.Tx, id string) (jobs.Bulk, error) {
	j, ok, err := load[jobs.Bulk](tx, key("bulk", id))
	if err == nil && !ok {
		err = fmt.Errorf("job %s: %w: see ccctl job list", bytes.ToValidUTF8([]byte(id), nil), billing.ErrNotFound)
	}
	return j, err
}

// SeeBulks lists up to limit bulk jobs after an ID that whoever asks may see, in the order
// in which they were made.
func (s *Store) SeeBulks(ctx context.Context, after string, limit int) (list []jobs.Bulk, err error) {
	list = []jobs.Bulk{}
	err = s.db.View(func(tx kv.Tx) error {
		from, to := under("bulk")
		if after != "" {
			from = append(key("bulk", after), 0)
		}
		for _, b := range tx.Ascend(from, to) {
			if len(list) >= min(limit, MaxListed) {
				return nil
			}
			j, err := decode[jobs.Bulk](b)
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
func (s *Store) LiveBulks() (list []jobs.Bulk, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		from, to := under("bulk-live")
		for k := range tx.Ascend(from, to) {
			j, err := findBulk(tx, string(k[len(from):]))
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
func (s *Store) ChangeBulk(ctx context.Context, id string, edit func(jobs.Bulk) jobs.Bulk) (j jobs.Bulk, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		before, err := findBulk(tx, id)
		if err != nil {
			return err
		}
		if j = before; !before.State.Live() {
			return fmt.Errorf("%w: job %s is %s already: %w", billing.ErrConflict, id, before.State, ErrBulkOver)
		}
		if j = edit(before); !j.State.Live() {
			audit(ctx, tx, deed{action: auditEnd, kind: "job", id: j.ID, before: before, after: j})
		}
		putBulk(tx, j)
		return nil
	})
	return j, err
}

// ForgetBulks removes jobs that ended before a time, and answers their names. It removes up
// to limit of them.
func (s *Store) ForgetBulks(ctx context.Context, before time.Time, limit int) (ids []string, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		ids = nil
		from, to := under("bulk")
		for k, b := range tx.Ascend(from, to) {
			j, err := decode[jobs.Bulk](b)
			if err != nil {
				return err
			}
			if j.State.Live() || !j.Ended.Before(before) {
				continue
			}
			ids = append(ids, j.ID)
			tx.Delete(bytes.Clone(k))
			if len(ids) == limit {
				break
			}
		}
		return nil
	})
	return ids, err
}

// BulkOutput is what the last chunk of a live job added to its files.
func (s *Store) BulkOutput(id string) (out BulkOutput, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		out, _, err = load[BulkOutput](tx, key("bulk-output", id))
		return err
	})
	return out, err
}
