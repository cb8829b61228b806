package store

import (
	"context"
	"crypto/cipher"
	"fmt"

	"cccp/jobs"
	"cccp/store/kv"
)

// Batch is one chunk of a bulk job while it is under way: what is written through it is
// kept all together with how far the job has come, or not at all. It ends with the
// function it is given to.
type Batch struct {
	s  *Store
	tx kv.Tx
	// funded are the accounts that have more money than before.
	funded []string
	aead   cipher.AEAD
}

// Row does what belongs to one row: all of it is kept if do returns nil, and nothing of it
// if it returns an error, which is returned.
func (b *Batch) Row(do func() error) error {
	whole, funded := b.tx, len(b.funded)
	defer func() { b.tx = whole }()
	err := kv.Try(whole, func(tx kv.Tx) error { b.tx = tx; return do() })
	if err != nil {
		b.funded = b.funded[:funded]
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
		b = &Batch{s: s, tx: tx}
		if out, err = do(b, &j); err != nil {
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
	return j, out, nil
}

func (s *Store) rehearse(ctx context.Context, id string, r *Rehearsal, do func(*Batch, *jobs.Bulk) (BulkOutput, error)) (j jobs.Bulk, out BulkOutput, err error) {
	err = s.db.Rehearse(&r.writes, func(tx kv.Tx) error {
		if j, err = runningBulk(tx, id); err == nil {
			out, err = do(&Batch{s: s, tx: tx}, &j)
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

// Find reads a record within a batch; the bool says whether it is there.
func (c *Collection[T]) Find(b *Batch, id string) (T, bool, error) {
	return load[T](b.tx, c.key(id))
}

// Complete fills in a record's defaults as Add does, and refuses its contents.
func (c *Collection[T]) Complete(b *Batch, v T) (T, error) {
	err := c.check(b.tx, &v)
	return v, err
}

// AddIn adds a record within a batch.
func (c *Collection[T]) AddIn(b *Batch, v T) (T, error) { return c.add(b.tx, v) }

// Store is the one the batch writes to. What is read from it directly, not through the
// batch, is as it was before.
func (b *Batch) Store() *Store { return b.s }
