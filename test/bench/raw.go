package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// rawBolt is bbolt with nothing around it: it writes the keys a pair writes, at sizes
// a pair writes them, knows no rule, reads nothing, and encodes nothing.
type rawBolt struct {
	db     *bbolt.DB
	writes pairWrites
	last   map[string]uint64 // sequence numbers given out, under bbolt's writer lock
}

func openRaw(path string, w pairWrites) (*rawBolt, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return nil, err
	}
	return &rawBolt{db: db, writes: w, last: map[string]uint64{}}, nil
}

func (r *rawBolt) next(prefix string, first uint64) uint64 {
	n, counting := r.last[prefix]
	if !counting {
		n = first - 1
	}
	r.last[prefix] = n + 1
	return n + 1
}

// rawWrite is a template made out for one pair.
type rawWrite struct {
	key   []byte
	value []byte // nil deletes
}

func (r *rawBolt) appendWrites(to []rawWrite, list []template, p pair) []rawWrite {
	for _, t := range list {
		to = append(to, rawWrite{t.keyFor(p, r.next), t.value})
	}
	return to
}

func carryOut(b *bbolt.Bucket, list []rawWrite) error {
	for _, w := range list {
		var err error
		if w.value == nil {
			err = b.Delete(w.key)
		} else {
			err = b.Put(w.key, w.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verify counts the pairs' records: the keys numbered over all accounts, one a pair.
func (r *rawBolt) verify(pairs int) error {
	found := uint64(0)
	for _, t := range r.writes.settle {
		if t.numbered && t.accountAt < 0 {
			prefix, first := t.number()
			found = r.last[prefix] + 1 - first
		}
	}
	if found != uint64(pairs) {
		return fmt.Errorf("bbolt alone wrote %d records for %d pairs", found, pairs)
	}
	return nil
}

// naive is bbolt as a program uses it first: one Update for each operation.
type naive struct{ *rawBolt }

func (n naive) pair(_ context.Context, p pair) error {
	return errors.Join(n.update(n.writes.hold, p), n.update(n.writes.settle, p))
}

func (n naive) update(list []template, p pair) error {
	return n.db.Update(func(tx *bbolt.Tx) error {
		return carryOut(onlyBucket(tx), n.appendWrites(nil, list, p))
	})
}

func (n naive) close() error { return n.db.Close() }

// grouped is bbolt at its best: one goroutine writes, everybody who waits shares one
// commit, and keys go in in order.
type grouped struct {
	*rawBolt
	waiting chan *rawUpdate
	done    chan struct{}
}

// rawUpdate is one operation on its way through the writer.
type rawUpdate struct {
	list []template
	pair pair
	done chan error
}

func openGrouped(path string, w pairWrites) (grouped, error) {
	r, err := openRaw(path, w)
	if err != nil {
		return grouped{}, err
	}
	g := grouped{rawBolt: r, waiting: make(chan *rawUpdate, mostCallers), done: make(chan struct{})}
	go g.write()
	return g, nil
}

func (g grouped) pair(_ context.Context, p pair) error {
	return errors.Join(g.update(g.writes.hold, p), g.update(g.writes.settle, p))
}

func (g grouped) update(list []template, p pair) error {
	u := &rawUpdate{list, p, make(chan error, 1)}
	g.waiting <- u
	return <-u.done
}

func (g grouped) write() {
	defer close(g.done)
	for first := range g.waiting {
		group := []*rawUpdate{first}
		for len(g.waiting) > 0 {
			group = append(group, <-g.waiting)
		}
		err := g.db.Update(func(tx *bbolt.Tx) error { return g.commit(onlyBucket(tx), group) })
		for _, u := range group {
			u.done <- err
		}
	}
}

func (g grouped) commit(b *bbolt.Bucket, group []*rawUpdate) error {
	var list []rawWrite
	for _, u := range group {
		list = g.appendWrites(list, u.list, u.pair)
	}
	slices.SortStableFunc(list, func(a, b rawWrite) int { return bytes.Compare(a.key, b.key) })
	return carryOut(b, list)
}

func (g grouped) close() error {
	close(g.waiting)
	<-g.done
	return g.db.Close()
}
