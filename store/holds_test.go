package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/store/books"
	"cccp/store/kv"
)

func TestHoldRefuses(t *testing.T) {
	limited := []billing.TrunkLimit{{Name: "one", MaxConcurrentCalls: 1}}
	status := func(s billing.Status) func(*house, *billing.Hold) {
		return func(h *house, _ *billing.Hold) { h.setAccount(func(a *billing.Account) { a.Status = s }) }
	}
	for _, c := range []struct {
		name string
		set  func(*house, *billing.Hold)
		want billing.Reason
	}{
		{"generated", status(billing.Generated), billing.AccountNotActivated},
		{"uploaded", status(billing.Uploaded), billing.AccountNotActivated},
		{"blocked", status(billing.Blocked), billing.AccountBlocked},
		{"empty", status(billing.Empty), billing.AccountEmpty},
		{"expired", status(billing.Expired), billing.AccountExpired},
		{"one call at a time", func(h *house, _ *billing.Hold) {
			h.setAccount(func(a *billing.Account) { a.MaxConcurrentCalls = 1 })
		}, billing.AccountBusy},
		{"trunk full", func(_ *house, o *billing.Hold) { o.Trunks = limited }, billing.TrunkBusy},
		{"every trunk full", func(_ *house, o *billing.Hold) {
			o.Trunks = append(limited, billing.TrunkLimit{Name: "carrier", MaxConcurrentCalls: 1})
		}, billing.TrunkBusy},
		{"no trunk", func(_ *house, o *billing.Hold) { o.Trunks = nil }, billing.TrunkBusy},
		{"nothing asked for", func(_ *house, o *billing.Hold) { o.GrantSeconds = 0 }, billing.NotEnoughMoney},
		{"less than nothing asked for", func(_ *house, o *billing.Hold) { o.MaxSeconds = -1 }, billing.NotEnoughMoney},
		{"not enough for the first block", func(_ *house, o *billing.Hold) {
			o.Tariff = rate("1", 60_000_000_000_000).Tariff
		}, billing.NotEnoughMoney},
		{"the rest is held", func(_ *house, o *billing.Hold) {
			o.Tariff = rate("1", 9_000_000_000_000).Tariff // a block costs 0.90 of the 1.00, of which 0.12 is held
		}, billing.NotEnoughMoney},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			h.credit(t, "alice", 1_000_000)
			h.hold(t, holdOf("alice", "v1-1b"))
			one := holdOf("alice", "v2-1b")
			one.Trunks = limited
			h.hold(t, one)
			o := holdOf("alice", "v3-1b")
			c.set(h, &o)
			h.changesNothing(t, func() {
				_, err := h.Hold(t.Context(), o)
				refused(t, err, c.want)
			})
		})
	}
}

// setAccount changes alice, whatever her life allows.
func (h *house) setAccount(edit func(*billing.Account)) { h.force("alice", edit) }

// force changes an account past the rules of its life.
func (h *house) force(id string, edit func(*billing.Account)) {
	err := h.db.Update(context.Background(), func(tx kv.Tx) error {
		a, _, err := books.AccountMoney(tx, id)
		edit(&a)
		books.PutAccount(tx, a)
		return err
	})
	if err != nil {
		panic(err)
	}
}

func TestHoldOfUnknownAccount(t *testing.T) {
	h := furnished(t)
	if _, err := h.Hold(t.Context(), holdOf("nobody", "v1-1b")); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// How much is granted and held, by what there is and what is asked.
func TestHoldGrants(t *testing.T) {
	for _, c := range []struct {
		name              string
		balance           billing.Money
		grant, longest    int64
		perMinute, fee    billing.Decimal
		wantS, affordable int64
		held              billing.Money
	}{
		{name: "what is asked", balance: 1_000_000, grant: 60, longest: 7200, perMinute: 60_000_000_000, wantS: 60, affordable: 996, held: 60_000},
		{name: "as far as the money goes", balance: 50_000, grant: 60, longest: 7200, perMinute: 60_000_000_000, wantS: 48, affordable: 48, held: 48_000},
		{name: "no longer than a call may last", balance: 1_000_000, grant: 60, longest: 30, perMinute: 60_000_000_000, wantS: 30, affordable: 30, held: 30_000},
		{name: "the fee is held too", balance: 1_000_000, grant: 60, longest: 7200, perMinute: 60_000_000_000, fee: 500_000_000_000, wantS: 60, affordable: 498, held: 560_000},
		{name: "exactly the first block", balance: 6_000, grant: 60, longest: 7200, perMinute: 60_000_000_000, wantS: 6, affordable: 6, held: 6_000},
		{name: "free without a balance", balance: 0, grant: 60, longest: 7200, wantS: 60, affordable: 7200},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			if c.balance > 0 {
				h.credit(t, "alice", c.balance)
			}
			o := holdOf("alice", "v1-1b")
			o.Tariff = rate("1", c.perMinute).Tariff
			o.Tariff.ConnectFee = c.fee
			o.GrantSeconds, o.MaxSeconds = c.grant, c.longest
			leg := h.hold(t, o)
			if leg.GrantedS != c.wantS || leg.AffordableS != c.affordable || leg.Held != c.held {
				t.Errorf("%d s of %d for %s; want %d of %d for %s", leg.GrantedS, leg.AffordableS, leg.Held, c.wantS, c.affordable, c.held)
			}
			h.wantMoney(t, "alice", c.balance, c.held)
		})
	}
}

func TestHoldTakesTheFirstFreeTrunk(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	trunks := []billing.TrunkLimit{{Name: "a", MaxConcurrentCalls: 1}, {Name: "b", MaxConcurrentCalls: 2}, {Name: "c"}}
	for n, want := range []string{"a", "b", "b", "c", "c"} {
		o := holdOf("alice", billing.VisitID("v").OutboundLeg(n+1))
		o.Trunks = trunks
		if leg := h.hold(t, o); leg.Trunk != want || leg.Attempts != 1 {
			t.Errorf("call %d leaves by %s, want %s", n+1, leg.Trunk, want)
		}
	}
	h.settle(t, unanswered("v-1b"))
	o := holdOf("alice", "v-9b")
	o.Trunks = trunks
	if leg := h.hold(t, o); leg.Trunk != "a" {
		t.Errorf("a line that was given back is not taken, but %s", leg.Trunk)
	}
}

func TestHoldTwiceIsOneHold(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	first := h.hold(t, holdOf("alice", "v1-1b"))
	h.reopen(t)
	h.setAccount(func(a *billing.Account) { a.MaxConcurrentCalls = 1 })
	h.changesNothing(t, func() {
		again := holdOf("alice", "v1-1b")
		again.GrantSeconds = 600
		if diff := cmp.Diff(first, h.hold(t, again)); diff != "" {
			t.Error(diff)
		}
	})
}

// A hold that comes late, after its leg was settled, must not open it again: it
// would be charged twice.
func TestHoldAfterSettleIsRefused(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.settle(t, lasting("v1-1b", 9*time.Second))
	h.changesNothing(t, func() {
		if leg, err := h.Hold(t.Context(), holdOf("alice", "v1-1b")); !errors.Is(err, billing.ErrNotOpen) {
			t.Errorf("held %+v, %v", leg, err)
		}
	})
}

// Ten calls at the same moment on the money of one: exactly one is let through.
func TestParallelHoldsGetOneGrant(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 6_000) // one block
	const calls = 10
	errs := make([]error, calls)
	var all sync.WaitGroup
	for n := range calls {
		all.Go(func() {
			_, errs[n] = h.Hold(t.Context(), holdOf("alice", billing.VisitID(fmt.Sprint("v", n)).OutboundLeg(1)))
		})
	}
	all.Wait()
	granted := 0
	for _, err := range errs {
		if err == nil {
			granted++
			continue
		}
		refused(t, err, billing.NotEnoughMoney)
	}
	legs, err := h.OpenLegs()
	if granted != 1 || len(legs) != 1 || err != nil {
		t.Errorf("%d granted, %d open, %v", granted, len(legs), err)
	}
	h.wantMoney(t, "alice", 6_000, 6_000)
}

// The same hold sent ten times at once, as after a broken connection.
func TestParallelCopiesOfOneHold(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	legs := make([]billing.OpenLeg, 10)
	var all sync.WaitGroup
	for n := range legs {
		all.Go(func() { legs[n], _ = h.Hold(t.Context(), holdOf("alice", "v1-1b")) })
	}
	all.Wait()
	for _, leg := range legs {
		if diff := cmp.Diff(legs[0], leg); diff != "" || leg.Held != 60_000 {
			t.Error(diff)
		}
	}
	h.wantMoney(t, "alice", 1_000_000, 60_000)
	h.wantLines(t, "carrier", 1)
}
