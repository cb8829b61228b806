package kazoo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"cccp/api"
	"cccp/billing"
	"cccp/store"
	"cccp/wire"
)

// nobody is a platform without calls.
type nobody struct{}

func (nobody) Callers() []wire.Caller         { return nil }
func (nobody) CutCaller(billing.VisitID) bool { return false }
func (nobody) Online() bool                   { return true }
func (nobody) Dropped() wire.Dropped          { return wire.Dropped{} }

// newAPI is the whole API with this face over a store of its own.
func newAPI(t *testing.T) (http.Handler, *store.Store) {
	t.Helper()
	key := bytes.Repeat([]byte("k"), store.MinPINKeyBytes)
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: key})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return api.New(api.Options{Store: s, Calls: nobody{}, Faces: []func(*api.Door){Face(s)}, Version: "test"}), s
}

// serve runs it on a socket of its own.
func serve(t *testing.T) (*wire.Client, *store.Store) {
	t.Helper()
	handler, s := newAPI(t)
	socket := filepath.Join(t.TempDir(), "run", "ccd.sock")
	listener, err := api.Listen(socket, "no-such-group")
	must(t, err)
	server := api.NewServer(handler)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { must(t, server.Close()) })
	return wire.NewClient(socket), s
}

// me is the user the tests run as.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	must(t, err)
	return u.Username
}

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
			switch {
			case c.want == http.StatusOK && err == nil:
			case status(err) != c.want || !strings.Contains(err.Error(), c.says):
				t.Errorf("%v; want status %d and mention of %q", err, c.want, c.says)
			}
		})
	}
}

// status is the HTTP status of a refusal, 0 of anything else.
func status(err error) int {
	var p *wire.Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

// endpoint is one of this face, as the API describes itself.
type endpoint struct{ method, path, may string }

// endpoints are all of this face.
func endpoints(t *testing.T) (list []endpoint) {
	t.Helper()
	handler, _ := newAPI(t)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var all struct {
		Paths map[string]map[string]struct {
			May string `json:"x-permission"`
		} `json:"paths"`
	}
	must(t, json.NewDecoder(answer.Body).Decode(&all))
	for path, methods := range all.Paths {
		for method, e := range methods {
			if strings.HasPrefix(path, at) {
				list = append(list, endpoint{strings.ToUpper(method), path, e.May})
			}
		}
	}
	if len(list) != 7 {
		t.Fatalf("the API describes endpoints %v of this face", list)
	}
	return list
}
