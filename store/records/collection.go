package records

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// MaxListed is the most records one list answers.
const MaxListed = 10_000

// Collection is one kind of provisioned record. Records may refer to others; what
// is referred to must exist, and cannot be removed while somebody refers to it.
type Collection[T any] struct {
	registry *Registry
	table    Table[T]
	kind     Kind[T]
}

// Collect makes the collection of a kind of record and enters it into the registry.
func Collect[T any](r *Registry, table Table[T], kind Kind[T]) *Collection[T] {
	c := &Collection[T]{registry: r, table: table, kind: kind}
	r.kinds = append(r.kinds, c)
	r.owners[string(table)] = func(tx kv.Tx, id string) (string, error) {
		v, err := table.Find(tx, id)
		if err != nil {
			return "", err
		}
		return kind.Owner(tx, v)
	}
	return c
}

// Add keeps a new record, with its defaults filled in, and returns it.
func (c *Collection[T]) Add(ctx context.Context, given T) (v T, err error) {
	err = c.registry.db.Update(ctx, func(tx kv.Tx) (err error) {
		if v, err = c.enter(ctx, tx, given); err != nil {
			return err
		}
		if err := c.MayRefer(ctx, tx, nil, v); err != nil {
			return err
		}
		Audit(ctx, tx, Deed{Action: ActionAdd, Kind: c.word(), ID: c.kind.ID(v), After: v})
		return c.prove(tx, v)
	})
	if err != nil {
		return v, err
	}
	return v, c.onDisk(c.kind.ID(v))
}

// enter adds a record that the actor may. It is neither audited nor proved.
func (c *Collection[T]) enter(ctx context.Context, tx kv.Tx, v T) (T, error) {
	if err := c.MayRefer(ctx, tx, nil, v); err != nil {
		return v, err
	}
	v, err := c.Insert(tx, v)
	if err == nil {
		err = c.Reached(ctx, tx, v)
	}
	return v, err
}

// Insert adds a record within a transaction; nobody's reach is asked.
func (c *Collection[T]) Insert(tx kv.Tx, v T) (T, error) {
	if err := c.kind.Check(tx, &v); err != nil {
		return v, err
	}
	if err := c.Vacant(tx, c.kind.ID(v)); err != nil {
		return v, err
	}
	if err := c.Put(tx, v); err != nil {
		return v, err
	}
	return v, c.follow(tx, nil, &v)
}

// prove proves, last in a transaction, what depends on a record that was added in it.
func (c *Collection[T]) prove(tx kv.Tx, v T) error {
	if p, ok := c.kind.(Prover[T]); ok {
		return p.Prove(tx, v)
	}
	return nil
}

func (c *Collection[T]) follow(tx kv.Tx, before, after *T) error {
	if f, ok := c.kind.(Follower[T]); ok {
		return f.Follow(tx, before, after)
	}
	return nil
}

func (c *Collection[T]) onDisk(id string) error {
	if w, ok := c.kind.(Watcher); ok {
		return w.OnDisk(id)
	}
	return nil
}

// Change applies edit to a record in one transaction. The record's ID cannot change.
func (c *Collection[T]) Change(ctx context.Context, id string, edit func(*T) error) (v T, err error) {
	err = c.registry.db.Update(ctx, func(tx kv.Tx) error {
		before, err := c.table.Find(tx, id)
		if err == nil {
			err = c.Reached(ctx, tx, before)
		}
		if err != nil {
			return err
		}
		if v, err = c.edited(ctx, tx, before, edit); err != nil {
			return err
		}
		for _, r := range c.kind.Refs(before) {
			tx.Delete(useKey(r, c.word(), id))
		}
		if err := c.Put(tx, v); err != nil {
			return err
		}
		if err := c.follow(tx, &before, &v); err != nil {
			return err
		}
		Audit(ctx, tx, Deed{ActionChange, c.word(), id, before, v})
		return c.prove(tx, v)
	})
	if err != nil {
		return v, err
	}
	return v, c.onDisk(id)
}

// edited is a record as it is to become, if the actor may have it so.
func (c *Collection[T]) edited(ctx context.Context, tx kv.Tx, before T, edit func(*T) error) (T, error) {
	id := c.kind.ID(before)
	v, err := c.table.Find(tx, id) // once more: an edit may write into what both share
	if err == nil {
		err = edit(&v)
	}
	if err != nil {
		return v, err
	}
	if err := c.MayRefer(ctx, tx, c.kind.Refs(before), v); err != nil {
		return v, err
	}
	if err := c.kind.Check(tx, &v); err != nil {
		return v, err
	}
	if err := errors.Join(c.Reached(ctx, tx, v), c.MayRefer(ctx, tx, c.kind.Refs(before), v)); err != nil {
		return v, err
	}
	if c.kind.ID(v) != id {
		return v, fmt.Errorf("%w: %s %s cannot be renamed: add a new one", billing.ErrConflict, c.table, id)
	}
	return v, nil
}

// Remove takes a record away, unless something still refers to it.
func (c *Collection[T]) Remove(ctx context.Context, id string) error {
	err := c.registry.db.Update(ctx, func(tx kv.Tx) error {
		v, err := c.table.Find(tx, id)
		if err == nil {
			err = c.Reached(ctx, tx, v)
		}
		if err == nil {
			err = c.unused(ctx, tx, id, ActionRemove)
		}
		if err == nil {
			err = c.follow(tx, &v, nil)
		}
		if err != nil {
			return err
		}
		c.forget(tx, v)
		Audit(ctx, tx, Deed{Action: ActionRemove, Kind: c.word(), ID: id, Before: v})
		return c.prove(tx, v)
	})
	if err != nil {
		return err
	}
	return c.onDisk(id)
}

// Get reads one record.
func (c *Collection[T]) Get(id string) (v T, err error) { return c.See(context.Background(), id) }

// See reads one record, if the actor may see it.
func (c *Collection[T]) See(ctx context.Context, id string) (v T, err error) {
	err = c.registry.db.View(func(tx kv.Tx) error {
		v, err = c.SeeIn(ctx, tx, id)
		return err
	})
	return v, err
}

// SeeIn is See within a transaction.
func (c *Collection[T]) SeeIn(ctx context.Context, tx kv.Tx, id string) (T, error) {
	v, err := c.table.Find(tx, id)
	if err == nil {
		err = c.Reached(ctx, tx, v)
	}
	return v, err
}

// List reads up to limit records after an ID, in order of their IDs.
func (c *Collection[T]) List(after string, limit int) (list []T, err error) {
	return c.SeeAll(context.Background(), after, limit)
}

// SeeAll lists the records the actor may see.
func (c *Collection[T]) SeeAll(ctx context.Context, after string, limit int) (list []T, err error) {
	list = []T{}
	err = c.registry.db.View(func(tx kv.Tx) error {
		from, to := Under(c.word())
		if after != "" {
			from = append(c.table.Key(after), 0)
		}
		for v, err := range decoded[T](tx.Ascend(from, to)) {
			if err != nil || len(list) >= min(limit, MaxListed) {
				return err
			}
			if c.Reached(ctx, tx, v) == nil {
				list = append(list, v)
			}
		}
		return nil
	})
	return list, err
}

// Put keeps a record and whom it refers to: the only place that does. What operators, or
// those who read the audit log, could not read back is refused.
func (c *Collection[T]) Put(tx kv.Tx, v T) error {
	if err := legible(v); err != nil {
		return err
	}
	for _, r := range c.kind.Refs(v) {
		if !r.There(tx) {
			return fmt.Errorf("%s %s: %w: see ccctl %s list", r.Word, r.ID, billing.ErrNotFound, r.Word)
		}
		tx.Put(useKey(r, c.word(), c.kind.ID(v)), nil)
	}
	c.table.Put(tx, v, c.kind.ID(v))
	return nil
}

// forget removes a record and whom it refers to.
func (c *Collection[T]) forget(tx kv.Tx, v T) {
	id := c.kind.ID(v)
	for _, r := range c.kind.Refs(v) {
		tx.Delete(useKey(r, c.word(), id))
	}
	c.table.Delete(tx, id)
}

// Move keeps a record under another ID.
func (c *Collection[T]) Move(tx kv.Tx, before, now T) error {
	c.forget(tx, before)
	return c.Put(tx, now)
}

// Vacant refuses a name that somebody in the archive has, or had once and has left money
// under.
func (c *Collection[T]) Vacant(tx kv.Tx, id string) error {
	if c.table.Has(tx, id) {
		return fmt.Errorf("%s %s %w", c.table, id, billing.ErrExists)
	}
	if c.table.Archived(tx, id) {
		return fmt.Errorf("%s %s %w, in the archive: ccctl archive restore %s %s brings it back",
			c.table, id, billing.ErrExists, c.table, id)
	}
	if r, ok := c.kind.(Rememberer); ok {
		return r.Remembered(tx, id)
	}
	return nil
}
