package queue

import (
	"cccp/jobs"
	"cccp/store/kv"
	"cccp/store/records"
)

// Check proves that each job stands in the orders it belongs to, that every bulk job that
// is not over is looked for, and that nothing else is.
func Check(tx kv.Tx, p *records.Proof) error {
	if err := checkCallbacks(tx, p); err != nil {
		return err
	}
	return checkBulks(tx, p)
}

func checkCallbacks(tx kv.Tx, p *records.Proof) error {
	made, live := 0, 0
	for j, err := range callbacks.All(tx) {
		if err != nil {
			return err
		}
		made++
		if tx.Get(madeKey(j)) == nil {
			p.Problem("job %s is not listed", j.ID)
		}
		if !j.State.Live() {
			continue
		}
		live++
		if tx.Get(wakeKey(j)) == nil {
			p.Problem("job %s is %s and nothing wakes it", j.ID, j.State)
		}
		if other := tx.Get(liveKey(j)); string(other) != j.ID {
			p.Problem("job %s is live, under its key stands %q", j.ID, other)
		}
	}
	p.Count(tx, "job-made", made)
	p.Count(tx, "job-wake", live)
	p.Count(tx, "job-live", live)
	return nil
}

func checkBulks(tx kv.Tx, p *records.Proof) error {
	live := 0
	for j, err := range bulks.All(tx) {
		if err != nil {
			return err
		}
		if !j.State.Live() {
			continue
		}
		live++
		if tx.Get(records.Key("bulk-live", j.ID)) == nil {
			p.Problem("bulk job %s is %s and nobody looks for it", j.ID, j.State)
		}
		if j.Done != j.Added+j.Unchanged+j.Rejected && j.Kind != jobs.Export {
			p.Problem("bulk job %s did %d rows: %d added, %d unchanged, %d rejected",
				j.ID, j.Done, j.Added, j.Unchanged, j.Rejected)
		}
	}
	p.Count(tx, "bulk-live", live)
	return nil
}
