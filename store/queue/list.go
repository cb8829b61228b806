package queue

import (
	"iter"
	"slices"
	"time"

	"cccp/jobs"
	"cccp/store/kv"
	"cccp/store/records"
)

// JobFilter chooses jobs; the zero value is all of them, the first made first.
type JobFilter struct {
	// States keeps only jobs in one of these; none is all.
	States []jobs.State
	// Account keeps only this account's jobs.
	Account string
	// After skips jobs made before this one (an ID), and itself.
	After string
	// Limit is the most jobs answered, at most MaxListed.
	Limit int
	// Newest answers the last Limit jobs instead of the first, still oldest first.
	Newest bool
}

func (f JobFilter) wants(j jobs.Job) bool {
	return (len(f.States) == 0 || slices.Contains(f.States, j.State)) && (f.Account == "" || f.Account == j.Account)
}

// Jobs lists jobs in the order in which they were made.
func (q *Queue) Jobs(f JobFilter) (list []jobs.Job, err error) {
	list = []jobs.Job{}
	err = q.db.View(func(tx kv.Tx) error {
		walk, err := f.walk(tx)
		if err != nil {
			return err
		}
		for k := range walk {
			if len(list) >= min(f.Limit, records.MaxListed) {
				break
			}
			j, err := findJob(tx, madeID(k))
			if err != nil {
				return err
			}
			if f.wants(j) {
				list = append(list, j)
			}
		}
		return nil
	})
	if f.Newest {
		slices.Reverse(list)
	}
	return list, err
}

// walk is the keys of the jobs as they were made, or backwards where the newest are
// wanted.
func (f JobFilter) walk(tx kv.Tx) (iter.Seq2[[]byte, []byte], error) {
	from, to := records.Under("job-made")
	if f.After != "" {
		j, err := findJob(tx, f.After)
		if err != nil {
			return nil, err
		}
		from = append(madeKey(j), 0)
	}
	if f.Newest {
		return tx.Descend(from, to), nil
	}
	return tx.Ascend(from, to), nil
}

// madeID is the ID in a key of the order in which jobs were made.
func madeID(k []byte) string {
	return string(k[len(records.Key("job-made", records.Moment(time.Time{}), "")):])
}
