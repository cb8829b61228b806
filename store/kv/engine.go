package kv

import "iter"

// Engine keeps keys in order, durably: the little that a DB needs to stand on. Nobody but
// the DB's writer appends, and it appends one write-set after the other.
type Engine interface {
	// Snapshot reads all that was appended, as it stood at one position.
	Snapshot() (Snapshot, error)
	// Append makes a write-set durable at a position, all of it or nothing: at is the
	// position of what was read plus 1. Any other is refused with ErrPosition: somebody
	// else has written meanwhile. An engine that cannot tell whether it came to be says so
	// with ErrUnknown.
	Append(at uint64, w WriteSet) error
	// Copy writes what a Snapshot would read to a new file, from which an engine of the
	// same kind can be opened.
	Copy(path string) error
	// Close ends the engine once every Snapshot is closed.
	Close() error
}

// Snapshot reads what was appended up to a position. Slices it gives out are only valid
// until it is closed, and must not be changed.
type Snapshot interface {
	// Position counts what was appended. It only ever grows, and outlives a restart.
	Position() uint64
	// Get is the value of key, or nil.
	Get(key []byte) []byte
	// Ascend walks all keys from (inclusive) to (exclusive; nil is the end) upwards.
	Ascend(from, to []byte) iter.Seq2[[]byte, []byte]
	// Descend walks the same range downwards.
	Descend(from, to []byte) iter.Seq2[[]byte, []byte]
	Close() error
}

// Write is one key of a write-set; a nil Value deletes it.
type Write struct{ Key, Value []byte }

// WriteSet is what one commit writes: each key once, in the order of the keys. It is a copy
// that nobody changes any more.
type WriteSet []Write
