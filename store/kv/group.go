package kv

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"
)

// MaxGroup is how many transactions may share one commit.
const MaxGroup = 1024

// update is one caller's transaction on its way through the writer.
type update struct {
	ctx  context.Context
	fn   func(Tx) error
	err  error
	done chan struct{}
	// panicked carries a panic of fn back to the goroutine that brought it.
	panicked any
}

// Update runs fn in a read-write transaction and returns when it is on disk. If fn
// returns an error nothing of it is kept and that error is returned. A context that
// ends while the transaction still waits takes it back; once it runs, the result
// is awaited, so the caller always knows what became of it.
func (db *DB) Update(ctx context.Context, fn func(Tx) error) error {
	u := &update{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case <-db.closing:
		return ErrClosed
	default:
	}
	select {
	case db.updates <- u:
	case <-db.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if !db.await(u) {
		return ErrClosed
	}
	if u.panicked != nil {
		panic(u.panicked)
	}
	return u.err
}

// await says whether the writer came to the transaction before it closed down.
func (db *DB) await(u *update) bool {
	select {
	case <-u.done:
		return true
	case <-db.closed:
	}
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// write is the one goroutine that commits.
func (db *DB) write() {
	defer close(db.closed)
	group := make([]*update, 0, MaxGroup)
	for {
		select {
		case u := <-db.updates:
			group = db.gather(append(group[:0], u))
			db.commit(group)
		case <-db.closing:
			return
		}
	}
}

// gather takes everyone who waits already, and nobody who might still come.
func (db *DB) gather(group []*update) []*update {
	for len(group) < MaxGroup {
		select {
		case u := <-db.updates:
			group = append(group, u)
		default:
			return group
		}
	}
	return group
}

// commit runs a group and makes it durable with one fsync, or fails all of it.
func (db *DB) commit(group []*update) {
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketName)
		all := newOverlay(snapshot{bucket})
		for _, u := range group {
			u.run(all)
		}
		return all.flush(bucket)
	})
	for _, u := range group {
		if err != nil && u.err == nil {
			u.err = fmt.Errorf("commit: %w", err)
		}
		close(u.done)
	}
}

// run gives the closure an overlay of its own, and keeps it only if it succeeds.
func (u *update) run(all *overlay) {
	if u.err = u.ctx.Err(); u.err != nil {
		return
	}
	defer func() { u.panicked = recover() }()
	own := newOverlay(all)
	if u.err = u.fn(own); u.err == nil {
		own.apply(all)
	}
}
