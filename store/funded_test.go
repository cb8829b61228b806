package store

import (
	"sync"
	"testing"
	"time"

	"cccp/billing"
)

// Calls in progress are told of money, of all that may be money, and of nothing else.
func TestFunded(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	told, stop := h.Funded("alice")
	second, stopSecond := h.Funded("alice")
	defer stopSecond()
	heard := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		name string
		do   func()
		want bool
	}{
		{"nothing", func() {}, false},
		{"credit", func() { h.credit(t, "alice", 1_000_000) }, true},
		{"told once", func() {}, false},
		{"two credits at once", func() { h.credit(t, "alice", 1); h.credit(t, "alice", 2) }, true},
		{"another's credit", func() { h.credit(t, "bob", 1_000_000) }, false},
		{"debit", func() { _, _ = h.Book(t.Context(), entry(billing.Debit, "alice", 5, "d1")) }, false},
		{"refused credit", func() { _, _ = h.Book(t.Context(), entry(billing.Credit, "alice", billing.MaxMoney, "c9")) }, false},
		{"hold", func() { h.hold(t, holdOf("alice", "v1-1b")); h.hold(t, holdOf("alice", "v2-1b")) }, false},
		{"extension", func() { h.extend(t, 100, billing.Claim{Leg: "v1-1b"}) }, false},
		{"another call's end", func() { h.settle(t, lasting("v2-1b", time.Second)) }, true},
		{"voucher", func() { h.redeem(t, redemption("alice", "r1")) }, true},
		{"refused voucher", func() { _, _ = h.Redeem(t.Context(), redemption("alice", "r2")) }, false},
	} {
		step.do()
		if first, other := heard(told), heard(second); first != step.want || other != step.want {
			t.Errorf("%s: told %v and %v", step.name, first, other)
		}
	}
	stop()
	stop()
	h.credit(t, "alice", 3)
	if heard(told) || !heard(second) {
		t.Error("the one that stopped was told, or the other was not")
	}
	stopSecond()
}

// Whoever is told finds the money there, and everybody is told before Book returns.
func TestFundedIsToldAfterTheCommit(t *testing.T) {
	h := furnished(t)
	booked := make(chan struct{})
	var all sync.WaitGroup
	for n := range 10 {
		told, stop := h.Funded("alice")
		all.Go(func() {
			defer stop()
			select {
			case <-told:
			case <-booked:
				if len(told) == 0 {
					t.Errorf("listener %d was not told", n)
				}
			}
			if b, err := h.Balance("alice"); err != nil || b.Amount < 1 {
				t.Errorf("listener %d finds %s, %v", n, b.Amount, err)
			}
		})
	}
	h.credit(t, "alice", 1)
	close(booked)
	all.Wait()
}
