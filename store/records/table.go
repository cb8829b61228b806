package records

import (
	"fmt"
	"iter"
	"strings"

	"cccp/billing"
	"cccp/store/kv"
)

// Table is a kind of value and the beginning of its keys, TABLE/PART/PART.
type Table[T any] string

// Key is the key of a value.
func (t Table[T]) Key(parts ...string) []byte { return Key(string(t), parts...) }

// Load reads one value; the bool says whether it is there.
func (t Table[T]) Load(tx kv.Tx, parts ...string) (v T, ok bool, err error) {
	return load[T](tx, t.Key(parts...))
}

// Has says whether there is a value.
func (t Table[T]) Has(tx kv.Tx, parts ...string) bool { return tx.Get(t.Key(parts...)) != nil }

// Put keeps a value, or has the transaction refused if it cannot be read back.
func (t Table[T]) Put(tx kv.Tx, v T, parts ...string) { Put(tx, t.Key(parts...), v) }

// Delete forgets a value if it is there.
func (t Table[T]) Delete(tx kv.Tx, parts ...string) { tx.Delete(t.Key(parts...)) }

// All walks the values below a prefix, in the order of their keys.
func (t Table[T]) All(tx kv.Tx, parts ...string) iter.Seq2[T, error] {
	return decoded[T](tx.Ascend(Under(string(t), parts...)))
}

// From walks the values below a prefix, from one on.
func (t Table[T]) From(tx kv.Tx, first string, parts ...string) iter.Seq2[T, error] {
	_, to := Under(string(t), parts...)
	return decoded[T](tx.Ascend(t.Key(append(parts, first)...), to))
}

func decoded[T any](walk iter.Seq2[[]byte, []byte]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, b := range walk {
			v, err := Decode[T](b)
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Names walks what stands behind a prefix in the keys of a table.
func (t Table[T]) Names(tx kv.Tx, parts ...string) iter.Seq[string] {
	from, to := Under(string(t), parts...)
	return names(tx.Ascend(from, to), len(from))
}

// NamesAfter walks the names after one; "" is before all.
func (t Table[T]) NamesAfter(tx kv.Tx, after string) iter.Seq[string] {
	from, to := Under(string(t))
	head := len(from)
	if after != "" {
		from = append(t.Key(after), 0)
	}
	return names(tx.Ascend(from, to), head)
}

func names(walk iter.Seq2[[]byte, []byte], head int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range walk {
			if !yield(string(k[head:])) {
				return
			}
		}
	}
}

// Find reads one record of a kind that operators provision, or says how to find it.
func (t Table[T]) Find(tx kv.Tx, id string) (T, error) {
	v, ok, err := t.Load(tx, id)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w: see ccctl %s list", t.called(id), billing.ErrNotFound, t)
		if tx.Get(t.archiveKey(id)) != nil {
			err = fmt.Errorf("%s: %w: it is in the archive: ccctl archive restore %s %s brings it back",
				t.called(id), billing.ErrNotFound, t, id)
		}
	}
	return v, err
}

// called is a record in messages. What stands in the place of a PIN's hash is not
// repeated: it may be a PIN in clear.
func (t Table[T]) called(id string) string {
	kind, value, _ := strings.Cut(id, ":")
	if string(t) == string(Credentials) && kind == string(billing.PIN) && !billing.IsKeyedHash(value) {
		return string(t) + " " + kind
	}
	return string(t) + " " + id
}

func (t Table[T]) archiveKey(id string) []byte { return Key("archive", string(t), id) }

// Archived says whether a record of this name is in the archive.
func (t Table[T]) Archived(tx kv.Tx, id string) bool { return tx.Get(t.archiveKey(id)) != nil }
