package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fxamacker/cbor/v2"

	"cccp/billing"
	"cccp/routing"
	"cccp/staff"
	"cccp/store/kv"
)

// ErrNewerSchema means the file was written by a later version.
var ErrNewerSchema = errors.New("database is of a newer version")

// Store is the durable state of one platform.
type Store struct {
	db    *kv.DB
	keys  atomic.Pointer[keyring]
	decks atomic.Pointer[map[string]*billing.Deck]
	// prices are those of rate plans; refreshing is held while they are read anew.
	prices     atomic.Pointer[prices]
	refreshing sync.Mutex

	Providers     *Collection[billing.Provider]
	Offerings     *Collection[billing.Offering]
	Accounts      *Collection[billing.Account]
	Credentials   *Collection[billing.Credential]
	AccessNumbers *Collection[billing.AccessNumber]
	Trunks        *Collection[routing.Trunk]
	Vouchers      *Collection[billing.Voucher]
	SpeedDials    *Collection[billing.SpeedDial]
	DISAs         *Collection[billing.DISA]
	Lots          *Collection[billing.Lot]
	Admins        *Collection[staff.Admin]
	Groups        *Collection[billing.Group]
	Bundles       *Collection[billing.Bundle]
	FraudRules    *Collection[routing.FraudRule]

	NamedRates      *Collection[billing.NamedRate]
	RatePlans       *Collection[billing.RatePlan]
	CallingServices *Collection[billing.CallingService]

	funds       funds
	fraud       fraud
	rotating    sync.Mutex // of keys
	jobsChanged chan struct{}
	bulkChanged chan struct{}
}

// Options of Open.
type Options struct {
	// PINKey hashes PINs; it must be the one the file's PINs were hashed with, or that must
	// be among OlderPINKeys: keys that are still needed, or will be from now on.
	PINKey       PINKey
	OlderPINKeys []PINKey
	KV           kv.Options
}

// Open opens or creates the store, brings its schema up to date and compiles its
// rate decks and plans.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	db, err := kv.Open(path, o.KV)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, jobsChanged: make(chan struct{}, 1), bulkChanged: make(chan struct{}, 1)}
	s.fraud.alerted = make(chan struct{}, 1)
	s.collections()
	var keys keyring
	err = db.Update(ctx, func(tx kv.Tx) (err error) {
		keys, err = checkPINKeys(tx, append(keyring{o.PINKey}, o.OlderPINKeys...))
		return errors.Join(migrate(tx), err)
	})
	s.keys.Store(&keys)
	if err == nil {
		err = errors.Join(s.loadDecks(), s.loadFraudRules())
	}
	if err == nil {
		err = s.refreshPrices()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return s, nil
}

// Close closes the file once the transaction under way is done.
func (s *Store) Close() error { return s.db.Close() }

// Copy writes a consistent snapshot of the whole store to a new file.
func (s *Store) Copy(path string) error { return s.db.Copy(path) }

// records are encoded as CBOR under their JSON names; times keep their nanoseconds.
var codec = must(cbor.EncOptions{Time: cbor.TimeRFC3339Nano, Sort: cbor.SortNone}.EncMode())

// Text is read back as it was kept, UTF-8 or not: what a network or a spreadsheet
// sent must never make a balance unreadable.
var reader = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func encode(v any) []byte {
	b, err := codec.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", v, err)) // vocabulary types always encode
	}
	return b
}

func decode[T any](b []byte) (v T, err error) {
	if err = reader.Unmarshal(b, &v); err != nil {
		err = fmt.Errorf("decode %s: %w", reflect.TypeFor[T]().Name(), err)
	}
	return v, err
}

// load reads one record; the bool says whether it is there.
func load[T any](tx kv.Tx, key []byte) (v T, ok bool, err error) {
	b := tx.Get(key)
	if b == nil {
		return v, false, nil
	}
	v, err = decode[T](b)
	return v, err == nil, err
}

// key joins a table name and the parts of an ID.
func key(table string, parts ...string) []byte {
	k := []byte(table)
	for _, p := range parts {
		k = append(append(k, '/'), p...)
	}
	return k
}

// under is the range of keys below a prefix.
func under(table string, parts ...string) (from, to []byte) {
	from = append(key(table, parts...), '/')
	to = append(key(table, parts...), '/'+1)
	return from, to
}

// sequence is a number that sorts as a key.
func sequence(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// counter is a number kept under a key.
func counter(tx kv.Tx, key []byte) uint64 {
	if b := tx.Get(key); len(b) == 8 {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func setCounter(tx kv.Tx, key []byte, n uint64) { tx.Put(key, binary.BigEndian.AppendUint64(nil, n)) }

// moment is a time that sorts as a key; the zero time comes first.
func moment(t time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(t.Unix()-time.Time{}.Unix()))
	return string(binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond())))
}
