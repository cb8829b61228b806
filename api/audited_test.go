package api

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// unaudited are the endpoints that change nothing of their own to tell of.
func unaudited() []string {
	return []string{
		"POST /v1/credentials/find", "POST /v1/vouchers/find", // they only read: what is looked for is not for a URL
		// Calls of other switches: each leaves a record and a ledger entry, as every call does.
		"POST /v1/charges", "POST /v1/charges/{id}/answer", "POST /v1/charges/{id}/extend", "POST /v1/charges/{id}/settle",
	}
}

// deed is a request that changes something, and what the audit log is to tell of it.
type deed struct {
	method, endpoint, path, body string
	// before and after are what the first new entry holds in those places; "" is nothing.
	before, after string
}

// aDay is one change by every endpoint there is, in an order in which each may be made.
func aDay() []deed {
	day := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	post := func(path, body, after string) deed { return deed{"POST", path, path, body, "", after} }
	patch := func(path, id, body, before, after string) deed {
		return deed{"PATCH", path + "/{id}", path + "/" + id, body, before, after}
	}
	remove := func(path, id, before string) deed {
		return deed{"DELETE", path + "/{id}", path + "/" + id, "", before, ""}
	}
	shelve := func(collection, id string) deed {
		path := "/v1/" + collection
		return deed{"POST", path + "/{id}/archive", path + "/" + id + "/archive", ``, id[strings.LastIndex(id, ":")+1:], ``}
	}
	return []deed{
		post("/v1/providers", `{"name":"new","country":"CA","currency":"USD"}`, `"CA"`),
		patch("/v1/providers", "new", `{"notes":"kept"}`, `"CA"`, `"kept"`),
		{"PUT", "/v1/decks/{name}", "/v1/decks/d", "prefix,rate_per_minute\n1,0.2\n", `"version":1`, `"version":2`},
		{"PUT", "/v1/decks/{name}", "/v1/decks/e", "prefix,rate_per_minute\n1,0.2\n", ``, `"version":1`},
		{"DELETE", "/v1/decks/{name}", "/v1/decks/e", "", `"e"`, ""},
		post("/v1/bundles", `{"name":"b","provider":"acme","free_minutes":10,"period":"month"}`, `10`),
		patch("/v1/bundles", "b", `{"free_minutes":11}`, `10`, `11`),
		post("/v1/named-rates", `{"provider":"acme","name":"1","amount":"0.10"}`, `0.1`),
		patch("/v1/named-rates", "acme:1", `{"amount":"0.11"}`, `0.1`, `0.11`),
		post("/v1/rate-plans", `{"name":"p","provider":"acme","rates":["1"]}`, `"1"`),
		patch("/v1/rate-plans", "p", `{"display_name":"Plan"}`, `"p"`, `Plan`),
		post("/v1/calling-services", `{"name":"s","provider":"acme","rate_plans":["p"]}`, `"p"`),
		patch("/v1/calling-services", "s", `{"display_name":"Service"}`, `"s"`, `Service`),
		post("/v1/offerings", `{"name":"o","provider":"acme","calling_services":["s"]}`, `"s"`),
		patch("/v1/offerings", "o", `{"bundles":["b"]}`, `"s"`, `"b"`),
		post("/v1/accounts", `{"id":"a","offering":"o"}`, `"activated"`),
		patch("/v1/accounts", "a", `{"status":"blocked"}`, `"activated"`, `"blocked"`),
		post("/v1/access-numbers", `{"number":"15141110009","kind":"dialthrough","provider":"acme"}`, `15141110009`),
		patch("/v1/access-numbers", "15141110009", `{"offering":"o"}`, `15141110009`, `"o"`),
		post("/v1/credentials", `{"kind":"ani","value":"15149072509","account":"a"}`, `15149072509`),
		post("/v1/credentials", `{"kind":"pin","value":"`+auditedPIN+`","account":"a"}`, `"pin"`),
		patch("/v1/credentials", "ani:15149072509", `{"inactive":true}`, `15149072509`, `"inactive":true`),
		post("/v1/speed-dials", `{"account":"a","digits":"1","number":"15149072511"}`, `15149072511`),
		patch("/v1/speed-dials", "a:1", `{"number":"15149072512"}`, `15149072511`, `15149072512`),
		post("/v1/disas", `{"name":"d","account":"a","pin":"`+auditedPIN+`"}`, `"a"`),
		patch("/v1/disas", "d", `{"pin":"`+auditedPIN+`1"}`, `"a"`, `"a"`),
		post("/v1/vouchers", `{"code":"`+auditedPIN+`","provider":"acme","amount":"5"}`, `5`),
		post("/v1/groups", `{"name":"g","provider":"acme","amount":"1","day":"`+day+`","count":2,"members":["a"]}`, `"a"`),
		patch("/v1/groups", "g", `{"members":[]}`, `"a"`, `"g"`),
		{"POST", "/v1/accounts/{id}/entries", "/v1/accounts/a-acme/entries", `{"kind":"debit","amount":"0.25","reason":"r","ref":"2"}`, `1`, `0.75`},
		post("/v1/vouchers/redeem", `{"code":"123456789011","account":"a-acme","ref":"3"}`, `5.75`),
		{"POST", "/v1/accounts/{id}/transfers", "/v1/accounts/a-acme/transfers", `{"to":"a2-acme","reason":"r","ref":"4"}`, `5.75`, `0`},
		post("/v1/trunks", `{"name":"t","endpoint":"PJSIP/{number}@t"}`, `"t"`),
		patch("/v1/trunks", "t", `{"priority":7}`, `1`, `7`),
		post("/v1/fraud-rules", `{"name":"f","deny":true,"prefixes":["1900"]}`, `"1900"`),
		patch("/v1/fraud-rules", "f", `{"inactive":true}`, `"1900"`, `"inactive":true`),
		post("/v1/admins", `{"username":"al","role_id":"platform_owner"}`, `"al"`),
		patch("/v1/admins", "al", `{"permissions":["money"]}`, `"al"`, `"money"`),
		post("/v1/callbacks", `{"account":"a-acme","to":"15149072508","delay_s":60}`, `"waiting"`),
		{"POST", "/v1/callbacks/{id}/now", "/v1/callbacks/job-15149072508/now", ``, `"waiting"`, `"waiting"`},
		{"DELETE", "/v1/callbacks/{id}", "/v1/callbacks/job-15149072508", "", `"waiting"`, `"cancelled"`},
		{"DELETE", "/v1/calls/{id}", "/v1/calls/v1", "", "", ""}, // a call is on no disk
		{"DELETE", "/v1/lockouts/{scope}", "/v1/lockouts/caller?who=15149072599", "", `15149072599`, ""},
		post("/v1/lots", `{"name":"l","offering":"o-acme","count":10}`, `"generate"`),
		{"POST", "/v1/lots/{id}/status", "/v1/lots/l/status", `{"status":"uploaded"}`, ``, `"waiting"`},
		{"DELETE", "/v1/jobs/{id}", "/v1/jobs/bulk-2", ``, `"waiting"`, `"cancelled"`},
		{"POST", "/v1/jobs/import", "/v1/jobs/import?object=providers", "Name\n", ``, `"import"`},
		{"POST", "/v1/jobs/export", "/v1/jobs/export?object=providers", ``, ``, `"export"`},
		post("/v1/pin-key/rotate", ``, `"rotate"`),
		shelve("providers", "new6"), shelve("accounts", "a6"), shelve("offerings", "o6"), shelve("calling-services", "s6"),
		shelve("rate-plans", "p6"), shelve("named-rates", "acme:6"), shelve("bundles", "b6"), shelve("groups", "g6"),
		shelve("trunks", "t6"), shelve("fraud-rules", "f6"), shelve("admins", "al6"), shelve("access-numbers", "15141110006"),
		shelve("disas", "d6"), shelve("speed-dials", "a-acme:6"), shelve("credentials", "ani:15149072506"), shelve("vouchers", "VOUCHER6"),
		{"POST", "/v1/archive/{kind}/{id}/restore", "/v1/archive/trunk/t6/restore", ``, ``, `"t6"`},
		{"DELETE", "/v1/archive/{kind}/{id}", "/v1/archive/group/g6", ``, `"g6"`, ``},
		shelve("lots", "l"), remove("/v1/lots", "l6", `"l6"`),
		remove("/v1/admins", "al", `"al"`), remove("/v1/fraud-rules", "f", `"f"`), remove("/v1/trunks", "t", `"t"`),
		remove("/v1/groups", "g", `"g"`), remove("/v1/disas", "d", `"d"`), remove("/v1/speed-dials", "a:1", `"a"`),
		remove("/v1/access-numbers", "15141110009", `"o"`), remove("/v1/credentials", "ani:15149072509", `"a"`),
		remove("/v1/accounts", "a4", `"a4"`), remove("/v1/offerings", "o4", `"o4"`), remove("/v1/calling-services", "s4", `"s4"`),
		remove("/v1/rate-plans", "p4", `"p4"`), remove("/v1/named-rates", "acme:4", `"4"`), remove("/v1/bundles", "b4", `"b4"`),
		remove("/v1/vouchers", "VOUCHER", `"acme"`), remove("/v1/providers", "new", `"new"`),
	}
}

const auditedPIN = "4711081547"

// spare are records that a day removes and does nothing else with.
func spare(t *testing.T, root *wire.Client) {
	t.Helper()
	for _, r := range [][2]string{
		{"/v1/bundles", `{"name":"b4","provider":"acme","free_minutes":10,"period":"month"}`},
		{"/v1/named-rates", `{"provider":"acme","name":"4","amount":"0.10"}`},
		{"/v1/named-rates", `{"provider":"acme","name":"5","amount":"0.10"}`},
		{"/v1/rate-plans", `{"name":"p4","provider":"acme","rates":["5"]}`},
		{"/v1/rate-plans", `{"name":"p5","provider":"acme","rates":["5"]}`},
		{"/v1/calling-services", `{"name":"s4","provider":"acme","rate_plans":["p5"]}`},
		{"/v1/offerings", `{"name":"o4","provider":"acme","deck":"d"}`},
		{"/v1/accounts", `{"id":"a4","offering":"o-acme"}`},
		{"/v1/accounts", `{"id":"a2-acme","offering":"o-acme"}`},
		{"/v1/bundles", `{"name":"b6","provider":"acme","free_minutes":10,"period":"month"}`},
		{"/v1/named-rates", `{"provider":"acme","name":"6","amount":"0.10"}`},
		{"/v1/rate-plans", `{"name":"p6","provider":"acme","rates":["5"]}`},
		{"/v1/calling-services", `{"name":"s6","provider":"acme","rate_plans":["p5"]}`},
		{"/v1/offerings", `{"name":"o6","provider":"acme","deck":"d"}`},
		{"/v1/accounts", `{"id":"a6","offering":"o-acme"}`},
		{"/v1/providers", `{"name":"new6","country":"CA","currency":"USD"}`},
		{"/v1/groups", `{"name":"g6","provider":"acme","amount":"1","day":"` + time.Now().AddDate(0, 0, 7).Format(time.DateOnly) + `","count":2}`},
		{"/v1/trunks", `{"name":"t6","endpoint":"PJSIP/{number}@t6"}`},
		{"/v1/fraud-rules", `{"name":"f6","deny":true,"prefixes":["1900"]}`},
		{"/v1/admins", `{"username":"al6","role_id":"platform_owner"}`},
		{"/v1/access-numbers", `{"number":"15141110006","kind":"dialthrough","provider":"acme"}`},
		{"/v1/disas", `{"name":"d6","account":"a-acme","pin":"9876543216"}`},
		{"/v1/speed-dials", `{"account":"a-acme","digits":"6","number":"15149072511"}`},
		{"/v1/credentials", `{"kind":"ani","value":"15149072506","account":"a-acme"}`},
		{"/v1/vouchers", `{"code":"1234567890166","provider":"acme","amount":"5"}`},
		{"/v1/lots", `{"name":"l6","offering":"o-acme","count":10}`},
	} {
		must(t, root.Do(t.Context(), "POST", r[0], json.RawMessage(r[1]), nil))
	}
	must(t, root.Do(t.Context(), "PATCH", "/v1/offerings/o-acme", json.RawMessage(`{"allow_transfer":true}`), nil))
}

// Every change that an operator makes leaves an entry, in his name, with what was there
// before and after; no PIN is in any of them.
func TestEveryChangeIsAudited(t *testing.T) {
	taker := &orders{}
	root, s := twoTenants(t, Options{Version: "test", Callbacks: taker})
	taker.store = s
	spare(t, root)
	guard := store.Guard{Store: s, Rules: map[billing.LockScope]billing.LockRule{billing.LockCaller: {Misses: 1, Within: time.Hour, For: time.Hour}}}
	must(t, guard.Missed(t.Context(), "15149072599", "15141110001"))
	made := map[string]bool{}
	for _, d := range aDay() {
		for _, v := range [][2]string{{"VOUCHER6", "1234567890166"}, {"VOUCHER", auditedPIN}} {
			if strings.Contains(d.path, v[0]) {
				kept, err := s.FindVoucher(t.Context(), v[1])
				must(t, err)
				d.path, d.before = strings.Replace(d.path, v[0], kept.ID, 1), kept.ID
			}
		}
		made[d.method+" "+d.endpoint] = true
		entry := audited(t, root, s, d)
		if !strings.Contains(string(entry.Before), d.before) || !strings.Contains(string(entry.After), d.after) ||
			d.before == "" && d.after != "" && !strings.Contains(d.endpoint, "redeem") && entry.Before != nil || d.after == "" && entry.After != nil {
			t.Errorf("%s %s: before %s, after %s; want %s and %s", d.method, d.path, entry.Before, entry.After, d.before, d.after)
		}
		if entry.Actor != me(t) || entry.Kind == "" || entry.ID == "" {
			t.Errorf("%s %s: %+v", d.method, d.path, entry)
		}
	}
	for _, e := range endpoints(t) {
		if name := e.method + " " + e.path; e.method != "GET" && made[name] == slices.Contains(unaudited(), name) {
			t.Errorf("%s: show in aDay that it is audited, or say in unaudited why not", name)
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

// audited is the first entry that a change leaves. The same change once refused leaves none.
func audited(t *testing.T, root *wire.Client, s *store.Store, d deed) (entry staff.Entry) {
	t.Helper()
	before, err := s.Check()
	must(t, err)
	if err := send(t, root.As("reader"), d); !forbidden(err) {
		t.Errorf("%s %s by who may only read: %v", d.method, d.path, err)
	}
	entries, err := s.Audit(t.Context(), store.AuditFilter{After: before.Audited, Limit: 1})
	must(t, err)
	if len(entries) > 0 {
		t.Errorf("%s %s was refused, and is told: %+v", d.method, d.path, entries)
	}
	must(t, send(t, root, d))
	entries, err = s.Audit(t.Context(), store.AuditFilter{After: before.Audited, Limit: 9})
	must(t, err)
	if len(entries) == 0 {
		t.Errorf("%s %s leaves no entry", d.method, d.path)
		return entry
	}
	return entries[0]
}

func send(t *testing.T, c *wire.Client, d deed) error {
	t.Helper()
	var in any
	switch {
	case (strings.Contains(d.path, "decks") || strings.Contains(d.path, "/jobs/import")) && d.body != "":
		in = io.Reader(strings.NewReader(d.body))
	case d.body != "":
		in = json.RawMessage(d.body)
	}
	return c.Do(t.Context(), d.method, d.path, in, nil)
}
