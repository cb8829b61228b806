package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"cccp/billing"
	"cccp/routing"
	"cccp/wire"
)

// sold is a store with an offering and a trunk whose carrier charges half of the price.
func sold(t *testing.T) *wire.Client {
	t.Helper()
	client, s := serveWith(t, Options{})
	perMinute := func(d billing.Decimal) []billing.Rate {
		return []billing.Rate{{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: d, FirstIncrementS: 60, IncrementS: 60}}}}}
	}
	for _, deck := range []struct {
		name  string
		rates []billing.Rate
	}{{"retail", perMinute(100_000_000_000)}, {"buy", perMinute(50_000_000_000)}} {
		_, err := s.ImportDeck(t.Context(), deck.name, deck.rates, time.Now())
		must(t, err)
	}
	post := func(path string, record any) {
		must(t, client.Do(t.Context(), http.MethodPost, "/v1/"+path, record, nil))
	}
	post("providers", billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
	post("offerings", billing.Offering{Name: "basic", Provider: "fox", Deck: "retail"})
	post("trunks", routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@carrier", Deck: "buy", Currency: "USD"})
	post("fraud-rules", routing.FraudRule{Name: "pace", WarnConcurrent: 1})
	for n := range 3 { // an account each, so that each raises an alert
		id := billing.LegID(fmt.Sprintf("v%d-1b", n))
		account := fmt.Sprint("card", n)
		post("accounts", billing.Account{ID: account, Offering: "basic"})
		_, err := s.Hold(t.Context(), billing.Hold{
			Leg: id, Call: billing.Call{Account: account, To: "15145550123"}, Trunks: []billing.TrunkLimit{{Name: "carrier"}}, At: time.Now(),
			Tariff: billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}, GrantSeconds: 60, MaxSeconds: 60,
		})
		must(t, err)
	}
	return client
}

func TestRoutes(t *testing.T) {
	client := sold(t)
	var routes []routing.Route
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/routes?offering=basic&to=5145550123", nil, &routes))
	if len(routes) != 1 || routes[0].Place != 1 || routes[0].Price != 100_000 || *routes[0].Cost != 50_000 {
		t.Errorf("%+v", routes)
	}
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/routes?offering=basic&to=%2B15145550123&at=2030-01-01T00:00:00Z", nil, &routes))
	for path, want := range map[string]int{
		"to=5145550123": http.StatusUnprocessableEntity, "offering=basic": http.StatusUnprocessableEntity,
		"offering=none&to=5145550123": http.StatusNotFound, "offering=basic&to=x": http.StatusUnprocessableEntity,
		"offering=basic&to=%2B442079460000": http.StatusConflict, "offering=basic&to=5145550123&at=soon": http.StatusUnprocessableEntity,
	} {
		err := client.Do(t.Context(), http.MethodGet, "/v1/routes?"+path, nil, nil)
		if p, ok := err.(*wire.Problem); !ok || p.Status != want {
			t.Errorf("%s: %v, want %d", path, err, want)
		}
	}
}

func TestAlerts(t *testing.T) {
	client := sold(t)
	for query, want := range map[string][]uint64{
		"": {1, 2, 3}, "?after=1": {2, 3}, "?limit=2": {1, 2}, "?newest=true&limit=2": {2, 3}, "?newest=true": {1, 2, 3}, "?after=2&newest=true&limit=5": {3}, "?after=9": {},
	} {
		var alerts []routing.Alert
		must(t, client.Do(t.Context(), http.MethodGet, "/v1/alerts"+query, nil, &alerts))
		got := []uint64{}
		for _, a := range alerts {
			got = append(got, a.Seq)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}
