package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// deckChunk is how many rates one transaction writes: calls settle in between.
const deckChunk = 1000

// ImportDeck makes rates the active version of a deck, creating it if need be. Rows
// are written in chunks; one last small transaction activates them all at once. An
// import that fails or is cut short leaves the version before untouched.
func (s *Store) ImportDeck(ctx context.Context, name string, rates []billing.Rate, at time.Time) (billing.RateDeck, error) {
	if err := billing.CheckName("deck", name); err != nil {
		return billing.RateDeck{}, err
	}
	version, err := s.reserveVersion(ctx, name)
	if err != nil {
		return billing.RateDeck{}, err
	}
	compiled, err := billing.CompileDeck(name, version, rates)
	if err != nil {
		return billing.RateDeck{}, fmt.Errorf("%w: %w", billing.ErrInvalid, err)
	}
	if err := s.writeRates(ctx, name, version, rates); err != nil {
		return billing.RateDeck{}, err
	}
	deck := billing.RateDeck{Name: name, Version: version, Prefixes: compiled.Len(), Imported: at}
	if err := s.activate(ctx, deck); err != nil {
		return billing.RateDeck{}, err
	}
	s.swapDeck(name, version, compiled)
	_ = s.sweepRates(ctx, name, version) // the deck is active; the next import sweeps what is left
	return deck, nil
}

// activate makes a fully written version the one calls are priced by.
func (s *Store) activate(ctx context.Context, deck billing.RateDeck) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		active, kept, err := load[billing.RateDeck](tx, key("deck", deck.Name))
		if active.Version > deck.Version {
			return fmt.Errorf("rate deck %s: %w: another import finished meanwhile: import again", deck.Name, billing.ErrConflict)
		}
		tx.Put(key("deck", deck.Name), encode(deck))
		done := deed{action: "import", kind: "rate", id: deck.Name, after: deck}
		if kept {
			done.before = active
		}
		audit(ctx, tx, done)
		return err
	})
}

// RemoveDeck takes a deck away that no offering and no trunk uses. An import under way is not
// touched: it brings the deck back.
func (s *Store) RemoveDeck(ctx context.Context, name string) error {
	var active billing.RateDeck
	err := s.db.Update(ctx, func(tx kv.Tx) (err error) {
		var ok bool
		if active, ok, err = load[billing.RateDeck](tx, key("deck", name)); err == nil && !ok {
			err = fmt.Errorf("rate deck %s: %w: see ccctl rate list", name, billing.ErrNotFound)
		}
		if err != nil {
			return err
		}
		from, to := under("use", "deck", name)
		for user := range tx.Ascend(from, to) {
			return fmt.Errorf("rate deck %s is %w by %s: change that first", name, billing.ErrInUse, user[len(from):])
		}
		tx.Delete(key("deck", name))
		audit(ctx, tx, deed{action: auditRemove, kind: "rate", id: name, before: active})
		return nil
	})
	if err != nil {
		return err
	}
	s.swapDeck(name, active.Version, nil)
	return s.sweepRates(ctx, name, active.Version+1)
}

// reserveVersion counts versions up, so that two imports never write the same one.
func (s *Store) reserveVersion(ctx context.Context, name string) (version uint64, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		at := key("deck-version", name)
		version = counter(tx, at) + 1
		setCounter(tx, at, version)
		return nil
	})
	return version, err
}

func (s *Store) writeRates(ctx context.Context, name string, version uint64, rates []billing.Rate) error {
	for chunk := range slices.Chunk(rates, deckChunk) {
		err := s.db.Update(ctx, func(tx kv.Tx) error {
			for _, r := range chunk {
				tx.Put(rateKey(name, version, r), encode(r))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepRates removes, in chunks, the rows of versions older than the one given,
// those of imports that were cut short included.
func (s *Store) sweepRates(ctx context.Context, name string, version uint64) error {
	from, _ := under("rate", name)
	to := key("rate", name, formatVersion(version))
	for more := true; more; {
		err := s.db.Update(ctx, func(tx kv.Tx) error {
			n := 0
			for k := range tx.Ascend(from, to) {
				if n++; n > deckChunk {
					break
				}
				tx.Delete(slices.Clone(k))
			}
			more = n > deckChunk
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rateKey sorts the rates of a prefix by their dates, before those of longer prefixes. One
// that holds since ever stands where rates without dates do.
func rateKey(name string, version uint64, r billing.Rate) []byte {
	if r.Effective.IsZero() {
		return key("rate", name, formatVersion(version), r.Prefix)
	}
	return key("rate", name, formatVersion(version), r.Prefix, moment(r.Effective))
}

// formatVersion sorts as it counts.
func formatVersion(v uint64) string { return fmt.Sprintf("%016x", v) }

// loadDecks compiles every active deck.
func (s *Store) loadDecks() error {
	compiled := map[string]*billing.Deck{}
	decks, err := s.Decks()
	if err != nil {
		return err
	}
	for _, d := range decks {
		rates, err := s.Rates(d.Name, "", billing.MaxDeckRows)
		if err != nil {
			return err
		}
		if compiled[d.Name], err = billing.CompileDeck(d.Name, d.Version, rates); err != nil {
			return fmt.Errorf("deck %s: %w", d.Name, err)
		}
	}
	s.decks.Store(&compiled)
	return nil
}

// swapDeck replaces one compiled deck, or with nil takes it away, unless a version
// later than the one given has come meanwhile; calls in progress keep their tariff.
func (s *Store) swapDeck(name string, version uint64, d *billing.Deck) {
	for {
		before := s.decks.Load()
		after := maps.Clone(*before)
		if old := after[name]; old != nil && old.Version > version {
			return
		}
		if after[name] = d; d == nil {
			delete(after, name)
		}
		if s.decks.CompareAndSwap(before, &after) {
			return
		}
	}
}

// Deck is the active compiled version of a deck, or nil.
func (s *Store) Deck(name string) *billing.Deck { return (*s.decks.Load())[name] }

// Decks lists the decks there are.
func (s *Store) Decks() (list []billing.RateDeck, err error) {
	list = []billing.RateDeck{}
	err = s.db.View(func(tx kv.Tx) error {
		from, to := under("deck")
		for _, b := range tx.Ascend(from, to) {
			d, err := decode[billing.RateDeck](b)
			if err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	})
	return list, err
}

// Rates lists up to limit rates of a deck's active version whose prefix begins with
// the digits given, by prefix and date.
func (s *Store) Rates(name, digits string, limit int) (list []billing.Rate, err error) {
	list = []billing.Rate{}
	err = s.db.View(func(tx kv.Tx) error {
		d, ok, err := load[billing.RateDeck](tx, key("deck", name))
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("rate deck %s: %w: import it with ccctl rate import %s FILE", name, billing.ErrNotFound, name)
		}
		from, to := rateRange(name, d.Version, digits)
		for _, b := range tx.Ascend(from, to) {
			if len(list) >= limit {
				return nil
			}
			r, err := decode[billing.Rate](b)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

func rateRange(name string, version uint64, digits string) (from, to []byte) {
	from, to = under("rate", name, formatVersion(version))
	if digits != "" {
		from = append(from, digits...)
		to = append(append([]byte(nil), from...), '9'+1)
	}
	return from, to
}
