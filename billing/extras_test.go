package billing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cccp/internal/phone"
)

func TestSpeedDialValidate(t *testing.T) {
	checkValidate(t, SpeedDial{Account: "alice", Digits: "1", Number: "15145550123"}, []validateCase[SpeedDial]{
		{"two digits", func(d *SpeedDial) { d.Digits = "07" }, ""},
		{"no account", func(d *SpeedDial) { d.Account = "" }, "account"},
		{"no digits", func(d *SpeedDial) { d.Digits = "" }, "speed dial"},
		{"three digits", func(d *SpeedDial) { d.Digits = "123" }, "speed dial"},
		{"a star", func(d *SpeedDial) { d.Digits = "*" }, "speed dial"},
		{"no number", func(d *SpeedDial) { d.Number = "" }, "number"},
		{"number with a plus", func(d *SpeedDial) { d.Number = "+15145550123" }, "number"},
	})
}

func TestVoucherValidate(t *testing.T) {
	checkValidate(t, Voucher{Provider: "fox", Amount: 1}, []validateCase[Voucher]{
		{"the most", func(v *Voucher) { v.Amount = MaxMoney }, ""},
		{"more", func(v *Voucher) { v.Amount = MaxMoney + 1 }, "amount"},
		{"nothing", func(v *Voucher) { v.Amount = 0 }, "amount"},
		{"less than nothing", func(v *Voucher) { v.Amount = -1 }, "amount"},
		{"no provider", func(v *Voucher) { v.Provider = "" }, "provider"},
	})
}

func TestRedeemable(t *testing.T) {
	fresh := Voucher{Provider: "fox", Amount: 1}
	expires, used := fresh, fresh
	expires.Expires, used.Account, used.Redeemed = answeredAt, "bob", answeredAt
	usedAndExpired := used
	usedAndExpired.Expires = answeredAt
	for _, c := range []struct {
		name     string
		v        Voucher
		provider string
		at       time.Time
		want     Reason
	}{
		{"fresh", fresh, "fox", answeredAt, ""},
		{"the last moment", expires, "fox", answeredAt.Add(-1), ""},
		{"expired", expires, "fox", answeredAt, VoucherExpired},
		{"used", used, "fox", answeredAt, VoucherUsed},
		{"used and expired", usedAndExpired, "fox", answeredAt, VoucherUsed},
		{"another provider's", fresh, "wolf", answeredAt, VoucherUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.v.Redeemable(c.provider, c.at)
			if c.want == "" && err != nil || c.want != "" && !errors.Is(err, Refusal{c.want}) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDISAValidate(t *testing.T) {
	checkValidate(t, DISA{Name: "office", Account: "alice", PINHash: "x", PINDigits: 10}, []validateCase[DISA]{
		{"short PIN", func(d *DISA) { d.PINDigits = LowestMinPINDigits }, ""},
		{"most tries", func(d *DISA) { d.Tries = MaxDISATries }, ""},
		{"no PIN", func(d *DISA) { d.PINHash = "" }, "no PIN"},
		{"no name", func(d *DISA) { d.Name = "" }, "DISA name"},
		{"no account", func(d *DISA) { d.Account = "" }, "account"},
		{"PIN too short", func(d *DISA) { d.PINDigits = LowestMinPINDigits - 1 }, "pin_digits"},
		{"PIN too long", func(d *DISA) { d.PINDigits = MaxPINDigits + 1 }, "pin_digits"},
		{"too many tries", func(d *DISA) { d.Tries = MaxDISATries + 1 }, "tries"},
		{"negative tries", func(d *DISA) { d.Tries = -1 }, "tries"},
	})
}

func TestCredentialValidate(t *testing.T) {
	sip := Credential{Kind: SIP, ID: "alice-desk", Account: "alice"}
	checkValidate(t, sip, []validateCase[Credential]{
		{"IMSI", func(c *Credential) { c.ID = "310150123456789" }, ""},
		{"two calls", func(c *Credential) { c.MaxConcurrentCalls = 2 }, ""},
		{"a whole endpoint", func(c *Credential) { c.ID = "PJSIP/alice" }, "SIP user"},
		{"an address", func(c *Credential) { c.ID = "alice@host" }, "SIP user"},
		{"no user", func(c *Credential) { c.ID = "" }, "SIP user"},
		{"long user", func(c *Credential) { c.ID = strings.Repeat("x", MaxNameBytes+1) }, "SIP user"},
		{"negative limit", func(c *Credential) { c.MaxConcurrentCalls = -1 }, "max_concurrent_calls"},
		{"ANI", func(c *Credential) { c.Kind, c.ID = ANI, "15149072508" }, ""},
		{"ANI with a plus", func(c *Credential) { c.Kind, c.ID = ANI, "+15149072508" }, "ANI"},
		{"PIN", func(c *Credential) { c.Kind, c.ID = PIN, "anything: the store checks it" }, ""},
		{"no kind", func(c *Credential) { c.Kind = "" }, "kind"},
		{"unknown kind", func(c *Credential) { c.Kind = "voice" }, "kind"},
	})
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
