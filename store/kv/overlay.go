package kv

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"
)

// overlay is a set of writes not yet made, over a transaction that is read through it.
type overlay struct {
	base   Tx
	writes map[string][]byte // nil value: deleted
	// sorted are the written keys in order, but for the last ones, which are fresh.
	sorted, fresh []string
	// bytes are those of all keys and values written, refused is why they are not kept.
	bytes   int
	refused error
}

// maxFresh is how many keys may be out of order: a walk looks at each of them.
const maxFresh = 256

func newOverlay(base Tx) *overlay { return &overlay{base: base, writes: map[string][]byte{}} }

func (o *overlay) Get(key []byte) []byte {
	if v, ok := o.writes[string(key)]; ok {
		return v
	}
	return o.base.Get(key)
}

func (o *overlay) Put(key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	o.set(string(key), value)
}

func (o *overlay) Delete(key []byte) { o.set(string(key), nil) }

func (o *overlay) set(key string, value []byte) {
	before, again := o.writes[key]
	if !again {
		o.fresh = append(o.fresh, key)
		o.bytes += len(key)
	}
	o.bytes += len(value) - len(before)
	o.writes[key] = value
	if err := sized(key, value); err != nil {
		o.Refuse(err)
	}
}

func (o *overlay) Refuse(err error) { o.refused = cmp.Or(o.refused, err) }

// kept is why the writes are not: they were refused, or are beyond the limits of a
// transaction.
func (o *overlay) kept() error {
	if o.refused == nil && o.bytes > MaxTransactionBytes {
		return tooLarge("a transaction", o.bytes, MaxTransactionBytes)
	}
	return o.refused
}

// apply hands the writes on to another overlay.
func (o *overlay) apply(to *overlay) {
	for k, v := range o.writes {
		to.set(k, v)
	}
}

// writeSet is a copy of the writes in key order: what a transaction was given out by the
// engine may be among them. Keys written more than once in a group are written once.
func (o *overlay) writeSet() WriteSet {
	set := make(WriteSet, 0, len(o.writes))
	values := make([]byte, 0, o.bytes)
	for _, key := range slices.Sorted(maps.Keys(o.writes)) {
		w := Write{Key: []byte(key)}
		if v := o.writes[key]; v != nil {
			start := len(values)
			values = append(values, v...)
			w.Value = values[start:len(values):len(values)]
		}
		set = append(set, w)
	}
	return set
}

func (o *overlay) Ascend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return merge(o.base.Ascend(from, to), o.within(from, to), o.writes, bytes.Compare)
}

func (o *overlay) Descend(from, to []byte) iter.Seq2[[]byte, []byte] {
	keys := o.within(from, to)
	slices.Reverse(keys)
	return merge(o.base.Descend(from, to), keys, o.writes, func(a, b []byte) int { return bytes.Compare(b, a) })
}

// within lists the written keys of a range in order.
func (o *overlay) within(from, to []byte) [][]byte {
	if len(o.fresh) > maxFresh {
		o.order()
	}
	var keys [][]byte
	first, _ := slices.BinarySearch(o.sorted, string(from))
	for _, k := range o.sorted[first:] {
		if !before([]byte(k), to) {
			break
		}
		keys = append(keys, []byte(k))
	}
	ordered := len(keys)
	for _, k := range o.fresh {
		if key := []byte(k); bytes.Compare(key, from) >= 0 && before(key, to) {
			keys = append(keys, key)
		}
	}
	if len(keys) > ordered {
		slices.SortFunc(keys, bytes.Compare)
	}
	return keys
}

// order puts the fresh keys among the others.
func (o *overlay) order() {
	slices.Sort(o.fresh)
	all := make([]string, 0, len(o.sorted)+len(o.fresh))
	for _, k := range o.fresh {
		i, _ := slices.BinarySearch(o.sorted, k)
		all = append(append(all, o.sorted[:i]...), k)
		o.sorted = o.sorted[i:]
	}
	o.sorted, o.fresh = append(all, o.sorted...), nil
}

// merge walks base and the written keys together; a written key hides the base's.
func merge(
	base iter.Seq2[[]byte, []byte], keys [][]byte, writes map[string][]byte, order func(a, b []byte) int,
) iter.Seq2[[]byte, []byte] {
	if len(keys) == 0 {
		return base
	}
	return func(yield func(k, v []byte) bool) {
		stopped, waiting := false, keys
		write := func() { // the next written key
			k := waiting[0]
			waiting = waiting[1:]
			if v := writes[string(k)]; v != nil {
				stopped = !yield(k, v)
			}
		}
		for k, v := range base {
			for !stopped && len(waiting) > 0 && order(waiting[0], k) < 0 {
				write()
			}
			if stopped {
				return
			}
			if len(waiting) > 0 && bytes.Equal(waiting[0], k) {
				continue // hidden: what was written comes in its place
			}
			if !yield(k, v) {
				return
			}
		}
		for !stopped && len(waiting) > 0 {
			write()
		}
	}
}

// before says whether key lies before an exclusive end; nil is the end of all keys.
func before(key, end []byte) bool { return end == nil || bytes.Compare(key, end) < 0 }
