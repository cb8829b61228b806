package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

// furnish gives both tenants of twoProviders all a provider can have.
func furnish(t *testing.T, root *wire.Client) {
	t.Helper()
	day := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	for _, p := range []string{"acme", "zeta"} {
		for _, r := range [][2]string{
			{"/v1/groups", `{"name":"g-P","provider":"P","amount":"1","day":"` + day + `","count":2,"members":["a-P"]}`},
			{"/v1/bundles", `{"name":"b-P","provider":"P","free_minutes":10,"period":"month"}`},
			{"/v1/named-rates", `{"provider":"P","name":"1","amount":"0.10"}`},
			{"/v1/rate-plans", `{"name":"p-P","provider":"P","rates":["1"]}`},
			{"/v1/calling-services", `{"name":"s-P","provider":"P","rate_plans":["p-P"]}`},
			{"/v1/accounts", `{"id":"a2-P","offering":"o-P"}`},
			{"/v1/accounts", `{"id":"a9-P","offering":"o-P"}`},
			{"/v1/accounts/a9-P/archive", `{}`},
			{"/v1/lots", `{"name":"l-P","offering":"o-P","count":10}`}, // makes job bulk-1, and bulk-2 for zeta
		} {
			must(t, root.Do(t.Context(), "POST", strings.ReplaceAll(r[0], "P", p), json.RawMessage(strings.ReplaceAll(r[1], "P", p)), nil))
		}
	}
	// zeta sells what acme owns, and acme what zeta owns: a platform owner had it so.
	must(t, root.Do(t.Context(), "POST", "/v1/accounts", json.RawMessage(`{"id":"a3-zeta","offering":"o-acme","provider":"zeta"}`), nil))
	must(t, root.Do(t.Context(), "POST", "/v1/accounts", json.RawMessage(`{"id":"a3-acme","offering":"o-zeta","provider":"acme"}`), nil))
}

// ofZeta are IDs of the other provider's records, by the path of their collection.
func ofZeta() map[string]string {
	return map[string]string{
		"/v1/providers": "zeta", "/v1/offerings": "o-zeta", "/v1/accounts": "a-zeta", "/v1/access-numbers": "15141110002",
		"/v1/credentials": "ani:15149072502", "/v1/speed-dials": "a-zeta:1", "/v1/disas": "d-zeta", "/v1/groups": "g-zeta",
		"/v1/bundles": "b-zeta", "/v1/named-rates": "zeta:1", "/v1/rate-plans": "p-zeta", "/v1/calling-services": "s-zeta",
		"/v1/lots": "l-zeta", "/v1/jobs": "bulk-2",
	}
}

// attempt is what an administrator of acme tries.
type attempt struct{ method, path, body string }

func (a attempt) by(t *testing.T, c *wire.Client, out any) error {
	t.Helper()
	var in any
	if a.body != "" {
		in = json.RawMessage(a.body)
	}
	return c.Do(t.Context(), a.method, a.path, in, out)
}

// posts are what is sent to the endpoints that take more than fields to change: each aims
// at the other provider, directly or by reference.
func posts() []attempt {
	day := time.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	return []attempt{
		{"POST", "/v1/providers", `{"name":"new","country":"CA","currency":"USD"}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"zeta","calling_services":["s-acme"]}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"acme","calling_services":["s-zeta"]}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"acme","calling_services":["s-acme"],"bundles":["b-zeta"]}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"acme","calling_services":["s-acme"],"access_numbers":["+15141110002"]}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"acme","calling_services":["s-acme"],"access_numbers":["5141110002"]}`},
		{"POST", "/v1/offerings", `{"name":"o2","provider":"acme","deck":"d"}`},
		{"POST", "/v1/accounts", `{"id":"x","offering":"o-zeta"}`},
		{"POST", "/v1/accounts", `{"id":"x","offering":"o-zeta","provider":"acme"}`},
		{"POST", "/v1/accounts", `{"id":"x","offering":"o-acme","provider":"zeta"}`},
		{"POST", "/v1/access-numbers", `{"number":"15141110009","kind":"dialthrough","provider":"zeta"}`},
		{"POST", "/v1/access-numbers", `{"number":"15141110009","kind":"dialthrough","provider":"acme","offering":"o-zeta"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"1234509876","account":"a-zeta"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"1","account":"a-zeta"}`},
		{"POST", "/v1/credentials", `{"kind":"ani","value":"15149072503","account":"a-zeta"}`},
		{"POST", "/v1/credentials", `{"kind":"sip","value":"desk","account":"a3-zeta"}`},
		{"POST", "/v1/speed-dials", `{"account":"a-zeta","digits":"2","number":"15149072511"}`},
		{"POST", "/v1/speed-dials", `{"account":"a-zeta","digits":"2","number":"?"}`},
		{"POST", "/v1/disas", `{"name":"d2","account":"a-zeta","pin":"9876543210"}`},
		{"POST", "/v1/disas", `{"name":"d2","account":"a-zeta","pin":"1"}`},
		{"PATCH", "/v1/disas/d-acme", `{"account":"a-zeta","pin":"1"}`},
		{"POST", "/v1/vouchers", `{"code":"1234567890123","provider":"zeta","amount":"5"}`},
		{"POST", "/v1/vouchers/redeem", `{"code":"123456789011","account":"a-zeta","ref":"2"}`},
		{"POST", "/v1/groups", `{"name":"g2","provider":"acme","amount":"1","day":"` + day + `","count":2,"members":["a-zeta"]}`},
		{"POST", "/v1/groups", `{"name":"g2","provider":"zeta","amount":"1","day":"` + day + `","count":2}`},
		{"PATCH", "/v1/groups/g-acme", `{"members":["a-acme","a3-zeta"]}`},
		{"POST", "/v1/bundles", `{"name":"b2","provider":"zeta","free_minutes":10,"period":"month"}`},
		{"POST", "/v1/named-rates", `{"provider":"zeta","name":"15","amount":"0"}`},
		{"PATCH", "/v1/named-rates/acme:1", `{"provider":"zeta"}`},
		{"POST", "/v1/rate-plans", `{"name":"p2","provider":"zeta","rates":["1"]}`},
		{"POST", "/v1/rate-plans", `{"name":"p2","provider":"acme","deck":"d"}`},
		{"POST", "/v1/calling-services", `{"name":"s2","provider":"acme","rate_plans":["p-zeta"]}`},
		{"POST", "/v1/calling-services", `{"name":"s2","provider":"zeta","rate_plans":["p-acme"]}`},
		{"PATCH", "/v1/calling-services/s-acme", `{"rate_plans":["p-acme","p-zeta"]}`},
		{"PATCH", "/v1/offerings/o-acme", `{"provider":"zeta"}`},
		{"PATCH", "/v1/offerings/o-acme", `{"deck":"","calling_services":["s-zeta"]}`},
		{"PATCH", "/v1/offerings/o-acme", `{"bundles":["b-zeta"]}`},
		{"PATCH", "/v1/accounts/a-acme", `{"offering":"o-zeta"}`},
		{"PATCH", "/v1/accounts/a-acme", `{"provider":"zeta"}`},
		{"PATCH", "/v1/access-numbers/15141110001", `{"offering":"o-zeta"}`},
		{"PATCH", "/v1/credentials/ani:15149072501", `{"account":"a-zeta"}`},
		{"PATCH", "/v1/providers/acme", `{"owned_numbers":["15141110002"]}`},
		{"PATCH", "/v1/providers/acme", `{"any_caller_id":true}`},
		{"PATCH", "/v1/providers/acme", `{"default_caller_id":"15141110002"}`},
		{"PATCH", "/v1/providers/acme", `{"max_concurrent_calls":9}`},
		{"POST", "/v1/accounts/a-zeta/entries", `{"kind":"credit","amount":"1","reason":"r","ref":"2"}`},
		{"POST", "/v1/accounts/a3-zeta/entries", `{"kind":"credit","amount":"1","reason":"r","ref":"2"}`},
		{"POST", "/v1/accounts/a-zeta/transfers", `{"to":"a-acme","reason":"r","ref":"3"}`},
		{"POST", "/v1/accounts/a-acme/transfers", `{"to":"a-zeta","reason":"r","ref":"3"}`},
		{"POST", "/v1/lots", `{"name":"l2","offering":"o-zeta","count":1}`},
		{"POST", "/v1/lots", `{"name":"l2","offering":"o-acme","provider":"zeta","count":1}`},
		{"POST", "/v1/lots/l-zeta/status", `{"status":"blocked"}`},
		{"POST", "/v1/jobs/import?object=administrators", `"Username"`},
		{"POST", "/v1/jobs/export?object=administrators", ""},
		{"POST", "/v1/jobs/export?object=lots&provider=zeta", ""},
		{"POST", "/v1/jobs/export?object=lots&lot=l-zeta", ""},
		{"GET", "/v1/archive/account/a9-zeta", ""},
		{"POST", "/v1/archive/account/a9-zeta/restore", ""},
		{"DELETE", "/v1/archive/account/a9-zeta", ""},
		{"GET", "/v1/accounts/a-zeta/authorisation?to=15149072511", ""},
		{"GET", "/v1/offerings/o-zeta/quote?to=15149072511&seconds=1", ""},
		{"GET", "/v1/offerings/o-zeta/quote?to=15149072511&seconds=1&account=a-acme", ""},
		{"GET", "/v1/offerings/o-acme/quote?to=15149072511&seconds=1&account=a3-zeta", ""},
	}
}

// aimed are attempts at every endpoint there is.
func aimed(t *testing.T) (all []attempt) {
	t.Helper()
	ids, sent := ofZeta(), posts()
	for _, e := range endpoints(t) {
		method, path := e.method, e.path
		collection, rest, below := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/{")
		switch id := ids["/v1/"+collection]; {
		case !e.shared:
			body := map[bool]string{true: `{}`}[method == "POST" || method == "PUT" || method == "PATCH"]
			all = append(all, attempt{method, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "x"), body})
		case below && id != "" && (method == "DELETE" || method == "PATCH" || method == "GET" || strings.HasSuffix(path, "/archive")):
			_, rest, _ = strings.Cut(rest, "}")
			if strings.HasSuffix(rest, "quote") || strings.HasSuffix(rest, "authorisation") {
				continue // among posts, with what they take
			}
			body := map[bool]string{true: `{}`}[method == "PATCH"]
			all = append(all, attempt{method, "/v1/" + collection + "/" + id + rest, body})
		case method != "GET" && !strings.HasPrefix(path, "/v1/vouchers/{") && !strings.HasSuffix(path, "/find"):
			if !tried(sent, method, path) {
				t.Errorf("%s %s: say among posts what aims at another provider", method, path)
			}
		}
	}
	return append(all, sent...)
}

func tried(all []attempt, method, path string) bool {
	pattern := regexp.MustCompile("^" + regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "[^/]+") + "$")
	for _, a := range all {
		if at, _, _ := strings.Cut(a.path, "?"); a.method == method && pattern.MatchString(at) {
			return true
		}
	}
	return false
}

// nameOfZeta is a name that an administrator of acme has no business with.
var nameOfZeta = regexp.MustCompile(`[a-z0-9]*-?zeta`)

// An administrator of one provider gets nowhere at another's records, by no endpoint and
// by no reference, and is told no name that he did not give himself.
func TestNobodyReachesAnother(t *testing.T) {
	root, bob, s := twoProviders(t, staff.Every)
	furnish(t, root)
	voucher, err := s.FindVoucher(t.Context(), "123456789012")
	must(t, err)
	before, err := s.Check()
	must(t, err)
	for _, a := range append(aimed(t), attempt{"GET", "/v1/vouchers/" + voucher.ID, ""}, attempt{"DELETE", "/v1/vouchers/" + voucher.ID, ""}, attempt{"POST", "/v1/vouchers/" + voucher.ID + "/archive", ""}) {
		err := a.by(t, bob, nil)
		if !forbidden(err) {
			t.Errorf("%v: %v", a, err)
			continue
		}
		for _, name := range nameOfZeta.FindAllString(err.Error(), -1) {
			if !strings.Contains(a.path+a.body, name) {
				t.Errorf("%v: tells of %s: %v", a, name, err)
			}
		}
	}
	after, err := s.Check()
	must(t, err)
	if was, is := fmt.Sprintf("%+v", before), fmt.Sprintf("%+v", after); was != is {
		t.Errorf("what was refused changed something: %s", cmp.Diff(was, is))
	}
	for _, e := range endpoints(t) {
		if e.shared && e.method == "GET" && !strings.Contains(e.path, "{") {
			var answer json.RawMessage
			must(t, bob.Do(t.Context(), "GET", e.path, nil, &answer))
			told := strings.ReplaceAll(string(answer), `"offering":"o-zeta"`, "") // whose account a3-acme is sold under
			if strings.Contains(told, "zeta") {
				t.Errorf("%s: %s", e.path, answer)
			}
		}
	}
}

// What is looked for by what only its holder knows is, where it is another's, as if it
// were nobody's.
func TestFindingTellsNothingOfOthers(t *testing.T) {
	root, bob, _ := twoProviders(t, staff.Every)
	must(t, root.Do(t.Context(), "POST", "/v1/credentials", json.RawMessage(`{"kind":"pin","value":"4711081547","account":"a-zeta"}`), nil))
	for _, find := range [][3]string{
		{"/v1/credentials/find", `{"kind":"pin","value":"4711081547"}`, `{"kind":"pin","value":"4711081548"}`},
		{"/v1/vouchers/find", `{"code":"123456789012"}`, `{"code":"123456789099"}`},
		{"/v1/vouchers/redeem", `{"code":"123456789012","account":"a-acme","ref":"9"}`, `{"code":"123456789099","account":"a-acme","ref":"9"}`},
	} {
		theirs, nobodys := attempt{"POST", find[0], find[1]}.by(t, bob, nil), attempt{"POST", find[0], find[2]}.by(t, bob, nil)
		if theirs == nil || nobodys == nil || theirs.Error() != nobodys.Error() {
			t.Errorf("%s: another's: %v; nobody's: %v", find[0], theirs, nobodys)
		}
	}
	must(t, root.Do(t.Context(), "POST", "/v1/vouchers/redeem", json.RawMessage(`{"code":"123456789012","account":"a-zeta","ref":"9"}`), nil))
	if err := (attempt{"POST", "/v1/vouchers/redeem", `{"code":"123456789012","account":"a-acme","ref":"9"}`}).by(t, bob, nil); !contains(err, "no such voucher") {
		t.Errorf("another's that was used: %v", err)
	}
}

// An offering that one provider owns and another sells: the seller keeps his
// accounts and learns what their calls cost, the owner keeps the offering; neither sees
// more of the other than he did.
func TestSellingAnothersOffering(t *testing.T) {
	root, bob, _ := twoProviders(t, staff.Every)
	furnish(t, root)
	for _, a := range []attempt{
		{"PATCH", "/v1/accounts/a3-acme", `{"language":"fr"}`},
		{"POST", "/v1/credentials", `{"kind":"ani","value":"15149072508","account":"a3-acme"}`},
		{"POST", "/v1/accounts/a3-acme/entries", `{"kind":"credit","amount":"1","reason":"r","ref":"1"}`},
		{"GET", "/v1/accounts/a3-acme/authorisation?to=15149072511", ``},
		{"GET", "/v1/offerings/o-zeta/quote?to=15149072511&seconds=60&account=a3-acme", ``},
		{"PATCH", "/v1/offerings/o-acme", `{"language":"fr"}`},
	} {
		if err := a.by(t, bob, nil); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
	must(t, attempt{"DELETE", "/v1/accounts/a2-acme", ""}.by(t, bob, nil))
	must(t, attempt{"PATCH", "/v1/disas/d-acme", `{"account":"a3-acme"}`}.by(t, root, nil))
	err := attempt{"DELETE", "/v1/offerings/o-acme", ""}.by(t, bob, nil)
	if !contains(err, "in use") || contains(err, "a3-zeta") {
		t.Errorf("an offering that another sells: %v", err)
	}
}

// Which carrier took a call, and what for, is not the seller's to know.
func TestSellersSeeNoCarriers(t *testing.T) {
	_, bob, s := twoProviders(t)
	must(t, s.Record(t.Context(), billing.CDR{Leg: "v1-1", Visit: "v1", Call: billing.Call{Provider: "acme"}, Trunk: "carrier", Cost: 1, Ended: time.Now()}))
	var list []billing.CDR
	must(t, bob.Do(t.Context(), "GET", "/v1/cdrs", nil, &list))
	if len(list) != 1 || list[0].Trunk != "" || list[0].Cost != 0 {
		t.Errorf("%+v", list)
	}
}

// Nobody makes himself, or another, more than he is.
func TestPermissionsDoNotGrow(t *testing.T) {
	root, _, s := twoProviders(t)
	_, err := s.Admins.Add(t.Context(), staff.Admin{Username: "hr", Role: staff.PlatformOwner, Permissions: []staff.Permission{staff.Admins}})
	must(t, err)
	hr := root.As("hr")
	for _, a := range []attempt{
		{"PATCH", "/v1/admins/hr", `{"permissions":["all"]}`},
		{"PATCH", "/v1/admins/hr", `{"permissions":["admins","money"]}`},
		{"POST", "/v1/admins", `{"username":"friend","role_id":"platform_owner","permissions":["all"]}`},
	} {
		if err := a.by(t, hr, nil); !forbidden(err) {
			t.Errorf("%v: %v", a, err)
		}
	}
	must(t, attempt{"POST", "/v1/admins", `{"username":"friend","role_id":"platform_owner","permissions":["admins"]}`}.by(t, hr, nil))
	if _, err := (server{Options{Store: s}}).actor(context.WithValue(t.Context(), peerKey{}, peerUser{"hr", false}), "nobody"); !contains(err, "only a platform owner") {
		t.Errorf("who is not there is told apart: %v", err)
	}
}

// A refusal never repeats what was sent: it may be a PIN.
func TestRefusalsRepeatNothing(t *testing.T) {
	root, _, _ := twoProviders(t)
	const secret = "47110815479999999999"
	long := strings.Repeat(secret, 4)
	for _, a := range []attempt{
		{"POST", "/v1/credentials", `{"kind":"pin","value":"` + long + `","account":"a-acme"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":` + secret + `,"account":"a-acme"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"` + secret + `","account":"a-acme","colour":"blue"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"` + secret + `x","account":"a-acme"}`},
		{"POST", "/v1/credentials", `{"kind":"pin","value":"` + secret + `","account":"nobody"}`},
		{"POST", "/v1/disas", `{"name":"x","account":"a-acme","pin":"` + long + `"}`},
		{"PATCH", "/v1/disas/d-acme", `{"pin":` + secret + `}`},
		{"POST", "/v1/vouchers", `{"code":"` + long + `","provider":"acme","amount":"1"}`},
		{"POST", "/v1/vouchers/find", `{"code":"` + secret + `"}`},
		{"POST", "/v1/credentials/find", `{"kind":"pin","value":"` + secret + `"}`},
		{"GET", "/v1/credentials/pin:" + secret, ``}, {"DELETE", "/v1/credentials/pin:" + secret, ``},
		{"PATCH", "/v1/credentials/pin:" + secret, `{"inactive":true}`},
	} {
		if text := refusedText(t, root, a); strings.Contains(text, secret) {
			t.Errorf("%v: %s", a.path, text)
		}
	}
}

// refusedText is the whole answer to what is refused, as it comes over the socket.
func refusedText(t *testing.T, c *wire.Client, a attempt) string {
	t.Helper()
	var in any
	if a.body != "" {
		in = json.RawMessage(a.body)
	}
	response, err := c.Send(t.Context(), a.method, a.path, in)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode < 400 {
		t.Errorf("%v: not refused: %s", a, text)
	}
	return string(text)
}
