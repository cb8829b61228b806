package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"cccp/wire"
)

// object is a request's body.
type object = map[string]any

// stock sells two cards: a of a provider in Canada, with a balance of 1, and b of
// another one.
func stock(t *testing.T, client *wire.Client) {
	t.Helper()
	do := func(method, path string, in any) { t.Helper(); must(t, client.Do(t.Context(), method, path, in, nil)) }
	do("POST", "/v1/providers", object{"name": "acme", "country": "CA", "currency": "USD", "min_pin_digits": 6})
	do("POST", "/v1/providers", object{"name": "other", "country": "CA", "currency": "USD"})
	do("PUT", "/v1/decks/d", strings.NewReader("prefix,rate_per_minute\n1,0.1\n"))
	do("POST", "/v1/offerings", object{"name": "o", "provider": "acme", "deck": "d"})
	do("POST", "/v1/accounts", object{"id": "a", "offering": "o"})
	do("POST", "/v1/accounts", object{"id": "b", "offering": "o", "provider": "other"})
	do("POST", "/v1/accounts/a/entries", object{"kind": "credit", "amount": "1", "reason": "sold", "ref": "1"})
}

// request is one request, and what is to come of it.
type request struct {
	name, method, path string
	in                 any
	want               int // 200 is any success
	says               string
}

// inOrder sends requests, each of which may build on those before it.
func inOrder(t *testing.T, client *wire.Client, requests []request) {
	t.Helper()
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			err := client.Do(t.Context(), c.method, c.path, c.in, nil)
			var p *wire.Problem
			switch {
			case c.want == http.StatusOK && err == nil:
			case !errors.As(err, &p) || p.Status != c.want || !strings.Contains(p.Error(), c.says):
				t.Errorf("%v; want status %d and mention of %q", err, c.want, c.says)
			}
		})
	}
}
