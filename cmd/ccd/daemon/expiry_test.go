package daemon

import (
	"net/http"
	"testing"
	"time"

	"cccp/billing"
	"cccp/wire"
)

// What expired while ccd was away is shown so as soon as it runs.
func TestExpiredAccountsAreMarked(t *testing.T) {
	c := config(t)
	t.Run("first", func(t *testing.T) {
		d := start(t, c)
		_, provider := d.store.Providers.Add(t.Context(), billing.Provider{Name: "acme", Country: "CA", Currency: "USD"})
		mustDo(t, provider)
		_, deck := d.store.ImportDeck(t.Context(), "retail", []billing.Rate{{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}}}, time.Now())
		mustDo(t, deck)
		_, offering := d.store.Offerings.Add(t.Context(), billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
		mustDo(t, offering)
		for id, at := range map[string]time.Time{"old": time.Now().Add(-time.Minute), "young": time.Now().Add(time.Hour)} {
			_, err := d.store.Accounts.Add(t.Context(), billing.Account{ID: id, Offering: "standard", Expiry: billing.Expiry{Expiration: billing.Fixed, ExpiresAt: at}})
			mustDo(t, err)
		}
	})
	start(t, c)
	status := func(id string) (a billing.Account) {
		mustDo(t, wire.NewClient(c.Socket).Do(t.Context(), http.MethodGet, "/v1/accounts/"+id, nil, &a))
		return a
	}
	for deadline := time.Now().Add(10 * time.Second); status("old").Status != billing.Expired; {
		if time.Now().After(deadline) {
			t.Fatalf("still %s", status("old").Status)
		}
	}
	if got := status("young").Status; got != billing.Activated {
		t.Errorf("an account that has an hour left is %s", got)
	}
}
