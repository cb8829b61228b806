package api

import (
	"net/http"
	"testing"

	"cccp/billing"
)

func TestTransfers(t *testing.T) {
	client, _ := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"another account", "POST", "/v1/accounts", object{"id": "c", "offering": "o"}, 200, ""},
		{"not allowed", "POST", "/v1/accounts/a/transfers", object{"to": "c", "reason": "gift", "ref": "t0"}, 409, "(transfer_not_allowed): offering o of account a does not allow it"},
		{"allowed", "PATCH", "/v1/offerings/o", object{"allow_transfer": true}, 200, ""},
		{"of another provider", "POST", "/v1/accounts/a/transfers", object{"to": "b", "reason": "gift", "ref": "t0"}, 409, "money stays with its provider"},
		{"nothing is not everything", "POST", "/v1/accounts/a/transfers", object{"to": "c", "amount": "0", "reason": "gift", "ref": "t0"}, 422, "give more than 0"},
		{"more than there is", "POST", "/v1/accounts/a/transfers", object{"to": "c", "amount": "1.01", "reason": "gift", "ref": "t0"}, 409, "it cannot give 1.01"},
		{"no reason", "POST", "/v1/accounts/a/transfers", object{"to": "c", "ref": "t0"}, 422, "reason"},
		{"a part", "POST", "/v1/accounts/a/transfers", object{"to": "c", "amount": "0.25", "reason": "gift", "ref": "t1"}, 200, ""},
		{"again", "POST", "/v1/accounts/a/transfers", object{"to": "c", "amount": "0.25", "reason": "gift", "ref": "t1"}, 200, ""},
		{"the rest", "POST", "/v1/accounts/a/transfers", object{"to": "c", "reason": "gift", "ref": "t2"}, 200, ""},
		{"no date", "GET", "/v1/accounts/c/statement?from=yesterday", nil, 422, "give a date"},
		{"nobody's statement", "GET", "/v1/accounts/x/statement", nil, 404, "ccctl account list"},
	})
	var st billing.Statement
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/accounts/c/statement", nil, &st))
	if len(st.Entries) != 2 || st.Entries[0].Other != "a" || st.Closing != 1_000_000 || st.In != 1_000_000 {
		t.Errorf("%+v", st)
	}
	// A date begins at midnight where the provider is.
	must(t, client.Do(t.Context(), http.MethodPatch, "/v1/providers/acme", object{"time_zone": "Asia/Tokyo"}, nil))
	must(t, client.Do(t.Context(), http.MethodGet, "/v1/accounts/c/statement?from=2026-03-01&to=2026-04-01T00:00:00Z", nil, &st))
	if from := st.From.Format("2006-01-02T15:04:05Z07:00"); from != "2026-03-01T00:00:00+09:00" || st.To.Hour() != 0 || st.TimeZone != "Asia/Tokyo" {
		t.Errorf("from %s to %v in %s", from, st.To, st.TimeZone)
	}
}
