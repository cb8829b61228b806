package api

import (
	"testing"

	"cccp/billing"
)

func TestLanguages(t *testing.T) {
	client, s := serveWith(t, Options{Languages: []string{"en", "fr"}})
	stock(t, client)
	access := object{"number": "+15141115555", "kind": "dialthrough", "provider": "acme", "languages": []string{"en", "es"}}
	inOrder(t, client, []request{
		{"of a new offering", "POST", "/v1/offerings", object{"name": "p", "provider": "acme", "deck": "d", "language": "es"}, 422, `language "es" is not spoken: give one of en, fr`},
		{"of an offering", "PATCH", "/v1/offerings/o", object{"language": "es"}, 422, "not spoken"},
		{"of an account", "PATCH", "/v1/accounts/a", object{"language": "xx"}, 422, "not spoken"},
		{"of an access number", "POST", "/v1/access-numbers", access, 422, `"es" is not spoken`},
		{"spoken", "PATCH", "/v1/accounts/a", object{"language": "fr"}, 200, ""},
		{"emptied", "PATCH", "/v1/accounts/a", object{"language": ""}, 200, ""},
	})
	_, err := s.Accounts.Change(t.Context(), "a", func(a *billing.Account) error { a.Language = "es"; return nil })
	must(t, err)
	inOrder(t, client, []request{{"kept from before", "PATCH", "/v1/accounts/a", object{"max_concurrent_calls": 2}, 200, ""}})
	unchecked, _ := serveWith(t, Options{})
	stock(t, unchecked)
	inOrder(t, unchecked, []request{{"not checked", "PATCH", "/v1/accounts/a", object{"language": "es"}, 200, ""}})
}
