package store

import (
	"context"
	"fmt"

	"cccp/store/kv"
)

// MaxListed is the most records one List answers.
const MaxListed = 10_000

// Collection is one kind of provisioned record. Records may refer to others; what
// is referred to must exist, and cannot be removed while somebody refers to it.
type Collection[T any] struct {
	db    *kv.DB
	table string
	// word is what the record is called in messages.
	word string
	id   func(T) string
	// check completes and refuses contents; it may read other records.
	check func(kv.Tx, *T) error
	refs  func(T) []ref
	// added, changed and removed keep what belongs to a record beside it.
	added   func(kv.Tx, T)
	changed func(tx kv.Tx, before, after T) error
	removed func(kv.Tx, T) error
	// told is called when a change is on disk.
	told func(id string)
}

// ref points at a record of another collection.
type ref struct{ table, word, id string }

// Add keeps a new record, with its defaults filled in, and returns it.
func (c *Collection[T]) Add(ctx context.Context, given T) (v T, err error) {
	err = c.db.Update(ctx, func(tx kv.Tx) (err error) {
		v, err = c.add(tx, given)
		return err
	})
	return v, err
}

func (c *Collection[T]) add(tx kv.Tx, v T) (T, error) {
	if err := c.check(tx, &v); err != nil {
		return v, err
	}
	if tx.Get(c.key(c.id(v))) != nil {
		return v, fmt.Errorf("%s %s %w", c.word, c.id(v), ErrExists)
	}
	if c.added != nil {
		c.added(tx, v)
	}
	return v, c.put(tx, v)
}

// Change applies edit to a record in one transaction. The record's ID cannot change.
func (c *Collection[T]) Change(ctx context.Context, id string, edit func(*T) error) (T, error) {
	var v T
	err := c.db.Update(ctx, func(tx kv.Tx) (err error) {
		before, err := c.find(tx, id)
		if err != nil {
			return err
		}
		v = before
		if err := edit(&v); err != nil {
			return err
		}
		if err := c.check(tx, &v); err != nil {
			return err
		}
		if c.id(v) != id {
			return fmt.Errorf("%w: %s %s cannot be renamed: add a new one", ErrConflict, c.word, id)
		}
		if c.changed != nil {
			if err := c.changed(tx, before, v); err != nil {
				return err
			}
		}
		for _, r := range c.refs(before) {
			tx.Delete(c.useKey(r, id))
		}
		return c.put(tx, v)
	})
	if err == nil && c.told != nil {
		c.told(id)
	}
	return v, err
}

// Remove takes a record away, unless something still refers to it.
func (c *Collection[T]) Remove(ctx context.Context, id string) error {
	return c.db.Update(ctx, func(tx kv.Tx) error {
		v, err := c.find(tx, id)
		if err != nil {
			return err
		}
		from, to := under("use", c.table, id)
		for user := range tx.Ascend(from, to) {
			return fmt.Errorf("%s %s is %w by %s: remove that first", c.word, id, ErrInUse, user[len(from):])
		}
		if c.removed != nil {
			if err := c.removed(tx, v); err != nil {
				return err
			}
		}
		for _, r := range c.refs(v) {
			tx.Delete(c.useKey(r, id))
		}
		tx.Delete(c.key(id))
		return nil
	})
}

// Get reads one record.
func (c *Collection[T]) Get(id string) (v T, err error) {
	err = c.db.View(func(tx kv.Tx) error {
		v, err = c.find(tx, id)
		return err
	})
	return v, err
}

// List reads up to limit records after an ID, in order of their IDs.
func (c *Collection[T]) List(after string, limit int) (list []T, err error) {
	list = []T{}
	err = c.db.View(func(tx kv.Tx) error {
		from, to := under(c.table)
		if after != "" {
			from = append(c.key(after), 0)
		}
		for _, b := range tx.Ascend(from, to) {
			if len(list) >= min(limit, MaxListed) {
				return nil
			}
			v, err := decode[T](b)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

func (c *Collection[T]) key(id string) []byte { return key(c.table, id) }

func (c *Collection[T]) useKey(r ref, id string) []byte {
	return key("use", r.table, r.id, c.word, id)
}

func (c *Collection[T]) find(tx kv.Tx, id string) (T, error) {
	v, ok, err := load[T](tx, c.key(id))
	if err == nil && !ok {
		err = fmt.Errorf("%s %s: %w: see ccctl %s list", c.word, id, ErrNotFound, c.word)
	}
	return v, err
}

func (c *Collection[T]) put(tx kv.Tx, v T) error {
	for _, r := range c.refs(v) {
		if tx.Get(key(r.table, r.id)) == nil {
			return fmt.Errorf("%s %s: %w: see ccctl %s list", r.word, r.id, ErrNotFound, r.word)
		}
		tx.Put(c.useKey(r, c.id(v)), nil)
	}
	tx.Put(c.key(c.id(v)), encode(v))
	return nil
}
