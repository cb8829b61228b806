// Package kv is a tiny ordered key-value store with serialisable transactions,
// durable when they return. bbolt is its embedded engine; nothing of bbolt shows
// through, so that a replicated engine can take its place.
//
// # Group commit
//
// Update transactions of all goroutines share fsyncs. One writer takes whatever
// waits, runs each closure on an overlay of its own, keeps the overlay only if the
// closure returned nil, and commits them all at once. There is no timer: whoever
// comes while a commit runs goes into the next one, so a lone writer waits for
// nobody and a crowd costs one fsync a round.
//
// bbolt's own Batch was measured and passed over: it waits on a timer, and one
// closure that returns an error makes all its neighbours run again.
//
// A closure may run more than once in other engines; it must have no effect
// outside its transaction.
package kv

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Tx reads and writes inside one transaction. Slices it gives out are only valid
// until the transaction ends, and must not be changed.
type Tx interface {
	// Get is the value of key, or nil.
	Get(key []byte) []byte
	// Put sets the value of key. The slices must not be changed afterwards.
	Put(key, value []byte)
	// Delete removes key if it is there.
	Delete(key []byte)
	// Ascend walks all keys from (inclusive) to (exclusive; nil is the end) upwards.
	// The walk sees the transaction as it stood when it began.
	Ascend(from, to []byte) iter.Seq2[[]byte, []byte]
	// Descend walks the same range downwards.
	Descend(from, to []byte) iter.Seq2[[]byte, []byte]
}

// Errors a caller can act on.
var (
	// ErrLocked means another process has the file open.
	ErrLocked = errors.New("database is in use by another process")
	// ErrClosed is returned by a database that was closed.
	ErrClosed = errors.New("database is closed")
)

// Options of Open.
type Options struct {
	// LockWait is how long to wait for another process to let go of the file;
	// 0 is DefaultLockWait.
	LockWait time.Duration
}

// DefaultLockWait is long enough for a daemon that is just stopping.
const DefaultLockWait = time.Second

// FileMode of the database: it holds customers' numbers.
const FileMode os.FileMode = 0o600

var bucketName = []byte("cccp")

// DB is an open database.
type DB struct {
	bolt    *bbolt.DB
	updates chan *update
	closing chan struct{}
	closed  chan struct{}
	once    sync.Once
}

// Open opens or creates the database file. An unreadable, locked or foreign file
// is an error that says which.
func Open(path string, o Options) (*DB, error) {
	if o.LockWait == 0 {
		o.LockWait = DefaultLockWait
	}
	bolt, err := bbolt.Open(path, FileMode, &bbolt.Options{
		Timeout: o.LockWait, FreelistType: bbolt.FreelistMapType,
		// The free list is rebuilt when the file is opened instead of being written
		// with every commit: commits get shorter, opening a large file longer.
		NoFreelistSync: true,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open database %s: %w: stop it first, or use ccctl to talk to it", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	err = bolt.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare database %s: %w", path, err), bolt.Close())
	}
	db := &DB{bolt: bolt, updates: make(chan *update, MaxGroup), closing: make(chan struct{}), closed: make(chan struct{})}
	go db.write()
	return db, nil
}

// Close waits for the commit under way, refuses everything after it and closes the file.
func (db *DB) Close() error {
	err := ErrClosed
	db.once.Do(func() {
		close(db.closing)
		<-db.closed
		err = db.bolt.Close()
	})
	return err
}

// View runs fn on a consistent snapshot. Put and Delete panic in it.
func (db *DB) View(fn func(Tx) error) error {
	err := db.bolt.View(func(tx *bbolt.Tx) error {
		return fn(snapshot{tx.Bucket(bucketName)})
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// Copy writes a consistent snapshot of the whole database to path, which must not exist.
func (db *DB) Copy(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("copy database: %s exists already", path)
	}
	return db.bolt.View(func(tx *bbolt.Tx) error { return tx.CopyFile(path, FileMode) })
}

// snapshot reads committed data.
type snapshot struct{ *bbolt.Bucket }

func (s snapshot) Put(_, _ []byte) { panic("kv: write in a read-only transaction") }
func (s snapshot) Delete(_ []byte) { panic("kv: write in a read-only transaction") }

func (s snapshot) Ascend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := s.Cursor()
		for k, v := c.Seek(from); k != nil && before(k, to) && yield(k, v); k, v = c.Next() {
		}
	}
}

func (s snapshot) Descend(from, to []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := s.Cursor()
		for k, v := seekLast(c, to); k != nil && bytes.Compare(k, from) >= 0 && yield(k, v); k, v = c.Prev() {
		}
	}
}

// seekLast is the greatest key before to.
func seekLast(c *bbolt.Cursor, to []byte) (k, v []byte) {
	if to == nil {
		return c.Last()
	}
	if k, _ := c.Seek(to); k == nil {
		return c.Last()
	}
	return c.Prev()
}
