// Package bolt is the embedded engine of package kv: one file of bbolt, one process.
//
// A position is the number of bbolt's own last transaction, which the file keeps in its
// meta page. So a file has the same layout as ever, and any version reads what any other
// has written. Opening a file takes a transaction of its own: positions grow, but not
// always by one.
package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"cccp/store/kv"
)

// Options of Open.
type Options struct {
	// LockWait is how long to wait for another process to let go of the file;
	// 0 is DefaultLockWait.
	LockWait time.Duration
	// ReadOnly opens a file that is there, changes nothing, and refuses to be written to.
	ReadOnly bool
}

// DefaultLockWait is long enough for a daemon that is just stopping.
const DefaultLockWait = time.Second

// FileMode of the database: it holds customers' numbers.
const FileMode os.FileMode = 0o600

// bucketName is the only bucket: the rooms above share one key space.
var bucketName = []byte("cccp")

// File is an open database file.
type File struct{ file *bbolt.DB }

var _ kv.Engine = File{}

// Open opens or creates the database file. An unreadable, locked or foreign file
// is an error that says which.
func Open(path string, o Options) (File, error) {
	if o.LockWait == 0 {
		o.LockWait = DefaultLockWait
	}
	file, err := mapped(rooms(addressLimit()), func(room int64) (*bbolt.DB, error) {
		return bbolt.Open(path, FileMode, &bbolt.Options{
			Timeout: o.LockWait, FreelistType: bbolt.FreelistMapType,
			// The free list is rebuilt when the file is opened instead of being written
			// with every commit: commits get shorter, opening a large file longer.
			NoFreelistSync:  true,
			ReadOnly:        o.ReadOnly,
			InitialMmapSize: mapBytes(path, room),
		})
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return File{}, fmt.Errorf("open database %s: %w: stop it first, or use ccctl to talk to it", path, kv.ErrLocked)
	}
	if err != nil {
		return File{}, fmt.Errorf("open database %s: %w", path, err)
	}
	if o.ReadOnly {
		return File{file}, nil
	}
	err = file.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)
		return err
	})
	if err != nil {
		return File{}, errors.Join(fmt.Errorf("prepare database %s: %w", path, err), file.Close())
	}
	return File{file}, nil
}

// Close waits for those who read.
func (f File) Close() error { return f.file.Close() }

// Append writes in the order of the keys, which bbolt likes best.
func (f File) Append(at uint64, w kv.WriteSet) error {
	return closed(f.file.Update(func(tx *bbolt.Tx) error {
		if next := uint64(tx.ID()); next != at {
			return fmt.Errorf("%w: position %d is next, not %d", kv.ErrPosition, next, at)
		}
		bucket := tx.Bucket(bucketName)
		for _, one := range w {
			if err := write(bucket, one); err != nil {
				return err
			}
		}
		return nil
	}))
}

func write(bucket *bbolt.Bucket, w kv.Write) error {
	if w.Value == nil {
		return bucket.Delete(w.Key)
	}
	return bucket.Put(w.Key, w.Value)
}

// Copy copies the whole file.
func (f File) Copy(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("copy database: %s exists already", path)
	}
	return closed(f.file.View(func(tx *bbolt.Tx) error { return tx.CopyFile(path, FileMode) }))
}

// Snapshot is a read transaction.
func (f File) Snapshot() (kv.Snapshot, error) {
	tx, err := f.file.Begin(false)
	if err != nil {
		return nil, closed(err)
	}
	return snapshot{tx.Bucket(bucketName), tx}, nil
}

// closed says in the words of kv that the file was closed.
func closed(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return kv.ErrClosed
	}
	return err
}

// snapshot reads committed data.
type snapshot struct {
	*bbolt.Bucket
	tx *bbolt.Tx
}

func (s snapshot) Position() uint64 { return uint64(s.tx.ID()) }

func (s snapshot) Close() error { return s.tx.Rollback() }

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

// before says whether key lies before an exclusive end; nil is the end of all keys.
func before(key, end []byte) bool { return end == nil || bytes.Compare(key, end) < 0 }

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
