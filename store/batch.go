package store

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store/kv"
)

// Batch is one chunk of a bulk job while it is under way: what is written through it is
// kept all together with how far the job has come, or not at all. It ends with the
// function it is given to.
type Batch struct {
	s  *Store
	tx kv.Tx
	// ctx says who does it all.
	ctx context.Context
	// funded are the accounts that have more money than before, rates those that plans may
	// be made of, durable what follows once all is on disk, by table.
	funded  []string
	rates   []billing.NamedRate
	durable map[string]func() error
	aead    cipher.AEAD
}

// Row does what belongs to one row: all of it is kept if do returns nil, and nothing of it
// if it returns an error, which is returned.
func (b *Batch) Row(do func() error) error {
	whole, funded, rates := b.tx, len(b.funded), len(b.rates)
	defer func() { b.tx = whole }()
	err := kv.Try(whole, func(tx kv.Tx) error { b.tx = tx; return do() })
	if err != nil {
		b.funded, b.rates = b.funded[:funded], b.rates[:rates]
	}
	return err
}

// Rehearsal is what a dry run has written so far, and never keeps. The zero value is an
// empty one.
type Rehearsal struct{ writes kv.Rehearsal }

// Chunk does a part of a running bulk job: do changes the job to say how far it has come,
// and answers what goes to its files. It may run more than once. A job that is over
// answers ErrBulkOver and nothing is done. With a rehearsal only the job itself is kept.
func (s *Store) Chunk(ctx context.Context, id string, r *Rehearsal, do func(*Batch, *jobs.Bulk) (BulkOutput, error)) (j jobs.Bulk, out BulkOutput, err error) {
	if r != nil {
		return s.rehearse(ctx, id, r, do)
	}
	var b *Batch
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		if j, err = runningBulk(tx, id); err != nil {
			return err
		}
		b = newBatch(ctx, s, tx)
		if out, err = do(b, &j); err == nil {
			err = recompileAbove(tx, b.rates...)
		}
		if err != nil {
			return err
		}
		putBulkOutput(tx, j, out)
		return nil
	})
	if err != nil {
		return j, out, err
	}
	for _, account := range b.funded {
		s.funds.tell(account)
	}
	for _, follow := range b.durable {
		err = errors.Join(err, follow())
	}
	return j, out, err
}

func newBatch(ctx context.Context, s *Store, tx kv.Tx) *Batch {
	return &Batch{s: s, tx: tx, ctx: ctx, durable: map[string]func() error{}}
}

func (s *Store) rehearse(ctx context.Context, id string, r *Rehearsal, do func(*Batch, *jobs.Bulk) (BulkOutput, error)) (j jobs.Bulk, out BulkOutput, err error) {
	err = s.db.Rehearse(&r.writes, func(tx kv.Tx) error {
		if j, err = runningBulk(tx, id); err == nil {
			b := newBatch(ctx, s, tx)
			if out, err = do(b, &j); err == nil {
				err = recompileAbove(tx, b.rates...)
			}
		}
		return err
	})
	if err != nil {
		return j, out, err
	}
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		if _, err := runningBulk(tx, id); err != nil {
			return err
		}
		putBulkOutput(tx, j, out)
		return nil
	})
	return j, out, err
}

func runningBulk(tx kv.Tx, id string) (jobs.Bulk, error) {
	j, err := findBulk(tx, id)
	if err == nil && j.State != jobs.Running {
		err = fmt.Errorf("job %s: %w", id, ErrBulkOver)
	}
	return j, err
}

func putBulkOutput(tx kv.Tx, j jobs.Bulk, out BulkOutput) {
	putBulk(tx, j)
	if j.State.Live() {
		tx.Put(key("bulk-output", j.ID), encode(out))
	}
}

// Find reads a record within a batch; the bool says whether it is there. One beyond the
// reach of whoever ordered the job is refused.
func (c *Collection[T]) Find(b *Batch, id string) (T, bool, error) {
	v, ok, err := load[T](b.tx, c.key(id))
	if ok && err == nil {
		err = c.reached(b.ctx, b.tx, v)
	}
	return v, ok, err
}

// Complete fills in a record's defaults as Add does, and refuses its contents.
func (c *Collection[T]) Complete(b *Batch, v T) (T, error) {
	err := c.check(b.tx, &v)
	return v, err
}

// AddIn adds a record within a batch. The job stands in the audit log for all it added.
func (c *Collection[T]) AddIn(b *Batch, v T) (T, error) {
	v, err := c.addIn(b, v)
	if err == nil {
		err = c.follow(b.tx, v)
	}
	return v, err
}

// addIn adds a record that nothing follows yet.
func (c *Collection[T]) addIn(b *Batch, v T) (T, error) {
	if err := c.mayRefer(b.ctx, b.tx, nil, v); err != nil {
		return v, err
	}
	v, err := c.add(b.tx, v)
	if err == nil {
		err = c.reached(b.ctx, b.tx, v)
	}
	if c.durable != nil {
		b.durable[c.table] = c.durable
	}
	return v, err
}

// AddRate adds a rate within a batch. Plans it is part of are compiled once for all rates
// of the batch: if that cannot be, none of the batch is kept.
func (b *Batch) AddRate(r billing.NamedRate) error {
	if err := missingChild(b.tx, r); err != nil {
		return err
	}
	known := b.tx.Get(rateName(r.Provider, r.Name).key()) != nil
	r, err := b.s.NamedRates.addIn(b, r)
	if err != nil {
		return err
	}
	if known {
		b.rates = append(b.rates, r)
	}
	return prove(b.tx, r)
}

// Store is the one the batch writes to. What is read from it directly, not through the
// batch, is as it was before.
func (b *Batch) Store() *Store { return b.s }
