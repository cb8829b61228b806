package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// described is an endpoint as the API describes itself.
type described struct {
	method, path string
	may          staff.Permission
	shared       bool
}

// endpoints are all there are, as the API describes itself.
func endpoints(t *testing.T) (list []described) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"),
		store.Options{PINKey: bytes.Repeat([]byte("k"), store.MinPINKeyBytes)})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	h := New(Options{Store: s})
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var all struct {
		Paths map[string]map[string]struct {
			May    staff.Permission `json:"x-permission"`
			Shared bool             `json:"x-shared"`
		} `json:"paths"`
	}
	must(t, json.NewDecoder(answer.Body).Decode(&all))
	for path, methods := range all.Paths {
		for method, e := range methods {
			list = append(list, described{strings.ToUpper(method), path, e.May, e.Shared})
		}
	}
	if len(list) < 50 {
		t.Fatalf("the API describes %d endpoints only", len(list))
	}
	return list
}

// Every endpoint takes the permission that its description names, whatever others somebody
// has, and keeps what is the platform's from administrators of a provider. No permission
// stands for nothing.
func TestEveryEndpointHasARight(t *testing.T) {
	root, bob, s := twoProviders(t, staff.Every)
	all := slices.DeleteFunc(staff.Permissions(), func(p staff.Permission) bool { return p == staff.Every })
	for _, p := range all {
		others := slices.DeleteFunc(slices.Clone(all), func(o staff.Permission) bool { return o == p })
		_, err := s.Admins.Add(t.Context(), staff.Admin{Username: "no-" + string(p), Role: staff.PlatformOwner, Permissions: others})
		must(t, err)
	}
	used := map[staff.Permission]bool{}
	for _, e := range endpoints(t) {
		used[e.may] = true
		path := placeholder.ReplaceAllString(e.path, "x")
		if e.may != Open {
			if err := root.As("no-"+string(e.may)).Do(t.Context(), e.method, path, nil, nil); !forbidden(err) {
				t.Errorf("%s %s without permission %q: %v", e.method, e.path, e.may, err)
			}
		}
		if !e.shared {
			if err := bob.Do(t.Context(), e.method, path, nil, nil); !forbidden(err) {
				t.Errorf("%s %s by the administrator of a provider: %v", e.method, e.path, err)
			}
		}
		if err := root.As("nobody").Do(t.Context(), e.method, path, nil, nil); err == nil {
			t.Errorf("%s %s in the part of nobody", e.method, e.path)
		}
	}
	for _, p := range all {
		if !used[p] {
			t.Errorf("permission %s stands for no endpoint", p)
		}
	}
}

// placeholder is a part of a path that a request fills in.
var placeholder = regexp.MustCompile(`\{\w+\}`)

// twoProviders is a platform with two tenants, and an administrator of the first.
func twoProviders(t *testing.T, permissions ...staff.Permission) (root, bob *wire.Client, s *store.Store) {
	t.Helper()
	root, s = twoTenants(t, Options{Version: "test"})
	_, err := s.Admins.Add(t.Context(), staff.Admin{Username: "bob", Role: "service_provider:acme", Permissions: permissions})
	must(t, err)
	return root, root.As("bob"), s
}

// twoTenants is a platform with two tenants, and an administrator who may read everything.
func twoTenants(t *testing.T, o Options) (root *wire.Client, s *store.Store) {
	t.Helper()
	root, s = serveWith(t, o)
	do := func(method, path, body string) {
		t.Helper()
		var in any = json.RawMessage(body)
		if strings.Contains(path, "decks") {
			in = strings.NewReader(body)
		}
		must(t, root.Do(t.Context(), method, path, in, nil))
	}
	do("PUT", "/v1/decks/d", "prefix,rate_per_minute\n1,0.1\n")
	for name, digit := range map[string]string{"acme": "1", "zeta": "2"} {
		do("POST", "/v1/providers", `{"name":"`+name+`","country":"CA","currency":"USD"}`)
		do("POST", "/v1/offerings", `{"name":"o-`+name+`","provider":"`+name+`","deck":"d"}`)
		do("POST", "/v1/accounts", `{"id":"a-`+name+`","offering":"o-`+name+`"}`)
		do("POST", "/v1/access-numbers", `{"number":"1514111000`+digit+`","kind":"dialthrough","provider":"`+name+`"}`)
		do("POST", "/v1/credentials", `{"kind":"ani","value":"1514907250`+digit+`","account":"a-`+name+`"}`)
		do("POST", "/v1/speed-dials", `{"account":"a-`+name+`","digits":"1","number":"15149072511"}`)
		do("POST", "/v1/vouchers", `{"code":"12345678901`+digit+`","provider":"`+name+`","amount":"5"}`)
		do("POST", "/v1/disas", `{"name":"d-`+name+`","account":"a-`+name+`","pin":"9876543210"}`)
		do("POST", "/v1/accounts/a-"+name+"/entries", `{"kind":"credit","amount":"1.00","reason":"r","ref":"1"}`)
	}
	do("POST", "/v1/trunks", `{"name":"carrier","endpoint":"PJSIP/{number}@carrier"}`)
	_, err := s.Admins.Add(t.Context(), staff.Admin{Username: "reader", Role: staff.PlatformOwner})
	must(t, err)
	return root, s
}

// theirs are the records of the other provider, and what belongs to the platform.
var theirs = []string{
	"/v1/providers/zeta", "/v1/offerings/o-zeta", "/v1/accounts/a-zeta", "/v1/accounts/a-zeta/balance", "/v1/accounts/a-zeta/ledger", "/v1/accounts/a-zeta/statement", "/v1/accounts/a-zeta/bundles",
	"/v1/accounts/a-zeta/last-call", "/v1/access-numbers/15141110002", "/v1/credentials/ani:15149072502", "/v1/speed-dials/a-zeta:1",
	"/v1/disas/d-zeta", "/v1/trunks", "/v1/trunks/carrier", "/v1/decks", "/v1/admins", "/v1/admins/bob", "/v1/audit", "/v1/ledger/verify",
	"/v1/offerings/o-zeta/quote?to=15149072511&seconds=1", "/v1/offerings/o-acme/quote?to=15149072511&seconds=1&account=a-zeta",
	"/v1/calls", "/v1/callbacks", "/v1/lockouts",
}

func forbidden(err error) bool {
	var p *wire.Problem
	return errors.As(err, &p) && p.Status == http.StatusForbidden
}

func TestProvidersAreApart(t *testing.T) {
	_, bob, s := twoProviders(t, staff.Every)
	for _, path := range theirs {
		if err := bob.Do(t.Context(), "GET", path, nil, nil); !forbidden(err) {
			t.Errorf("GET %s: %v", path, err)
		}
	}
	before, err := s.Check()
	must(t, err)
	for _, attempt := range [][3]string{
		{"PATCH", "/v1/providers/zeta", `{"notes":"mine"}`},
		{"PATCH", "/v1/offerings/o-zeta", `{"language":"fr"}`},
		{"PATCH", "/v1/offerings/o-acme", `{"provider":"zeta"}`},
		{"PATCH", "/v1/accounts/a-zeta", `{"status":"blocked"}`},
		{"DELETE", "/v1/speed-dials/a-zeta:1", ``},
		{"DELETE", "/v1/credentials/ani:15149072502", ``},
		{"PATCH", "/v1/credentials/ani:15149072501", `{"account":"a-zeta"}`},
		{"POST", "/v1/accounts", `{"id":"x","offering":"o-zeta"}`},
		{"POST", "/v1/providers", `{"name":"new","country":"CA","currency":"USD"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"1234509876","account":"a-zeta"}`},
		{"POST", "/v1/vouchers/redeem", `{"code":"123456789012","account":"a-zeta","ref":"2"}`},
		{"POST", "/v1/accounts/a-zeta/entries", `{"kind":"credit","amount":"1.00","reason":"r","ref":"2"}`},
		{"POST", "/v1/accounts/a-acme/transfers", `{"to":"a-zeta","reason":"r","ref":"3"}`},
		{"POST", "/v1/accounts/a-zeta/transfers", `{"to":"a-acme","reason":"r","ref":"4"}`},
		{"POST", "/v1/trunks", `{"name":"own","endpoint":"PJSIP/{number}@own"}`},
		{"DELETE", "/v1/calls/v1", ``},
	} {
		var in any
		if attempt[2] != "" {
			in = json.RawMessage(attempt[2])
		}
		if err := bob.Do(t.Context(), attempt[0], attempt[1], in, nil); !forbidden(err) {
			t.Errorf("%v: %v", attempt, err)
		}
	}
	after, err := s.Check()
	must(t, err)
	if diff := cmp.Diff(before.Audited, after.Audited); diff != "" {
		t.Errorf("what was refused is in the audit log: %s", diff)
	}
}

func TestListsAreConfined(t *testing.T) {
	_, bob, _ := twoProviders(t)
	for path, want := range map[string]string{
		"/v1/providers": "acme", "/v1/offerings": "o-acme", "/v1/accounts": "a-acme", "/v1/access-numbers": "15141110001",
		"/v1/credentials": "15149072501", "/v1/speed-dials": "a-acme", "/v1/disas": "d-acme", "/v1/vouchers": "acme", "/v1/cdrs": "",
	} {
		var list []json.RawMessage
		must(t, bob.Do(t.Context(), "GET", path, nil, &list))
		if want == "" && len(list) > 0 || want != "" && (len(list) != 1 || !strings.Contains(string(list[0]), want)) {
			t.Errorf("GET %s: %s", path, list)
		}
	}
}

// What an administrator may change goes by his permissions; reading needs none.
func TestPermissions(t *testing.T) {
	_, bob, _ := twoProviders(t, staff.Money)
	credit := json.RawMessage(`{"kind":"credit","amount":"1.00","reason":"r","ref":"2"}`)
	var entry billing.LedgerEntry
	must(t, bob.Do(t.Context(), "POST", "/v1/accounts/a-acme/entries", credit, &entry))
	if entry.Actor != me(t)+" as bob" {
		t.Errorf("booked by %q", entry.Actor)
	}
	must(t, bob.Do(t.Context(), "GET", "/v1/accounts/a-acme", nil, nil))
	if err := bob.Do(t.Context(), "PATCH", "/v1/accounts/a-acme", json.RawMessage(`{"status":"blocked"}`), nil); !forbidden(err) {
		t.Errorf("changed without permission: %v", err)
	}
	if err := bob.As("bob").Do(t.Context(), "GET", "/v1/accounts", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestWhoIsThere(t *testing.T) {
	_, _, s := twoProviders(t)
	server := server{Options{Store: s}}
	as := func(name string, owner bool, part string) (staff.Actor, error) {
		return server.actor(context.WithValue(t.Context(), peerKey{}, peerUser{name, owner}), part)
	}
	if got, err := as("root", true, ""); err != nil || got.String() != "root" || got.May(staff.Admins) != nil {
		t.Errorf("root: %v, %v", got, err)
	}
	if got, err := as("root", true, "bob"); err != nil || got.String() != "root as bob" || got.Role.Provider() != "acme" {
		t.Errorf("root as bob: %v, %v", got, err)
	}
	if got, err := as("bob", false, ""); err != nil || got.String() != "bob" || got.May(staff.Money) == nil {
		t.Errorf("bob: %v, %v", got, err)
	}
	for name, err := range map[string]error{
		"a stranger":             second(as("eve", false, "")),
		"nobody at all":          second(server.actor(t.Context(), "")),
		"bob in another's part":  second(as("bob", false, "bob")),
		"a part that nobody has": second(as("root", true, "eve")),
	} {
		if !errors.Is(err, staff.ErrForbidden) && !errors.Is(err, billing.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
