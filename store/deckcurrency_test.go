package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
	"cccp/store/records"
)

// A deck takes the currency of the first that uses it, and is of no use to another.
func TestDeckCurrency(t *testing.T) {
	h := furnished(t)
	add(t, h.Providers, billing.Provider{Name: "elk", Country: "DE", Currency: "EUR"})
	h.importDeck(t, "new", rate("1", 1))
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, billing.ErrConflict) || !strings.Contains(err.Error(), "rate deck new") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if d := h.deckNamed(t, "new"); d.Currency != "" {
		t.Errorf("priced in %q before anything uses it", d.Currency)
	}
	add(t, h.Trunks, routing.Trunk{Name: "t", Endpoint: "PJSIP/{number}@t", Deck: "new", Currency: "EUR"})
	if d := h.deckNamed(t, "new"); d.Currency != "EUR" {
		t.Errorf("priced in %q", d.Currency)
	}
	_, err := h.Offerings.Add(t.Context(), billing.Offering{Name: "dollars", Provider: "fox", Deck: "new"})
	refused("an offering in dollars", err)
	_, err = h.Trunks.Add(t.Context(), routing.Trunk{Name: "u", Endpoint: "PJSIP/{number}@u", Deck: "new", Currency: "USD"})
	refused("a trunk in dollars", err)
	_, err = h.RatePlans.Add(t.Context(), billing.RatePlan{Name: "p", Provider: "fox", Deck: "new"})
	refused("a rate plan in dollars", err)
	_, err = h.Trunks.Change(t.Context(), "t", func(k *routing.Trunk) error { k.Currency = "USD"; return nil })
	refused("the trunk in another currency", err)
	add(t, h.Offerings, billing.Offering{Name: "euros", Provider: "elk", Deck: "new"})

	h.importDeck(t, "new", rate("1", 2)) // keeps it
	if d := h.deckNamed(t, "new"); d.Currency != "EUR" || d.Version != 2 {
		t.Errorf("%+v", d)
	}
	list := []billing.Rate{rate("1", 3)}
	_, err = h.ImportDeckIn(t.Context(), "new", "USD", list, noon)
	refused("prices in dollars", err)
	if _, err = h.ImportDeckIn(t.Context(), "new", "dollars", list, noon); !errors.Is(err, billing.ErrInvalid) {
		t.Error(err)
	}
	if d := h.deckNamed(t, "new"); d.Version != 2 {
		t.Errorf("a refused import is active: %+v", d)
	}
	if d, err := h.ImportDeckIn(t.Context(), "other", "USD", list, noon); err != nil || d.Currency != "USD" {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = h.Offerings.Add(t.Context(), billing.Offering{Name: "euro", Provider: "elk", Deck: "other"})
	if !errors.Is(err, billing.ErrConflict) {
		t.Error(err)
	}
}

// Decks of before had no currency: one that is used in one has it from the upgrade on, one
// that is used in two goes on as it was, is told of, and takes no third user.
func TestDecksOfBefore(t *testing.T) {
	h := furnished(t)
	add(t, h.Providers, billing.Provider{Name: "elk", Country: "DE", Currency: "EUR"})
	h.importDeck(t, "mixed", rate("1", 1))
	add(t, h.Offerings, billing.Offering{Name: "euros", Provider: "elk", Deck: "mixed"})
	h.plant(t, key("deck", "mixed"), edited(func(d *billing.RateDeck) { d.Currency = "" }))
	h.plant(t, key("offering", "euros"), edited(func(o *billing.Offering) { o.Provider = "fox" }))
	add(t, h.Offerings, billing.Offering{Name: "dollars", Provider: "fox", Deck: "mixed"})
	h.plant(t, key("offering", "euros"), edited(func(o *billing.Offering) { o.Provider = "elk" })) // before decks had currencies
	h.plant(t, key("deck", "mixed"), edited(func(d *billing.RateDeck) { d.Currency = "" }))
	h.plant(t, key("deck", "world"), edited(func(d *billing.RateDeck) { d.Currency = "" }))
	if err := h.db.Update(t.Context(), func(tx kv.Tx) error { return records.SettleDecks(tx) }); err != nil {
		t.Fatal(err)
	}
	if d := h.deckNamed(t, "world"); d.Currency != "USD" {
		t.Errorf("%+v", d)
	}
	notes, err := h.Notes()
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "in EUR by offering/euros, and in USD by offering/dollars") {
		t.Errorf("%q, %v", notes, err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := h.Copy(copied); err != nil {
		t.Fatal(err)
	}
	for range 2 { // looking changes nothing
		if again, err := Notes(copied); err != nil || len(again) != 1 || again[0] != notes[0] {
			t.Errorf("%q, %v", again, err)
		}
	}
	if _, ok := h.Price(billing.Inquiry{Offering: billing.Offering{Deck: "mixed"}, To: "15145550123", At: noon}); !ok {
		t.Error("a mixed deck prices nothing")
	}
	if _, err := h.Offerings.Add(t.Context(), billing.Offering{Name: "more", Provider: "fox", Deck: "mixed"}); !errors.Is(err, billing.ErrConflict) {
		t.Error(err)
	}
	change(t, h.Offerings, "euros", func(o *billing.Offering) { o.DisplayName = "as it was" })
	if _, err := h.ImportDeckIn(t.Context(), "mixed", "USD", []billing.Rate{rate("1", 1)}, noon); !errors.Is(err, billing.ErrConflict) || !strings.Contains(err.Error(), "offering/euros in EUR") {
		t.Error(err)
	}
	h.importDeck(t, "euro", rate("1", 1))
	change(t, h.Offerings, "euros", func(o *billing.Offering) { o.Deck = "euro" })
	if d, err := h.ImportDeckIn(t.Context(), "mixed", "USD", []billing.Rate{rate("1", 1)}, noon); err != nil || d.Currency != "USD" {
		t.Errorf("%+v, %v", d, err)
	}
	if notes, err := h.Notes(); err != nil || len(notes) > 0 {
		t.Errorf("%q, %v", notes, err)
	}
}

func (h *house) deckNamed(t *testing.T, name string) billing.RateDeck {
	t.Helper()
	list, err := h.Decks()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no deck %s", name)
	return billing.RateDeck{}
}
