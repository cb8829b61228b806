package provision

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store"
)

// empty is a new store with a rate deck, proven sound when the test ends.
func empty(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: []byte(strings.Repeat("k", store.MinPINKeyBytes))})
	must(t, err)
	t.Cleanup(func() {
		r, err := s.Check()
		if err != nil || len(r.Problems) > 0 {
			t.Errorf("the store is not sound: %q, %v", r.Problems, err)
		}
		must(t, s.Close())
	})
	rate := billing.Rate{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: 1, FirstIncrementS: 6, IncrementS: 6}}}}
	_, err = s.ImportDeck(context.Background(), "retail", []billing.Rate{rate}, time.Unix(0, 0))
	must(t, err)
	return s
}

// furnished has provider acme (CA) with offering standard and account bob, and provider
// other (DE) with nothing.
func furnished(t testing.TB) *store.Store {
	t.Helper()
	s := empty(t)
	add(t, s.Providers, billing.Provider{Name: "acme", Country: "CA", Currency: "USD", OwnedNumbers: []phone.Number{"+15149072511"}})
	add(t, s.Providers, billing.Provider{Name: "other", Country: "DE", Currency: "EUR"})
	add(t, s.Offerings, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	add(t, s.Accounts, billing.Account{ID: "bob", ActivatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Offering: "standard"})
	return s
}

func add[T any](t testing.TB, c *store.Collection[T], v T) {
	t.Helper()
	_, err := c.Add(context.Background(), v)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
