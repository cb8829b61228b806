package api

import (
	"errors"
	"testing"
	"time"

	"cccp/billing"
	"cccp/charging"
	"cccp/store"
	"cccp/wire"
)

const ordered = `{"id":"pbx-1","account":"a-acme","to":"15149072511","grant_s":60}`

// A program that told of the answer need not say it again at the end: the call was
// answered, and is charged.
func TestChargeRemembersItsAnswer(t *testing.T) {
	root, _, _ := twoProviders(t)
	must(t, charge(t, root, "POST", "/v1/charges", ordered, nil))
	answered := time.Now().Add(-30 * time.Second)
	must(t, charge(t, root, "POST", "/v1/charges/pbx-1/answer", moments(`{"at":"%s"}`, answered), nil))
	var cdr billing.CDR
	must(t, charge(t, root, "POST", "/v1/charges/pbx-1/settle", moments(`{"ended":"%s","cause":16}`, answered.Add(20*time.Second)), &cdr))
	if cdr.Charge != 33_333 || cdr.Result != billing.Answered || !cdr.Answered.Equal(answered) {
		t.Errorf("%+v", cdr)
	}
}

// An ID names one call: another account's, or one to another number, is not its repetition.
func TestChargeIDNamesOneCall(t *testing.T) {
	root, _, s := twoProviders(t)
	must(t, charge(t, root, "POST", "/v1/charges", ordered, nil))
	for _, other := range []string{
		`{"id":"pbx-1","account":"a-zeta","to":"15149072511","grant_s":60}`,
		`{"id":"pbx-1","account":"a-acme","to":"15149072512","grant_s":60}`,
	} {
		if err := charge(t, root, "POST", "/v1/charges", other, nil); !contains(err, "another call") {
			t.Errorf("%s: %v", other, err)
		}
	}
	if open, err := s.OpenLegs(); err != nil || len(open) != 1 {
		t.Errorf("%+v, %v", open, err)
	}
}

// Moments that cannot be are refused: the clocks of two switches may differ a little, but
// no call is answered long before it was held for, or ends in the future.
func TestChargeMoments(t *testing.T) {
	root, _, s := twoProviders(t)
	must(t, charge(t, root, "POST", "/v1/charges", ordered, nil))
	now := time.Now()
	early, late := now.Add(-time.Hour), now.Add(time.Hour)
	for what, body := range map[string]string{
		"answer": moments(`{"at":"%s"}`, late), "answer ": moments(`{"at":"%s"}`, early), "answer  ": `{"at":"0001-01-01T00:00:00Z"}`,
		"settle":   moments(`{"answered":"%s","ended":"%s"}`, now, late),
		"settle ":  moments(`{"answered":"%s","ended":"%s"}`, early, now),
		"settle  ": moments(`{"ended":"%s"}`, early),
	} {
		err := charge(t, root, "POST", "/v1/charges/pbx-1/"+string([]byte(what)[:6]), body, nil)
		if !contains(err, "clock") {
			t.Errorf("%s %s: %v", what, body, err)
		}
	}
	if open, err := s.OpenLegs(); err != nil || len(open) != 1 || !open[0].Answered.IsZero() {
		t.Errorf("%+v, %v", open, err)
	}
}

// The offering's longest call binds other switches, too.
func TestChargesEndWithTheLongestCall(t *testing.T) {
	root, _, s := twoProviders(t)
	_, err := s.Offerings.Change(t.Context(), "o-acme", func(o *billing.Offering) error { o.MaxCallSeconds = 90; return nil })
	must(t, err)
	var may wire.Authorisation
	must(t, charge(t, root, "GET", "/v1/accounts/a-acme/authorisation?to=15149072511", "", &may))
	if may.MaxSeconds != 90 {
		t.Errorf("authorised for %d s", may.MaxSeconds)
	}
	var leg billing.OpenLeg
	must(t, charge(t, root, "POST", "/v1/charges", ordered, &leg))
	must(t, charge(t, root, "POST", "/v1/charges/pbx-1/extend", `{"used_s":50,"ahead_s":600}`, &leg))
	if leg.GrantedS != 90 {
		t.Errorf("extended to %d s", leg.GrantedS)
	}
}

// Whom a hold refuses is not authorised, for the same reason; and who has free minutes is.
func TestAuthorisationKnowsTheAccount(t *testing.T) {
	root, _, s := twoProviders(t)
	account := func(edit func(*billing.Account)) {
		_, err := s.Accounts.Change(t.Context(), "a-acme", func(a *billing.Account) error { edit(a); return nil })
		must(t, err)
	}
	offering := func(edit func(*billing.Offering)) {
		_, err := s.Offerings.Change(t.Context(), "o-acme", func(o *billing.Offering) error { edit(o); return nil })
		must(t, err)
	}
	want := func(reason billing.Reason, seconds int64) {
		t.Helper()
		var may wire.Authorisation
		must(t, charge(t, root, "GET", "/v1/accounts/a-acme/authorisation?to=15149072511", "", &may))
		if may.Reason != reason || may.Allowed != (reason == "") || may.MaxSeconds != seconds {
			t.Errorf("%+v, want %q and %d s", may, reason, seconds)
		}
		if err := charge(t, root, "POST", "/v1/charges", ordered, nil); (err == nil) != (reason == "") || err != nil && !contains(err, string(reason)) {
			t.Errorf("a hold says %v, want %q", err, reason)
		}
	}
	account(func(a *billing.Account) { a.Status = billing.Blocked })
	want(billing.AccountBlocked, 0)
	account(func(a *billing.Account) { a.Status = billing.Activated })
	offering(func(o *billing.Offering) { o.MinBalance = 1_000_001 })
	want(billing.BelowMinBalance, 0)
	offering(func(o *billing.Offering) { o.MinBalance = 0 })
	_, err := s.Book(t.Context(), store.Entry{Account: "a-acme", Kind: billing.Debit, Amount: 1_000_000, Ref: "d", Actor: "test", Reason: "test", At: time.Now()})
	must(t, err)
	want(billing.NotEnoughMoney, 0)
	_, err = s.Bundles.Add(t.Context(), billing.Bundle{Name: "gift", Provider: "acme", FreeMinutes: 2, Period: billing.Once})
	must(t, err)
	offering(func(o *billing.Offering) { o.Bundles = []string{"gift"} })
	want("", 120)
}

// A call that was closed as unanswered, and whose money was released, is never charged 0.00
// without an error when its answer is told too late; an end told again is answered again.
func TestChargeToldTooLate(t *testing.T) {
	root, _, s := twoProviders(t)
	must(t, charge(t, root, "POST", "/v1/charges", ordered, nil))
	held := time.Now()
	if _, err := charging.New(s).SettleAbandoned(t.Context(), held.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	late := moments(`{"answered":"%s","ended":"%s","cause":16}`, held, held.Add(1200*time.Millisecond))
	for range 2 {
		err := charge(t, root, "POST", "/v1/charges/pbx-1/settle", late, nil)
		if !contains(err, "1.200 s are not charged") || !errors.Is(err, billing.ErrConflict) {
			t.Errorf("%v", err)
		}
	}
	var cdr billing.CDR
	must(t, charge(t, root, "POST", "/v1/charges/pbx-1/settle", moments(`{"ended":"%s","cause":18}`, held), &cdr))
	if cdr.Charge != 0 || !cdr.Answered.IsZero() {
		t.Errorf("%+v", cdr)
	}
}

// An answer is told once: told again with another moment, it is refused, and
// never moves.
func TestChargeAnsweredTwice(t *testing.T) {
	root, _, s := twoProviders(t)
	must(t, charge(t, root, "POST", "/v1/charges", ordered, nil))
	first := time.Now().Add(-50 * time.Second)
	must(t, charge(t, root, "POST", "/v1/charges/pbx-1/answer", moments(`{"at":"%s"}`, first), nil))
	again := charge(t, root, "POST", "/v1/charges/pbx-1/answer", moments(`{"at":"%s"}`, first.Add(40*time.Second)), nil)
	open, err := s.OpenLegs()
	must(t, err)
	if !errors.Is(again, billing.ErrConflict) || !open[0].Answered.Equal(first) {
		t.Errorf("told again it answers %v, and the call was answered %s later", again, open[0].Answered.Sub(first))
	}
}
