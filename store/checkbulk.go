package store

import (
	"cccp/billing"
	"cccp/jobs"
	"cccp/store/kv"
)

// checkBulk proves that every bulk job that is not over is looked for, and nothing else.
func (r *proof) checkBulk(tx kv.Tx) error {
	live := 0
	from, to := under("bulk")
	for _, b := range tx.Ascend(from, to) {
		j, err := decode[jobs.Bulk](b)
		if err != nil {
			return err
		}
		if !j.State.Live() {
			continue
		}
		live++
		if tx.Get(key("bulk-live", j.ID)) == nil {
			r.problem("bulk job %s is %s and nobody looks for it", j.ID, j.State)
		}
		if j.Done != j.Added+j.Unchanged+j.Rejected && j.Kind != jobs.Export {
			r.problem("bulk job %s did %d rows: %d added, %d unchanged, %d rejected", j.ID, j.Done, j.Added, j.Unchanged, j.Rejected)
		}
	}
	r.checkCount(tx, "bulk-live", live)
	return nil
}

// checkLots proves that a lot has no more cards than were made of it.
func (r *proof) checkLots(tx kv.Tx) error {
	from, to := under("lot")
	for _, b := range tx.Ascend(from, to) {
		l, err := decode[billing.Lot](b)
		if err != nil {
			return err
		}
		cards := 0
		err = eachOfLot(tx, l.Name, "", "", func(string) (bool, error) { cards++; return true, nil })
		if err != nil {
			return err
		}
		if cards > l.Made || l.Made > l.Count {
			r.problem("lot %s has %d cards, %d of %d were made", l.Name, cards, l.Made, l.Count)
		}
	}
	return nil
}
