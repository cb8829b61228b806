package records

import (
	"context"
	"errors"

	"cccp/store/kv"
)

// Batch is a transaction that adds many records, while it is under way: what is written
// through it is kept all together, or not at all.
type Batch struct {
	tx kv.Tx
	// ctx says who does it all.
	ctx context.Context
	// watchers follow once all is on disk, by table.
	watchers map[string]Watcher
}

// NewBatch is a transaction to which nothing was added yet.
func NewBatch(ctx context.Context, tx kv.Tx) *Batch {
	return &Batch{tx: tx, ctx: ctx, watchers: map[string]Watcher{}}
}

// Try does what belongs to one row: all of it is kept if do returns nil, and nothing of it
// if it returns an error, which is returned.
func (b *Batch) Try(do func() error) error {
	whole := b.tx
	defer func() { b.tx = whole }()
	return kv.Try(whole, func(tx kv.Tx) error { b.tx = tx; return do() })
}

// OnDisk tells every kind to which something was added that it is on disk.
func (b *Batch) OnDisk() (err error) {
	for _, w := range b.watchers {
		err = errors.Join(err, w.OnDisk(""))
	}
	return err
}

// Tx is the transaction, as it stands for the present row.
func Tx(in Within) kv.Tx { return in.within().tx }

func (b *Batch) within() *Batch { return b }

// Within is whatever embeds a Batch.
type Within interface{ within() *Batch }

// Find reads a record within a batch; the bool says whether it is there. One beyond the
// actor's reach is refused.
func (c *Collection[T]) Find(in Within, id string) (T, bool, error) {
	b := in.within()
	v, ok, err := c.table.Load(b.tx, id)
	if ok && err == nil {
		err = c.Reached(b.ctx, b.tx, v)
	}
	return v, ok, err
}

// Complete fills in a record's defaults as Add does, and refuses its contents.
func (c *Collection[T]) Complete(in Within, v T) (T, error) {
	err := c.kind.Check(in.within().tx, &v)
	return v, err
}

// AddIn adds a record within a batch. The job stands in the audit log for all it added.
func (c *Collection[T]) AddIn(in Within, v T) (T, error) {
	v, err := c.Enter(in, v)
	if err == nil {
		err = c.prove(in.within().tx, v)
	}
	return v, err
}

// Enter adds a record within a batch; what depends on it is still to be proved.
func (c *Collection[T]) Enter(in Within, v T) (T, error) {
	b := in.within()
	if w, ok := c.kind.(Watcher); ok {
		b.watchers[c.word()] = w
	}
	return c.enter(b.ctx, b.tx, v)
}
