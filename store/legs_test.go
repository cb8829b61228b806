package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
)

func TestExtend(t *testing.T) {
	for _, c := range []struct {
		name    string
		balance billing.Money
		want    []int64 // asked, in this order
		granted int64
		held    billing.Money
	}{
		{"further", 1_000_000, []int64{120}, 120, 120_000},
		{"in steps", 1_000_000, []int64{61, 62, 120}, 120, 120_000},
		{"less than it has", 1_000_000, []int64{30}, 60, 60_000},
		{"what it has", 1_000_000, []int64{60}, 60, 60_000},
		{"nothing", 1_000_000, []int64{0}, 60, 60_000},
		{"as far as the money goes", 100_000, []int64{600}, 96, 96_000},
		{"again as far as the money goes", 100_000, []int64{600, 600}, 96, 96_000},
		{"no money left", 60_000, []int64{120}, 60, 60_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			h.credit(t, "alice", c.balance)
			h.hold(t, holdOf("alice", "v1-1b"))
			var leg billing.OpenLeg
			for _, s := range c.want {
				leg = h.extend(t, s, billing.Claim{Leg: "v1-1b"})[0]
			}
			if leg.GrantedS != c.granted || leg.Held != c.held {
				t.Errorf("%d s for %s, want %d s for %s", leg.GrantedS, leg.Held, c.granted, c.held)
			}
			h.wantMoney(t, "alice", c.balance, c.held)
		})
	}
}

// Two calls share what is left; what one gives back the other may have.
func TestExtendSharesTheMoney(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 150_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.hold(t, holdOf("alice", "v2-1b"))
	first := billing.Claim{Leg: "v1-1b"}
	for range 2 {
		if leg := h.extend(t, 600, first)[0]; leg.GrantedS != 90 {
			t.Fatalf("%d s", leg.GrantedS)
		}
	}
	h.settle(t, unanswered("v2-1b"))
	if leg := h.extend(t, 600, first)[0]; leg.GrantedS != 150 {
		t.Fatalf("%d s", leg.GrantedS)
	}
	h.wantMoney(t, "alice", 150_000, 150_000)
}

// An extension carries the answer, so that a note of it that was lost makes no call free: it
// is kept where there is none yet, even if nothing more is granted.
func TestExtendKeepsTheAnswer(t *testing.T) {
	first, second := noon.Add(time.Second), noon.Add(3*time.Second)
	for _, c := range []struct {
		name    string
		prepare func(h *house)
		grantS  int64
	}{
		{"there is more", func(*house) {}, 600},
		{"no money left", func(h *house) {
			rest := holdOf("alice", "v9-1b")
			rest.Tariff = rate("1", 940_000_000_000).Tariff
			h.hold(t, rest)
		}, 60},
		{"blocked meanwhile", func(h *house) { h.setAccount(func(a *billing.Account) { a.Status = billing.Blocked }) }, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			h.credit(t, "alice", 1_000_000)
			h.hold(t, holdOf("alice", "v1-1b"))
			c.prepare(h)
			leg := h.extend(t, 600, billing.Claim{Leg: "v1-1b", Answered: first})[0]
			_, again := h.Extend(t.Context(), 900, billing.Claim{Leg: "v1-1b", Answered: second})
			kept, err := h.OpenLeg("v1-1b")
			if err != nil || !leg.Answered.Equal(first) || !kept.Answered.Equal(first) || kept.GrantedS != c.grantS {
				t.Errorf("answered %s, kept as %+v, %v", leg.Answered, kept, err)
			}
			if !errors.Is(again, billing.ErrConflict) {
				t.Errorf("another answer: %v", again)
			}
		})
	}
}

// The A leg's answer is kept with what is held beside it; a guess is kept, too, and leaves
// the price to the answer that is told.
func TestHoldAndGuessKeepTheAnswer(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-a"))
	bLeg := holdOf("alice", "v1-1b")
	bLeg.Beside = &billing.Claim{Leg: "v1-a", UsedS: 5, Answered: noon}
	bLeg.Tariff.Terms = &billing.Terms{Begins: noon, SlackS: 60, Modifiers: []billing.Modifier{
		{From: noon, Percent: billing.Whole}, {From: noon.Add(20 * time.Second), Percent: 2 * billing.Whole},
	}}
	h.hold(t, bLeg)
	if leg, err := h.OpenLeg("v1-a"); err != nil || !leg.Answered.Equal(noon) {
		t.Errorf("A leg answered %s, %v", leg.Answered, err)
	}
	leg := h.extend(t, 60, billing.Claim{Leg: "v1-1b", UsedS: 1, Answered: noon.Add(time.Second), Guessed: true})[0]
	if !leg.Answered.Equal(noon.Add(time.Second)) || leg.Tariff.Terms.SlackS != 60 {
		t.Errorf("guessed %s, tariff %+v", leg.Answered, leg.Tariff.Terms)
	}
	if err := h.Answer(t.Context(), "v1-1b", noon.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if leg, err := h.OpenLeg("v1-1b"); err != nil || !leg.Answered.Equal(noon.Add(10*time.Second)) || leg.Tariff.Terms.SlackS != 0 {
		t.Errorf("answered %+v, %v", leg, err)
	}
	h.mustBeSound(t)
}

// Whatever is done to a leg that is closed, or never was open, is refused.
func TestClosedLegsRefuse(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.settle(t, lasting("v1-1b", 9*time.Second))
	for _, leg := range []billing.LegID{"v1-1b", "v9-1b"} {
		h.changesNothing(t, func() {
			_, extend := h.Extend(t.Context(), 600, billing.Claim{Leg: leg})
			_, reroute := h.Reroute(t.Context(), leg, []billing.TrunkLimit{{Name: "b"}}, noon)
			for what, err := range map[string]error{"extend": extend, "reroute": reroute, "answer": h.Answer(t.Context(), leg, noon)} {
				if !errors.Is(err, billing.ErrNotOpen) {
					t.Errorf("%s of %s: %v", what, leg, err)
				}
			}
		})
	}
	h.changesNothing(t, func() {
		if cdr, err := h.Settle(t.Context(), lasting("v9-1b", time.Second)); !errors.Is(err, billing.ErrNotOpen) {
			t.Errorf("settle of nothing: %+v, %v", cdr, err)
		}
	})
}

func TestReroute(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.hold(t, holdOf("alice", "v2-1b"))
	b := []billing.TrunkLimit{{Name: "b", MaxConcurrentCalls: 1}}
	leg, err := h.Reroute(t.Context(), "v1-1b", b, noon)
	if err != nil || leg.Trunk != "b" || leg.Attempts != 2 || leg.Channel() != "v1-1b2" {
		t.Fatalf("%+v, %v", leg, err)
	}
	h.wantLines(t, "carrier", 1)
	h.wantLines(t, "b", 1)
	for _, full := range [][]billing.TrunkLimit{b, nil} {
		h.changesNothing(t, func() {
			_, err := h.Reroute(t.Context(), "v2-1b", full, noon)
			refused(t, err, billing.TrunkBusy)
		})
	}
	h.wantMoney(t, "alice", 1_000_000, 120_000)
	if cdr := h.settle(t, unanswered("v1-1b")); cdr.Trunk != "b" || cdr.Attempts != 2 {
		t.Errorf("settled on %s after %d attempts", cdr.Trunk, cdr.Attempts)
	}
	h.wantLines(t, "b", 0)
	h.settle(t, unanswered("v2-1b"))
	h.wantLines(t, "carrier", 0)
}

func TestSettle(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	for _, c := range []struct {
		name    string
		s       billing.Settlement
		charge  billing.Money
		entries uint64
	}{
		{"never answered", unanswered("v1-1b"), 0, 1},
		{"9 s at 6/6", lasting("v2-1b", 9*time.Second), 12_000, 2},
		{"beyond its grant", lasting("v3-1b", time.Hour), 60_000, 3},
		{"answered for no time", lasting("v4-1b", 0), 0, 3},
		{"a millisecond", lasting("v5-1b", time.Millisecond), 6_000, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := h.Balance("alice")
			if err != nil {
				t.Fatal(err)
			}
			h.hold(t, holdOf("alice", c.s.Leg))
			cdr := h.settle(t, c.s)
			if cdr.Charge != c.charge || cdr.Outcome != c.s.Outcome || cdr.Currency != "USD" {
				t.Errorf("%+v", cdr)
			}
			want := billing.Balance{Account: "alice", Currency: "USD", Amount: before.Amount - c.charge, Entries: c.entries}
			after, err := h.Balance("alice")
			if diff := cmp.Diff(want, after); err != nil || diff != "" {
				t.Error(err, diff)
			}
			h.wantLines(t, "carrier", 0)
		})
	}
	entries, err := h.Ledger(t.Context(), "alice", 1, 1)
	want := billing.LedgerEntry{Account: "alice", Seq: 2, At: noon.Add(9 * time.Second), Kind: billing.Charge, Amount: -12_000, Before: 1_000_000, After: 988_000, Ref: "v2-1b", Actor: "ccd", Origin: billing.FromCall}
	if diff := cmp.Diff([]billing.LedgerEntry{want}, entries); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// The first settlement counts, and however many come at once, they get one answer.
func TestSettleTwiceIsOneCharge(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	cdrs := make([]billing.CDR, 10)
	errs := make([]error, len(cdrs))
	var all sync.WaitGroup
	for n := range cdrs {
		all.Go(func() {
			cdrs[n], errs[n] = h.Settle(t.Context(), lasting("v1-1b", time.Duration(n+1)*6*time.Second))
		})
	}
	all.Wait()
	for _, cdr := range cdrs {
		if diff := cmp.Diff(cdrs[0], cdr); diff != "" || cdr.Charge < 6_000 {
			t.Error(diff)
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	h.wantMoney(t, "alice", 1_000_000-cdrs[0].Charge, 0)
	h.reopen(t)
	h.changesNothing(t, func() {
		if diff := cmp.Diff(cdrs[0], h.settle(t, unanswered("v1-1b"))); diff != "" {
			t.Error(diff)
		}
	})
}

// An answer that was recorded outlives a crash, so that whoever settles then knows it;
// but what is charged is what the settlement says: a call abandoned in the moment of its
// answer is not.
func TestAnswerIsRemembered(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	if err := h.Answer(t.Context(), "v1-1b", noon.Add(51*time.Second)); err != nil {
		t.Fatal(err)
	}
	h.reopen(t)
	if legs, err := h.OpenLegs(); err != nil || len(legs) != 1 || !legs[0].Answered.Equal(noon.Add(51*time.Second)) {
		t.Fatalf("%+v, %v", legs, err)
	}
	cdr := h.settle(t, unanswered("v1-1b"))
	if cdr.AnsweredMS != 0 || cdr.Charge != 0 {
		t.Errorf("abandoned: %d ms, %s", cdr.AnsweredMS, cdr.Charge)
	}
}

// A call in progress outlives the daemon with all it needs to be settled.
func TestReopenKeepsOpenLegs(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	first, second := h.hold(t, holdOf("alice", "v1-1b")), h.hold(t, holdOf("alice", "v2-1b"))
	h.reopen(t)
	legs, err := h.OpenLegs()
	if diff := cmp.Diff([]billing.OpenLeg{first, second}, legs); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	h.wantMoney(t, "alice", 1_000_000, 120_000)
	h.wantLines(t, "carrier", 2)
	if _, err := h.Extend(t.Context(), 120, billing.Claim{Leg: "v1-1b"}); err != nil {
		t.Fatal(err)
	}
	h.settle(t, lasting("v1-1b", 100*time.Second))
	h.wantMoney(t, "alice", 898_000, 60_000)
}

// Blocking an account stops new calls; the money of those in progress is theirs.
func TestBlockedAccountFinishesItsCalls(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.setAccount(func(a *billing.Account) { a.Status = billing.Blocked })
	if cdr := h.settle(t, lasting("v1-1b", 9*time.Second)); cdr.Charge != 12_000 {
		t.Errorf("charged %s", cdr.Charge)
	}
}
