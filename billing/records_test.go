package billing

import (
	"errors"
	"strings"
	"testing"

	"cccp/internal/phone"
)

// validateCase edits a good record; an edit that is no good names what it breaks.
type validateCase[T any] struct {
	name string
	edit func(*T)
	says string // empty: still good
}

func checkValidate[T interface{ Validate() error }](t *testing.T, good T, cases []validateCase[T]) {
	t.Helper()
	if err := good.Validate(); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := good
			c.edit(&v)
			err := v.Validate()
			if c.says == "" && err != nil {
				t.Fatal(err)
			}
			if c.says != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("Validate() = %v, want an error that says %q", err, c.says)
			}
		})
	}
}

func TestCheckName(t *testing.T) {
	for name, good := range map[string]bool{
		"a": true, "7": true, "fox": true, "Fox-2.b_c": true, strings.Repeat("x", MaxNameBytes): true,
		"": false, strings.Repeat("x", MaxNameBytes+1): false, "-x": false, ".x": false, "_x": false,
		"a b": false, "a/b": false, "a,b": false, "a\n": false, "é": false, "a'b": false, "a:b": false, "a\x00": false, "*": false,
	} {
		if err := CheckName("thing", name); (err == nil) != good || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
}

func TestProviderValidate(t *testing.T) {
	good := Provider{Name: "fox", Country: "CA", Currency: "USD", OwnedNumbers: []phone.Number{"15149072511"}, DefaultCallerID: "15149072511"}
	checkValidate(t, good, []validateCase[Provider]{
		{"no owned numbers, anonymous", func(p *Provider) { p.OwnedNumbers, p.DefaultCallerID = nil, "" }, ""},
		{"shortest PIN lowered", func(p *Provider) { p.MinPINDigits = LowestMinPINDigits }, ""},
		{"longest PIN only", func(p *Provider) { p.MinPINDigits = MaxPINDigits }, ""},
		{"no name", func(p *Provider) { p.Name = "" }, "provider name"},
		{"no country", func(p *Provider) { p.Country = "" }, "country"},
		{"country in small letters", func(p *Provider) { p.Country = "ca" }, "country"},
		{"country that is none", func(p *Provider) { p.Country = "ZZ" }, "country"},
		{"no currency", func(p *Provider) { p.Currency = "" }, "currency"},
		{"currency in small letters", func(p *Provider) { p.Currency = "usd" }, "currency"},
		{"currency sign", func(p *Provider) { p.Currency = "US$" }, "currency"},
		{"currency too long", func(p *Provider) { p.Currency = "USDX" }, "currency"},
		{"shortest PIN too short", func(p *Provider) { p.MinPINDigits = LowestMinPINDigits - 1 }, "min_pin_digits"},
		{"shortest PIN too long", func(p *Provider) { p.MinPINDigits = MaxPINDigits + 1 }, "min_pin_digits"},
		{"owned number with a plus", func(p *Provider) { p.OwnedNumbers = []phone.Number{"+15149072511"} }, "E.164"},
		{"default that is no number", func(p *Provider) { p.DefaultCallerID = "anonymous" }, "E.164"},
	})
	if got := good.ShortestPIN(); got != DefaultMinPINDigits {
		t.Errorf("shortest PIN %d", got)
	}
	if got := (Provider{MinPINDigits: 6}).ShortestPIN(); got != 6 {
		t.Errorf("shortest PIN %d, want 6", got)
	}
}

func TestOfferingValidate(t *testing.T) {
	good := Offering{Name: "basic", Provider: "fox", Deck: "world"}
	checkValidate(t, good, []validateCase[Offering]{
		{"own pattern", func(o *Offering) { o.AllowedCallee = `^\+1514` }, ""},
		{"every country", func(o *Offering) { o.AllowedCountries = []string{EveryCountry} }, ""},
		{"some countries and global services", func(o *Offering) { o.AllowedCountries = []string{"US", "001", "FR"} }, ""},
		{"no name", func(o *Offering) { o.Name = "" }, "offering name"},
		{"no provider", func(o *Offering) { o.Provider = "" }, "provider"},
		{"no deck", func(o *Offering) { o.Deck = "" }, "deck"},
		{"broken pattern", func(o *Offering) { o.AllowedCallee = "(" }, "allowed_callee_regex"},
		{"unknown country", func(o *Offering) { o.AllowedCountries = []string{"US", "XX"} }, `"XX"`},
		{"country by name", func(o *Offering) { o.AllowedCountries = []string{"Canada"} }, `"Canada"`},
		{"empty country", func(o *Offering) { o.AllowedCountries = []string{""} }, "allowed country"},
	})
}

func TestAccountValidate(t *testing.T) {
	good := Account{ID: "alice", Provider: "fox", Offering: "basic", Status: Activated}
	cases := []validateCase[Account]{
		{"one call at a time", func(a *Account) { a.MaxConcurrentCalls = 1 }, ""},
		{"greatest limit", func(a *Account) { a.MaxConcurrentCalls = MaxConcurrency }, ""},
		{"no ID", func(a *Account) { a.ID = "" }, "account"},
		{"ID with a slash", func(a *Account) { a.ID = "a/b" }, "account"},
		{"no status", func(a *Account) { a.Status = "" }, "status"},
		{"unknown status", func(a *Account) { a.Status = "suspended" }, "status"},
		{"negative limit", func(a *Account) { a.MaxConcurrentCalls = -1 }, "max_concurrent_calls"},
		{"limit too great", func(a *Account) { a.MaxConcurrentCalls = MaxConcurrency + 1 }, "max_concurrent_calls"},
		{"no provider", func(a *Account) { a.Provider = "" }, "provider"},
		{"no offering", func(a *Account) { a.Offering = "" }, "offering"},
	}
	for _, s := range []Status{Generated, Uploaded, Blocked, Empty, Expired} {
		cases = append(cases, validateCase[Account]{string(s), func(a *Account) { a.Status = s }, ""})
	}
	checkValidate(t, good, cases)
}

func TestAccessNumberValidate(t *testing.T) {
	good := AccessNumber{Number: "15141115555", Kind: Dialthrough, Provider: "fox", Answer: AnswerFirst}
	checkValidate(t, good, []validateCase[AccessNumber]{
		{"callback", func(n *AccessNumber) { n.Kind = Callback }, ""},
		{"answers after authentication", func(n *AccessNumber) { n.Answer = AnswerAfterAuth }, ""},
		{"bound to an offering", func(n *AccessNumber) { n.Offering = "basic" }, ""},
		{"PIN length", func(n *AccessNumber) { n.PINDigits = 10 }, ""},
		{"no number", func(n *AccessNumber) { n.Number = "" }, "access number"},
		{"one digit", func(n *AccessNumber) { n.Number = "1" }, "access number"},
		{"sixteen digits", func(n *AccessNumber) { n.Number = "1234567890123456" }, "access number"},
		{"national form", func(n *AccessNumber) { n.Number = "(514) 111-5555" }, "access number"},
		{"no kind", func(n *AccessNumber) { n.Kind = "" }, "kind"},
		{"unknown kind", func(n *AccessNumber) { n.Kind = "both" }, "kind"},
		{"no answer policy", func(n *AccessNumber) { n.Answer = "" }, "answer"},
		{"unknown answer policy", func(n *AccessNumber) { n.Answer = "never" }, "answer"},
		{"PIN too short", func(n *AccessNumber) { n.PINDigits = LowestMinPINDigits - 1 }, "pin_digits"},
		{"PIN too long", func(n *AccessNumber) { n.PINDigits = MaxPINDigits + 1 }, "pin_digits"},
		{"negative PIN length", func(n *AccessNumber) { n.PINDigits = -1 }, "pin_digits"},
		{"no provider", func(n *AccessNumber) { n.Provider = "" }, "provider"},
		{"no provider beside an offering", func(n *AccessNumber) { n.Provider, n.Offering = "", "basic" }, "provider"},
		{"bad offering", func(n *AccessNumber) { n.Offering = "a b" }, "offering"},
	})
}

func TestCheckPIN(t *testing.T) {
	for _, c := range []struct {
		name, pin string
		shortest  int
		good      bool
	}{
		{"ten digits", "1506747290", 10, true},
		{"longest", "12345678901234567890", 10, true},
		{"lowered", "1234", 4, true},
		{"nearly one digit repeated", "1111111112", 10, true},
		{"empty", "", 10, false},
		{"empty where no length is asked", "", 0, false},
		{"one short", "150674729", 10, false},
		{"too long", "123456789012345678901", 10, false},
		{"one digit repeated", "7777777777", 10, false},
		{"zeros", "0000000000", 10, false},
		{"letters", "15067472ab", 10, false},
		{"a pound sign", "1506747290#", 10, false},
		{"a space", "1506747 90", 10, false},
		{"other digits", "١٢٣٤٥٦٧٨٩٠", 4, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckPIN(c.pin, c.shortest)
			if (err == nil) != c.good || err != nil && !errors.Is(err, ErrInvalid) {
				t.Fatalf("CheckPIN = %v", err)
			}
			if err != nil && c.pin != "" && strings.Contains(err.Error(), c.pin) {
				t.Errorf("%q tells the PIN", err)
			}
		})
	}
}

func TestAvailable(t *testing.T) {
	if got := (Balance{Amount: 10_000_000, Held: 3_500_000}).Available(); got != 6_500_000 {
		t.Errorf("available %s", got)
	}
}
