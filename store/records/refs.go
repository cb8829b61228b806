package records

import (
	"bytes"
	"iter"

	"cccp/store/kv"
)

// Ref points at a record: its table, what such a record is called, and its ID.
type Ref struct{ Table, Word, ID string }

// To points at records of a table whose name is also their word.
func (t Table[T]) To(ids ...string) []Ref {
	refs := make([]Ref, len(ids))
	for i, id := range ids {
		refs[i] = Ref{string(t), string(t), id}
	}
	return refs
}

// ToDeck points at a rate deck.
func ToDeck(name string) Ref { return Ref{"deck", "rate", name} }

// Key is the key of what is pointed at.
func (r Ref) Key() []byte { return Key(r.Table, r.ID) }

// There says whether what is pointed at is there.
func (r Ref) There(tx kv.Tx) bool { return tx.Get(r.Key()) != nil }

// Users walks who refers to it, as TABLE/ID.
func (r Ref) Users(tx kv.Tx) iter.Seq[string] { return Users(tx, r.Table, r.ID) }

// Users walks who refers to a record, or to all records of a table; with a further part,
// those of one kind alone.
func Users(tx kv.Tx, parts ...string) iter.Seq[string] {
	from, to := Under("use", parts...)
	return names(tx.Ascend(from, to), len(from))
}

// UsersBetween walks who of one kind refers to a record after one ID and up to another;
// "" is no bound.
func UsersBetween(tx kv.Tx, r Ref, kind, after, last string) iter.Seq[string] {
	from, to := Under("use", r.Table, r.ID, kind)
	head := len(from)
	if last != "" {
		to = append(append(bytes.Clone(from), last...), 0)
	}
	if after != "" {
		from = append(append(from, after...), 0)
	}
	return names(tx.Ascend(from, to), head)
}

func useKey(r Ref, word, id string) []byte { return Key("use", r.Table, r.ID, word, id) }
