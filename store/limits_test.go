package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"cccp/billing"
	"cccp/routing"
)

// limitLevels sets a limit of calls at once on each of all that can have one.
func limitLevels() map[billing.Reason]func(*house, *testing.T, int) {
	return map[billing.Reason]func(*house, *testing.T, int){
		billing.CredentialBusy: func(h *house, t *testing.T, n int) {
			change(t, h.Credentials, "ani:15149072508", func(c *billing.Credential) { c.MaxConcurrentCalls = n })
		},
		billing.AccountBusy: func(h *house, t *testing.T, n int) {
			change(t, h.Accounts, "alice", func(a *billing.Account) { a.MaxConcurrentCalls = n })
		},
		billing.OfferingBusy: func(h *house, t *testing.T, n int) {
			change(t, h.Offerings, "basic", func(o *billing.Offering) { o.MaxConcurrentCalls = n })
		},
		billing.ProviderBusy: func(h *house, t *testing.T, n int) {
			change(t, h.Providers, "fox", func(p *billing.Provider) { p.MaxConcurrentCalls = n })
		},
		billing.TrunkBusy: func(h *house, t *testing.T, n int) {
			change(t, h.Trunks, "carrier", func(k *routing.Trunk) { k.MaxConcurrentCalls = n })
		},
	}
}

func change[T any](t tester, c *Collection[T], id string, edit func(*T)) {
	t.Helper()
	if _, err := c.Change(t.Context(), id, func(v *T) error { edit(v); return nil }); err != nil {
		t.Fatal(err)
	}
}

// rich is a furnished store where alice has a phone and money for any number of calls.
func rich(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	add(t, h.Credentials, billing.Credential{Kind: billing.ANI, ID: "15149072508", Account: "alice"})
	h.credit(t, "alice", 100_000_000)
	return h
}

// callOf asks for a call of alice's, with the trunks as they are.
func (h *house) callOf(t *testing.T, visit billing.VisitID) billing.Hold {
	t.Helper()
	routes, err := h.Routes(routing.Request{})
	if err != nil {
		t.Fatal(err)
	}
	o := holdOf("alice", visit.OutboundLeg(1))
	o.Offering, o.Trunks = "basic", routing.Limits(routes.Candidates)
	return o
}

// Twenty calls at the same moment, and room for three of them: three are let through, at
// whatever level the limit is, and the room that one leaves is taken again.
func TestConcurrencyLimits(t *testing.T) {
	const calls, most = 20, 3
	for reason, set := range limitLevels() {
		t.Run(string(reason), func(t *testing.T) {
			h := rich(t)
			set(h, t, most)
			errs := make([]error, calls)
			var all sync.WaitGroup
			for n := range calls {
				o := h.callOf(t, billing.VisitID(fmt.Sprint("v", n)))
				all.Go(func() { _, errs[n] = h.Hold(t.Context(), o) })
			}
			all.Wait()
			for _, err := range errs {
				if err != nil {
					refused(t, err, reason)
				}
			}
			legs, err := h.OpenLegs()
			if err != nil || len(legs) != most {
				t.Fatalf("%d calls at once, %v; want %d", len(legs), err, most)
			}
			h.settle(t, unanswered(legs[0].Leg))
			h.hold(t, h.callOf(t, "w1"))
			_, err = h.Hold(t.Context(), h.callOf(t, "w2"))
			refused(t, err, reason)
		})
	}
}

// A limit binds those it is set on, and nobody beside them.
func TestLimitsOfOthers(t *testing.T) {
	h := rich(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "bob", 1_000_000)
	for reason, set := range limitLevels() {
		if reason == billing.AccountBusy || reason == billing.CredentialBusy {
			set(h, t, 1)
		}
	}
	h.hold(t, h.callOf(t, "v1"))
	bobs := h.callOf(t, "v2")
	bobs.Account, bobs.Credential = "bob", "ani:15149072509"
	h.hold(t, bobs)
	_, err := h.Hold(t.Context(), h.callOf(t, "v3"))
	refused(t, err, billing.AccountBusy)
}

// Whose account moves to another offering while he calls is counted where he began.
func TestCallsEndWhereTheyWereCounted(t *testing.T) {
	h := rich(t)
	add(t, h.Offerings, billing.Offering{Name: "gold", Provider: "fox", Deck: "world"})
	h.hold(t, h.callOf(t, "v1"))
	change(t, h.Accounts, "alice", func(a *billing.Account) { a.Offering = "gold" })
	h.hold(t, h.callOf(t, "v2")) // he was recognised before the move
	h.wantCalls(t, "offering", "basic", 2)
	h.wantCalls(t, "offering", "gold", 0)
	h.settle(t, unanswered("v1-1b"))
	h.settle(t, unanswered("v2-1b"))
	h.wantCalls(t, "offering", "basic", 0)
	unsaid := h.callOf(t, "v3")
	unsaid.Offering = ""
	h.hold(t, unsaid)
	h.wantCalls(t, "offering", "gold", 1)
}

// calledBack opens the leg by which alice was reached, and gives the hold of a leg beside
// it, to which her own has lasted 20 s.
func (h *house) calledBack(t *testing.T) billing.Hold {
	t.Helper()
	own := h.callOf(t, "v1")
	own.Leg = billing.VisitID("v1").CallerLeg()
	h.hold(t, own)
	beside := h.callOf(t, "v1")
	beside.Beside = &billing.Claim{Leg: own.Leg, UsedS: 20}
	return beside
}

// The leg to a caller who was called back and the leg he then asks for are one call, on
// two lines.
func TestALegBesideIsNoSecondCall(t *testing.T) {
	for reason, set := range limitLevels() {
		if reason == billing.TrunkBusy {
			continue
		}
		t.Run(string(reason), func(t *testing.T) {
			h := rich(t)
			set(h, t, 1)
			leg := h.hold(t, h.calledBack(t))
			if leg.Beside != "v1-a" {
				t.Errorf("beside %q", leg.Beside)
			}
			h.wantLines(t, "carrier", 2)
			_, err := h.Hold(t.Context(), h.callOf(t, "v2"))
			refused(t, err, reason)
			h.settle(t, unanswered("v1-a")) // the order of their ends means nothing
			h.wantLines(t, "carrier", 1)
			h.settle(t, unanswered("v1-1b"))
			h.wantLines(t, "carrier", 0)
			h.hold(t, h.callOf(t, "v3"))
		})
	}
}

// What is granted lasts for both legs: the first one's grant grows with the second's.
func TestALegBesideIsPaidTogether(t *testing.T) {
	h := rich(t)
	leg := h.hold(t, h.calledBack(t))
	if leg.GrantedS != 60 || leg.AffordableS != 7180 || leg.Held != 60_000 {
		t.Errorf("%d s of %d for %s", leg.GrantedS, leg.AffordableS, leg.Held)
	}
	h.wantMoney(t, "alice", 100_000_000, 84_000+60_000)
	legs := h.extend(t, 100, billing.Claim{Leg: "v1-a", UsedS: 70}, billing.Claim{Leg: "v1-1b", UsedS: 50})
	if legs[0].GrantedS != 170 || legs[1].GrantedS != 150 {
		t.Errorf("%d and %d s", legs[0].GrantedS, legs[1].GrantedS)
	}
	h.wantMoney(t, "alice", 100_000_000, 174_000+150_000)
}

// What the caller's leg was granted while it was alone is shared out anew: else it would
// sit on all the money, and there would be none to call anybody with.
func TestALegBesideSharesWhatThereIs(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 100_000)
	own := holdOf("alice", billing.VisitID("v1").CallerLeg())
	own.GrantSeconds = 600
	if leg := h.hold(t, own); leg.GrantedS != 96 {
		t.Fatalf("alone it has %d s", leg.GrantedS)
	}
	beside := holdOf("alice", "v1-1b")
	beside.Beside = &billing.Claim{Leg: own.Leg, UsedS: 20}
	if leg := h.hold(t, beside); leg.GrantedS != 36 || leg.AffordableS != 36 {
		t.Errorf("%d s of %d", leg.GrantedS, leg.AffordableS)
	}
	legs, err := h.OpenLegs()
	if err != nil || len(legs) != 2 || legs[1].GrantedS != 56 || legs[1].Held != 60_000 {
		t.Errorf("%+v, %v", legs, err)
	}
	h.wantMoney(t, "alice", 100_000, 96_000)
}

// Money that is not enough for both leaves both as they were.
func TestALegBesideThatCannotBePaid(t *testing.T) {
	h := rich(t)
	beside := h.calledBack(t)
	beside.Tariff = rate("1", 6_000_000_000_000_000).Tariff // 600 for the first six seconds
	h.changesNothing(t, func() {
		_, err := h.Hold(t.Context(), beside)
		refused(t, err, billing.NotEnoughMoney)
	})
}

// Legs are reckoned together only where they are of one purse, and each once.
func TestLegsThatDoNotBelongTogether(t *testing.T) {
	h := rich(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "bob", 1_000_000)
	h.hold(t, holdOf("bob", "v9-1b"))
	beside := h.calledBack(t)
	mine, bobs := *beside.Beside, billing.Claim{Leg: "v9-1b"}
	h.changesNothing(t, func() {
		beside.Beside = &bobs
		_, stranger := h.Hold(t.Context(), beside)
		_, two := h.Extend(t.Context(), 600, mine, bobs)
		_, twice := h.Extend(t.Context(), 600, mine, mine)
		for what, err := range map[string]error{"beside another's": stranger, "of two accounts": two, "the same twice": twice} {
			if !errors.Is(err, billing.ErrConflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		beside.Beside = &billing.Claim{Leg: "v8-a"}
		if _, err := h.Hold(t.Context(), beside); !errors.Is(err, billing.ErrNotOpen) {
			t.Errorf("beside a leg there is not: %v", err)
		}
		if legs, err := h.Extend(t.Context(), 600); len(legs) > 0 || err != nil {
			t.Errorf("no claims: %+v, %v", legs, err)
		}
	})
}

// Blocked meanwhile: what was granted is the last there is.
func TestExtendOfABlockedAccount(t *testing.T) {
	h := rich(t)
	h.hold(t, h.callOf(t, "v1"))
	h.setAccount(func(a *billing.Account) { a.Status = billing.Blocked })
	h.changesNothing(t, func() {
		if leg := h.extend(t, 600, billing.Claim{Leg: "v1-1b"})[0]; leg.GrantedS != 60 {
			t.Errorf("%d s", leg.GrantedS)
		}
	})
}

// The least balance of an offering is asked for beside the A leg of a callback, too. What that
// holds is his; it was shared out anew since anybody looked.
func TestALegBesideNeedsTheLeastBalance(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 500_000)
	beside := h.calledBack(t)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.MinBalance = 500_001 })
	h.changesNothing(t, func() {
		_, err := h.Hold(t.Context(), beside)
		refused(t, err, billing.BelowMinBalance)
	})
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.MinBalance = 500_000 })
	h.hold(t, beside)
}

// A spent account that was called back for nothing may call on its bundle's minutes.
func TestALegBesideOnFreeMinutes(t *testing.T) {
	h := bundled(t, billing.Bundle{FreeMinutes: 5, Period: billing.Monthly})
	spend(t, h)
	own := onGift(billing.VisitID("v1").CallerLeg(), noon)
	own.Bundles, own.Tariff = nil, rate("1514", 0).Tariff
	h.hold(t, own)
	beside := onGift("v1-1b", noon)
	beside.Beside = &billing.Claim{Leg: own.Leg, UsedS: 20}
	if leg := h.hold(t, beside); leg.GrantedS != 60 || leg.Held != 0 {
		t.Errorf("granted %d s for %s", leg.GrantedS, leg.Held)
	}
}

// No leg is granted more than the longest call: neither the caller's own by itself, nor
// both by what is asked for together.
func TestLongestCallBoundsEveryLeg(t *testing.T) {
	h := rich(t)
	own := h.callOf(t, "v1")
	own.Leg, own.MaxSeconds = billing.VisitID("v1").CallerLeg(), 100
	h.hold(t, own)
	beside := h.callOf(t, "v1")
	beside.MaxSeconds, beside.Beside = 100, &billing.Claim{Leg: own.Leg, UsedS: 20}
	if leg := h.hold(t, beside); leg.GrantedS != 60 || leg.AffordableS != 80 {
		t.Errorf("%d s of %d", leg.GrantedS, leg.AffordableS)
	}
	legs := h.extend(t, 600, billing.Claim{Leg: "v1-1b", UsedS: 10}, billing.Claim{Leg: "v1-a", UsedS: 30})
	if legs[0].GrantedS != 80 || legs[1].GrantedS != 100 {
		t.Errorf("%d and %d s", legs[0].GrantedS, legs[1].GrantedS)
	}
	if leg := h.extend(t, 600, billing.Claim{Leg: "v1-a", UsedS: 90})[0]; leg.GrantedS != 100 {
		t.Errorf("%d s of 100", leg.GrantedS)
	}
	h.settle(t, unanswered("v1-1b"))
	beside.Leg, beside.Beside.UsedS = "v1-2b", 100
	_, err := h.Hold(t.Context(), beside)
	refused(t, err, billing.TalkTimeSpent)
}
