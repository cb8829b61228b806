package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// What is done with records of the archive, in the audit log.
const (
	auditArchive = "archive"
	auditRestore = "restore"
	auditPurge   = "purge"
)

// archived is a record in the archive, archive/TABLE/ID.
type archived[T any] struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
	// Owner is the provider it belongs to, "" where that is the platform.
	Owner string `json:"owner,omitempty"`
	// With is the record it went along with, and comes back with; Parts are those that
	// went along with it: TABLE/ID.
	With   string   `json:"with,omitempty"`
	Parts  []string `json:"parts,omitempty"`
	Record T        `json:"record"`
}

// leaving is what happens to one record that is archived, restored or purged.
type leaving struct {
	tx   kv.Tx
	ctx  context.Context
	at   time.Time
	with string
	// parts are what went along so far.
	parts []string
}

// archiver is a collection of any kind of record, as far as the archive is concerned.
type archiver interface {
	kind() string
	tableName() string
	archive(l *leaving, id string) error
	restore(l *leaving, id string) error
	purge(l *leaving, id string) error
	archivedAt(tx kv.Tx, id string) (staff.Archived, bool, error)
	followed() error
}

// kinds are all collections, by what their records are called.
func (s *Store) kinds() []archiver {
	return []archiver{
		s.Providers, s.Offerings, s.Accounts, s.Credentials, s.AccessNumbers, s.Trunks, s.Vouchers, s.SpeedDials, s.DISAs,
		s.Lots, s.Admins, s.Groups, s.Bundles, s.NamedRates, s.RatePlans, s.CallingServices, s.FraudRules,
	}
}

func (s *Store) kindOf(name string) (archiver, error) {
	for _, k := range s.kinds() {
		if k.kind() == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("kind %q: %w: see ccctl archive list", name, billing.ErrNotFound)
}

func (c *Collection[T]) kind() string { return c.word }

func (c *Collection[T]) tableName() string { return c.table }

func (c *Collection[T]) followed() error { return c.onDisk(nil) }

func (c *Collection[T]) archiveKey(id string) []byte { return key("archive", c.word, id) }

// Archive takes a record away into the archive, unless something still refers to it. An
// account takes along what opens it.
func (c *Collection[T]) Archive(ctx context.Context, id string, at time.Time) error {
	return c.onDisk(c.db.Update(ctx, func(tx kv.Tx) error {
		return c.archive(&leaving{tx: tx, ctx: ctx, at: at}, id)
	}))
}

func (c *Collection[T]) archive(l *leaving, id string) error {
	v, err := c.find(l.tx, id)
	if err == nil {
		err = c.reached(l.ctx, l.tx, v)
	}
	if err != nil {
		return err
	}
	kept := archived[T]{At: l.at.UTC(), By: staff.From(l.ctx).String(), With: l.with, Record: v}
	if c.owner != nil {
		if kept.Owner, err = c.owner(l.tx, v); err != nil {
			return err
		}
	}
	if c.leave != nil {
		if err := c.leave(l, v); err != nil {
			return err
		}
		kept.Parts = l.parts
	}
	if err := c.unused(l.ctx, l.tx, id, auditArchive); err != nil {
		return err
	}
	for _, r := range c.refs(v) {
		l.tx.Delete(c.useKey(r, id))
	}
	l.tx.Delete(c.key(id))
	l.tx.Put(c.archiveKey(id), encode(kept))
	audit(l.ctx, l.tx, deed{action: auditArchive, kind: c.word, id: id, before: v})
	return c.follow(l.tx, v)
}

// restore brings a record back as it was, if it could be added now.
func (c *Collection[T]) restore(l *leaving, id string) error {
	kept, err := c.archivedOf(l, id)
	if err != nil {
		return err
	}
	v := kept.Record
	l.tx.Delete(c.archiveKey(id))
	l.tx.Put(c.key(id), encode(v)) // what is checked now was here before: its numbers are read already
	if err := c.check(l.tx, &v); err != nil {
		return fmt.Errorf("restore %s %s: %w", c.word, id, err)
	}
	switch {
	case c.back != nil:
		l.parts = kept.Parts
		err = c.put(l.tx, v)
		if err == nil {
			err = c.back(l, v)
		}
	default:
		if c.added != nil {
			c.added(l.tx, v)
		}
		err = c.put(l.tx, v)
	}
	if err == nil {
		err = c.reached(l.ctx, l.tx, v)
	}
	if err != nil {
		return fmt.Errorf("restore %s %s: %w", c.word, id, err)
	}
	audit(l.ctx, l.tx, deed{action: auditRestore, kind: c.word, id: id, after: v})
	return c.follow(l.tx, v)
}

// purge forgets an archived record for good.
func (c *Collection[T]) purge(l *leaving, id string) error {
	kept, err := c.archivedOf(l, id)
	if err != nil {
		return err
	}
	if c.purged != nil {
		l.parts = kept.Parts
		if err := c.purged(l, kept.Record); err != nil {
			return err
		}
	}
	l.tx.Delete(c.archiveKey(id))
	audit(l.ctx, l.tx, deed{action: auditPurge, kind: c.word, id: id, before: kept.Record})
	return nil
}

// archivedOf finds what is to leave the archive. What went along with something else comes
// back, and goes, with that.
func (c *Collection[T]) archivedOf(l *leaving, id string) (archived[T], error) {
	kept, ok, err := load[archived[T]](l.tx, c.archiveKey(id))
	switch {
	case err != nil:
		return kept, err
	case !ok:
		return kept, fmt.Errorf("%s %s in the archive: %w: see ccctl archive list", c.word, id, billing.ErrNotFound)
	case kept.With != l.with:
		kind, name, _ := strings.Cut(kept.With, "/")
		return kept, fmt.Errorf("%w: %s %s was archived with %s %s: ccctl archive restore %s %s brings both back", billing.ErrConflict, c.word, id, kind, name, kind, name)
	}
	return kept, staff.From(l.ctx).Reach(kept.Owner, c.word+" "+id)
}

func (c *Collection[T]) archivedAt(tx kv.Tx, id string) (staff.Archived, bool, error) {
	kept, ok, err := load[archived[T]](tx, c.archiveKey(id))
	if err != nil || !ok {
		return staff.Archived{}, ok, err
	}
	return staff.Archived{Kind: c.word, ID: id, At: kept.At, By: kept.By, Provider: kept.Owner, With: kept.With, Record: inJSON(kept.Record)}, true, nil
}

// vacant refuses a name that somebody in the archive has, or had once and has left money
// under.
func (c *Collection[T]) vacant(tx kv.Tx, id string) error {
	if tx.Get(c.key(id)) != nil {
		return fmt.Errorf("%s %s %w", c.word, id, billing.ErrExists)
	}
	if tx.Get(c.archiveKey(id)) != nil {
		return fmt.Errorf("%s %s %w, in the archive: ccctl archive restore %s %s brings it back", c.word, id, billing.ErrExists, c.word, id)
	}
	if c.remembered != nil {
		return c.remembered(tx, id)
	}
	return nil
}

// Restore brings a record back from the archive, and all that went along with it.
func (s *Store) Restore(ctx context.Context, kind, id string, at time.Time) error {
	c, err := s.kindOf(kind)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, func(tx kv.Tx) error { return c.restore(&leaving{tx: tx, ctx: ctx, at: at}, id) })
	if err != nil {
		return err
	}
	return c.followed()
}

// Purge forgets a record of the archive for good, and all that went along with it. Money
// that is left on an account is written off.
func (s *Store) Purge(ctx context.Context, kind, id string, at time.Time) error {
	c, err := s.kindOf(kind)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx kv.Tx) error { return c.purge(&leaving{tx: tx, ctx: ctx, at: at}, id) })
}

// Archived reads one record of the archive.
func (s *Store) Archived(ctx context.Context, kind, id string) (a staff.Archived, err error) {
	c, err := s.kindOf(kind)
	if err != nil {
		return a, err
	}
	err = s.db.View(func(tx kv.Tx) error {
		var ok bool
		a, ok, err = c.archivedAt(tx, id)
		if err == nil && !ok {
			err = fmt.Errorf("%s %s in the archive: %w: see ccctl archive list", kind, id, billing.ErrNotFound)
		}
		if err == nil {
			err = staff.From(ctx).Reach(a.Provider, kind+" "+id)
		}
		return err
	})
	return a, err
}

// ArchiveFilter chooses records of the archive; the zero value is all of them.
type ArchiveFilter struct {
	// Kind keeps only one kind of record.
	Kind string
	// After skips records up to this one, KIND/ID.
	After string
	// Before keeps only those archived before a moment, Alone those that went along with
	// nothing.
	Before time.Time
	Alone  bool
	Limit  int
}

// Archive lists records of the archive by kind and ID.
func (s *Store) Archive(ctx context.Context, f ArchiveFilter) (list []staff.Archived, err error) {
	list = []staff.Archived{}
	err = s.db.View(func(tx kv.Tx) error {
		from, to := under("archive")
		head := len(from)
		if f.Kind != "" {
			from, to = under("archive", f.Kind)
		}
		if f.After != "" {
			from = append(key("archive", f.After), 0)
		}
		for k := range tx.Ascend(from, to) {
			if len(list) >= min(f.Limit, MaxListed) {
				return nil
			}
			kind, id, _ := strings.Cut(string(k[head:]), "/")
			c, err := s.kindOf(kind)
			if err != nil {
				return err
			}
			a, _, err := c.archivedAt(tx, id)
			if err != nil {
				return err
			}
			if (f.Before.IsZero() || a.At.Before(f.Before)) && !(f.Alone && a.With != "") && staff.From(ctx).Reach(a.Provider, "") == nil {
				list = append(list, a)
			}
		}
		return nil
	})
	return list, err
}
