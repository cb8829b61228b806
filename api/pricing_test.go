package api

import (
	"encoding/json"
	"testing"
	"time"

	"cccp/wire"
)

// sellByService adds offering s, whose calls to 1 cost 0.60 a minute and 20 % more on
// weekdays by day.
func sellByService(t *testing.T, client *wire.Client) {
	t.Helper()
	inOrder(t, client, []request{
		{"rate", "POST", "/v1/named-rates", object{"provider": "acme", "name": "1", "amount": "0.60", "surcharge": "0.05"}, 200, ""},
		{"plan", "POST", "/v1/rate-plans", object{"name": "p", "provider": "acme", "rates": []string{"1"}, "modifier_schedule": "Mon-Fri 08:00-18:00 120%"}, 200, ""},
		{"service", "POST", "/v1/calling-services", object{"name": "c", "provider": "acme", "rate_plans": []string{"p"}, "markup_percent": "10", "promotion_active": true, "promotion_discount_percent": "50", "promotion_days": 7}, 200, ""},
		{"offering", "POST", "/v1/offerings", object{"name": "s", "provider": "acme", "calling_services": []string{"c"}}, 200, ""},
	})
}

func TestPricing(t *testing.T) {
	client, _ := serveWith(t, Options{})
	stock(t, client)
	sellByService(t, client)
	dated := object{"provider": "acme", "name": "33", "amount": "1", "effective": "2027-01-01T00:00:00Z"}
	inOrder(t, client, []request{
		{"rate with a date", "POST", "/v1/named-rates", dated, 200, ""},
		{"the same", "POST", "/v1/named-rates", dated, 409, "exists already"},
		{"changed", "PATCH", "/v1/named-rates/acme:33@2027-01-01T00:00:00Z", object{"amount": "2", "charge_method": "flat"}, 200, ""},
		{"removed", "DELETE", "/v1/named-rates/acme:33@2027-01-01T00:00:00Z", nil, 200, ""},
		{"in use", "DELETE", "/v1/named-rates/acme:1", nil, 409, "rate-plan/p"},
		{"no amount", "POST", "/v1/named-rates", object{"provider": "acme", "name": "34"}, 422, "amount"},
		{"a charge method there is not", "PATCH", "/v1/named-rates/acme:1", object{"charge_method": "hourly"}, 422, "give per_minute or flat"},
		{"a schedule that is none", "PATCH", "/v1/rate-plans/p", object{"modifier_schedule": "always"}, 422, "write days, times and a percentage"},
		{"a plan of nothing", "PATCH", "/v1/rate-plans/p", object{"rates": []string{}}, 422, "one of the two"},
		{"a service of nothing", "PATCH", "/v1/calling-services/c", object{"rate_plans": []string{"q"}}, 404, "ccctl rate-plan list"},
		{"an offering of both", "PATCH", "/v1/offerings/s", object{"deck": "d"}, 422, "one of the two"},
	})
}

func TestQuote(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	sellByService(t, client)
	long := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	must(t, s.Recognised(t.Context(), "a", long))
	ask := func(path string) string {
		t.Helper()
		var got []map[string]any
		must(t, client.Do(t.Context(), "GET", path, nil, &got))
		text, err := json.Marshal(got)
		must(t, err)
		return string(text)
	}
	const monday = "&at=2026-03-02T17:59:00Z"
	for _, c := range []struct{ name, path, want string }{
		{
			"by a deck", "/v1/offerings/o/quote?to=%2B15145550123&seconds=60,61",
			`[{"billed_seconds":60,"cost":"0.10","deck":"d","deck_version":1,"prefix":"1","seconds":60},{"billed_seconds":61,"cost":"0.101667","deck":"d","deck_version":1,"prefix":"1","seconds":61}]`,
		},
		{ // a minute of 0.60 × 1.2, one of 0.60, × 1.1 × 0.5, + 0.05
			"by a service, to who is new", "/v1/offerings/s/quote?to=15145550123&seconds=61" + monday,
			`[{"billed_seconds":120,"cost":"0.776","deck":"p","deck_version":1,"modifiers":[{"from":"2026-03-02T17:59:00Z","percent":"120"},{"from":"2026-03-02T18:00:00Z","percent":"100"}],"plan":"p","prefix":"1","seconds":61,"service":"c"}]`,
		},
		{
			"to who is not, and how long it lasts", "/v1/offerings/s/quote?to=15145550123&seconds=1&account=a&balance=2.00" + monday,
			`[{"billed_seconds":60,"cost":"0.842","deck":"p","deck_version":1,"max_seconds":120,"modifiers":[{"from":"2026-03-02T17:59:00Z","percent":"120"}],"plan":"p","prefix":"1","seconds":1,"service":"c"}]`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ask(c.path); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
	inOrder(t, client, []request{
		{"no rate", "GET", "/v1/offerings/s/quote?to=33123456789&seconds=1" + monday, nil, 404, "no rate for +33123456789 under offering s at 2026-03-02T17:59:00Z"},
		{"no offering", "GET", "/v1/offerings/x/quote?to=1&seconds=1", nil, 404, "ccctl offering list"},
		{"no account", "GET", "/v1/offerings/s/quote?to=1&seconds=1&account=x", nil, 404, "ccctl account list"},
		{"no number", "GET", "/v1/offerings/s/quote?to=x&seconds=1", nil, 422, "give an E.164 number"},
		{"no seconds", "GET", "/v1/offerings/s/quote?to=1", nil, 422, "seconds"},
		{"too long", "GET", "/v1/offerings/s/quote?to=1&seconds=31622401", nil, 422, "from 0 to 31622400"},
		{"negative", "GET", "/v1/offerings/s/quote?to=1&seconds=-1", nil, 422, "from 0 to"},
		{"no amount", "GET", "/v1/offerings/s/quote?to=1&seconds=1&balance=1e3", nil, 422, "not a decimal amount"},
	})
}
