package records

import (
	"context"
	"strings"
	"time"

	"cccp/store/kv"
)

// Leaving is what happens to one record that is archived, restored or purged.
type Leaving struct {
	Tx  kv.Tx
	Ctx context.Context
	At  time.Time
	// with is the record it goes along with, parts are those that went along with it: KIND/ID.
	with     string
	parts    []string
	registry *Registry
	of       string
}

// Along archives another record together with this one.
func (l *Leaving) Along(kind, id string) error {
	if err := l.do(kind, id, archiver.archive); err != nil {
		return err
	}
	l.parts = append(l.parts, kind+"/"+id)
	return nil
}

// RestoreParts brings back what went along.
func (l *Leaving) RestoreParts() error { return l.eachPart(archiver.restore) }

// PurgeParts forgets what went along for good.
func (l *Leaving) PurgeParts() error { return l.eachPart(archiver.purge) }

func (l *Leaving) eachPart(do func(archiver, *Leaving, string) error) error {
	for _, part := range l.parts {
		kind, id, _ := strings.Cut(part, "/")
		if err := l.do(kind, id, do); err != nil {
			return err
		}
	}
	return nil
}

func (l *Leaving) do(kind, id string, do func(archiver, *Leaving, string) error) error {
	c, err := l.registry.kind(kind)
	if err != nil {
		return err
	}
	return do(c, &Leaving{Tx: l.Tx, Ctx: l.Ctx, At: l.At, with: l.of}, id)
}
