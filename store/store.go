package store

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/books"
	"cccp/store/directory"
	"cccp/store/kv"
	"cccp/store/kv/bolt"
	"cccp/store/pins"
	"cccp/store/prices"
	"cccp/store/queue"
	"cccp/store/records"
)

// Store is the durable state of one platform: what its rooms keep, each of them with its
// own part of one key space.
type Store struct {
	db *kv.DB

	*records.Registry
	*pins.Keeper
	*prices.Prices
	*books.Books
	*directory.Directory
	*queue.Queue
	Lots *records.Collection[billing.Lot]
}

// Options of Open.
type Options struct {
	// PINKey hashes PINs; it must be the one the file's PINs were hashed with, or that must
	// be among OlderPINKeys: keys that are still needed, or will be from now on.
	PINKey       PINKey
	OlderPINKeys []PINKey
	// Numbers reads the numbers operators type.
	Numbers phone.Plan
	// File is how the database file is opened.
	File bolt.Options
}

// Open opens or creates the store, brings its schema up to date and compiles its
// rate decks and plans.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	engine, err := bolt.Open(path, o.File)
	if err != nil {
		return nil, err
	}
	db := kv.New(engine)
	s, err := furnish(ctx, db, append(pins.Ring{o.PINKey}, o.OlderPINKeys...), o.Numbers)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return s, nil
}

// Notes looks into a database, and changes nothing: it says what is to be put right by hand,
// a sentence each. A database that is in use is refused with kv.ErrLocked.
func Notes(path string) (notes []string, err error) {
	engine, err := bolt.Open(path, bolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	db := kv.New(engine)
	err = db.View(func(tx kv.Tx) error {
		notes, err = records.MixedDecks(tx)
		return err
	})
	return notes, errors.Join(err, db.Close())
}

// Notes is the same of an open store.
func (s *Store) Notes() (notes []string, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		notes, err = records.MixedDecks(tx)
		return err
	})
	return notes, err
}

// furnish opens the rooms over a database, each after those below it.
func furnish(ctx context.Context, db *kv.DB, keys pins.Ring, numbers phone.Plan) (s *Store, err error) {
	if err := db.Update(ctx, migrate); err != nil {
		return nil, err
	}
	s = &Store{db: db, Registry: records.NewRegistry(db, numbers), Queue: queue.New(db)}
	if s.Keeper, err = pins.Open(ctx, db, keys); err != nil {
		return nil, err
	}
	if s.Prices, err = prices.Open(db, s.Registry); err != nil {
		return nil, err
	}
	if s.Books, err = books.Open(db, s.Registry, s.Keeper); err != nil {
		return nil, err
	}
	s.Directory = directory.New(db, s.Registry, s.Keeper, s.RefreshPrices)
	s.Lots = records.Collect(s.Registry, records.Lots, lots{})
	return s, nil
}

// Close closes the file once the transaction under way is done.
func (s *Store) Close() error { return s.db.Close() }

// Copy writes a consistent snapshot of the whole store to a new file.
func (s *Store) Copy(path string) error { return s.db.Copy(path) }

// Check proves, on one consistent snapshot and beside live calls, that every balance
// is the sum of its ledger entries, every held amount and counter the sum of its
// open legs, that charges and CDRs agree, recharges and vouchers, every index with what
// it points at, and that the audit log is as it was written.
func (s *Store) Check() (billing.Report, error) {
	p := records.Proof{Report: billing.Report{Problems: []string{}}}
	err := s.db.View(func(tx kv.Tx) (err error) {
		for _, check := range checks() {
			err = errors.Join(err, check(tx, &p))
		}
		return err
	})
	return p.Report, err
}

// checks are what each room proves of its part.
func checks() []func(kv.Tx, *records.Proof) error {
	return []func(kv.Tx, *records.Proof) error{
		books.Check, queue.Check, directory.Check, records.CheckAudit, checkLots,
		records.CheckArchive, pins.Check, prices.Check,
	}
}
