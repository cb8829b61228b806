package prices

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
)

// DeckChunk is how many rates one transaction writes: calls settle in between.
const DeckChunk = 1000

// How many versions of each deck there ever were, and the rates of each version.
const (
	versions records.Counter             = "deck-version"
	rates    records.Table[billing.Rate] = "rate"
)

// ImportDeck is ImportDeckIn for a deck whose currency is as it was, or not yet known.
func (p *Prices) ImportDeck(
	ctx context.Context, name string, list []billing.Rate, at time.Time) (billing.RateDeck, error,
) {
	return p.ImportDeckIn(ctx, name, "", list, at)
}

// ImportDeckIn makes a list of rates, in a currency (ISO 4217), the active version of a deck,
// creating it if need be. Rows are written in chunks; one last small transaction activates
// them all at once. An import that fails or is cut short leaves the version before untouched;
// so does one in another currency than that of what the deck prices.
func (p *Prices) ImportDeckIn(
	ctx context.Context, name, currency string, list []billing.Rate, at time.Time) (billing.RateDeck, error,
) {
	if err := billing.CheckName("deck", name); err != nil {
		return billing.RateDeck{}, err
	}
	if currency != "" {
		if err := billing.CheckCurrency(currency); err != nil {
			return billing.RateDeck{}, err
		}
	}
	version, err := p.reserveVersion(ctx, name)
	if err != nil {
		return billing.RateDeck{}, err
	}
	compiled, err := billing.CompileDeck(name, version, list)
	if err != nil {
		return billing.RateDeck{}, fmt.Errorf("%w: %w", billing.ErrInvalid, err)
	}
	if err := p.writeRates(ctx, name, version, list); err != nil {
		return billing.RateDeck{}, err
	}
	deck := billing.RateDeck{Name: name, Version: version, Prefixes: compiled.Len(), Imported: at, Currency: currency}
	if deck, err = p.activate(ctx, deck); err != nil {
		return billing.RateDeck{}, err
	}
	p.swapDeck(name, version, compiled)
	_ = p.sweepRates(ctx, name, version) // the deck is active; the next import sweeps what is left
	return deck, nil
}

// activate makes a fully written version the one calls are priced by.
func (p *Prices) activate(ctx context.Context, deck billing.RateDeck) (activated billing.RateDeck, err error) {
	err = p.db.Update(ctx, func(tx kv.Tx) error {
		active, kept, err := records.Decks.Load(tx, deck.Name)
		if err == nil && active.Version > deck.Version {
			err = fmt.Errorf("rate deck %s: %w: another import finished meanwhile: import again",
				deck.Name, billing.ErrConflict)
		}
		if activated = deck; deck.Currency == "" {
			activated.Currency = active.Currency
		} else if err == nil {
			err = usedIn(tx, deck)
		}
		if err != nil {
			return err
		}
		records.Decks.Put(tx, activated, deck.Name)
		done := records.Deed{Action: "import", Kind: "rate", ID: deck.Name, After: activated}
		if kept {
			done.Before = active
		}
		records.Audit(ctx, tx, done)
		return nil
	})
	return activated, err
}

// usedIn refuses a currency for a deck that prices something in another.
func usedIn(tx kv.Tx, deck billing.RateDeck) error {
	used, err := records.DeckCurrencies(tx, deck.Name)
	if err != nil {
		return err
	}
	for _, currency := range slices.Sorted(maps.Keys(used)) {
		if currency != deck.Currency {
			return fmt.Errorf("%w: rate deck %s prices %s in %s: give that another deck first",
				billing.ErrConflict, deck.Name, strings.Join(used[currency], ", "), currency)
		}
	}
	return nil
}

// RemoveDeck takes a deck away that no offering and no trunk uses. An import under way is not
// touched: it brings the deck back.
func (p *Prices) RemoveDeck(ctx context.Context, name string) error {
	var active billing.RateDeck
	err := p.db.Update(ctx, func(tx kv.Tx) (err error) {
		var ok bool
		if active, ok, err = records.Decks.Load(tx, name); err == nil && !ok {
			err = fmt.Errorf("rate deck %s: %w: see ccctl rate list", name, billing.ErrNotFound)
		}
		if err != nil {
			return err
		}
		for user := range records.ToDeck(name).Users(tx) {
			return fmt.Errorf("rate deck %s is %w by %s: change that first", name, billing.ErrInUse, user)
		}
		records.Decks.Delete(tx, name)
		records.Audit(ctx, tx, records.Deed{Action: records.ActionRemove, Kind: "rate", ID: name, Before: active})
		return nil
	})
	if err != nil {
		return err
	}
	p.swapDeck(name, active.Version, nil)
	return p.sweepRates(ctx, name, active.Version+1)
}

// reserveVersion counts versions up, so that two imports never write the same one.
func (p *Prices) reserveVersion(ctx context.Context, name string) (version uint64, err error) {
	err = p.db.Update(ctx, func(tx kv.Tx) error {
		version = versions.Next(tx, name)
		return nil
	})
	return version, err
}

func (p *Prices) writeRates(ctx context.Context, name string, version uint64, list []billing.Rate) error {
	for chunk := range slices.Chunk(list, DeckChunk) {
		err := p.db.Update(ctx, func(tx kv.Tx) error {
			for _, r := range chunk {
				records.Put(tx, rateKey(name, version, r), r)
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
func (p *Prices) sweepRates(ctx context.Context, name string, version uint64) error {
	from, _ := records.Under("rate", name)
	to := rates.Key(name, formatVersion(version))
	for more := true; more; {
		err := p.db.Update(ctx, func(tx kv.Tx) error {
			n := 0
			for k := range tx.Ascend(from, to) {
				if n++; n > DeckChunk {
					break
				}
				tx.Delete(slices.Clone(k))
			}
			more = n > DeckChunk
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
		return rates.Key(name, formatVersion(version), r.Prefix)
	}
	return rates.Key(name, formatVersion(version), r.Prefix, records.Moment(r.Effective))
}

// formatVersion sorts as it counts.
func formatVersion(v uint64) string { return fmt.Sprintf("%016x", v) }

// loadDecks compiles every active deck.
func (p *Prices) loadDecks() error {
	compiled := map[string]*billing.Deck{}
	kept, err := p.Decks()
	if err != nil {
		return err
	}
	for _, d := range kept {
		list, err := p.Rates(d.Name, "", billing.MaxDeckRows)
		if err != nil {
			return err
		}
		if compiled[d.Name], err = billing.CompileDeck(d.Name, d.Version, list); err != nil {
			return fmt.Errorf("deck %s: %w", d.Name, err)
		}
	}
	p.decks.Store(&compiled)
	return nil
}

// swapDeck replaces one compiled deck, or with nil takes it away, unless a version
// later than the one given has come meanwhile; calls in progress keep their tariff.
func (p *Prices) swapDeck(name string, version uint64, d *billing.Deck) {
	for {
		before := p.decks.Load()
		after := maps.Clone(*before)
		if old := after[name]; old != nil && old.Version > version {
			return
		}
		if after[name] = d; d == nil {
			delete(after, name)
		}
		if p.decks.CompareAndSwap(before, &after) {
			return
		}
	}
}

// Tariff is the price of a number in a deck at a moment, with the deck's version.
func (p *Prices) Tariff(deck string, to phone.Number, at time.Time) (billing.Tariff, uint64, bool) {
	d := p.Deck(deck)
	if d == nil {
		return billing.Tariff{}, 0, false
	}
	t, ok := d.Match(string(to), at)
	return t, d.Version, ok
}

// Deck is the active compiled version of a deck, or nil.
func (p *Prices) Deck(name string) *billing.Deck { return (*p.decks.Load())[name] }

// Decks lists the decks there are.
func (p *Prices) Decks() (list []billing.RateDeck, err error) {
	list = []billing.RateDeck{}
	err = p.db.View(func(tx kv.Tx) error {
		for d, err := range records.Decks.All(tx) {
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
func (p *Prices) Rates(name, digits string, limit int) (list []billing.Rate, err error) {
	list = []billing.Rate{}
	err = p.db.View(func(tx kv.Tx) error {
		d, ok, err := records.Decks.Load(tx, name)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("rate deck %s: %w: import it with ccctl rate import %s FILE",
				name, billing.ErrNotFound, name)
		}
		from, to := rateRange(name, d.Version, digits)
		for _, b := range tx.Ascend(from, to) {
			if len(list) >= limit {
				return nil
			}
			r, err := records.Decode[billing.Rate](b)
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
	from, to = records.Under("rate", name, formatVersion(version))
	if digits != "" {
		from = append(from, digits...)
		to = append(append([]byte(nil), from...), '9'+1)
	}
	return from, to
}
