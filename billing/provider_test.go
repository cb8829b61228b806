package billing

import (
	"testing"

	"cccp/internal/phone"
)

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
