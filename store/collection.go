package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
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
	// owner is the provider a record belongs to; without it, and where it answers "", that
	// is the platform.
	owner func(kv.Tx, T) (string, error)
	// owners tell whose the records are that one refers to.
	owners owners
	// added, changed and removed keep what belongs to a record beside it.
	added   func(kv.Tx, T)
	changed func(tx kv.Tx, before, after T) error
	removed func(kv.Tx, T) error
	// after is called once a record was kept or removed, in the same transaction; durable
	// once that is on disk.
	after   func(kv.Tx, T) error
	durable func() error
	// told is called when a change is on disk.
	told func(id string)
	// leave is asked before a record is archived, back called once it is restored, purged
	// when it is forgotten for good. Without back, what added keeps is kept anew.
	leave, back, purged func(*leaving, T) error
	// remembered refuses names that are not given again.
	remembered func(kv.Tx, string) error
}

// ref points at a record of another collection.
type ref struct{ table, word, id string }

// Add keeps a new record, with its defaults filled in, and returns it.
func (c *Collection[T]) Add(ctx context.Context, given T) (v T, err error) {
	err = c.db.Update(ctx, func(tx kv.Tx) (err error) {
		if err = c.mayRefer(ctx, tx, nil, given); err != nil {
			return err
		}
		if v, err = c.add(tx, given); err == nil {
			err = errors.Join(c.reached(ctx, tx, v), c.mayRefer(ctx, tx, nil, v))
		}
		if err != nil {
			return err
		}
		audit(ctx, tx, deed{action: auditAdd, kind: c.word, id: c.id(v), after: v})
		return c.follow(tx, v)
	})
	return v, c.onDisk(err)
}

// follow has what depends on a record follow its change.
func (c *Collection[T]) follow(tx kv.Tx, v T) error {
	if c.after == nil {
		return nil
	}
	return c.after(tx, v)
}

func (c *Collection[T]) onDisk(err error) error {
	if err != nil || c.durable == nil {
		return err
	}
	return c.durable()
}

func (c *Collection[T]) add(tx kv.Tx, v T) (T, error) {
	if err := c.check(tx, &v); err != nil {
		return v, err
	}
	if err := c.vacant(tx, c.id(v)); err != nil {
		return v, err
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
		if err == nil {
			err = c.reached(ctx, tx, before)
		}
		if err != nil {
			return err
		}
		if v, err = c.find(tx, id); err != nil { // once more: an edit may write into what both share
			return err
		}
		if err := edit(&v); err != nil {
			return err
		}
		if err := c.mayRefer(ctx, tx, c.refs(before), v); err != nil {
			return err
		}
		if err := c.check(tx, &v); err != nil {
			return err
		}
		if err := errors.Join(c.reached(ctx, tx, v), c.mayRefer(ctx, tx, c.refs(before), v)); err != nil {
			return err
		}
		if c.id(v) != id {
			return fmt.Errorf("%w: %s %s cannot be renamed: add a new one", billing.ErrConflict, c.word, id)
		}
		if c.changed != nil {
			if err := c.changed(tx, before, v); err != nil {
				return err
			}
		}
		for _, r := range c.refs(before) {
			tx.Delete(c.useKey(r, id))
		}
		audit(ctx, tx, deed{auditChange, c.word, id, before, v})
		if err := c.put(tx, v); err != nil {
			return err
		}
		return c.follow(tx, v)
	})
	if err = c.onDisk(err); err == nil && c.told != nil {
		c.told(id)
	}
	return v, err
}

// Remove takes a record away, unless something still refers to it.
func (c *Collection[T]) Remove(ctx context.Context, id string) error {
	err := c.db.Update(ctx, func(tx kv.Tx) error {
		v, err := c.find(tx, id)
		if err == nil {
			err = c.reached(ctx, tx, v)
		}
		if err != nil {
			return err
		}
		if err := c.unused(ctx, tx, id, auditRemove); err != nil {
			return err
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
		audit(ctx, tx, deed{action: auditRemove, kind: c.word, id: id, before: v})
		return c.follow(tx, v)
	})
	return c.onDisk(err)
}

// Get reads one record.
func (c *Collection[T]) Get(id string) (v T, err error) { return c.See(context.Background(), id) }

// See reads one record, if whoever asks may see it.
func (c *Collection[T]) See(ctx context.Context, id string) (v T, err error) {
	err = c.db.View(func(tx kv.Tx) error {
		if v, err = c.find(tx, id); err == nil {
			err = c.reached(ctx, tx, v)
		}
		return err
	})
	return v, err
}

// List reads up to limit records after an ID, in order of their IDs.
func (c *Collection[T]) List(after string, limit int) (list []T, err error) {
	return c.SeeAll(context.Background(), after, limit)
}

// SeeAll lists the records whoever asks may see.
func (c *Collection[T]) SeeAll(ctx context.Context, after string, limit int) (list []T, err error) {
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
			if c.reached(ctx, tx, v) == nil {
				list = append(list, v)
			}
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
		err = fmt.Errorf("%s: %w: see ccctl %s list", c.called(id), billing.ErrNotFound, c.word)
		if tx.Get(c.archiveKey(id)) != nil {
			err = fmt.Errorf("%s: %w: it is in the archive: ccctl archive restore %s %s brings it back", c.called(id), billing.ErrNotFound, c.word, id)
		}
	}
	return v, err
}

// called is a record in messages. What stands in the place of a hash is not repeated: it
// may be a PIN in clear.
func (c *Collection[T]) called(id string) string {
	if kind, value, ok := strings.Cut(id, ":"); ok && c.table == "credential" && kind == string(billing.PIN) && !isHash(value) {
		return c.word + " " + kind
	}
	return c.word + " " + id
}

func (c *Collection[T]) put(tx kv.Tx, v T) error {
	for _, r := range c.refs(v) {
		if tx.Get(key(r.table, r.id)) == nil {
			return fmt.Errorf("%s %s: %w: see ccctl %s list", r.word, r.id, billing.ErrNotFound, r.word)
		}
		tx.Put(c.useKey(r, c.id(v)), nil)
	}
	tx.Put(c.key(c.id(v)), encode(v))
	return nil
}
