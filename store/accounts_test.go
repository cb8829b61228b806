package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cccp/billing"
)

func (h *house) wantStatus(t tester, account string, want billing.Status) billing.Account {
	t.Helper()
	a, err := h.Accounts.Get(account)
	if err != nil || a.Status != want {
		t.Fatalf("account %s is %s, %v; want %s", account, a.Status, err, want)
	}
	return a
}

// refuseChange asks for a change that must be refused with a hint, and change nothing.
func refuseChange[T any](t *testing.T, h *house, c *Collection[T], id, hint string, edit func(*T)) {
	t.Helper()
	h.changesNothing(t, func() {
		_, err := c.Change(t.Context(), id, func(v *T) error { edit(v); return nil })
		if err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("got %v, want %q", err, hint)
		}
	})
}

func TestLifeOfAnAccount(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic", Status: billing.Generated})
	to := func(s billing.Status) func(*billing.Account) { return func(a *billing.Account) { a.Status = s } }
	refuseChange(t, h, h.Accounts, "bob", "upload it first", to(billing.Activated))
	change(t, h.Accounts, "bob", to(billing.Uploaded))
	if a := h.wantStatus(t, "bob", billing.Uploaded); !a.ActivatedAt.IsZero() {
		t.Errorf("activated at %v", a.ActivatedAt)
	}
	change(t, h.Accounts, "bob", to(billing.Activated))
	first := h.wantStatus(t, "bob", billing.Activated).ActivatedAt
	if since := time.Since(first); since < 0 || since > time.Minute {
		t.Errorf("activated at %v", first)
	}
	change(t, h.Accounts, "bob", to(billing.Blocked))
	change(t, h.Accounts, "bob", to(billing.Activated))
	if a := h.wantStatus(t, "bob", billing.Activated); !a.ActivatedAt.Equal(first) {
		t.Errorf("activated at %v, first %v", a.ActivatedAt, first)
	}
	refuseChange(t, h, h.Accounts, "bob", "kept by ccd", func(a *billing.Account) { a.FirstCharged = noon })
	refuseChange(t, h, h.Accounts, "bob", "when its money is spent", to(billing.Empty))
	h.force("bob", to(billing.Expired))
	change(t, h.Accounts, "bob", func(a *billing.Account) { a.Expiration, a.ExpiresAt = billing.Fixed, noon })
	refuseChange(t, h, h.Accounts, "bob", "move its expires_at", to(billing.Activated))
	change(t, h.Accounts, "bob", func(a *billing.Account) {
		a.ExpiresAt, a.Status = time.Now().Add(time.Hour), billing.Activated
	})
}

// What is spent is empty once the last call has ended; money makes it active again, and
// nothing else that is not empty.
func TestSpentAccountsAreEmpty(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 12_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	second := holdOf("alice", "v2-1b")
	second.Tariff = billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}
	h.hold(t, second)
	h.settle(t, lasting("v1-1b", 12*time.Second))
	h.wantStatus(t, "alice", billing.Activated) // another call is open
	h.settle(t, unanswered("v2-1b"))
	h.wantStatus(t, "alice", billing.Activated) // and cost nothing
	h.credit(t, "alice", 6_000)
	h.hold(t, holdOf("alice", "v3-1b"))
	h.settle(t, unanswered("v3-1b"))
	h.wantStatus(t, "alice", billing.Activated) // it spent nothing
	h.hold(t, holdOf("alice", "v4-1b"))
	h.settle(t, lasting("v4-1b", time.Second))
	h.wantStatus(t, "alice", billing.Empty)
	if _, err := h.Hold(t.Context(), holdOf("alice", "v5-1b")); !errors.Is(err, billing.Refusal{Reason: billing.AccountEmpty}) {
		t.Errorf("got %v", err)
	}
	h.credit(t, "alice", 7_000)
	h.wantStatus(t, "alice", billing.Activated)
	for _, status := range []billing.Status{billing.Generated, billing.Uploaded, billing.Blocked, billing.Expired} {
		h.force("alice", func(a *billing.Account) { a.Status = status })
		h.credit(t, "alice", billing.Money(len(status)))
		h.wantStatus(t, "alice", status)
	}
}

// What may be borrowed is for calls, and for nothing else.
func TestCreditLimit(t *testing.T) {
	h := furnished(t)
	limit := func(m billing.Money) func(*billing.Account) { return func(a *billing.Account) { a.CreditLimit = m } }
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic", CreditLimit: 18_000})
	if leg := h.hold(t, holdOf("bob", "v1-1b")); leg.GrantedS != 18 || leg.AffordableS != 18 {
		t.Errorf("%+v", leg)
	}
	if _, err := h.Book(t.Context(), entry(billing.Debit, "bob", 1, "d1")); !errors.Is(err, billing.ErrConflict) {
		t.Errorf("borrowed money is paid out: %v", err)
	}
	refuseChange(t, h, h.Accounts, "bob", "uses 0.018 of its credit limit", limit(17_999))
	told, stop := h.Funded("bob")
	defer stop()
	change(t, h.Accounts, "bob", limit(60_000))
	select {
	case <-told:
	default:
		t.Error("the call in progress is not told")
	}
	h.settle(t, lasting("v1-1b", 18*time.Second))
	h.wantMoney(t, "bob", -18_000, 0)
	h.wantStatus(t, "bob", billing.Activated)
	change(t, h.Accounts, "bob", limit(18_000))
	refuseChange(t, h, h.Accounts, "bob", "cannot be lowered", limit(0))
	h.force("bob", func(a *billing.Account) { a.Status = billing.Empty })
	h.credit(t, "bob", 5)
	h.wantStatus(t, "bob", billing.Activated)
	h.force("bob", func(a *billing.Account) { a.Status = billing.Empty })
	change(t, h.Accounts, "bob", limit(20_000))
	h.wantStatus(t, "bob", billing.Activated)
}

func TestLeastAndGreatestBalance(t *testing.T) {
	h := furnished(t)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.MinBalance, o.MaxBalance = 100_000, 1_000_000 })
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 500_000})
	h.credit(t, "alice", 99_999)
	h.changesNothing(t, func() {
		_, err := h.Hold(t.Context(), holdOf("alice", "v1-1b"))
		refused(t, err, billing.BelowMinBalance)
	})
	h.credit(t, "alice", 500_002)
	h.changesNothing(t, func() {
		_, err := h.Redeem(t.Context(), redemption("alice", "r1"))
		refused(t, err, billing.BalanceFull)
		_, err = h.Book(t.Context(), entry(billing.Credit, "alice", 400_000, "c3"))
		if !errors.Is(err, billing.ErrConflict) || !strings.Contains(err.Error(), "has 0.600001 and would have 1.000001: under offering basic it may have at most 1.00") {
			t.Errorf("got %v", err)
		}
	})
	h.credit(t, "alice", 399_999)
	h.hold(t, holdOf("alice", "v1-1b"))
}

func TestExpiry(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.Expiration, o.ExpiresAt = billing.Fixed, noon.Add(100*time.Second) })
	leg := h.hold(t, holdOf("alice", "v1-1b"))
	if leg.GrantedS != 60 || leg.AffordableS != 100 {
		t.Errorf("granted %d of %d s", leg.GrantedS, leg.AffordableS)
	}
	if err := h.Answer(t.Context(), leg.Leg, noon.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := h.extend(t, 60, billing.Claim{Leg: leg.Leg, UsedS: 55})[0].GrantedS; got != 90 {
		t.Errorf("extended to %d s, the account expires after 90", got)
	}
	h.changesNothing(t, func() { h.extend(t, 60, billing.Claim{Leg: leg.Leg, UsedS: 90}) })
	late := holdOf("alice", "v2-1b")
	late.At = noon.Add(100 * time.Second)
	beside := late
	beside.Leg, beside.Beside = "v3-1b", &billing.Claim{Leg: leg.Leg}
	h.changesNothing(t, func() {
		_, err := h.Hold(t.Context(), late)
		refused(t, err, billing.AccountExpired)
		_, err = h.Hold(t.Context(), beside)
		refused(t, err, billing.AccountExpired)
	})
	h.settle(t, lasting(leg.Leg, 70*time.Second))
	// It is marked when it is met, or by and by; a blocked one stays blocked.
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	add(t, h.Accounts, billing.Account{ID: "carol", Offering: "basic", Status: billing.Blocked})
	if err := h.Recognised(t.Context(), "alice", late.At); err != nil {
		t.Fatal(err)
	}
	h.wantStatus(t, "alice", billing.Expired)
	if n, err := h.Expire(t.Context(), late.At); n != 1 || err != nil {
		t.Errorf("%d marked, %v", n, err)
	}
	h.wantStatus(t, "bob", billing.Expired)
	h.wantStatus(t, "carol", billing.Blocked)
}

// The first use of either kind is kept, once and for all.
func TestFirstUse(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	for n := range 2 {
		if err := h.Recognised(t.Context(), "alice", noon.AddDate(0, 0, n)); err != nil {
			t.Fatal(err)
		}
	}
	h.hold(t, holdOf("alice", "v1-1b"))
	h.settle(t, unanswered("v1-1b"))
	if a := h.wantStatus(t, "alice", billing.Activated); !a.FirstAuthenticated.Equal(noon) || !a.FirstCharged.IsZero() {
		t.Errorf("%v, %v", a.FirstAuthenticated, a.FirstCharged)
	}
	for n := range 2 {
		id := billing.VisitID("w").OutboundLeg(n + 1)
		h.hold(t, holdOf("alice", id))
		s := lasting(id, time.Minute)
		s.Answered = noon.AddDate(0, 0, n)
		s.Ended = s.Answered.Add(time.Second)
		h.settle(t, s)
	}
	if a := h.wantStatus(t, "alice", billing.Activated); !a.FirstCharged.Equal(noon) {
		t.Errorf("first charged %v", a.FirstCharged)
	}
	h.force("alice", func(a *billing.Account) { a.FirstAuthenticated, a.Status = time.Time{}, billing.Blocked })
	h.changesNothing(t, func() { _ = h.Recognised(t.Context(), "alice", noon) })
}

func TestNumbersThatAnOfferingAllows(t *testing.T) {
	h := furnished(t)
	ani := func(id string) billing.Credential {
		return billing.Credential{Kind: billing.ANI, ID: id, Account: "alice"}
	}
	like := addPIN(t, h, "alice", pin)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.MaxOneStepNumbers, o.MaxPhoneMeNumbers = 2, 1 })
	add(t, h.Credentials, ani("15149072508"))
	if may, err := h.MayRegister("alice"); !may || err != nil {
		t.Errorf("%v, %v", may, err)
	}
	if err := h.RegisterPhone(t.Context(), "15149072509", like); err != nil {
		t.Fatal(err)
	}
	h.changesNothing(t, func() {
		if may, err := h.MayRegister("alice"); may || err != nil {
			t.Errorf("%v, %v", may, err)
		}
		if err := h.RegisterPhone(t.Context(), "15149072510", like); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("got %v", err)
		}
		if _, err := h.Credentials.Add(t.Context(), ani("15149072510")); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.OneStepOff, o.SpeedDialOff = true, true })
	change(t, h.Credentials, "ani:15149072508", func(c *billing.Credential) { c.Inactive = true }) // what is kept may change
	refuseChange(t, h, h.Accounts, "alice", "has at most 1", func(a *billing.Account) { a.PhoneMe = append(a.PhoneMe, "15149072508", "15149072509") })
	change(t, h.Accounts, "alice", func(a *billing.Account) { a.PhoneMe = append(a.PhoneMe, "15149072508") })
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.PhoneMeOff = true })
	change(t, h.Accounts, "alice", func(a *billing.Account) { a.Language = "fr" })
	if _, err := h.SpeedDials.Add(t.Context(), billing.SpeedDial{Account: "alice", Digits: "1", Number: "15145550123"}); !errors.Is(err, billing.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestAccessNumbersOfAnOffering(t *testing.T) {
	h := furnished(t)
	refuseChange(t, h, h.Offerings, "basic", "ccctl access list", func(o *billing.Offering) { o.AccessNumbers = numbers("15141115555") })
	add(t, h.AccessNumbers, billing.AccessNumber{Number: "15141115555", Kind: billing.Dialthrough, Provider: "fox"})
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.AccessNumbers = numbers("514 111-5555") })
	if o, err := h.Offerings.Get("basic"); err != nil || o.AccessNumbers[0] != "15141115555" {
		t.Errorf("%v, %v", o.AccessNumbers, err)
	}
	if err := h.AccessNumbers.Remove(t.Context(), "15141115555"); !errors.Is(err, billing.ErrInUse) {
		t.Errorf("got %v", err)
	}
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.AccessNumbers = nil })
	if err := h.AccessNumbers.Remove(t.Context(), "15141115555"); err != nil {
		t.Error(err)
	}
}
