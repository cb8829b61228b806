// Package kv is a tiny ordered key-value store with serialisable transactions, durable when
// they return. An [Engine] stands under it, of which nothing shows through: bbolt is the
// embedded one (store/kv/bolt), and a replicated one can take its place.
//
// # Group commit
//
// Update transactions of all goroutines share commits. One writer takes whatever waits,
// runs each closure on an overlay of its own, keeps the overlay only if the closure
// returned nil, and appends them all at once. There is no timer: transactions that come
// while a commit runs go into the next one, so a lone writer waits for nobody and a crowd
// costs one fsync a round. Transactions that write nothing cost none.
//
// bbolt's own Batch was measured and passed over: it waits on a timer, and one closure that
// returns an error makes all its neighbours run again.
//
// # What a closure may do
//
// A closure reads its transaction and nothing that a later commit changes, and has no
// effect outside it: it may run more than once, and sets all its results on every run. What
// is kept in memory is refreshed once a commit is on disk.
//
// # Positions
//
// Every write-set is appended at the position after the one its transactions read. An
// engine with several writers refuses it at any other, so that nobody writes on what has
// changed. A commit may end unknown where an engine is replicated: ErrUnknown. The caller
// asks again under the same ID, and is answered what was done.
package kv

import (
	"errors"
	"iter"
	"sync"
)

// Tx reads and writes inside one transaction. Slices it gives out are only valid
// until the transaction ends, and must not be changed.
type Tx interface {
	// Get is the value of key, or nil.
	Get(key []byte) []byte
	// Put sets the value of key. The slices must not be changed before the transaction
	// ends. Beyond the limits the whole transaction is refused with ErrTooLarge.
	Put(key, value []byte)
	// Delete removes key if it is there.
	Delete(key []byte)
	// Refuse has the whole transaction end with an error, should its closure return none:
	// for what is found impossible where no error can be answered. The first one counts.
	Refuse(error)
	// Ascend walks all keys from (inclusive) to (exclusive; nil is the end) upwards.
	// The walk sees the transaction as it stood when it began.
	Ascend(from, to []byte) iter.Seq2[[]byte, []byte]
	// Descend walks the same range downwards.
	Descend(from, to []byte) iter.Seq2[[]byte, []byte]
}

// Errors a caller can act on.
var (
	// ErrLocked means another process has the database open.
	ErrLocked = errors.New("database is in use by another process")
	// ErrClosed is returned by a database that was closed.
	ErrClosed = errors.New("database is closed")
	// ErrPosition means that somebody else has written since the transaction read.
	ErrPosition = errors.New("database was written meanwhile")
	// ErrUnknown means that nobody can tell whether a commit came to be.
	ErrUnknown = errors.New("whether it was written is unknown")
)

// DB is an open database.
type DB struct {
	engine  Engine
	updates chan *update
	closing chan struct{}
	closed  chan struct{}
	once    sync.Once
}

// New is a database on an engine, which it closes in the end.
func New(e Engine) *DB {
	db := &DB{
		engine: e, updates: make(chan *update, MaxGroup),
		closing: make(chan struct{}), closed: make(chan struct{}),
	}
	go db.write()
	return db
}

// Close waits for the commit under way, refuses everything after it and closes the engine.
func (db *DB) Close() error {
	err := ErrClosed
	db.once.Do(func() {
		close(db.closing)
		<-db.closed
		err = db.engine.Close()
	})
	return err
}

// View runs fn on a consistent snapshot. Put, Delete and Refuse panic in it.
func (db *DB) View(fn func(Tx) error) (err error) {
	s, err := db.engine.Snapshot()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return fn(readOnly{s})
}

// Copy writes a consistent snapshot of the whole database to path, which must not exist.
func (db *DB) Copy(path string) error { return db.engine.Copy(path) }

// readOnly is a snapshot as a transaction that writes nothing.
type readOnly struct{ Snapshot }

func (readOnly) Put(_, _ []byte) { panic("kv: write in a read-only transaction") }
func (readOnly) Delete(_ []byte) { panic("kv: write in a read-only transaction") }
func (readOnly) Refuse(_ error)  { panic("kv: write in a read-only transaction") }
