package store

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/prices"
	"cccp/store/queue"
	"cccp/store/records"
)

// Batch is one chunk of a bulk job while it is under way: what is written through it is
// kept all together with how far the job has come, or not at all. It ends with the
// function it is given to.
type Batch struct {
	*records.Batch
	s *Store
	// funded are the accounts that have more money than before, rates those that plans may
	// be made of.
	funded []string
	rates  []billing.NamedRate
	sealer *pins.Sealer
}

func newBatch(ctx context.Context, s *Store, tx kv.Tx) *Batch {
	return &Batch{Batch: records.NewBatch(ctx, tx), s: s}
}

func (b *Batch) tx() kv.Tx { return records.Tx(b) }

// Row does what belongs to one row: all of it is kept if do returns nil, and nothing of it
// if it returns an error, which is returned.
func (b *Batch) Row(do func() error) error {
	funded, rates := len(b.funded), len(b.rates)
	err := b.Try(do)
	if err != nil {
		b.funded, b.rates = b.funded[:funded], b.rates[:rates]
	}
	return err
}

// Rehearsal is what a dry run has written so far, and never keeps. The zero value is an
// empty one.
type Rehearsal struct{ writes kv.Rehearsal }

// Part does a part of a running bulk job: it changes the job to say how far it has come,
// and answers what goes to its files. It may run more than once.
type Part func(*Batch, *jobs.Bulk) (BulkOutput, error)

// Chunk does a part of a running bulk job. A job that is over answers ErrBulkOver and
// nothing is done. With a rehearsal only the job itself is kept.
func (s *Store) Chunk(ctx context.Context, id string, r *Rehearsal, do Part) (j jobs.Bulk, out BulkOutput, err error) {
	if r != nil {
		return s.rehearse(ctx, id, r, do)
	}
	var b *Batch
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		b = newBatch(ctx, s, tx)
		if j, out, err = b.do(id, do); err == nil {
			queue.PutChunk(tx, j, out)
		}
		return err
	})
	if err != nil {
		return j, out, err
	}
	s.TellFunded(b.funded...)
	return j, out, b.OnDisk()
}

// do does a part of a job, and compiles what depends on its rates.
func (b *Batch) do(id string, do Part) (j jobs.Bulk, out BulkOutput, err error) {
	if j, err = queue.Running(b.tx(), id); err != nil {
		return j, out, err
	}
	if out, err = do(b, &j); err == nil {
		err = prices.CompileAbove(b.tx(), b.rates...)
	}
	return j, out, err
}

func (s *Store) rehearse(
	ctx context.Context, id string, r *Rehearsal, do Part) (j jobs.Bulk, out BulkOutput, err error,
) {
	err = s.db.Rehearse(&r.writes, func(tx kv.Tx) error {
		j, out, err = newBatch(ctx, s, tx).do(id, do)
		return err
	})
	if err != nil {
		return j, out, err
	}
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		_, err := queue.Running(tx, id)
		if err == nil {
			queue.PutChunk(tx, j, out)
		}
		return err
	})
	return j, out, err
}

// AddRate adds a rate within a batch. Plans it is part of are compiled once for all rates
// of the batch: if that cannot be, none of the batch is kept.
func (b *Batch) AddRate(r billing.NamedRate) error {
	added, known, err := prices.AddRate(b, b.s.NamedRates, r)
	if known && err == nil {
		b.rates = append(b.rates, added)
	}
	return err
}

// RotatePINs moves some of the credentials after a cursor to the present PIN key: up to
// limit, out of four times as many. What only a hash is kept of stays.
func (b *Batch) RotatePINs(cursor string, limit int, at time.Time) (Rotation, error) {
	return b.s.Ring().Rotate(b.tx(), b.s.Credentials, cursor, limit, at)
}

// Store is the one the batch writes to. What is read from it directly, not through the
// batch, is as it was before.
func (b *Batch) Store() *Store { return b.s }
