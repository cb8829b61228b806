package charging_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/billing"
	"cccp/charging"
	"cccp/routing"
	"cccp/store"
)

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func rate(prefix string, perMinute billing.Decimal) billing.Rate {
	return billing.Rate{Prefix: prefix, Tariff: billing.Tariff{Tiers: []billing.Tier{
		{RatePerMinute: perMinute, FirstIncrementS: 6, IncrementS: 6},
	}}}
}

func book(t *testing.T, s *store.Store, account string, amount billing.Money) {
	t.Helper()
	must[billing.LedgerEntry](t)(s.Book(t.Context(), store.Entry{
		Account: account, Kind: billing.Credit, Amount: amount, Ref: "c", Actor: "t", Reason: "t", At: time.Now(),
	}))
}

// charged is a store whose account alice has money for calls of other switches. It must be
// sound at the end.
func charged(t *testing.T) (*store.Store, charging.Charges) {
	t.Helper()
	ctx := t.Context()
	s := must[*store.Store](t)(store.Open(ctx, filepath.Join(t.TempDir(), "x.db"), store.Options{PINKey: store.PINKey(strings.Repeat("k", store.MinPINKeyBytes))}))
	must[billing.Provider](t)(s.Providers.Add(ctx, billing.Provider{Name: "fox", Country: "CA", Currency: "USD"}))
	must[billing.RateDeck](t)(s.ImportDeck(ctx, "world", []billing.Rate{rate("1", 60_000_000_000)}, time.Now()))
	must[billing.Offering](t)(s.Offerings.Add(ctx, billing.Offering{Name: "basic", Provider: "fox", Deck: "world"}))
	must[billing.Account](t)(s.Accounts.Add(ctx, billing.Account{ID: "alice", Offering: "basic"}))
	must[routing.Trunk](t)(s.Trunks.Add(ctx, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@carrier"}))
	book(t, s, "alice", 900_000_000)
	t.Cleanup(func() {
		if r, err := s.Check(); err != nil || len(r.Problems) > 0 {
			t.Errorf("not sound: %q, %v", r.Problems, err)
		}
		_ = s.Close()
	})
	return s, charging.New(s)
}

// sideBySide is how often two steps of a call are tried at once: without one transaction
// around each, a few are enough for one to decide on what the other has changed.
const sideBySide = 200

// A call whose answer was told, and taken, before it was settled is an answered one.
func TestAnswerBesideSettle(t *testing.T) {
	_, c := charged(t)
	for i := range sideBySide {
		id, now := fmt.Sprint("pbx-", i), time.Now()
		if _, err := c.Hold(t.Context(), charging.Order{ID: id, Account: "alice", To: "+15145550123", GrantS: 60}, now); err != nil {
			t.Fatal(err)
		}
		var answerErr, settleErr error
		var cdr billing.CDR
		var both sync.WaitGroup
		both.Go(func() { answerErr = c.Answer(t.Context(), id, now, now.Add(time.Minute)) })
		both.Go(func() {
			cdr, settleErr = c.Settle(t.Context(), charging.End{ID: id, Ended: now.Add(time.Minute), Cause: 16}, now.Add(time.Minute))
		})
		both.Wait()
		if settleErr != nil {
			t.Fatal(settleErr)
		}
		if answerErr == nil && cdr.Answered.IsZero() {
			t.Fatalf("call %d: its answer was taken, and it was settled as unanswered, for %s", i, cdr.Charge)
		}
	}
}

// Talk time that was granted is not given up: who was told that a call goes on is charged
// for it.
func TestExtendBesideAbandoned(t *testing.T) {
	_, c := charged(t)
	for i := range sideBySide {
		id, now := fmt.Sprint("pbx-", i), time.Now()
		if _, err := c.Hold(t.Context(), charging.Order{ID: id, Account: "alice", To: "+15145550123", GrantS: 60}, now); err != nil {
			t.Fatal(err)
		}
		if err := c.Answer(t.Context(), id, now, now); err != nil {
			t.Fatal(err)
		}
		later := now.Add(12 * time.Minute)
		var extendErr, settleErr error
		var leg billing.OpenLeg
		var cdrs []billing.CDR
		var both sync.WaitGroup
		both.Go(func() { leg, extendErr = c.Extend(t.Context(), charging.More{ID: id, UsedS: 720, AheadS: 300}, later) })
		both.Go(func() { cdrs, settleErr = c.SettleAbandoned(t.Context(), later) })
		both.Wait()
		if settleErr != nil {
			t.Fatal(settleErr)
		}
		if extendErr == nil && len(cdrs) == 1 {
			t.Fatalf("call %d: extended to %d s, and settled as abandoned for %d s", i, leg.GrantedS, cdrs[0].BilledS)
		}
		if len(cdrs) == 0 {
			if _, err := c.Settle(t.Context(), charging.End{ID: id, Answered: now, Ended: now.Add(time.Second)}, now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A call that was held for before is answered as it stands, whatever changed since.
func TestHoldAgainAfterChanges(t *testing.T) {
	for what, change := range map[string]func(h *store.Store){
		"the trunk is out of use": func(h *store.Store) {
			must[routing.Trunk](t)(h.Trunks.Change(t.Context(), "carrier", func(tr *routing.Trunk) error { tr.Inactive = true; return nil }))
		},
		"the rate is gone": func(h *store.Store) {
			must[billing.RateDeck](t)(h.ImportDeck(t.Context(), "world", []billing.Rate{rate("44", 60_000_000_000)}, time.Now()))
		},
		"the number is not allowed any more": func(h *store.Store) {
			must[billing.Offering](t)(h.Offerings.Change(t.Context(), "basic", func(o *billing.Offering) error { o.AllowedCallee = `^\+44`; return nil }))
		},
	} {
		t.Run(what, func(t *testing.T) {
			h, c := charged(t)
			o := charging.Order{ID: "pbx", Account: "alice", To: "+15145550123", GrantS: 60}
			leg, err := c.Hold(t.Context(), o, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			change(h)
			again, err := c.Hold(t.Context(), o, time.Now())
			if err != nil || again.Held != leg.Held {
				t.Errorf("%s are held, and asked again it answers %v", leg.Held, err)
			}
		})
	}
}

// The same call asked for again is answered though its account may make no more; another
// under the same ID is refused.
func TestHoldAgainIsTheSameCall(t *testing.T) {
	s, c := charged(t)
	must[billing.Account](t)(s.Accounts.Add(t.Context(), billing.Account{ID: "bob", Offering: "basic"}))
	o := charging.Order{ID: "pbx", Account: "alice", To: "+15145550123", GrantS: 60}
	first := must[billing.OpenLeg](t)(c.Hold(t.Context(), o, time.Now()))
	must[billing.Account](t)(s.Accounts.Change(t.Context(), "alice", func(a *billing.Account) error { a.Status = billing.Blocked; return nil }))
	o.To = "15145550123"
	if again, err := c.Hold(t.Context(), o, time.Now()); err != nil || !again.Opened.Equal(first.Opened) {
		t.Errorf("%+v, %v", again, err)
	}
	for name, other := range map[string]charging.Order{
		"account":   {ID: "pbx", Account: "bob", To: "+15145550123"},
		"number":    {ID: "pbx", Account: "alice", To: "+15145550124"},
		"no number": {ID: "pbx", Account: "alice", To: "1"},
	} {
		if _, err := c.Hold(t.Context(), other, time.Now()); !errors.Is(err, billing.ErrConflict) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

// What was told first is when a call was answered, whoever tells something else later. A
// guess gives way to the first that is told, and makes the record an estimate until then.
func TestAnswerIsToldOnce(t *testing.T) {
	const usedS = 20
	begun := time.Now()
	now := begun.Add(time.Minute)
	first, second := begun.Add(10*time.Second), begun.Add(15*time.Second)
	guess := now.Add(-usedS * time.Second)
	_, c := charged(t)
	answer := func(at time.Time) func(string) error {
		return func(id string) error { return c.Answer(t.Context(), id, at, now) }
	}
	extend := func(at time.Time) func(string) error {
		return func(id string) error {
			_, err := c.Extend(t.Context(), charging.More{ID: id, UsedS: usedS, AheadS: 60, Answered: at}, now)
			return err
		}
	}
	for name, k := range map[string]struct {
		steps     []func(string) error
		last      error
		ended     time.Time // tells of that answer, too
		want      time.Time
		estimated bool
	}{
		"told again":              {[]func(string) error{answer(first), answer(first), extend(first)}, nil, first, first, false},
		"told otherwise":          {[]func(string) error{answer(first), answer(second)}, billing.ErrConflict, time.Time{}, first, false},
		"extended otherwise":      {[]func(string) error{answer(first), extend(second)}, billing.ErrConflict, time.Time{}, first, false},
		"extended, then told":     {[]func(string) error{extend(first), answer(second)}, billing.ErrConflict, time.Time{}, first, false},
		"ended otherwise":         {[]func(string) error{answer(first)}, nil, second, first, false},
		"told at the end":         {nil, nil, second, second, false},
		"guessed":                 {[]func(string) error{extend(time.Time{})}, nil, time.Time{}, guess, true},
		"guessed, then told":      {[]func(string) error{extend(time.Time{}), answer(first), answer(second)}, billing.ErrConflict, time.Time{}, first, false},
		"guessed, told by more":   {[]func(string) error{extend(time.Time{}), extend(first)}, nil, time.Time{}, first, false},
		"guessed, told at an end": {[]func(string) error{extend(time.Time{})}, nil, first, first, false},
		"told, then guessed":      {[]func(string) error{answer(first), extend(time.Time{})}, nil, time.Time{}, first, false},
	} {
		id := strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), ",", "")
		must[billing.OpenLeg](t)(c.Hold(t.Context(), charging.Order{ID: id, Account: "alice", To: "+15145550123", GrantS: 60}, begun))
		var last error
		for i, step := range k.steps {
			if last = step(id); last != nil && i < len(k.steps)-1 {
				t.Errorf("%s: %v", name, last)
			}
		}
		if !errors.Is(last, k.last) {
			t.Errorf("%s: %v, want %v", name, last, k.last)
		}
		cdr := must[billing.CDR](t)(c.Settle(t.Context(), charging.End{ID: id, Answered: k.ended, Ended: now, Cause: 16}, now))
		wantMS := now.Sub(k.want).Milliseconds()
		if !cdr.Answered.Equal(k.want) || cdr.Estimated != k.estimated || cdr.AnsweredMS != wantMS || cdr.Result != billing.Answered {
			t.Errorf("%s: answered after %s for %d ms, %s, estimated %t", name, cdr.Answered.Sub(begun), cdr.AnsweredMS, cdr.Result, cdr.Estimated)
		}
	}
}
