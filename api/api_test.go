package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/provision"
	"cccp/store"
	"cccp/wire"
)

// nobody is a platform without calls.
type nobody struct{ hungUp billing.VisitID }

func (n *nobody) Callers() []wire.Caller {
	return []wire.Caller{{Visit: "v1", ANI: "15149072508", Dialled: "15141115555", Since: time.Unix(0, 0).UTC()}}
}
func (n *nobody) CutCaller(v billing.VisitID) bool { n.hungUp = v; return v == "v1" }
func (n *nobody) Online() bool                     { return true }
func (n *nobody) Dropped() wire.Dropped            { return wire.Dropped{EventsSkipped: 2, DigitOverflows: 1} }

// serve runs the API on a socket of its own.
func serve(t *testing.T) (*wire.Client, *nobody) {
	t.Helper()
	calls := &nobody{}
	client, _ := serveWith(t, Options{Calls: calls, Version: "test"})
	return client, calls
}

// serveWith runs the API with these options over a store of its own.
func serveWith(t *testing.T, o Options) (*wire.Client, *store.Store) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), filepath.Join(dir, "x.db"), store.Options{PINKey: bytes.Repeat([]byte("k"), store.MinPINKeyBytes)})
	must(t, err)
	o.Store = s
	if o.Calls == nil {
		o.Calls = &nobody{}
	}
	made := 0
	o.Bulk = provision.NewRunner(provision.RunnerOptions{
		Store: s, Dir: filepath.Join(dir, "jobs"), NewID: func() string { made++; return fmt.Sprint("bulk-", made) },
		KeepPINKeys: func([]store.PINKey) error { return nil },
	})
	socket := filepath.Join(dir, "run", "ccd.sock")
	listener, err := Listen(socket, "no-such-group")
	must(t, err)
	server := NewServer(New(o))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		must(t, errors.Join(server.Close(), s.Close()))
	})
	return wire.NewClient(socket), s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStatuses(t *testing.T) {
	client, _ := serve(t)
	acme := map[string]any{"name": "acme", "country": "CA", "currency": "USD"}
	must(t, client.Do(t.Context(), http.MethodPost, "/v1/providers", acme, nil))
	for _, c := range []struct {
		name, method, path string
		in                 any
		want               int
		code               wire.Code
		says               string
	}{
		{"exists", "POST", "/v1/providers", acme, 409, wire.Exists, "exists already"},
		{"not found", "GET", "/v1/providers/nobody", nil, 404, wire.NotFound, "ccctl provider list"},
		{"refers to nothing", "POST", "/v1/offerings", map[string]any{"name": "o", "provider": "acme", "deck": "none"}, 404, wire.NotFound, "rate none"},
		{"invalid country", "POST", "/v1/providers", map[string]any{"name": "x", "country": "XX", "currency": "USD"}, 422, wire.Invalid, "ISO 3166-1"},
		{"unknown field", "POST", "/v1/providers", map[string]any{"name": "x", "country": "CA", "currency": "USD", "colour": "blue"}, 422, wire.Invalid, "colour"},
		{"unknown field to change", "PATCH", "/v1/providers/acme", map[string]any{"colour": "blue"}, 422, wire.Invalid, "colour"},
		{"null", "PATCH", "/v1/providers/acme", map[string]any{"country": nil}, 422, wire.Invalid, "country is null"},
		{"not an object", "PATCH", "/v1/providers/acme", []int{1}, 422, wire.Invalid, "object"},
		{"rename", "PATCH", "/v1/providers/acme", map[string]any{"name": "other"}, 409, wire.Conflict, "renamed"},
		{"money as a number", "POST", "/v1/accounts/a/entries", map[string]any{"kind": "credit", "amount": 1.5, "reason": "r", "ref": "1"}, 422, wire.Invalid, "amount"},
		{"too exact", "POST", "/v1/accounts/a/entries", map[string]any{"kind": "credit", "amount": "0.0000001", "reason": "r", "ref": "1"}, 422, wire.Invalid, "decimal places"},
		{"no such call", "DELETE", "/v1/calls/v2", nil, 404, wire.NotFound, "ccctl call list"},
		{"bad deck", "PUT", "/v1/decks/d", strings.NewReader("prefix,colour\n"), 422, wire.Invalid, "colour"},
		{"too long a list", "GET", "/v1/cdrs?limit=10001", nil, 422, wire.Invalid, "limit"},
		{"no such path", "GET", "/v1/nothing", nil, 404, wire.NotFound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := client.Do(t.Context(), c.method, c.path, c.in, nil)
			var p *wire.Problem
			if !errors.As(err, &p) || p.Status != c.want || p.Code != c.code || !strings.Contains(p.Error(), c.says) {
				t.Errorf("%v: %+v; want status %d, code %s and mention of %q", err, p, c.want, c.code, c.says)
			}
		})
	}
}

func TestKernelNamesTheActor(t *testing.T) {
	client, _ := serve(t)
	ctx := t.Context()
	must(t, client.Do(ctx, "POST", "/v1/providers", map[string]any{"name": "acme", "country": "CA", "currency": "USD"}, nil))
	must(t, client.Do(ctx, "PUT", "/v1/decks/d", strings.NewReader("prefix,rate_per_minute\n1,0.1\n"), nil))
	must(t, client.Do(ctx, "POST", "/v1/offerings", map[string]any{"name": "o", "provider": "acme", "deck": "d"}, nil))
	must(t, client.Do(ctx, "POST", "/v1/accounts", map[string]any{"id": "a", "offering": "o"}, nil))
	var entry billing.LedgerEntry
	must(t, client.Do(ctx, "POST", "/v1/accounts/a/entries", map[string]any{"kind": "credit", "amount": "1.50", "reason": "r", "ref": "1"}, &entry))
	if entry.Actor != me(t) || entry.Amount != 1_500_000 {
		t.Errorf("entry %+v by %q, want %q", entry, entry.Actor, me(t))
	}
}

// me is the user the tests run as.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	must(t, err)
	return u.Username
}

func TestCalls(t *testing.T) {
	client, calls := serve(t)
	var list []wire.Call
	must(t, client.Do(t.Context(), "GET", "/v1/calls", nil, &list))
	if len(list) != 1 || list[0].Visit != "v1" || list[0].ANI != "15149072508" {
		t.Errorf("calls %+v", list)
	}
	must(t, client.Do(t.Context(), "DELETE", "/v1/calls/v1", nil, nil))
	if calls.hungUp != "v1" {
		t.Errorf("hung up %q", calls.hungUp)
	}
	var status wire.Status
	must(t, client.Do(t.Context(), "GET", "/v1/status", nil, &status))
	if !status.Asterisk || status.Calls != 1 || status.Version != "test" || status.EventsSkipped != 2 {
		t.Errorf("status %+v", status)
	}
}

// The description must name every path and say what amounts look like.
func TestOpenAPI(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: bytes.Repeat([]byte("k"), store.MinPINKeyBytes)})
	must(t, err)
	defer s.Close()
	w := httptest.NewRecorder()
	New(Options{Store: s, Calls: &nobody{}, Version: "test"}).ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Paths      map[string]any
		Components struct {
			Schemas map[string]struct{ Properties map[string]struct{ Type any } }
		}
	}
	must(t, json.NewDecoder(io.LimitReader(w.Body, 1<<20)).Decode(&doc))
	for _, path := range []string{"/v1/providers", "/v1/accounts/{id}/entries", "/v1/decks/{name}", "/v1/cdrs", "/v1/calls/{id}",
		"/v1/speed-dials", "/v1/named-rates/{id}", "/v1/rate-plans", "/v1/calling-services", "/v1/offerings/{name}/quote", "/v1/disas/{id}", "/v1/vouchers/redeem", "/v1/lockouts/{scope}", "/v1/callbacks/{id}/now", "/v1/accounts/{id}/last-call"} {
		if doc.Paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	if kind := doc.Components.Schemas["LedgerEntry"].Properties["amount"].Type; kind != "string" {
		t.Errorf("amounts are described as %v", kind)
	}
}

func TestSocketFolderIsMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "ccd.sock")
	listener, err := Listen(path, "no-such-group")
	must(t, err)
	defer listener.Close()
	for p, want := range map[string]os.FileMode{path: socketMode, filepath.Dir(path): folderMode} {
		info, err := os.Stat(p)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s: %o, want %o", p, info.Mode().Perm(), want)
		}
	}
	if _, err := Listen(path, ""); !errors.Is(err, ErrSocketInUse) {
		t.Errorf("second listener: %v", err)
	}
}
