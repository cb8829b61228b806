package billing

import (
	"testing"
)

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
