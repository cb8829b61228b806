package ivr

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// asked is a visit whose caller is asked again and again.
func asked(t testing.TB) (*visit, *callerLine) {
	line := newExchange(t).newLine(Caller{Visit: "v1"}, nil)
	line.reckless = true
	return &visit{
		Service: &Service{}, line: line, log: zerolog.Nop(),
		keys: keypad{digits: line.Digits(), held: line.Held, first: 5 * time.Second, between: 2 * time.Second},
	}, line
}

// FuzzKeypad types: the low half of a byte is the key, the high half the pause before
// it in quarters of a second. Whatever is typed, and however, no entry is longer than
// asked for or has a "#" in it, and no digit is lost, made up or put out of order.
func FuzzKeypad(f *testing.F) {
	for _, keys := range []string{"", "\x0b", "\x01\x05\x0b", "\x01\x95\x01", "\x01\x01\x0b\x0b\x01", "\xfb\xf1\xfb", "\x0a\x0c\x0d\x0e\x0f\x0b"} {
		f.Add([]byte(keys), uint8(4))
	}
	f.Fuzz(func(t *testing.T, keys []byte, longest uint8) {
		keys = keys[:min(len(keys), 200)]
		longest = longest%billing.MaxPINDigits + 1
		var typed, read strings.Builder
		synctest.Test(t, func(t *testing.T) {
			v, line := asked(t)
			go func() {
				for _, k := range keys {
					pass(line.up, time.Duration(k>>4)*time.Second/4+time.Millisecond)
					key := "0123456789*#ABCD"[k&15]
					typed.WriteByte(key)
					line.press(key)
				}
				pass(line.up, time.Minute)
				line.finish(16, billing.CallerHungUp, "caller", "hangs up")
			}()
			for {
				entry, err := v.ask(line.ctx, int(longest), nil)
				if errors.Is(err, errGone) || errors.Is(err, errNoChannel) {
					return
				}
				if err != nil || len(entry) > int(longest) || strings.Contains(entry, "#") {
					t.Fatalf("entry %q of at most %d, %v", entry, longest, err)
				}
				read.WriteString(entry)
			}
		})
		if want := strings.ReplaceAll(typed.String(), "#", ""); read.String() != want {
			t.Errorf("typed %q, read %q", want, read.String())
		}
	})
}

// prices are those of some prefixes.
type prices struct{ deck *billing.Deck }

func (p prices) Signalled(string) (phone.Form, string) { return "", "" }

func (p prices) Routes(routing.Request) (routing.Selection, error) { return routing.Selection{}, nil }

func (p prices) Price(q billing.Inquiry) (billing.Price, bool) {
	tariff, ok := p.deck.Match(string(q.To), q.At)
	return billing.Price{Tariff: tariff, Deck: p.deck.Name, Version: 1}, ok
}

// dialling is a visit of a Canadian account that may call France too, but not its
// premium numbers, and Canada and France have a price.
func dialling(t testing.TB) (*visit, routing.Rules) {
	deck, err := billing.CompileDeck("world", 1, []billing.Rate{reader{t}.rate("1 0.06 6/6"), reader{t}.rate("33 0.30 30/6")})
	if err != nil {
		t.Fatal(err)
	}
	offering := billing.Offering{AllowedCallee: `^\+(1\d{10}|33[1-7]\d{8}|44\d+)$`, AllowedCountries: []string{"FR", "GB"}}
	rules, err := routing.NewRules(phone.Plan{}, offering, "CA")
	if err != nil {
		t.Fatal(err)
	}
	return &visit{Service: &Service{Routes: prices{deck: deck}, Desk: emptyDesk{}, Directory: oneAccess{}}, who: billing.Subscriber{
		Offering: offering, Seller: billing.Provider{Country: "CA"}, Owner: billing.Provider{Country: "CA"},
	}}, rules
}

// emptyDesk keeps nothing for anybody.
type emptyDesk struct{ Desk }

func (emptyDesk) SpeedDial(string, string) (phone.Number, bool, error) { return "", false, nil }

// oneAccess knows one access number, and nobody.
type oneAccess struct{ Directory }

func (oneAccess) AccessNumber(n phone.Number) (billing.AccessNumber, bool, error) {
	return billing.AccessNumber{}, n == "15146662099", nil
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		to          phone.Number
		refused     billing.Reason
	}{
		{"national", "5146662020", "15146662020", ""},
		{"national with the trunk prefix", "15146662020", "15146662020", ""},
		{"by Canada's own international prefix", "01133143210000", "33143210000", ""},
		{"by everybody's international prefix", "0033143210000", "33143210000", ""},
		{"by the bare country code", "33143210000", "33143210000", ""},
		{"nothing", "", "", billing.NotANumber},
		{"one digit", "5", "", billing.NoSpeedDial},
		{"an emergency number", "911", "", billing.NotANumber},
		{"a star", "*15146662020", "", billing.NotANumber},
		{"a letter key", "A5146662020", "", billing.NotANumber},
		{"too many digits", "00112345678901234", "", billing.NotANumber},
		{"a premium number", "0033899123456", "", billing.CalleeNotAllowed},
		{"a number of the platform's own", "5146662099", "", billing.CalleeNotAllowed},
		{"a country without a price", "00442079460000", "442079460000", billing.NoRate},
		{"the United States, which share Canada's code", "12125550123", "", billing.CountryNotAllowed},
		{"Jamaica, which does too", "18765550123", "", billing.CountryNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, rules := dialling(t)
			to, err := v.resolve(c.typed, rules)
			if reason, _ := refusalOf(err); reason != c.refused || v.to != c.to || err == nil && to.number != c.to {
				t.Errorf("%q is %q, to be recorded as %q, refused %q (%v)", c.typed, to.number, v.to, reason, err)
			}
		})
	}
}

// FuzzResolve: whatever is typed is either refused for a reason, or a number that the
// rules permit, with the price of one of its prefixes.
func FuzzResolve(f *testing.F) {
	for _, typed := range []string{"", "5146662020", "01133143210000", "0033143210000", "+33", "911", "*#", "00112345678901234", "A", "\xff"} {
		f.Add(typed)
	}
	v, rules := dialling(f)
	e164 := regexp.MustCompile(`^[1-9]\d{1,14}$`)
	f.Fuzz(func(t *testing.T, typed string) {
		to, err := v.resolve(typed, rules)
		if _, refused := refusalOf(err); refused {
			return
		}
		if err != nil || !e164.MatchString(string(to.number)) || rules.Permit(to.number) != nil ||
			!strings.HasPrefix(string(to.number), to.price.Tariff.Prefix) || to.price.Tariff.Validate() != nil {
			t.Errorf("%q is %+v, %v", typed, to, err)
		}
	})
}

// The context of a caller who has gone ends every question, whatever is left to read.
func TestNobodyIsAskedAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, line := asked(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		line.press('1')
		if entry, err := v.ask(ctx, 10, nil); !errors.Is(err, errGone) {
			t.Errorf("%q, %v", entry, err)
		}
	})
}
