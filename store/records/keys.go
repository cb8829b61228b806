package records

import (
	"encoding/binary"
	"time"

	"cccp/store/kv"
)

// Key joins a table name and the parts of an ID: TABLE/PART/PART.
func Key(table string, parts ...string) []byte {
	k := []byte(table)
	for _, p := range parts {
		k = append(append(k, '/'), p...)
	}
	return k
}

// Under is the range of keys below a prefix.
func Under(table string, parts ...string) (from, to []byte) {
	from = append(Key(table, parts...), '/')
	to = append(Key(table, parts...), '/'+1)
	return from, to
}

// Sequence is a number that sorts as a part of a key.
func Sequence(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// Moment is a time that sorts as a part of a key; the zero time comes first.
func Moment(t time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(t.Unix()-time.Time{}.Unix()))
	return string(binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond())))
}

// MomentBytes is the length of a Moment.
const MomentBytes = 12

// Counter is a table of numbers; what is not kept counts 0.
type Counter string

// Of is the number kept under a name.
func (c Counter) Of(tx kv.Tx, parts ...string) uint64 {
	if b := tx.Get(Key(string(c), parts...)); len(b) == 8 {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// Set keeps a number under a name.
func (c Counter) Set(tx kv.Tx, n uint64, parts ...string) {
	tx.Put(Key(string(c), parts...), binary.BigEndian.AppendUint64(nil, n))
}

// Next counts one more and answers the new number.
func (c Counter) Next(tx kv.Tx, parts ...string) uint64 {
	n := c.Of(tx, parts...) + 1
	c.Set(tx, n, parts...)
	return n
}

// Delete forgets a number.
func (c Counter) Delete(tx kv.Tx, parts ...string) { tx.Delete(Key(string(c), parts...)) }

// Meta are numbers of the whole store, such as the last sequence number of a log.
const Meta Counter = "meta"
