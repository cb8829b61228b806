package kazoo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
	"cccp/store"
)

// empty is a new store with a rate deck, proven sound when the test ends.
func empty(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: []byte(strings.Repeat("k", store.MinPINKeyBytes))})
	must(t, err)
	t.Cleanup(func() {
		r, err := s.Check()
		if err != nil || len(r.Problems) > 0 {
			t.Errorf("the store is not sound: %q, %v", r.Problems, err)
		}
		must(t, s.Close())
	})
	rate := billing.Rate{Prefix: "1", Tariff: billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: 1, FirstIncrementS: 6, IncrementS: 6}}}}
	_, err = s.ImportDeck(context.Background(), "retail", []billing.Rate{rate}, time.Unix(0, 0))
	must(t, err)
	return s
}

// furnished has provider acme (CA) with offering standard and account bob, and provider
// other (DE) with nothing.
func furnished(t testing.TB) *store.Store {
	t.Helper()
	s := empty(t)
	add(t, s.Providers, billing.Provider{Name: "acme", Country: "CA", Currency: "USD", OwnedNumbers: []phone.Number{"+15149072511"}})
	add(t, s.Providers, billing.Provider{Name: "other", Country: "DE", Currency: "EUR"})
	add(t, s.Offerings, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	add(t, s.Accounts, billing.Account{ID: "bob", ActivatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Offering: "standard"})
	return s
}

func add[T any](t testing.TB, c *store.Collection[T], v T) {
	t.Helper()
	_, err := c.Add(context.Background(), v)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// full are options that leave no question open.
func full() documents.ImportOptions {
	return documents.ImportOptions{Provider: "acme", Country: "CA", Currency: "USD", Offering: "standard", Deck: "retail"}
}

func take(t testing.TB, s *store.Store, source string, o documents.ImportOptions) (documents.Report, error) {
	t.Helper()
	values, err := documents.ReadJSONValues([]byte(source))
	must(t, err)
	return Import(context.Background(), s, values, o)
}

// lines are the rows of a report, for people.
func lines(r documents.Report) string {
	var b strings.Builder
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "%s %s: %s: %s\n", row.File, row.Document, row.Action, row.What)
	}
	return b.String()
}

func TestOneRecord(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"a cid", `{"cid":"+15149072508","user_id":"bob","active":true}`, "added: cid +15149072508 of user bob"},
		{"a national cid", `{"cid":"514-907-2508","user_id":"bob","active":true}`, "added: cid +15149072508 of user bob"},
		{"a foreign cid that looks national", `{"cid":"+4930123456","user_id":"bob","active":true}`, "added: cid +4930123456 of user bob"},
		{"an owned outbound_cid", `{"cid":"+15149072508","outbound_cid":"15149072511","user_id":"bob","active":true}`, "added: cid +15149072508 of user bob"},
		{"an outbound_cid that is not owned", `{"cid":"+15149072508","outbound_cid":"+4930123456","user_id":"bob","active":true}`,
			"added: cid +15149072508 of user bob; +4930123456 is not shown: it is no owned number of acme: --own-outbound-cids makes it one"},
		{"a pin", `{"pin":"1506747290","user_id":"bob","active":true}`, "added: pin of user bob"},
		{"a pin stored as a number", `{"pin":1506747290,"user_id":"bob","active":true}`, "added: pin of user bob"},
		{"empty beside a pin", `{"pin":"1506747290","cid":"","outbound_cid":null,"user_id":"bob","active":"true"}`, "added: pin of user bob"},
		{"not active by silence", `{"pin":"1506747290","user_id":"bob"}`, "added: pin of user bob; inactive: the document does not say active"},
		{"a new user", `{"pin":"1506747290","user_id":"e6da57c768533ebf0d349845394ccf26","active":true}`, "added: pin of user e6da57c768533ebf0d349845394ccf26, who is new"},
		{"a short pin", `{"pin":"150674729","user_id":"bob"}`, "refused: PIN of 9 digits: the provider takes 10 to 20"},
		{"letters in a pin", `{"pin":"15067472x0","user_id":"bob"}`, "refused: PIN: digits only"},
		{"a pin anybody guesses", `{"pin":"1111111111","user_id":"bob"}`, "refused: PIN of one repeated digit: too easy to guess"},
		{"a pin that is no text", `{"pin":{},"user_id":"bob"}`, "refused: pin is no text"},
		{"a cid that is none", `{"cid":"bob","user_id":"bob"}`, `refused: cid "bob": no number of CA, nor an international one with +`},
		{"an outbound_cid that is none", `{"cid":"+15149072508","outbound_cid":"x","user_id":"bob"}`, `refused: outbound_cid "x": no number of CA, nor an international one with +`},
		{"both", `{"pin":"1506747290","cid":"+15149072508","user_id":"bob"}`, "refused: both pin and cid: a record has one of them"},
		{"neither", `{"user_id":"bob"}`, "refused: neither pin nor cid: a record has one of them"},
		{"nobody's", `{"cid":"+15149072508"}`, "refused: no user_id: nobody would pay for its calls"},
		{"a user no account can be called", `{"cid":"+15149072508","user_id":"b o b"}`, `refused: user_id "b o b": use 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit`},
		{"an account no provider can be called", `{"cid":"+15149072508","user_id":"bob","account_id":"/"}`, `refused: account_id "/": use 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit`},
		{"another's user", `{"cid":"+4930123456","user_id":"bob","pvt_account_id":"other","account_id":"acme"}`, "refused: user bob is an account of provider acme, not of other"},
		{"perhaps active", `{"cid":"+15149072508","user_id":"bob","active":"perhaps"}`, "refused: active is neither true nor false"},
		{"less than no calls", `{"cid":"+15149072508","user_id":"bob","max_concurent_calls_per_user":-1}`, "refused: max_concurent_calls_per_user is no whole number"},
		{"too many calls", `{"cid":"+15149072508","user_id":"bob","max_concurent_calls_per_user":1000001}`, "refused: max_concurrent_calls 1000001: give 0 (no limit) to 1000000"},
		{"exported without its PIN", `{"_id":"pin:` + strings.Repeat("0", 64) + `","user_id":"bob","pvt_type":"cccp"}`,
			"refused: exported without its PIN, so it cannot be restored: export again with ccctl cccp export --with-pins"},
		{"deleted", `{"cid":"+15149072508","user_id":"bob","pvt_deleted":true}`, "ignored: deleted"},
		{"something else", `{"_id":"x","pvt_type":"device"}`, `ignored: no CCCP record: its type is "device"`},
		{"nothing at all", `{}`, "ignored: no CCCP record"},
		{"no object", `"cccp"`, "refused: no document: a JSON object is wanted"},
		{"a row alone", `{"rows":[{"id":"a","value":{}}]}`, "refused: a row without its document: dump the database with _all_docs?include_docs=true"},
		{"too deep", strings.Repeat("[", 10) + strings.Repeat("]", 10), "refused: nested too deeply"},
		{"a config that is none", `{"_id":"cccp","default":{"ensure_valid_caller_id":1}}`, "refused: ensure_valid_caller_id is neither true nor false"},
		{"a delay that is none", `{"_id":"cccp","default":{"callback_delay":"soon"}}`, "refused: callback_delay is no whole number of seconds"},
		{"our DISA", `{"_id":"callflow.disa","default":{}}`, "unchanged: DISA defaults are the same here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := furnished(t)
			o := documents.ImportOptions{Provider: "acme", DryRun: true}
			planned, err := take(t, s, c.document, o)
			must(t, err)
			if list, _ := s.Credentials.List("", 10); len(list) > 0 {
				t.Errorf("a dry run added %+v", list)
			}
			o.DryRun = false
			done, err := take(t, s, c.document, o)
			must(t, err)
			if got := lines(done); len(done.Rows) != 1 || !strings.HasSuffix(got, ": "+c.want+"\n") {
				t.Errorf("got %swant %s", got, c.want)
			}
			if diff := cmp.Diff(planned.Rows, done.Rows); diff != "" {
				t.Errorf("the dry run said something else: %s", diff)
			}
		})
	}
}

// What is asked for leaves the store as it is.
func TestQuestions(t *testing.T) {
	const pin = `{"pin":"1506747290","user_id":"new","active":true}`
	for _, c := range []struct {
		name, documents, want string
		options               documents.ImportOptions
	}{
		{"whose", pin, "names no account: give its provider with --provider NAME", documents.ImportOptions{}},
		{"whose numbers", `{"_id":"cccp","default":{}}`, "need an owner: give --provider NAME", documents.ImportOptions{}},
		{"where", pin, "provider new is new: give its country and currency", documents.ImportOptions{Provider: "new", Country: "CA"}},
		{"no country", pin, `country "XX"`, documents.ImportOptions{Provider: "new", Country: "XX", Currency: "USD"}},
		{"sold under what", `{"pin":"1506747290","user_id":"new","account_id":"other"}`, "provider other has no offering", documents.ImportOptions{}},
		{"priced by what", pin, "offering gold is new: give the rate deck", documents.ImportOptions{Provider: "acme", Offering: "gold"}},
		{"priced by nothing", pin, "there is no rate deck none yet: ccctl rate import none FILE", documents.ImportOptions{Provider: "acme", Offering: "gold", Deck: "none"}},
		{"in which currency", `{"pin":"1506747290","user_id":"new","account_id":"other"}`, "offering standard is priced in USD, provider other keeps accounts in EUR", documents.ImportOptions{Offering: "standard"}},
		{"owned by whom", `[{"pin":"1506747290","user_id":"n1","account_id":"other"},{"pin":"1506747291","user_id":"n2","account_id":"acme"}]`,
			"offering gold is new, and there are several providers", documents.ImportOptions{Offering: "gold", Deck: "retail"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := furnished(t)
			if r, err := take(t, s, c.documents, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %s; want %q", err, lines(r), c.want)
			}
			if _, err := s.Providers.Get("new"); err == nil {
				t.Error("a provider was added all the same")
			}
		})
	}
}

// Nothing that is there is changed, and what differs is said.
func TestConflicts(t *testing.T) {
	s := furnished(t)
	add(t, s.AccessNumbers, billing.AccessNumber{Number: "+15142223333", Kind: billing.Callback, Provider: "acme", Offering: "standard"})
	first := `[{"_id":"a","cid":"+15149072508","outbound_cid":"+15149072511","user_id":"bob","active":true},{"_id":"p","pin":"1506747290","user_id":"bob","active":true}]`
	if _, err := take(t, s, first, documents.ImportOptions{Provider: "acme"}); err != nil {
		t.Fatal(err)
	}
	before := recordsOf(t, s)
	r, err := take(t, s, `
		{"_id":"b","cid":"514 907 2508","user_id":"new","retain_cid":true,"active":true}
		{"_id":"q","pin":"1506747290","user_id":"bob","max_concurent_calls_per_user":2}
		{"_id":"c","cid":"+15149072599","user_id":"bob","active":true}
		{"_id":"d","cid":"+15149072599","user_id":"bob","active":false}
		{"_id":"e","cid":"+15149072599","user_id":"bob","active":true}
		{"_id":"cccp","default":{"cccp_cb_number":"5142223333","default_caller_id_number":"00000000000"}}
		{"_id":"cccp","default":{"cccp_cb_number":"5142223333","default_caller_id_number":"00000000000"}}
		{"_id":"cccp","default":{"cccp_cb_number":"5142223334"}}`, documents.ImportOptions{Provider: "acme"})
	must(t, err)
	want := ` cccp: conflict: access number +15142223333 is open to offering standard only, not to all
 cccp: unchanged: default_caller_id_number 00000000000 is none: such calls are anonymous
 cccp: unchanged: the same came before
 cccp: conflict: another system_config/cccp came before: give the one that holds
 b: conflict: user_id is bob, not new, outbound_cid is +15149072511, not empty, retain_cid is false, not true
 q: conflict: active is true, not false, max_concurrent_calls is 0, not 2
 c: added: cid +15149072599 of user bob
 d: conflict: document c: active is true, not false
 e: unchanged: cid +15149072599 of user bob
`
	if got := lines(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	after := slices.DeleteFunc(recordsOf(t, s), func(r documents.Record) bool { return r.CID == "15149072599" })
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Accounts.Get("new"); err == nil {
		t.Error("a conflict added an account")
	}
}

// Everything of a system_config that has a place in a store that is empty.
func TestConfigOfNewProviders(t *testing.T) {
	s := empty(t)
	o := full()
	o.Provider = "platform"
	r, err := take(t, s, `{"data":{"id":"cccp","default":{"cccp_cb_number":5142223333,"cccp_cc_number":"+4930123456","ensure_valid_caller_id":"false",
		"default_caller_id_number":"+4930123457","allowed_callee_regex":"^\\+?\\d{7,}$","callback_delay":0,"last_number_redial_code":"*7","tries_count":3},
		"kazoo@one":{"callback_delay":9}}}
		{"cid":"+15149072508","outbound_cid":"+78122404700","user_id":"u1","active":true,"pvt_account_id":"1ed4f3a9c1b24e3c9d7e0a5b6c7d8e9f"}
		{"cid":"+15149072509","user_id":"u2","active":true,"pvt_account_id":"2ed4f3a9c1b24e3c9d7e0a5b6c7d8e9f"}`, documents.ImportOptions{
		Provider: "platform", Country: "CA", Currency: "USD", Offering: "standard", Deck: "retail",
		Rename: map[string]string{"2ed4f3a9c1b24e3c9d7e0a5b6c7d8e9f": "two"},
	})
	must(t, err)
	if strings.Contains(lines(r), "refused") || strings.Contains(lines(r), "conflict") || strings.Contains(lines(r), "is not shown") {
		t.Error(lines(r))
	}
	if r.Settings.RedialCode == nil || *r.Settings.RedialCode != "*7" || r.Settings.CallbackDelayS == nil || *r.Settings.CallbackDelayS != 0 {
		t.Errorf("settings %+v", r.Settings)
	}
	if want := []string{"kazoo@one", "tries_count"}; !slices.Equal(r.IgnoredFields, want) || r.NewAccounts != 2 {
		t.Errorf("ignored %q, want %q; %d new accounts", r.IgnoredFields, want, r.NewAccounts)
	}
	for _, name := range []string{"platform", "two", "1ed4f3a9c1b24e3c9d7e0a5b6c7d8e9f"} {
		p, err := s.Providers.Get(name)
		must(t, err)
		if !p.AnyCallerID || p.DefaultCallerID != "4930123457" {
			t.Errorf("%+v", p)
		}
	}
	sold, err := s.Offerings.Get("standard")
	must(t, err)
	if sold.AllowedCallee != `^\+?\d{7,}$` || sold.Provider != "platform" {
		t.Errorf("%+v", sold)
	}
	for number, kind := range map[phone.Number]billing.AccessKind{"15142223333": billing.Callback, "4930123456": billing.Dialthrough} {
		n, ok, err := s.AccessNumber(number)
		if err != nil || !ok || n.Kind != kind || n.Offering != "" {
			t.Errorf("%s: %+v, %t, %v", number, n, ok, err)
		}
	}
	again, err := take(t, s, `{"_id":"cccp","default":{"cccp_cb_number":5142223333,"ensure_valid_caller_id":false,"allowed_callee_regex":"^\\+?\\d{7,}$"}}`, o)
	must(t, err)
	for _, row := range again.Rows {
		if row.Action != documents.Unchanged {
			t.Errorf("again: %+v", row)
		}
	}
}

func TestOwnOutboundCIDs(t *testing.T) {
	s := furnished(t)
	const source = `[{"cid":"+15149072508","outbound_cid":"+4930123456","user_id":"bob","active":true},
		{"cid":"+15149072509","outbound_cid":"+4930123456","user_id":"bob","active":true},
		{"cid":"+15149072510","outbound_cid":"+15149072511","user_id":"bob","active":true},
		{"cid":"x","outbound_cid":"+4930123459","user_id":"bob","active":true}]`
	if _, err := take(t, s, source, documents.ImportOptions{Provider: "acme"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to add
		r, err := take(t, s, source, documents.ImportOptions{Provider: "acme", OwnOutboundCIDs: true})
		must(t, err)
		if strings.Contains(lines(r), "is not shown") {
			t.Error(lines(r))
		}
		p, err := s.Providers.Get("acme")
		must(t, err)
		if want := []phone.Number{"15149072511", "4930123456"}; !slices.Equal(p.OwnedNumbers, want) {
			t.Errorf("owned numbers %q, want %q", p.OwnedNumbers, want)
		}
	}
}

// An import that was stopped can be repeated, and is whole then.
func TestStopped(t *testing.T) {
	s := furnished(t)
	var all []string
	for i := range 500 {
		all = append(all, fmt.Sprintf(`{"pin":"15067%06d","user_id":"u%d","active":true}`, i, i/2))
	}
	source := "[" + strings.Join(all, ",") + "]"
	values, err := documents.ReadJSONValues([]byte(source))
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	p := newPlan(s, documents.ImportOptions{Provider: "acme"})
	must(t, p.make(documents.Of(values)))
	halfway := p.records[250].do
	p.records[250].do = func(ctx context.Context) error {
		stop()
		return halfway(ctx)
	}
	if err := p.carryOut(ctx); err == nil {
		t.Fatal("nothing stopped it")
	}
	part := len(recordsOf(t, s))
	if part == 0 || part == 500 {
		t.Fatalf("%d records were added", part)
	}
	r, err := take(t, s, source, documents.ImportOptions{Provider: "acme"})
	must(t, err)
	did := map[documents.Action]int{}
	for _, row := range r.Rows {
		did[row.Action]++
	}
	if did[documents.Unchanged] != part || did[documents.Added] != 500-part || len(recordsOf(t, s)) != 500 {
		t.Errorf("%d were there, then %v", part, did)
	}
}
