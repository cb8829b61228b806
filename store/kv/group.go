package kv

import (
	"context"
	"fmt"
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

// commit runs a group and makes it durable with one append, or fails all of it.
func (db *DB) commit(group []*update) {
	for len(group) > 0 {
		done, err := db.append(group)
		for _, u := range group[:done] {
			if err != nil && u.err == nil {
				u.err = fmt.Errorf("commit: %w", err)
			}
			close(u.done)
		}
		group = group[done:]
	}
}

// append makes durable as many of a group as fit into one write-set, and says how many.
func (db *DB) append(group []*update) (done int, err error) {
	s, err := db.engine.Snapshot()
	if err != nil {
		return len(group), err
	}
	all := newOverlay(readOnly{s})
	for done < len(group) && group[done].run(all) {
		done++
	}
	at, writes := s.Position()+1, all.writeSet()
	// An engine may have to wait for its readers before it writes.
	if err := s.Close(); err != nil || len(writes) == 0 {
		return done, err
	}
	return done, db.engine.Append(at, writes)
}

// run gives the closure an overlay of its own, and keeps it only if it succeeds. It says no
// where the writes would be more than a transaction takes: then it is to run again, on what
// the others have written.
func (u *update) run(all *overlay) (fits bool) {
	if u.err = u.ctx.Err(); u.err != nil {
		return true
	}
	own := newOverlay(all)
	func() {
		defer func() { u.panicked = recover() }()
		u.err = u.fn(own)
	}()
	if u.panicked != nil || u.err != nil {
		return true
	}
	if u.err = own.kept(); u.err != nil {
		return true
	}
	if len(all.writes) > 0 && all.bytes+own.bytes > MaxTransactionBytes {
		return false
	}
	own.apply(all)
	return true
}
