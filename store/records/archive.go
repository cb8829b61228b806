package records

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// archived is a record in the archive. What was not archived alone comes back, and goes,
// with the record it went along with.
type archived[T any] struct {
	At time.Time `json:"at"`
	By string    `json:"by"`
	// Owner is the provider it belongs to, "" where that is the platform.
	Owner string `json:"owner,omitempty"`
	// With is the record it went along with, and comes back with; Parts are those that
	// went along with it: KIND/ID.
	With   string   `json:"with,omitempty"`
	Parts  []string `json:"parts,omitempty"`
	Record T        `json:"record"`
}

// archiver is a collection of any kind of record, as far as the archive is concerned.
type archiver interface {
	word() string
	archive(l *Leaving, id string) error
	restore(l *Leaving, id string) error
	purge(l *Leaving, id string) error
	archivedAt(tx kv.Tx, id string) (staff.Archived, bool, error)
	onDisk(id string) error
}

func (c *Collection[T]) word() string { return string(c.table) }

// Archive takes a record away into the archive, unless something still refers to it. An
// account takes along what opens it.
func (c *Collection[T]) Archive(ctx context.Context, id string, at time.Time) error {
	err := c.registry.db.Update(ctx, func(tx kv.Tx) error {
		return c.archive(&Leaving{Tx: tx, Ctx: ctx, At: at}, id)
	})
	if err != nil {
		return err
	}
	return c.onDisk(id)
}

// begin says what a record that leaves or comes back is, so that parts can go along.
func (c *Collection[T]) begin(l *Leaving, id string) { l.registry, l.of = c.registry, c.word()+"/"+id }

func (c *Collection[T]) archive(l *Leaving, id string) error {
	c.begin(l, id)
	v, err := c.table.Find(l.Tx, id)
	if err == nil {
		err = c.Reached(l.Ctx, l.Tx, v)
	}
	if err != nil {
		return err
	}
	kept := archived[T]{At: l.At.UTC(), By: staff.From(l.Ctx).String(), With: l.with, Record: v}
	if kept.Owner, err = c.kind.Owner(l.Tx, v); err != nil {
		return err
	}
	if leaver, ok := c.kind.(Leaver[T]); ok {
		err = leaver.Leave(l, v)
		kept.Parts = l.parts
	} else {
		err = c.follow(l.Tx, &v, nil)
	}
	if err == nil {
		err = c.unused(l.Ctx, l.Tx, id, ActionArchive)
	}
	if err != nil {
		return err
	}
	c.forget(l.Tx, v)
	Put(l.Tx, c.table.archiveKey(id), kept)
	Audit(l.Ctx, l.Tx, Deed{Action: ActionArchive, Kind: c.word(), ID: id, Before: v})
	return c.prove(l.Tx, v)
}

// restore brings a record back as it was, if it could be added now.
func (c *Collection[T]) restore(l *Leaving, id string) error {
	c.begin(l, id)
	kept, err := c.archivedOf(l, id)
	if err != nil {
		return err
	}
	v := kept.Record
	l.Tx.Delete(c.table.archiveKey(id))
	c.table.Put(l.Tx, v, id) // what is checked now was here before: its numbers are read already
	if err = c.kind.Check(l.Tx, &v); err == nil {
		err = c.Put(l.Tx, v)
	}
	if err == nil {
		l.parts = kept.Parts
		err = c.back(l, v)
	}
	if err == nil {
		err = c.Reached(l.Ctx, l.Tx, v)
	}
	if err != nil {
		return fmt.Errorf("restore %s %s: %w", c.table, id, err)
	}
	Audit(l.Ctx, l.Tx, Deed{Action: ActionRestore, Kind: c.word(), ID: id, After: v})
	return c.prove(l.Tx, v)
}

func (c *Collection[T]) back(l *Leaving, v T) error {
	if leaver, ok := c.kind.(Leaver[T]); ok {
		return leaver.Back(l, v)
	}
	return c.follow(l.Tx, nil, &v)
}

// purge forgets an archived record for good.
func (c *Collection[T]) purge(l *Leaving, id string) error {
	c.begin(l, id)
	kept, err := c.archivedOf(l, id)
	if err != nil {
		return err
	}
	if leaver, ok := c.kind.(Leaver[T]); ok {
		l.parts = kept.Parts
		if err := leaver.Purge(l, kept.Record); err != nil {
			return err
		}
	}
	l.Tx.Delete(c.table.archiveKey(id))
	Audit(l.Ctx, l.Tx, Deed{Action: ActionPurge, Kind: c.word(), ID: id, Before: kept.Record})
	return nil
}

// archivedOf finds what is to leave the archive. What went along with something else comes
// back, and goes, with that.
func (c *Collection[T]) archivedOf(l *Leaving, id string) (archived[T], error) {
	kept, ok, err := load[archived[T]](l.Tx, c.table.archiveKey(id))
	switch {
	case err != nil:
		return kept, err
	case !ok:
		return kept, notArchived(c.word(), id)
	case kept.With != l.with:
		kind, name, _ := strings.Cut(kept.With, "/")
		return kept, fmt.Errorf("%w: %s %s was archived with %s %s: ccctl archive restore %s %s brings both back",
			billing.ErrConflict, c.table, id, kind, name, kind, name)
	}
	return kept, staff.From(l.Ctx).Reach(kept.Owner, c.word()+" "+id)
}

func (c *Collection[T]) archivedAt(tx kv.Tx, id string) (staff.Archived, bool, error) {
	kept, ok, err := load[archived[T]](tx, c.table.archiveKey(id))
	if err != nil || !ok {
		return staff.Archived{}, ok, err
	}
	record, err := inJSON(kept.Record)
	return staff.Archived{
		Kind: c.word(), ID: id, At: kept.At, By: kept.By,
		Provider: kept.Owner, With: kept.With, Record: record,
	}, true, err
}

// ArchivedRecord reads a record that is in the archive; the bool says whether it is.
func (t Table[T]) ArchivedRecord(tx kv.Tx, id string) (T, bool, error) {
	kept, ok, err := load[archived[T]](tx, t.archiveKey(id))
	return kept.Record, ok, err
}

// Rename gives a record in the archive another name, and tells the record that it went
// along with.
func (c *Collection[T]) Rename(tx kv.Tx, id string, v T) error {
	kept, _, err := load[archived[T]](tx, c.table.archiveKey(id))
	if err != nil {
		return err
	}
	now := c.kind.ID(v)
	kept.Record = v
	tx.Delete(c.table.archiveKey(id))
	Put(tx, c.table.archiveKey(now), kept)
	if kept.With == "" {
		return nil
	}
	return renamePart(tx, kept.With, c.word()+"/"+id, c.word()+"/"+now)
}

func renamePart(tx kv.Tx, whole, before, now string) error {
	kept, ok, err := load[archived[cbor.RawMessage]](tx, Key("archive", whole))
	if err != nil || !ok {
		return err
	}
	if i := slices.Index(kept.Parts, before); i >= 0 {
		kept.Parts[i] = now
	}
	Put(tx, Key("archive", whole), kept)
	return nil
}
