package kazoo

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cccp/api"
	"cccp/staff"
	"cccp/store"
)

// Every endpoint takes the permission that its description names, and is the platform's:
// no administrator of a provider gets in.
func TestEveryEndpointHasARight(t *testing.T) {
	root, s := serve(t)
	stock(t, root)
	admin := func(name string, role staff.Role, permissions ...staff.Permission) {
		t.Helper()
		_, err := s.Admins.Add(t.Context(), staff.Admin{Username: name, Role: role, Permissions: permissions})
		must(t, err)
	}
	admin("bob", "service_provider:acme", staff.Every)
	for _, p := range staff.Permissions() {
		if p == staff.Every {
			continue
		}
		others := slices.DeleteFunc(staff.Permissions(), func(o staff.Permission) bool { return o == p || o == staff.Every })
		admin("no-"+string(p), staff.PlatformOwner, others...)
	}
	for _, e := range endpoints(t) {
		path := strings.ReplaceAll(e.path, "{id}", "x")
		if (e.method == http.MethodGet) != (e.may == string(api.Open)) {
			t.Errorf("%s %s takes permission %q", e.method, e.path, e.may)
		}
		if e.may != string(api.Open) {
			if err := root.As("no-"+e.may).Do(t.Context(), e.method, path, nil, nil); status(err) != http.StatusForbidden {
				t.Errorf("%s %s without permission %q: %v", e.method, e.path, e.may, err)
			}
		}
		if err := root.As("bob").Do(t.Context(), e.method, path, nil, nil); status(err) != http.StatusForbidden {
			t.Errorf("%s %s by the administrator of a provider: %v", e.method, e.path, err)
		}
		if err := root.As("nobody").Do(t.Context(), e.method, path, nil, nil); err == nil {
			t.Errorf("%s %s in the part of nobody", e.method, e.path)
		}
	}
}

// PINs are told in clear only to who may see them, and never without a trace.
func TestTellingPINsTakesAPermission(t *testing.T) {
	root, s := serve(t)
	_, err := s.Admins.Add(t.Context(), staff.Admin{
		Username: "hr", Role: staff.PlatformOwner, Permissions: []staff.Permission{staff.Admins},
	})
	must(t, err)
	const path = "/v1/cccps/export?with_pins=true"
	if err := root.As("hr").Do(t.Context(), "GET", path, nil, nil); status(err) != http.StatusForbidden {
		t.Errorf("PINs told without permission: %v", err)
	}
	before, err := s.Check()
	must(t, err)
	must(t, root.Do(t.Context(), "GET", path, nil, nil))
	after, err := s.Check()
	must(t, err)
	if after.Audited != before.Audited+1 {
		t.Error("PINs were told, and nobody knows")
	}
}

// A refusal never repeats what was sent: it may be a PIN.
func TestRefusalsRepeatNothing(t *testing.T) {
	root, _ := serve(t)
	stock(t, root)
	const secret = "47110815479999999999"
	long := strings.Repeat(secret, 4)
	for _, r := range [][3]string{
		{"GET", "/v1/cccps/pin:" + secret, `null`},
		{"POST", "/v1/cccps", `{"account":"acme","user":"a","pin":"` + long + `"}`},
		{"POST", "/v1/cccps", `{"account":"acme","user":"a","pin":"` + secret + `","colour":"blue"}`},
	} {
		response, err := root.Send(t.Context(), r[0], r[1], json.RawMessage(r[2]))
		must(t, err)
		text, err := io.ReadAll(response.Body)
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode < http.StatusBadRequest || strings.Contains(string(text), secret) {
			t.Errorf("%s %s: %s: %s", r[0], r[1], response.Status, text)
		}
	}
}

// auditedPIN is in no entry of the audit log.
const auditedPIN = "4711081547"

// Every change that an operator makes leaves an entry, in his name, with what was there
// before and after; no PIN is in any of them. What was refused leaves none.
func TestEveryChangeIsAudited(t *testing.T) {
	root, s := serve(t)
	stock(t, root)
	must(t, root.Do(t.Context(), "POST", "/v1/credentials", object{"kind": "ani", "value": "15149072501", "account": "a"}, nil))
	_, err := s.Admins.Add(t.Context(), staff.Admin{Username: "reader", Role: staff.PlatformOwner})
	must(t, err)
	var made []string
	for _, d := range []struct{ method, endpoint, path, body, before, after string }{
		{"POST", "/v1/cccps", "/v1/cccps", `{"account":"acme","user":"a","pin":"` + auditedPIN + `2"}`, ``, `"pin"`},
		{"POST", "/v1/cccps/import", "/v1/cccps/import?provider=acme",
			`[{"pvt_type":"cccp","pin":"` + auditedPIN + `3","user_id":"a","active":true}]`, ``, `"pin"`},
		{"DELETE", "/v1/cccps/{id}", "/v1/cccps/ani:15149072501", `null`, `15149072501`, ``},
	} {
		made = append(made, d.method+" "+d.endpoint)
		before, err := s.Check()
		must(t, err)
		err = root.As("reader").Do(t.Context(), d.method, d.path, json.RawMessage(d.body), nil)
		if status(err) != http.StatusForbidden {
			t.Errorf("%s %s by who may only read: %v", d.method, d.path, err)
		}
		must(t, root.Do(t.Context(), d.method, d.path, json.RawMessage(d.body), nil))
		entries, err := s.Audit(t.Context(), store.AuditFilter{After: before.Audited, Limit: 9})
		must(t, err)
		if len(entries) == 0 {
			t.Errorf("%s %s leaves no entry", d.method, d.path)
			continue
		}
		e := entries[0]
		if !strings.Contains(string(e.Before), d.before) || !strings.Contains(string(e.After), d.after) ||
			d.before == "" && e.Before != nil || d.after == "" && e.After != nil {
			t.Errorf("%s %s: before %s, after %s; want %s and %s", d.method, d.path, e.Before, e.After, d.before, d.after)
		}
		if e.Actor != me(t) || e.Kind == "" || e.ID == "" {
			t.Errorf("%s %s: %+v", d.method, d.path, e)
		}
	}
	for _, e := range endpoints(t) {
		if e.method != http.MethodGet && !slices.Contains(made, e.method+" "+e.path) {
			t.Errorf("%s %s: show that it is audited", e.method, e.path)
		}
	}
	all, err := s.Audit(t.Context(), store.AuditFilter{Limit: store.MaxListed})
	must(t, err)
	for _, e := range all {
		if text, err := json.Marshal(e); err != nil || strings.Contains(string(text), auditedPIN) {
			t.Errorf("a PIN in clear: %s, %v", text, err)
		}
	}
}
