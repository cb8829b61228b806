package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/prices"
)

// prefixes is how many rate rows of a deck stand in the file, of any version.
func (h *house) prefixes(t tester, deck string) (n int) {
	t.Helper()
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "rate/"+deck+"/") {
			n++
		}
	}
	return n
}

func (h *house) wantTariff(t tester, deck string, to phone.Number, name string, version uint64) {
	t.Helper()
	tariff, v, ok := h.Tariff(deck, to, noon)
	if ok != (name != "") || tariff.Name != name || v != version {
		t.Fatalf("%s to %s: %q of version %d, %v; want %q of %d", deck, to, tariff.Name, v, ok, name, version)
	}
}

func TestImportDeck(t *testing.T) {
	h := furnished(t)
	got := h.importDeck(t, "world", rate("7", 1), rate("1", 2), rate("1514", 3))
	want := billing.RateDeck{Name: "world", Version: 2, Prefixes: 3, Imported: noon, Currency: "USD"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range 2 { // as imported, then as read back
		h.wantTariff(t, "world", "15145550123", "to 1514", 2)
		h.wantTariff(t, "world", "16135550123", "to 1", 2)
		h.wantTariff(t, "world", "44207946", "", 2)
		h.wantTariff(t, "nothing", "15145550123", "", 0)
		decks, err := h.Decks()
		if diff := cmp.Diff([]billing.RateDeck{want}, decks); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if n := h.prefixes(t, "world"); n != 3 {
			t.Errorf("%d rows: the version before was not swept", n)
		}
		h.reopen(t)
	}
}

// The rates of a prefix follow each other in time, in the file as in memory.
func TestImportDeckWithDates(t *testing.T) {
	h := furnished(t)
	later, now, tiers := rate("1514", 3), rate("1514", 2), rate("15145", 4)
	now.Tariff.Name, later.Tariff.Name = "now", "later"
	later.Effective, now.End = noon.Add(time.Hour+500*time.Microsecond), noon.Add(time.Hour)
	tiers.Tariff.Tiers = append(tiers.Tariff.Tiers, billing.Tier{FromS: 60, RatePerMinute: 1, FirstIncrementS: 6, IncrementS: 6})
	tiers.Tariff.MaxCost, tiers.Tariff.MaxCostAction = 5, billing.Disconnect
	now.Effective = noon.Add(-time.Hour)
	want := []billing.Rate{rate("1", 1), now, later, tiers}
	if d := h.importDeck(t, "world", later, tiers, rate("1", 1), now); d.Prefixes != 3 {
		t.Errorf("%d prefixes", d.Prefixes)
	}
	for range 2 { // as imported, then as read back
		got, err := h.Rates("world", "", 100)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		for name, at := range map[string]time.Time{
			"now": noon.Add(-time.Hour), "to 1": noon.Add(time.Hour), "later": noon.Add(2 * time.Hour),
		} {
			if tariff, _, ok := h.Tariff("world", "15149999999", at); !ok || tariff.Name != name {
				t.Errorf("at %s: %q, %v; want %q", at, tariff.Name, ok, name)
			}
		}
		if got, _, _ := h.Tariff("world", "15145550123", noon); got.MaxCost != 5 || got.MaxCostAction != billing.Disconnect || len(got.Tiers) != 2 {
			t.Errorf("%+v", got)
		}
		h.reopen(t)
	}
	if list, err := h.Rates("world", "1514", 2); err != nil || len(list) != 2 || list[1].Tariff.Name != "later" {
		t.Errorf("%v, %v", list, err)
	}
}

// Versions sort as they count, beyond 9 and beyond 15.
func TestImportsManyVersions(t *testing.T) {
	h := furnished(t)
	for v := uint64(2); v <= 18; v++ {
		r := rate("1", 1)
		r.Tariff.Name = fmt.Sprint("version ", v)
		h.importDeck(t, "world", r)
		h.wantTariff(t, "world", "15145550123", r.Tariff.Name, v)
		if n := h.prefixes(t, "world"); n != 1 {
			t.Fatalf("%d rows after version %d", n, v)
		}
	}
	h.reopen(t)
	h.wantTariff(t, "world", "15145550123", "version 18", 18)
}

func TestRates(t *testing.T) {
	h := furnished(t)
	h.importDeck(t, "world", rate("7", 1), rate("1", 2), rate("1514", 3), rate("15145", 4), rate("16", 5))
	for _, c := range []struct {
		name, digits string
		limit        int
		want         []string
	}{
		{"all", "", 100, []string{"1", "1514", "15145", "16", "7"}},
		{"some", "", 2, []string{"1", "1514"}},
		{"below a prefix", "151", 100, []string{"1514", "15145"}},
		{"a whole prefix", "15145", 100, []string{"15145"}},
		{"none there", "9", 100, nil},
		{"none asked", "", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := h.Rates("world", c.digits, c.limit)
			var got []string
			for _, r := range list {
				got = append(got, r.Prefix)
			}
			if diff := cmp.Diff(c.want, got); err != nil || list == nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	if _, err := h.Rates("nothing", "", 1); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("rates of no deck: %v", err)
	}
}

// A new version is active all at once: every row of it, none of the old.
func TestImportSwapsTheWholeDeck(t *testing.T) {
	h := furnished(t)
	many := func(version string) (rates []billing.Rate) {
		for n := range 2*prices.DeckChunk + 1 {
			r := rate(fmt.Sprintf("1%04d", n), 1)
			r.Tariff.Name = version
			rates = append(rates, r)
		}
		return rates
	}
	h.importDeck(t, "world", many("one")...)
	done := make(chan struct{})
	mixed := make(chan string, 1)
	go func() {
		defer close(mixed)
		for {
			d := h.Deck("world") // one deck is asked twice: both rows are of one version
			first, _ := d.Match("10000", noon)
			last, _ := d.Match(fmt.Sprintf("1%04d", 2*prices.DeckChunk), noon)
			if first.Name == "" || first.Name != last.Name {
				mixed <- first.Name + " and " + last.Name
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	h.importDeck(t, "world", many("two")...)
	close(done)
	if m, ok := <-mixed; ok {
		t.Errorf("a call saw %s", m)
	}
	h.wantTariff(t, "world", "10000", "two", 3)
	if n := h.prefixes(t, "world"); n != 2*prices.DeckChunk+1 {
		t.Errorf("%d rows stand in the file", n)
	}
}

func TestImportRefusesBadDecks(t *testing.T) {
	bad := rate("7", 1)
	bad.Tariff.Tiers = nil
	latin1 := rate("7", 1)
	latin1.Tariff.Name = "Montr\xe9al"
	for name, c := range map[string]struct {
		deck  string
		rates []billing.Rate
	}{
		"bad name":     {"a b", []billing.Rate{rate("7", 1)}},
		"no name":      {"", []billing.Rate{rate("7", 1)}},
		"bad prefix":   {"world", []billing.Rate{rate("7", 1), rate("x", 1)}},
		"prefix twice": {"world", []billing.Rate{rate("7", 1), rate("7", 2)}},
		"bad tariff":   {"world", []billing.Rate{bad}},
		"not UTF-8":    {"world", []billing.Rate{latin1}},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnished(t)
			if _, err := h.ImportDeck(t.Context(), c.deck, c.rates, noon); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("got %v", err)
			}
			h.wantWorldUntouched(t)
		})
	}
}

func (h *house) wantWorldUntouched(t *testing.T) {
	t.Helper()
	h.reopen(t)
	h.wantTariff(t, "world", "15145550123", "to 1", 1)
	decks, err := h.Decks()
	if err != nil || len(decks) != 1 || decks[0].Version != 1 {
		t.Errorf("%+v, %v", decks, err)
	}
}

// patience is a context that ends after so many transactions have asked for it.
type patience struct {
	context.Context
	left atomic.Int64
}

func (p *patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// An import cut short at any point leaves the version before, and the next import
// sweeps what it left behind.
func TestImportCutShort(t *testing.T) {
	var rates []billing.Rate
	for n := range prices.DeckChunk + 1 {
		rates = append(rates, rate(fmt.Sprintf("7%04d", n), 1))
	}
	// reserve, two chunks, activate
	for step := range 4 {
		t.Run(fmt.Sprint("at transaction ", step), func(t *testing.T) {
			h := furnished(t)
			ctx := &patience{Context: t.Context()}
			ctx.left.Store(int64(step))
			if _, err := h.ImportDeck(ctx, "world", rates, noon); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			h.wantTariff(t, "world", "15145550123", "to 1", 1)
			h.wantWorldUntouched(t)
			h.importDeck(t, "world", rate("1", 2))
			if n := h.prefixes(t, "world"); n != 1 {
				t.Errorf("%d rows are left", n)
			}
		})
	}
}

func TestRemoveDeck(t *testing.T) {
	h := furnished(t)
	if err := h.RemoveDeck(t.Context(), "nothing"); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("a deck there is not: %v", err)
	}
	h.changesNothing(t, func() {
		if err := h.RemoveDeck(t.Context(), "world"); !errors.Is(err, billing.ErrInUse) || !strings.Contains(err.Error(), "offering/basic") {
			t.Errorf("a deck in use: %v", err)
		}
	})
	h.wantTariff(t, "world", "15145550123", "to 1", 1)
	h.importDeck(t, "other", rate("1", 1))
	h.importDeck(t, "other-2", rate("1", 1))
	if err := h.RemoveDeck(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	h.wantTariff(t, "other", "15145550123", "", 0)
	h.wantTariff(t, "other-2", "15145550123", "to 1", 1)
	if n := h.prefixes(t, "other"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	// a new deck of that name is a new version: open legs that name the old one are not mistaken
	if d := h.importDeck(t, "other", rate("1", 1)); d.Version != 2 {
		t.Errorf("version %d", d.Version)
	}
}

// A call is charged by the tariff it began with, whatever happens to the deck.
func TestTariffIsPinned(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	tariff, version, _ := h.Tariff("world", "15145550123", noon)
	o := holdOf("alice", "v1-1b")
	o.Tariff, o.Version = tariff, version
	h.hold(t, o)
	h.importDeck(t, "world", rate("1", 6_000_000_000_000))
	h.wantTariff(t, "world", "15145550123", "to 1", 2)
	if leg := h.extend(t, 120, billing.Claim{Leg: "v1-1b"})[0]; leg.Held != 120_000 {
		t.Fatalf("extended for %s", leg.Held)
	}
	h.reopen(t)
	if leg := h.extend(t, 180, billing.Claim{Leg: "v1-1b"})[0]; leg.Held != 180_000 {
		t.Fatalf("extended for %s", leg.Held)
	}
	cdr := h.settle(t, lasting("v1-1b", 150*time.Second))
	if cdr.Charge != 150_000 || cdr.Version != 1 || !cmp.Equal(*cdr.Tariff, tariff) {
		t.Errorf("charged %s by %+v of version %d", cdr.Charge, cdr.Tariff, cdr.Version)
	}
}
