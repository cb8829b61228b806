package prices

import (
	"errors"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
	"cccp/test/engine"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T) *Prices {
	t.Helper()
	db := kv.New(&engine.Memory{})
	t.Cleanup(func() { _ = db.Close() })
	p, err := Open(db, records.NewRegistry(db, phone.Plan{}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reopened is the prices as a restart finds them.
func reopened(t *testing.T, p *Prices) *Prices {
	t.Helper()
	again, err := Open(p.db, records.NewRegistry(p.db, phone.Plan{}))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func rate(prefix string, perMinute billing.Decimal) billing.Rate {
	return billing.Rate{Prefix: prefix, Tariff: billing.Tariff{Name: "to " + prefix, Tiers: []billing.Tier{
		{RatePerMinute: perMinute, FirstIncrementS: 6, IncrementS: 6},
	}}}
}

func imported(t *testing.T, p *Prices, name string, list ...billing.Rate) billing.RateDeck {
	t.Helper()
	d, err := p.ImportDeck(t.Context(), name, list, noon)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantTariff(t *testing.T, p *Prices, deck string, to phone.Number, name string, version uint64) {
	t.Helper()
	tariff, v, ok := p.Tariff(deck, to, noon)
	if ok != (name != "") || tariff.Name != name || v != version {
		t.Fatalf("%s to %s: %q of version %d, %v; want %q of %d", deck, to, tariff.Name, v, ok, name, version)
	}
}

// Of two imports at once the one that began later wins, whichever ends last.
func TestOvertakenImportIsRefused(t *testing.T) {
	p := opened(t)
	imported(t, p, "world", rate("1", 1), rate("7", 1))
	slow, err := p.reserveVersion(t.Context(), "world")
	if err != nil {
		t.Fatal(err)
	}
	imported(t, p, "world", rate("1", 2), rate("7", 2))
	_, err = p.activate(t.Context(), billing.RateDeck{Name: "world", Version: slow, Prefixes: 1, Imported: noon})
	if !errors.Is(err, billing.ErrConflict) {
		t.Errorf("got %v", err)
	}
	wantTariff(t, p, "world", "78122404700", "to 7", 3)
}

// Removing a deck while a new version of it is being written loses no row of the new one.
func TestRemoveDeckDuringAnImport(t *testing.T) {
	p := opened(t)
	imported(t, p, "world", rate("1", 1), rate("7", 1))
	imported(t, p, "other", rate("1", 1))
	version, err := p.reserveVersion(t.Context(), "other")
	if err == nil {
		err = p.writeRates(t.Context(), "other", version, []billing.Rate{rate("1", 2)})
	}
	if err == nil {
		err = p.RemoveDeck(t.Context(), "other")
	}
	if err == nil {
		err = p.writeRates(t.Context(), "other", version, []billing.Rate{rate("7", 2)})
	}
	if err == nil {
		_, err = p.activate(t.Context(), billing.RateDeck{Name: "other", Version: version, Prefixes: 2, Imported: noon})
	}
	if err != nil {
		t.Fatal(err)
	}
	p = reopened(t, p)
	if d := p.Deck("other"); d == nil || d.Len() != 2 {
		t.Errorf("the new version has %d of its 2 rows", d.Len())
	}
}

// Two changes of one deck may reach memory in the other order than the file.
func TestTheLaterVersionStaysInMemory(t *testing.T) {
	p := opened(t)
	imported(t, p, "world", rate("1", 1), rate("7", 1))
	imported(t, p, "world", rate("1", 2))
	old, err := billing.CompileDeck("world", 1, []billing.Rate{rate("1", 1)})
	if err != nil {
		t.Fatal(err)
	}
	p.swapDeck("world", 1, old)
	wantTariff(t, p, "world", "15145550123", "to 1", 2)
	p.swapDeck("world", 1, nil)
	wantTariff(t, p, "world", "15145550123", "to 1", 2)
	p.swapDeck("world", 2, nil)
	wantTariff(t, p, "world", "15145550123", "", 0)
}
