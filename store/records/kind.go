package records

import "cccp/store/kv"

// Kind is what is special about one kind of record.
type Kind[T any] interface {
	// ID is the record's name within its collection; it never changes.
	ID(T) string
	// Owner is the provider a record belongs to; "" is the platform.
	Owner(kv.Tx, T) (string, error)
	// Refs are the records it refers to. They must exist, and cannot be removed while it
	// does.
	Refs(T) []Ref
	// Check completes and refuses contents; it may read other records.
	Check(kv.Tx, *T) error
}

// Follower is a kind that keeps something beside its records. Follow is called once a
// record was added (before is nil), changed, or taken away (after is nil), in the same
// transaction; an error refuses the change.
type Follower[T any] interface {
	Follow(tx kv.Tx, before, after *T) error
}

// Prover is a kind that others are derived from. Prove is called last in the transaction:
// a batch calls it once for all of its records.
type Prover[T any] interface{ Prove(kv.Tx, T) error }

// Watcher is a kind of which something is kept in memory. OnDisk is called when a change is
// on disk, with the record's ID, or with "" after several at once.
type Watcher interface{ OnDisk(id string) error }

// Leaver is a kind that leaves for the archive and comes back otherwise than it is removed
// and added.
type Leaver[T any] interface {
	Leave(*Leaving, T) error
	Back(*Leaving, T) error
	Purge(*Leaving, T) error
}

// Rememberer is a kind whose names are not given again. Remembered refuses one that was
// given once.
type Rememberer interface {
	Remembered(tx kv.Tx, id string) error
}
