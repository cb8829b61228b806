package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
)

// Numbers may be given in any form people write; they are kept in the one form
// calls are matched by.
func TestNumbersAreNormalised(t *testing.T) {
	for _, c := range []struct{ name, country, given, want string }{
		{"E.164 digits", "CA", "15149072508", "15149072508"},
		{"with a plus", "CA", "+1 514 907-2508", "15149072508"},
		{"national", "CA", "(514) 907-2508", "15149072508"},
		{"national elsewhere", "FR", "01 42 68 53 00", "33142685300"},
		{"international prefix", "CA", "011 7 812 240-47-00", "78122404700"},
		{"abroad", "CA", "+78122404700", "78122404700"},
		{"abroad, and a national number too", "DE", "+15149072508", "15149072508"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := empty(t)
			given, want := phone.Number(c.given), phone.Number(c.want)
			p := add(t, h.Providers, billing.Provider{Name: "fox", Country: c.country, Currency: "USD", OwnedNumbers: []phone.Number{given}, DefaultCallerID: given})
			n := add(t, h.AccessNumbers, billing.AccessNumber{Number: given, Kind: billing.Callback, Provider: "fox"})
			if p.OwnedNumbers[0] != want || p.DefaultCallerID != want || n.Number != want {
				t.Fatalf("kept as %s, %s and %s, want %s", p.OwnedNumbers[0], p.DefaultCallerID, n.Number, want)
			}
			// Kept numbers are not read again as if somebody had typed them.
			changed, err := h.Providers.Change(t.Context(), "fox", func(p *billing.Provider) error { p.AnyCallerID = true; return nil })
			p.AnyCallerID = true
			if diff := cmp.Diff(p, changed); err != nil || diff != "" {
				t.Error(err, diff)
			}
			if _, err := h.AccessNumbers.Change(t.Context(), c.want, func(n *billing.AccessNumber) error { n.PINDigits = 12; return nil }); err != nil {
				t.Error(err)
			}
			if got, ok, err := h.AccessNumber(want); !ok || err != nil || got.PINDigits != 12 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	h := furnished(t)
	h.changesNothing(t, func() {
		for _, bad := range []phone.Number{"123", "anonymous", "+", "15149072508123456"} {
			_, owned := h.Providers.Add(t.Context(), billing.Provider{Name: "x", Country: "CA", Currency: "USD", OwnedNumbers: []phone.Number{bad}})
			_, shown := h.Providers.Add(t.Context(), billing.Provider{Name: "x", Country: "CA", Currency: "USD", DefaultCallerID: bad})
			_, access := h.AccessNumbers.Add(t.Context(), billing.AccessNumber{Number: bad, Kind: billing.Callback, Provider: "fox"})
			for what, err := range map[string]error{"owned": owned, "default": shown, "access": access} {
				if !errors.Is(err, billing.ErrInvalid) {
					t.Errorf("%s number %q: %v", what, bad, err)
				}
			}
		}
	})
}

func TestFindCredential(t *testing.T) {
	h := furnished(t)
	byPIN := addPIN(t, h, "alice", pin)
	byANI := add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	gotPIN, pinErr := h.FindCredential(t.Context(), billing.PIN, pin)
	gotANI, aniErr := h.FindCredential(t.Context(), billing.ANI, "15149072508")
	if err := errors.Join(pinErr, aniErr); err != nil || gotPIN != byPIN || gotANI != byANI {
		t.Errorf("%+v, %+v, %v", gotPIN, gotANI, err)
	}
	const unknown = "2506747291"
	_, pinErr = h.FindCredential(t.Context(), billing.PIN, unknown)
	_, aniErr = h.FindCredential(t.Context(), billing.ANI, "15149999999")
	if !errors.Is(pinErr, billing.ErrNotFound) || !errors.Is(aniErr, billing.ErrNotFound) {
		t.Errorf("%v, %v", pinErr, aniErr)
	}
	if strings.Contains(pinErr.Error(), unknown) || strings.Contains(pinErr.Error(), testKey.Hash(unknown)) {
		t.Errorf("%q tells the PIN", pinErr)
	}
}
