package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/store/kv"
)

// Registry knows all collections of a store: whose a record is, and what of it is in the
// archive.
type Registry struct {
	db    *kv.DB
	kinds []archiver
	// owners tell whose the record of an ID is, by table. "" is the platform, which is
	// also whose all is that is in none of these tables, such as rate decks.
	owners map[string]func(tx kv.Tx, id string) (string, error)
	// Numbers reads the numbers operators type into records.
	Numbers Numbers
}

// NewRegistry is one without collections. plan reads the numbers of their records.
func NewRegistry(db *kv.DB, plan phone.Plan) *Registry {
	return &Registry{db: db, Numbers: Numbers{plan}, owners: map[string]func(kv.Tx, string) (string, error){}}
}

// OwnedBy tells whose the records of a table are that is no collection.
func (r *Registry) OwnedBy(table string, owner func(tx kv.Tx, id string) (string, error)) {
	r.owners[table] = owner
}

func (r *Registry) owner(tx kv.Tx, table, id string) (string, error) {
	if find, known := r.owners[table]; known {
		return find(tx, id)
	}
	return "", nil
}

func (r *Registry) kind(name string) (archiver, error) {
	for _, k := range r.kinds {
		if k.word() == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("kind %q: %w: see ccctl archive list", name, billing.ErrNotFound)
}

// Restore brings a record back from the archive, and all that went along with it.
func (r *Registry) Restore(ctx context.Context, kind, id string, at time.Time) error {
	c, err := r.kind(kind)
	if err != nil {
		return err
	}
	err = r.db.Update(ctx, func(tx kv.Tx) error { return c.restore(&Leaving{Tx: tx, Ctx: ctx, At: at}, id) })
	if err != nil {
		return err
	}
	return c.onDisk(id)
}

// Purge forgets a record of the archive for good, and all that went along with it. Money
// that is left on an account is written off.
func (r *Registry) Purge(ctx context.Context, kind, id string, at time.Time) error {
	c, err := r.kind(kind)
	if err != nil {
		return err
	}
	return r.db.Update(ctx, func(tx kv.Tx) error { return c.purge(&Leaving{Tx: tx, Ctx: ctx, At: at}, id) })
}

// Archived reads one record of the archive.
func (r *Registry) Archived(ctx context.Context, kind, id string) (a staff.Archived, err error) {
	c, err := r.kind(kind)
	if err != nil {
		return a, err
	}
	err = r.db.View(func(tx kv.Tx) error {
		var ok bool
		a, ok, err = c.archivedAt(tx, id)
		if err == nil && !ok {
			err = notArchived(kind, id)
		}
		if err == nil {
			err = staff.From(ctx).Reach(a.Provider, kind+" "+id)
		}
		return err
	})
	return a, err
}

func notArchived(kind, id string) error {
	return fmt.Errorf("%s %s in the archive: %w: see ccctl archive list", kind, id, billing.ErrNotFound)
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

func (f ArchiveFilter) keeps(a staff.Archived) bool {
	return (f.Before.IsZero() || a.At.Before(f.Before)) && (!f.Alone || a.With == "")
}

// Archive lists records of the archive that the actor may see, by kind and ID.
func (r *Registry) Archive(ctx context.Context, f ArchiveFilter) (list []staff.Archived, err error) {
	list = []staff.Archived{}
	err = r.db.View(func(tx kv.Tx) error {
		from, to := Under("archive")
		head := len(from)
		if f.Kind != "" {
			from, to = Under("archive", f.Kind)
		}
		if f.After != "" {
			from = append(Key("archive", f.After), 0)
		}
		for name := range names(tx.Ascend(from, to), head) {
			if len(list) >= min(f.Limit, MaxListed) {
				return nil
			}
			kind, id, _ := strings.Cut(name, "/")
			c, err := r.kind(kind)
			if err != nil {
				return err
			}
			a, _, err := c.archivedAt(tx, id)
			if err != nil {
				return err
			}
			if f.keeps(a) && staff.From(ctx).Reach(a.Provider, "") == nil {
				list = append(list, a)
			}
		}
		return nil
	})
	return list, err
}
