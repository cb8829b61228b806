package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
)

// peopled is a furnished store with ways into two accounts.
func peopled(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072509", Account: "alice", Inactive: true})
	add(t, h.Credentials, billing.Credential{Kind: billing.SIP, ID: "alice-desk", Account: "alice"})
	add(t, h.Credentials, billing.Credential{Kind: billing.SIP, ID: "alice-old", Account: "alice", Inactive: true})
	add(t, h.Credentials, billing.Credential{Kind: billing.SIP, ID: "310150123456789", Account: "bob"})
	hash := must(h.PINCredential(pin, 10))
	add(t, h.DISAs, billing.DISA{Name: "office", Account: "alice", PINHash: hash.ID, KeyID: hash.KeyID})
	h.credit(t, "alice", 5_000_000)
	return h
}

func TestWhoIsWho(t *testing.T) {
	h := peopled(t)
	addPIN(t, h, "bob", "2506747291")
	for name, c := range map[string]struct {
		find                func() (billing.Subscriber, bool, error)
		account, credential string
	}{
		"SIP user":             {func() (billing.Subscriber, bool, error) { return h.BySIPUser("alice-desk") }, "alice", "sip:alice-desk"},
		"IMSI":                 {func() (billing.Subscriber, bool, error) { return h.BySIPUser("310150123456789") }, "bob", "sip:310150123456789"},
		"SIP user, unknown":    {func() (billing.Subscriber, bool, error) { return h.BySIPUser("alice") }, "", ""},
		"SIP user by a number": {func() (billing.Subscriber, bool, error) { return h.BySIPUser("15149072508") }, "", ""},
		"DISA":                 {func() (billing.Subscriber, bool, error) { return h.ByDISA("office", pin) }, "alice", ""},
		"DISA, another's PIN":  {func() (billing.Subscriber, bool, error) { return h.ByDISA("office", "2506747291") }, "", ""},
		"DISA, no PIN":         {func() (billing.Subscriber, bool, error) { return h.ByDISA("office", "") }, "", ""},
		"DISA, its hash":       {func() (billing.Subscriber, bool, error) { return h.ByDISA("office", testKey.Hash(pin)) }, "", ""},
		"DISA, unknown":        {func() (billing.Subscriber, bool, error) { return h.ByDISA("home", pin) }, "", ""},
		"a DISA's PIN alone":   {func() (billing.Subscriber, bool, error) { return h.ByPIN(pin) }, "", ""},
		"account":              {func() (billing.Subscriber, bool, error) { return h.ByAccount("alice", "") }, "alice", ""},
		"account, unknown":     {func() (billing.Subscriber, bool, error) { return h.ByAccount("nobody", "") }, "", ""},
		"account, credential":  {func() (billing.Subscriber, bool, error) { return h.ByAccount("alice", "ani:15149072508") }, "alice", "ani:15149072508"},
		"account, inactive":    {func() (billing.Subscriber, bool, error) { return h.ByAccount("alice", "ani:15149072509") }, "", ""},
		"account, another's":   {func() (billing.Subscriber, bool, error) { return h.ByAccount("bob", "ani:15149072508") }, "", ""},
		"account, none such":   {func() (billing.Subscriber, bool, error) { return h.ByAccount("alice", "ani:1") }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sub, ok, err := c.find()
			if err != nil || ok != (c.account != "") || sub.Account.ID != c.account {
				t.Fatalf("found %v: %+v, %v", ok, sub, err)
			}
			credential := ""
			if sub.Credential != (billing.Credential{}) {
				credential = CredentialID(sub.Credential.Kind, sub.Credential.ID)
			}
			if credential != c.credential {
				t.Errorf("by %q, want %q", credential, c.credential)
			}
			if ok && (sub.Offering.Name != "basic" || sub.Owner.Name != "fox" || sub.Seller.Name != "fox" || sub.Balance.Account != c.account) {
				t.Errorf("%+v", sub)
			}
		})
	}
}

func TestDISA(t *testing.T) {
	h := peopled(t)
	if d, ok, err := h.DISA("office"); !ok || err != nil || d.PINDigits != billing.DefaultDISAPINDigits {
		t.Errorf("%+v, %v, %v", d, ok, err)
	}
	if _, ok, err := h.DISA("home"); ok || err != nil {
		t.Errorf("found %v, %v", ok, err)
	}
	other := PINKey(strings.Repeat("o", MinPINKeyBytes))
	h.changesNothing(t, func() {
		for name, d := range map[string]billing.DISA{
			"no PIN":           {KeyID: testKey.ID()},
			"PIN in clear":     {PINHash: pin, KeyID: testKey.ID()},
			"hash without key": {PINHash: testKey.Hash(pin)},
			"of another key":   {PINHash: other.Hash(pin), KeyID: other.ID()},
		} {
			d.Name, d.Account = "home", "alice"
			if _, err := h.DISAs.Add(t.Context(), d); !errors.Is(err, billing.ErrInvalid) || strings.Contains(err.Error(), pin) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if err := h.Accounts.Remove(t.Context(), "alice"); !errors.Is(err, billing.ErrInUse) {
		t.Errorf("its account: %v", err)
	}
}

func TestSpeedDials(t *testing.T) {
	h := peopled(t)
	add(t, h.Accounts, billing.Account{ID: "bob-2", Offering: "basic"})
	for _, d := range []billing.SpeedDial{
		{Account: "bob", Digits: "1", Number: "(514) 555-0123"}, {Account: "bob", Digits: "1", Number: "+7 812 240-47-00"},
		{Account: "bob", Digits: "11", Number: "15145550124"}, {Account: "bob-2", Digits: "1", Number: "15145550125"},
	} {
		if err := h.SetSpeedDial(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	want := func(account, digits string, number phone.Number) {
		t.Helper()
		if n, ok, err := h.SpeedDial(account, digits); err != nil || n != number || ok != (number != "") {
			t.Errorf("%s %s is %s, %v, want %s", account, digits, n, err, number)
		}
	}
	want("bob", "1", "78122404700")
	want("bob", "11", "15145550124")
	want("bob", "2", "")
	want("bob-2", "1", "15145550125")
	want("alice", "1", "")
	h.changesNothing(t, func() {
		for name, c := range map[string]struct {
			d    billing.SpeedDial
			want error
		}{
			"nobody's":   {billing.SpeedDial{Account: "nobody", Digits: "1", Number: "15145550123"}, billing.ErrNotFound},
			"long":       {billing.SpeedDial{Account: "bob", Digits: "123", Number: "15145550123"}, billing.ErrInvalid},
			"no digits":  {billing.SpeedDial{Account: "bob", Number: "15145550123"}, billing.ErrInvalid},
			"letters":    {billing.SpeedDial{Account: "bob", Digits: "a", Number: "15145550123"}, billing.ErrInvalid},
			"no number":  {billing.SpeedDial{Account: "bob", Digits: "3"}, billing.ErrInvalid},
			"bad number": {billing.SpeedDial{Account: "bob", Digits: "3", Number: "mother"}, billing.ErrInvalid},
		} {
			if err := h.SetSpeedDial(t.Context(), c.d); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if err := h.Credentials.Remove(t.Context(), "sip:310150123456789"); err != nil {
		t.Fatal(err)
	}
	if err := h.Accounts.Remove(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	want("bob", "1", "")
	want("bob", "11", "")
	want("bob-2", "1", "15145550125")
}

func TestRegisterPhone(t *testing.T) {
	h := peopled(t)
	change(t, h.Providers, "fox", func(p *billing.Provider) { p.Country = "DE" }) // where 1514… is a number in Berlin
	const access, shown = "15145550100", "15145550199"
	change(t, h.Providers, "fox", func(p *billing.Provider) { p.DefaultCallerID = "+" + shown })
	if _, err := h.AccessNumbers.Add(t.Context(), billing.AccessNumber{Number: "+" + access, Kind: billing.Dialthrough, Provider: "fox"}); err != nil {
		t.Fatal(err)
	}
	like := billing.Credential{Kind: billing.PIN, ID: "x", Account: "alice", OutboundCID: "15149072511", RetainCID: true, MaxConcurrentCalls: 1}
	if err := h.RegisterPhone(t.Context(), "15149072510", like); err != nil {
		t.Fatal(err)
	}
	want := billing.Credential{Kind: billing.ANI, ID: "15149072510", Account: "alice", OutboundCID: "15149072511", RetainCID: true, MaxConcurrentCalls: 1}
	if sub, ok, err := h.ByANI("15149072510"); !ok || err != nil || sub.Credential != want {
		t.Errorf("%s, %v", cmp.Diff(want, sub.Credential), err)
	}
	h.changesNothing(t, func() {
		for _, own := range []phone.Number{"15149072510", "15149072508"} {
			if err := h.RegisterPhone(t.Context(), own, like); err != nil {
				t.Errorf("%s again: %v", own, err)
			}
		}
		if err := h.RegisterPhone(t.Context(), "15149072508", billing.Credential{Account: "bob"}); !errors.Is(err, billing.ErrConflict) {
			t.Errorf("another's phone: %v", err)
		}
		for _, n := range []phone.Number{"15149072509", access, shown} { // switched off; the platform's own
			if err := h.RegisterPhone(t.Context(), n, like); !errors.Is(err, billing.ErrConflict) {
				t.Errorf("%s: %v", n, err)
			}
		}
		if err := h.RegisterPhone(t.Context(), "", like); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("a withheld number: %v", err)
		}
		if err := h.RegisterPhone(t.Context(), "15149072512", billing.Credential{Account: "nobody"}); !errors.Is(err, billing.ErrNotFound) {
			t.Errorf("for nobody: %v", err)
		}
	})
}

// Numbers of an account are read as typed in its provider's country; those kept stay.
func TestAccountNumbersAreNormalised(t *testing.T) {
	h := furnished(t)
	typed := []phone.Number{"514 907 2512", "+33142685300"}
	a := add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic", ActivatedAt: noon, OutboundCID: "(514) 907-2511", PhoneMe: typed})
	if typed[0] != "514 907 2512" {
		t.Errorf("what was typed became %q under the typist's hands", typed)
	}
	want := billing.Account{
		ID: "bob", Offering: "basic", Provider: "fox", Status: billing.Activated, ActivatedAt: noon,
		OutboundCID: "15149072511", PhoneMe: []phone.Number{"15149072512", "33142685300"},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Fatal(diff)
	}
	change(t, h.Providers, "fox", func(p *billing.Provider) { p.Country = "DE" })
	changed, err := h.Accounts.Change(t.Context(), "bob", func(a *billing.Account) error {
		a.Language, a.PhoneMe = "fr", append(a.PhoneMe, "030 901820")
		return nil
	})
	want.Language, want.PhoneMe = "fr", append(want.PhoneMe, "4930901820")
	if diff := cmp.Diff(want, changed); err != nil || diff != "" {
		t.Error(err, diff)
	}
	h.changesNothing(t, func() {
		for name, edit := range map[string]func(*billing.Account){
			"caller ID": func(a *billing.Account) { a.OutboundCID = "anonymous" },
			"phone-me":  func(a *billing.Account) { a.PhoneMe = []phone.Number{"mother"} },
			"empty one": func(a *billing.Account) { a.PhoneMe = []phone.Number{""} },
		} {
			if _, err := h.Accounts.Change(t.Context(), "bob", func(a *billing.Account) error { edit(a); return nil }); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestSIPUsersAreEndpointNames(t *testing.T) {
	h := furnished(t)
	h.changesNothing(t, func() {
		for _, bad := range []string{"", "a b", "a/b", "PJSIP/alice", "alice@host", strings.Repeat("x", billing.MaxNameBytes+1)} {
			if _, err := h.Credentials.Add(t.Context(), billing.Credential{Kind: billing.SIP, ID: bad, Account: "alice"}); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

// Redial knows what was called with a credential, whether anybody answered or not, and
// forgets it with the credential.
func TestLastDialled(t *testing.T) {
	h := rich(t)
	want := func(number phone.Number) {
		t.Helper()
		if n, ok, err := h.LastDialled("ani:15149072508"); err != nil || n != number || ok != (number != "") {
			t.Fatalf("last dialled %q, %v, want %q", n, err, number)
		}
	}
	want("")
	own := h.callOf(t, "v1")
	own.Leg, own.To = billing.VisitID("v1").CallerLeg(), "15149072508"
	h.hold(t, own)
	want("")
	h.hold(t, h.callOf(t, "v2"))
	want("15145550123")
	other := h.callOf(t, "v3")
	other.To, other.GrantSeconds = "15145550199", 0
	if _, err := h.Hold(t.Context(), other); err == nil {
		t.Fatal("held")
	}
	want("15145550123")
	h.reopen(t)
	other.GrantSeconds = 60
	h.hold(t, other)
	h.settle(t, unanswered("v3-1b"))
	want("15145550199")
	if err := h.Credentials.Remove(t.Context(), "ani:15149072508"); err != nil {
		t.Fatal(err)
	}
	want("")
	h.hold(t, holdOf("alice", "v4-1b")) // begun before the removal
	want("")
}

func TestLastCall(t *testing.T) {
	h := rich(t)
	if cdr, ok, err := h.LastCall("alice"); ok || err != nil {
		t.Fatalf("%+v, %v", cdr, err)
	}
	h.hold(t, h.calledBack(t))
	h.settle(t, lasting("v1-1b", 9*time.Second))
	h.settle(t, lasting("v1-a", 20*time.Second)) // the leg to the caller himself
	h.record(t, billing.CDR{Leg: "v2-a", Call: billing.Call{Account: "alice"}, Direction: billing.Inbound})
	h.reopen(t)
	if cdr, ok, err := h.LastCall("alice"); !ok || err != nil || cdr.Leg != "v1-1b" || cdr.Charge != 12_000 {
		t.Errorf("%+v, %v", cdr, err)
	}
}

// Who is given the name of an account that is gone hears nothing of its calls.
func TestLastCallGoesWithTheAccount(t *testing.T) {
	h := furnished(t)
	free := holdOf("alice", "v1-1b")
	free.Tariff = rate("1", 0).Tariff
	h.hold(t, free)
	h.settle(t, lasting("v1-1b", 9*time.Second)) // no charge, so no ledger that would keep the account
	if _, ok, err := h.LastCall("alice"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := h.Accounts.Remove(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	add(t, h.Accounts, billing.Account{ID: "alice", Offering: "basic"})
	if cdr, ok, err := h.LastCall("alice"); ok || err != nil {
		t.Errorf("%+v, %v", cdr, err)
	}
}

func TestLegState(t *testing.T) {
	h := rich(t)
	want := func(wantOpen, wantSettled bool) {
		t.Helper()
		open, cdr, settled, err := h.LegState("v1-1b")
		if err != nil || open != wantOpen || settled != wantSettled || settled != (cdr.Leg == "v1-1b") {
			t.Fatalf("open %v, settled %v: %+v, %v", open, settled, cdr, err)
		}
	}
	want(false, false)
	h.hold(t, h.callOf(t, "v1"))
	want(true, false)
	h.settle(t, unanswered("v1-1b"))
	want(false, true)
}

// A SIP user that was switched off is refused, not looked for by another name.
func TestSIPUserSwitchedOff(t *testing.T) {
	h := peopled(t)
	var refusal billing.Refusal
	if _, found, err := h.BySIPUser("alice-old"); found || !errors.As(err, &refusal) || refusal.Reason != billing.NotAuthenticated {
		t.Errorf("found %v, %v", found, err)
	}
}
