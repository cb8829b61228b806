package records

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/store/kv"
)

// Decks are rate decks. They are no collection: an import replaces them as a whole.
const Decks Table[billing.RateDeck] = "deck"

// PriceBy has a record be priced by a deck, in the record's currency. A deck of which nobody
// said the currency takes that of the first record it prices; one that is in another currency
// is refused, and so is one that was used in several before decks had any.
func PriceBy(tx kv.Tx, deck, currency, record string) error {
	d, ok, err := Decks.Load(tx, deck)
	if err != nil || !ok { // that it is missing is said of whoever refers to it
		return err
	}
	if d.Currency == currency {
		return nil
	}
	used, err := DeckCurrencies(tx, deck)
	if err != nil {
		return err
	}
	for _, users := range used { // its own present state does not count
		if i := slices.Index(users, record); i >= 0 && len(users) == 1 {
			users[i] = ""
		}
	}
	maps.DeleteFunc(used, func(_ string, users []string) bool { return slices.Equal(users, []string{""}) })
	switch {
	case d.Currency != "":
		return fmt.Errorf("%w: rate deck %s is priced in %s, %s in %s: import a deck in %s for it",
			billing.ErrConflict, deck, d.Currency, record, currency, currency)
	case len(used) > 1 || len(used) == 1 && used[currency] == nil:
		return fmt.Errorf("%w: rate deck %s has no currency and is used in %s: say which it is priced in: "+
			"ccctl rate import %s FILE --currency %s", billing.ErrConflict, deck,
			strings.Join(slices.Sorted(maps.Keys(used)), " and "), deck, currency)
	}
	d.Currency = currency
	Decks.Put(tx, d, deck)
	return nil
}

// DeckCurrencies are the records a deck prices, as KIND/ID, by the currency they are in.
func DeckCurrencies(tx kv.Tx, deck string) (map[string][]string, error) {
	used := map[string][]string{}
	for user := range ToDeck(deck).Users(tx) {
		currency, err := currencyOf(tx, user)
		if err != nil {
			return nil, err
		}
		used[currency] = append(used[currency], user)
	}
	return used, nil
}

// currencyOf is the currency of a record that a deck prices.
func currencyOf(tx kv.Tx, user string) (string, error) {
	kind, id, _ := strings.Cut(user, "/")
	var provider string
	switch kind {
	case string(Trunks):
		t, err := Trunks.Find(tx, id)
		return t.Currency, err
	case string(Offerings):
		o, err := Offerings.Find(tx, id)
		if err != nil {
			return "", err
		}
		provider = o.Provider
	case string(RatePlans):
		p, err := RatePlans.Find(tx, id)
		if err != nil {
			return "", err
		}
		provider = p.Provider
	}
	p, err := Providers.Find(tx, provider)
	return p.Currency, err
}

// SettleDecks gives every deck without a currency that of the records it prices, where that is
// one.
func SettleDecks(tx kv.Tx) error {
	for d, err := range Decks.All(tx) {
		if err != nil {
			return err
		}
		used, err := DeckCurrencies(tx, d.Name)
		if err != nil {
			return err
		}
		if d.Currency == "" && len(used) == 1 {
			d.Currency = slices.Collect(maps.Keys(used))[0]
			Decks.Put(tx, d, d.Name)
		}
	}
	return nil
}

// MixedDecks says of each deck without a currency that prices records in several, which
// those are: it prices all of them as before, until one is set.
func MixedDecks(tx kv.Tx) (notes []string, err error) {
	for d, err := range Decks.All(tx) {
		if err != nil {
			return nil, err
		}
		used, err := DeckCurrencies(tx, d.Name)
		if err != nil {
			return nil, err
		}
		if d.Currency != "" || len(used) < 2 {
			continue
		}
		var in []string
		for _, currency := range slices.Sorted(maps.Keys(used)) {
			in = append(in, fmt.Sprintf("in %s by %s", currency, strings.Join(used[currency], ", ")))
		}
		notes = append(notes, fmt.Sprintf("rate deck %s is used %s: give each currency a deck of its own, then "+
			"ccctl rate import %s FILE --currency CURRENCY", d.Name, strings.Join(in, ", and "), d.Name))
	}
	return notes, nil
}
