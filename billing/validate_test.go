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

func TestLanguagesAndLimitsValidate(t *testing.T) {
	checkValidate(t, AccessNumber{Number: "15141115555", Kind: Dialthrough, Provider: "fox", Answer: AnswerFirst}, []validateCase[AccessNumber]{
		{"a language", func(n *AccessNumber) { n.Language = "fr" }, ""},
		{"some by key", func(n *AccessNumber) { n.Languages = []string{"en", "fr", "es", "ru"} }, ""},
		{"a language by name", func(n *AccessNumber) { n.Language = "French" }, "language"},
		{"with a country", func(n *AccessNumber) { n.Languages = []string{"en", "fr-CA"} }, "language"},
		{"more than there are keys", func(n *AccessNumber) { n.Languages = strings.Fields(strings.Repeat("en ", MaxLanguages+1)) }, "languages"},
	})
	checkValidate(t, Offering{Name: "basic", Provider: "fox", Deck: "world"}, []validateCase[Offering]{
		{"language", func(o *Offering) { o.Language = "ru" }, ""},
		{"bad language", func(o *Offering) { o.Language = "RU" }, "language"},
		{"bad limit", func(o *Offering) { o.MaxConcurrentCalls = -1 }, "max_concurrent_calls"},
	})
	checkValidate(t, Provider{Name: "fox", Country: "CA", Currency: "USD"}, []validateCase[Provider]{
		{"limit", func(p *Provider) { p.MaxConcurrentCalls = MaxConcurrency }, ""},
		{"bad limit", func(p *Provider) { p.MaxConcurrentCalls = MaxConcurrency + 1 }, "max_concurrent_calls"},
	})
	checkValidate(t, Account{ID: "alice", Provider: "fox", Offering: "basic", Status: Activated}, []validateCase[Account]{
		{"language", func(a *Account) { a.Language = "es" }, ""},
		{"bad language", func(a *Account) { a.Language = "e" }, "language"},
		{"phone-me numbers", func(a *Account) { a.PhoneMe = []phone.Number{"15149072508"} }, ""},
		{"a phone-me number with a plus", func(a *Account) { a.PhoneMe = []phone.Number{"+15149072508"} }, "phone-me"},
		{"too many phone-me numbers", func(a *Account) { a.PhoneMe = make([]phone.Number, MaxPhoneMe+1) }, "phone-me"},
		{"caller ID", func(a *Account) { a.OutboundCID = "15149072511" }, ""},
		{"bad caller ID", func(a *Account) { a.OutboundCID = "anonymous" }, "caller ID"},
	})
}
