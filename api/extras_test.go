package api

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store"
)

// object is a request's body.
type object = map[string]any

// stock sells two cards: a of a provider in Canada, with a balance of 1, and b of
// another one.
func stock(t *testing.T, client *Client) {
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
func inOrder(t *testing.T, client *Client, requests []request) {
	t.Helper()
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			err := client.Do(t.Context(), c.method, c.path, c.in, nil)
			var p *Problem
			switch {
			case c.want == http.StatusOK && err == nil:
			case !errors.As(err, &p) || p.Status != c.want || !strings.Contains(p.Error(), c.says):
				t.Errorf("%v; want status %d and mention of %q", err, c.want, c.says)
			}
		})
	}
}

func TestVouchers(t *testing.T) {
	client, _ := serveWith(t, Options{})
	stock(t, client)
	past := time.Now().Add(-time.Hour)
	redeem := func(code, account, ref string) object { return object{"code": code, "account": account, "ref": ref} }
	inOrder(t, client, []request{
		{"added", "POST", "/v1/vouchers", object{"code": "1234567890", "provider": "acme", "amount": "5.00"}, 200, ""},
		{"the same code", "POST", "/v1/vouchers", object{"code": "1234567890", "provider": "acme", "amount": "9.00"}, 409, "a voucher with this code exists already"},
		{"too short", "POST", "/v1/vouchers", object{"code": "123456789", "provider": "acme", "amount": "5.00"}, 422, "10 to 20 digits"},
		{"worth nothing", "POST", "/v1/vouchers", object{"code": "1234567891", "provider": "acme", "amount": "0"}, 422, "voucher amount"},
		{"nobody's", "POST", "/v1/vouchers", object{"code": "1234567891", "provider": "nobody", "amount": "1"}, 404, "ccctl provider list"},
		{"expired", "POST", "/v1/vouchers", object{"code": "1234567892", "provider": "acme", "amount": "1", "expires": past}, 200, ""},
		{"another's", "POST", "/v1/vouchers", object{"code": "1234567893", "provider": "other", "amount": "1"}, 200, ""},
		{"too much", "POST", "/v1/vouchers", object{"code": "1234567894", "provider": "acme", "amount": "1000000000"}, 200, ""},
		{"found", "POST", "/v1/vouchers/find", object{"code": "1234567890"}, 200, ""},
		{"not found", "POST", "/v1/vouchers/find", object{"code": "1234567899"}, 404, "ccctl voucher list"},
		{"unknown", "POST", "/v1/vouchers/redeem", redeem("9999999990", "a", "r0"), 409, "no such voucher for accounts of this provider"},
		{"of another provider", "POST", "/v1/vouchers/redeem", redeem("1234567893", "a", "r0"), 409, "(voucher_unknown)"},
		{"too late", "POST", "/v1/vouchers/redeem", redeem("1234567892", "a", "r0"), 409, "has expired"},
		{"too full", "POST", "/v1/vouchers/redeem", redeem("1234567894", "a", "r0"), 409, "more than the account may hold"},
		{"for nobody", "POST", "/v1/vouchers/redeem", redeem("1234567890", "nobody", "r0"), 404, "ccctl account list"},
		{"without an ID", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", ""), 422, "ref"},
		{"redeemed", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r1"), 200, ""},
		{"asked again", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r1"), 200, ""},
		{"used", "POST", "/v1/vouchers/redeem", redeem("1234567890", "a", "r2"), 409, "redeemed already"},
		{"changed", "PATCH", "/v1/vouchers/x", object{"amount": "9"}, 405, ""},
	})
	var found billing.Voucher
	must(t, client.Do(t.Context(), "POST", "/v1/vouchers/find", object{"code": "1234567890"}, &found))
	if found.Account != "a" || found.Redeemed.IsZero() || strings.Contains(found.ID, "1234567890") {
		t.Errorf("voucher %+v", found)
	}
	inOrder(t, client, []request{{"removed once used", "DELETE", "/v1/vouchers/" + found.ID, nil, 409, "in use"}})
	var balance billing.Balance
	must(t, client.Do(t.Context(), "GET", "/v1/accounts/a/balance", nil, &balance))
	if balance.Amount != 6_000_000 {
		t.Errorf("balance %s, want 6.00", balance.Amount)
	}
}

func TestDISAs(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	opens := func(pin string) bool {
		_, ok, err := s.ByDISA("desk", pin)
		must(t, err)
		return ok
	}
	inOrder(t, client, []request{
		{"empty PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": ""}, 422, "the PIN is empty"},
		{"null PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": nil}, 422, "the PIN is empty"},
		{"no PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a"}, 422, "pin"},
		{"PIN too short", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "12345"}, 422, "PIN of 5 digits: the provider takes 6 to 20"},
		{"PIN that nobody could type", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "12345678", "pin_digits": 6}, 422, "this PIN has 8"},
		{"hash for a PIN", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456", "pin_hash": "x"}, 422, "pin_hash"},
		{"nobody's", "POST", "/v1/disas", object{"name": "desk", "account": "nobody", "pin": "123456"}, 404, "ccctl account list"},
		{"added", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456"}, 200, ""},
		{"added twice", "POST", "/v1/disas", object{"name": "desk", "account": "a", "pin": "123456"}, 409, "exists already"},
		{"longer PIN for another account", "PATCH", "/v1/disas/desk", object{"account": "b", "pin": "1234567"}, 422, "the provider takes 10 to 20"},
		{"emptied PIN", "PATCH", "/v1/disas/desk", object{"pin": ""}, 422, "the PIN is empty"},
		{"length alone", "PATCH", "/v1/disas/desk", object{"pin_digits": 8}, 422, "give the PIN, too"},
		{"unknown field", "PATCH", "/v1/disas/desk", object{"pin_hash": "x"}, 422, "pin_hash"},
		{"no such DISA", "PATCH", "/v1/disas/none", object{"tries": 1}, 404, "ccctl disa list"},
		{"other fields", "PATCH", "/v1/disas/desk", object{"tries": 2, "unmetered": true}, 200, ""},
	})
	if !opens("123456") || opens("1234567890") {
		t.Error("the first PIN is not the one that opens")
	}
	inOrder(t, client, []request{{"new PIN", "PATCH", "/v1/disas/desk", object{"pin": "1234567890", "tries": 0}, 200, ""}})
	var desk billing.DISA
	must(t, client.Do(t.Context(), "GET", "/v1/disas/desk", nil, &desk))
	if !opens("1234567890") || opens("123456") || desk.PINDigits != 10 || desk.Tries != 0 || !desk.Unmetered || desk.Account != "a" {
		t.Errorf("DISA %+v", desk)
	}
	inOrder(t, client, []request{
		{"of an account in use", "DELETE", "/v1/accounts/a", nil, 409, "in use"},
		{"removed", "DELETE", "/v1/disas/desk", nil, 200, ""},
	})
}

func TestCredentialsOfAllKinds(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"SIP user", "POST", "/v1/credentials", object{"kind": "sip", "value": "desk1", "account": "a", "retain_cid": true, "max_concurrent_calls": 2}, 200, ""},
		{"SIP user with a space", "POST", "/v1/credentials", object{"kind": "sip", "value": "desk 1", "account": "a"}, 422, "SIP user"},
		{"PIN", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "a"}, 200, ""},
		{"PIN again", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "b"}, 422, "the provider takes 10 to 20"},
		{"PIN twice", "POST", "/v1/credentials", object{"kind": "pin", "value": "142857", "account": "a"}, 409, "this PIN exists already"},
		{"PIN for nobody", "POST", "/v1/credentials", object{"kind": "pin", "value": "142858", "account": "nobody"}, 404, "ccctl account list"},
		{"no kind", "POST", "/v1/credentials", object{"kind": "imsi", "value": "1", "account": "a"}, 422, "kind"},
		{"found", "POST", "/v1/credentials/find", object{"kind": "sip", "value": "desk1"}, 200, ""},
		{"changed", "PATCH", "/v1/credentials/sip:desk1", object{"max_concurrent_calls": 3}, 200, ""},
	})
	var desk, pin billing.Credential
	must(t, client.Do(t.Context(), "GET", "/v1/credentials/sip:desk1", nil, &desk))
	if !desk.RetainCID || desk.MaxConcurrentCalls != 3 {
		t.Errorf("credential %+v", desk)
	}
	must(t, client.Do(t.Context(), "POST", "/v1/credentials/find", object{"kind": "pin", "value": "142857"}, &pin))
	if told, err := s.RevealPIN(store.CredentialID(pin.Kind, pin.ID)); err != nil || told != "142857" {
		t.Errorf("the PIN was not sealed: %q, %v", told, err)
	}
}

func TestSpeedDials(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"added", "POST", "/v1/speed-dials", object{"account": "a", "digits": "5", "number": "514-907-2508"}, 200, ""},
		{"twice", "POST", "/v1/speed-dials", object{"account": "a", "digits": "5", "number": "+15149072509"}, 409, "exists already"},
		{"too long", "POST", "/v1/speed-dials", object{"account": "a", "digits": "555", "number": "+15149072509"}, 422, "1 or 2 digits"},
		{"no number", "POST", "/v1/speed-dials", object{"account": "a", "digits": "6", "number": "12"}, 422, "number"},
		{"for nobody", "POST", "/v1/speed-dials", object{"account": "nobody", "digits": "6", "number": "+15149072509"}, 404, "ccctl account list"},
		{"changed", "PATCH", "/v1/speed-dials/a:5", object{"number": "+15149072510"}, 200, ""},
		{"missing", "DELETE", "/v1/speed-dials/a:7", nil, 404, "ccctl speed-dial list"},
	})
	if n, ok, err := s.SpeedDial("a", "5"); n != "15149072510" || !ok || err != nil {
		t.Errorf("speed dial %q, %v, %v", n, ok, err)
	}
}

func TestLockouts(t *testing.T) {
	client, s := serveWith(t, Options{})
	rule := billing.LockRule{Misses: 2, Within: time.Hour, For: time.Hour}
	guard := store.Guard{Store: s, Rules: map[billing.LockScope]billing.LockRule{billing.LockCaller: rule, billing.LockEverybody: rule}}
	for range 2 {
		must(t, guard.Missed(t.Context(), "15149072508", "15141115555"))
	}
	var list []billing.Misses
	must(t, client.Do(t.Context(), "GET", "/v1/lockouts", nil, &list))
	if len(list) != 2 || list[0].Count != 2 || list[0].Until.IsZero() {
		t.Errorf("lock-outs %+v", list)
	}
	inOrder(t, client, []request{
		{"no scope", "DELETE", "/v1/lockouts/account", nil, 422, "scope"},
		{"nobody", "DELETE", "/v1/lockouts/caller?who=15140000000", nil, 404, "ccctl lockout list"},
		{"the caller", "DELETE", "/v1/lockouts/caller?who=%2B15149072508", nil, 200, ""},
		{"everybody", "DELETE", "/v1/lockouts/everybody", nil, 200, ""},
	})
	if locked, err := guard.Locked("15149072508", "15141115555"); locked || err != nil {
		t.Errorf("still locked: %v, %v", locked, err)
	}
}

// orders takes orders as the dialer does, and refuses what a test wants refused.
type orders struct {
	store  *store.Store
	got    CallbackOrder
	actor  string
	refuse error
}

func (o *orders) Order(ctx context.Context, order CallbackOrder, actor string) (jobs.Job, error) {
	o.got, o.actor = order, actor
	if o.refuse != nil {
		return jobs.Job{}, o.refuse
	}
	return o.store.Schedule(ctx, jobs.Job{
		ID: "job-" + order.To, Kind: "callback", Key: order.To, Account: order.Account, Made: time.Now(), Actor: actor,
		Due: time.Now().Add(time.Duration(order.DelayS) * time.Second), Tries: 1, Details: []byte(`{"then":"` + order.Then + `"}`),
	}, jobs.Quota{})
}

func TestCallbacks(t *testing.T) {
	taker := &orders{}
	client, s := serveWith(t, Options{Callbacks: taker})
	taker.store = s
	order := CallbackOrder{Account: "a", To: "15149072508", Then: "15145550001", Media: "sound:hello", DelayS: 60}
	var made jobs.Job
	must(t, client.Do(t.Context(), "POST", "/v1/callbacks", order, &made))
	if taker.got != order || taker.actor != made.Actor || made.State != jobs.Waiting || string(made.Details) != `{"then":"15145550001"}` {
		t.Errorf("order %+v by %q became %+v", taker.got, taker.actor, made)
	}
	inOrder(t, client, []request{
		{"one under way", "POST", "/v1/callbacks", order, 200, ""}, // of the same ID: answered as it stands
		{"to nobody", "POST", "/v1/callbacks", object{"account": "a", "to": ""}, 422, "to"},
		{"in the past", "POST", "/v1/callbacks", object{"account": "a", "to": "1", "delay_s": -1}, 422, "delay_s"},
		{"another", "POST", "/v1/callbacks", object{"account": "b", "to": "15149072509"}, 200, ""},
		{"read", "GET", "/v1/callbacks/job-15149072509", nil, 200, ""},
		{"not found", "GET", "/v1/callbacks/none", nil, 404, "not found"},
		{"no state", "GET", "/v1/callbacks?state=open", nil, 422, "state"},
		{"hurried", "POST", "/v1/callbacks/job-15149072508/now", nil, 200, ""},
		{"cancelled", "DELETE", "/v1/callbacks/job-15149072509", nil, 200, ""},
		{"cancelled twice", "DELETE", "/v1/callbacks/job-15149072509", nil, 409, "cancelled already"},
		{"hurried too late", "POST", "/v1/callbacks/job-15149072509/now", nil, 409, "cancelled already"},
		{"nothing to cancel", "DELETE", "/v1/callbacks/none", nil, 404, "not found"},
	})
	for query, want := range map[string]int{"": 2, "?state=waiting": 1, "?state=waiting,cancelled": 2, "?account=b": 1, "?limit=1&newest=true": 1, "?after=job-15149072508": 1, "?state=done": 0} {
		var list []jobs.Job
		must(t, client.Do(t.Context(), "GET", "/v1/callbacks"+query, nil, &list))
		if len(list) != want {
			t.Errorf("%s: %d callbacks, want %d", query, len(list), want)
		}
	}
	for _, refused := range []error{billing.Refusal{Reason: billing.CallbackPending}, fmt.Errorf("order: %w", billing.Refusal{Reason: billing.CountryNotAllowed}), fmt.Errorf("x: %w", jobs.ErrDailyCap)} {
		taker.refuse = refused
		inOrder(t, client, []request{{refused.Error(), "POST", "/v1/callbacks", order, 409, ""}})
	}
	alone, _ := serveWith(t, Options{})
	inOrder(t, alone, []request{{"not running", "POST", "/v1/callbacks", order, 503, "callbacks are not running"}})
}

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

func TestLastCall(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	inOrder(t, client, []request{
		{"none yet", "GET", "/v1/accounts/a/last-call", nil, 404, "it has made none"},
		{"of nobody", "GET", "/v1/accounts/nobody/last-call", nil, 404, "ccctl account list"},
	})
	tariff, version, _ := s.Tariff("d", "15145550001", time.Now())
	leg := billing.VisitID("v1").OutboundLeg(1)
	at := time.Now()
	_, err := s.Hold(t.Context(), billing.Hold{
		Leg: leg, Call: billing.Call{Account: "a", Job: "job-1", To: "15145550001"}, Tariff: tariff, Deck: "d", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 60, MaxSeconds: 60, At: at,
	})
	must(t, err)
	var open []Call
	must(t, client.Do(t.Context(), "GET", "/v1/calls", nil, &open))
	if len(open) != 1 || open[0].Job != "job-1" || open[0].To != "15145550001" || open[0].Held != 100_000 {
		t.Errorf("calls %+v", open)
	}
	_, err = s.Settle(t.Context(), billing.Settlement{Leg: leg, Answered: at, Ended: at.Add(30 * time.Second), Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp}})
	must(t, err)
	var last billing.CDR
	must(t, client.Do(t.Context(), "GET", "/v1/accounts/a/last-call", nil, &last))
	if last.Leg != leg || last.Job != "job-1" || last.Charge != 50_000 {
		t.Errorf("last call %+v", last)
	}
}

// A callback pays for two legs: the number called is the one to show, the money held is
// that of both.
func TestCallbackIsOneCall(t *testing.T) {
	client, s := serveWith(t, Options{})
	stock(t, client)
	tariff, version, _ := s.Tariff("d", "15145550001", time.Now())
	hold := billing.Hold{
		Leg: billing.VisitID("v1").CallerLeg(), Call: billing.Call{Account: "a", To: "15149072508"}, Tariff: tariff, Deck: "d", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, GrantSeconds: 60, MaxSeconds: 60, At: time.Now(),
	}
	_, err := s.Hold(t.Context(), hold)
	must(t, err)
	hold.Beside = &billing.Claim{Leg: hold.Leg}
	hold.Leg, hold.To = billing.VisitID("v1").OutboundLeg(1), "15145550001"
	_, err = s.Hold(t.Context(), hold)
	must(t, err)
	var calls []Call
	must(t, client.Do(t.Context(), "GET", "/v1/calls", nil, &calls))
	if len(calls) != 1 || calls[0].To != "15145550001" || calls[0].Held != 200_000 {
		t.Errorf("calls %+v", calls)
	}
}

// Every reason of billing has its sentence, but for those of legs that were dialled and
// those that only a caller's keys lead to.
func TestEveryRefusalHasASentence(t *testing.T) {
	onThePhone := []billing.Reason{
		billing.UnknownAccessNumber, billing.CallbackTrigger, billing.NoDestination, billing.NothingToRedial, billing.CallsSpent,
	}
	known := refusals()
	for _, r := range onThePhone {
		if _, ok := known[r]; ok {
			t.Errorf("%s has a sentence: it can reach the API after all", r)
		}
		known[r] = "on the phone"
	}
	for _, r := range reasonsOf(t, "../billing/call.go") {
		if text := known[r]; text == "" {
			t.Errorf("no sentence for %s", r)
		} else if strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q: want a phrase", r, text)
		}
		delete(known, r)
	}
	if len(known) > 0 {
		t.Errorf("sentences for what is no reason: %v", known)
	}
	if got := sentence("odd"); got != "refused: odd" {
		t.Errorf("unknown reason: %q", got)
	}
}

// reasonsOf reads the reasons of a file, without those of legs that were dialled.
func reasonsOf(t *testing.T, path string) (reasons []billing.Reason) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	must(t, err)
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST || strings.HasPrefix(group.Doc.Text(), "Reasons of answered") || strings.HasPrefix(group.Doc.Text(), "Reasons of failed") {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if kind, ok := value.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				reasons = append(reasons, billing.Reason(strings.Trim(value.Values[0].(*ast.BasicLit).Value, `"`)))
			}
		}
	}
	if len(reasons) < 20 {
		t.Fatalf("only %d reasons found", len(reasons))
	}
	return reasons
}
