package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"cccp/billing"
)

// template is one key that a hold or a settlement writes, with the places in it that
// differ from call to call. A nil value deletes.
type template struct {
	key, value []byte
	// legAt and accountAt are where the leg's or account's ID stands, or -1.
	legAt, accountAt int
	// numbered keys end with a sequence number.
	numbered bool
}

// pairWrites is what one pair writes, learnt from the store itself.
type pairWrites struct{ hold, settle []template }

// sequenceBytes is a sequence number at the end of a key, big-endian.
const sequenceBytes = 8

// learnWrites lets the store do one pair and looks at what that changed in the file.
func learnWrites(ctx context.Context, dir, booksPath string) (w pairWrites, err error) {
	path := filepath.Join(dir, "learn.db")
	if err := copyFile(path, booksPath); err != nil {
		return w, err
	}
	b, err := openBooks(ctx, path)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	leg, account := newLeg(), accountName(0)
	_, warmErr := b.Hold(ctx, b.holdFor(newLeg(), account)) // the trunk's counter is there from now on
	before, beforeErr := b.content(filepath.Join(dir, "before.db"))
	_, holdErr := b.Hold(ctx, b.holdFor(leg, account))
	held, heldErr := b.content(filepath.Join(dir, "held.db"))
	_, settleErr := b.Settle(ctx, settlementOf(leg))
	settled, settledErr := b.content(filepath.Join(dir, "settled.db"))
	w = pairWrites{hold: changes(before, held, leg, account), settle: changes(held, settled, leg, account)}
	return w, errors.Join(warmErr, beforeErr, holdErr, heldErr, settleErr, settledErr)
}

// content is every key and value of the store, read from a copy.
func (b books) content(path string) (map[string]string, error) {
	if err := b.Copy(path); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	content := map[string]string{}
	err = db.View(func(tx *bbolt.Tx) error {
		return onlyBucket(tx).ForEach(func(k, v []byte) error {
			content[string(k)] = string(v)
			return nil
		})
	})
	return content, errors.Join(err, db.Close())
}

// onlyBucket is the one the store keeps everything in.
func onlyBucket(tx *bbolt.Tx) *bbolt.Bucket {
	name, _ := tx.Cursor().First()
	return tx.Bucket(name)
}

func changes(before, after map[string]string, leg billing.LegID, account string) []template {
	var list []template
	for k, v := range after {
		if old, ok := before[k]; !ok || old != v {
			list = append(list, newTemplate(k, []byte(v), leg, account))
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			list = append(list, newTemplate(k, nil, leg, account))
		}
	}
	slices.SortFunc(list, func(a, b template) int { return bytes.Compare(a.key, b.key) })
	return list
}

func newTemplate(k string, value []byte, leg billing.LegID, account string) template {
	key := []byte(k)
	t := template{
		key:       key,
		value:     value,
		legAt:     bytes.Index(key, []byte(leg)),
		accountAt: bytes.Index(key, []byte(account)),
	}
	if at := len(key) - sequenceBytes; at > 0 && key[at-1] == '/' {
		t.numbered = binary.BigEndian.Uint64(key[at:]) < 1<<32 // text is more
	}
	return t
}

// number is the sequence number the store gave, and prefix what it counts.
func (t template) number() (prefix string, n uint64) {
	at := len(t.key) - sequenceBytes
	return string(t.key[:at]), binary.BigEndian.Uint64(t.key[at:])
}

// keyFor is the template's key for another pair. next counts, from first on, what a
// prefix numbers.
func (t template) keyFor(p pair, next func(prefix string, first uint64) uint64) []byte {
	key := slices.Clone(t.key)
	if t.legAt >= 0 {
		copy(key[t.legAt:], p.leg)
	}
	if t.accountAt >= 0 {
		copy(key[t.accountAt:], p.account)
	}
	if t.numbered {
		at := len(key) - sequenceBytes
		_, first := t.number()
		binary.BigEndian.PutUint64(key[at:], next(string(key[:at]), first))
	}
	return key
}

// count tells puts from deletes, and what the puts carry.
func count(list []template) (puts, deletes, valueBytes int) {
	for _, t := range list {
		if t.value == nil {
			deletes++
			continue
		}
		puts++
		valueBytes += len(t.value)
	}
	return puts, deletes, valueBytes
}

func (w pairWrites) String() string {
	holdPuts, holdDeletes, holdBytes := count(w.hold)
	settlePuts, settleDeletes, settleBytes := count(w.settle)
	return fmt.Sprintf("a hold writes %d puts and %d deletes (%d B of values), a settlement %d and %d (%d B)",
		holdPuts, holdDeletes, holdBytes, settlePuts, settleDeletes, settleBytes)
}
