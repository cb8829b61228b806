package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
)

func numbers(given ...phone.Number) []phone.Number { return given }

// pair is a furnished store where alice may give bob of her 1.00.
func pair(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.AllowTransfer = true })
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "alice", 1_000_000)
	return h
}

func gift(amount billing.Money, ref string) billing.Transfer {
	return billing.Transfer{From: "alice", To: "bob", Amount: amount, Ref: ref, Actor: "root", Reason: "a gift", At: noon}
}

func (h *house) transfer(t tester, m billing.Transfer) billing.Transferred {
	t.Helper()
	done, err := h.Transfer(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestTransfer(t *testing.T) {
	h := pair(t)
	got := h.transfer(t, gift(300_000, "t1"))
	want := billing.Transferred{
		Out: billing.LedgerEntry{Account: "alice", Seq: 2, At: noon, Kind: billing.TransferOut, Amount: -300_000, Before: 1_000_000, After: 700_000, Ref: "t1", Actor: "root", Reason: "a gift", Origin: billing.FromTransfer, Other: "bob"},
		In:  billing.LedgerEntry{Account: "bob", Seq: 1, At: noon, Kind: billing.TransferIn, Amount: 300_000, After: 300_000, Ref: "t1", Actor: "root", Reason: "a gift", Origin: billing.FromTransfer, Other: "alice"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	h.reopen(t)
	h.changesNothing(t, func() {
		for _, again := range []billing.Transfer{gift(300_000, "t1"), gift(0, "t1")} {
			if diff := cmp.Diff(want, h.transfer(t, again)); diff != "" {
				t.Error(diff)
			}
		}
		back := gift(300_000, "t1")
		back.From, back.To = "bob", "alice"
		for what, other := range map[string]billing.Transfer{"another amount": gift(1, "t1"), "back": back, "the ID of a credit": gift(1, "credit-1.00")} {
			if _, err := h.Transfer(t.Context(), other); !errors.Is(err, billing.ErrConflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	h.transfer(t, gift(0, "t2"))
	h.wantMoney(t, "alice", 0, 0)
	h.wantMoney(t, "bob", 1_000_000, 0)
	h.wantStatus(t, "alice", billing.Empty)
}

func TestTransferRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*testing.T, *house, *billing.Transfer)
		want error
		says string
	}{
		{"to itself", func(_ *testing.T, _ *house, m *billing.Transfer) { m.To = "alice" }, billing.Refusal{Reason: billing.TransferNotAllowed}, "both ends"},
		{"from nobody", func(_ *testing.T, _ *house, m *billing.Transfer) { m.From = "nobody" }, billing.ErrNotFound, "nobody"},
		{"to nobody", func(_ *testing.T, _ *house, m *billing.Transfer) { m.To = "nobody" }, billing.ErrNotFound, "nobody"},
		{"less than nothing", func(_ *testing.T, _ *house, m *billing.Transfer) { m.Amount = -1 }, billing.ErrInvalid, "amount"},
		{"no reason", func(_ *testing.T, _ *house, m *billing.Transfer) { m.Reason = "" }, billing.ErrInvalid, "reason"},
		{"no request ID", func(_ *testing.T, _ *house, m *billing.Transfer) { m.Ref = "" }, billing.ErrInvalid, "request ID"},
		{"not allowed", func(t *testing.T, h *house, _ *billing.Transfer) {
			change(t, h.Offerings, "basic", func(o *billing.Offering) { o.AllowTransfer = false })
		}, billing.Refusal{Reason: billing.TransferNotAllowed}, "--allow-transfer"},
		{"to another provider", func(t *testing.T, h *house, m *billing.Transfer) {
			add(t, h.Providers, billing.Provider{Name: "elk", Country: "CA", Currency: "USD"})
			add(t, h.Accounts, billing.Account{ID: "eva", Offering: "basic", Provider: "elk"})
			m.To = "eva"
		}, billing.Refusal{Reason: billing.TransferNotAllowed}, "stays with its provider"},
		{"more than can be held", func(t *testing.T, h *house, _ *billing.Transfer) {
			add(t, h.Offerings, billing.Offering{Name: "small", Provider: "fox", Deck: "world", MaxBalance: 299_999})
			change(t, h.Accounts, "bob", func(a *billing.Account) { a.Offering = "small" })
		}, billing.Refusal{Reason: billing.TransferTooMuch}, "would have 0.30: under offering small it may have at most 0.299999"},
		{"to a blocked one", func(_ *testing.T, h *house, _ *billing.Transfer) {
			h.force("bob", func(a *billing.Account) { a.Status = billing.Blocked })
		}, billing.Refusal{Reason: billing.AccountBlocked}, "takes no money"},
		{"blocked in a call", func(t *testing.T, h *house, _ *billing.Transfer) {
			change(t, h.Offerings, "basic", func(o *billing.Offering) { o.DisableAfterTransfer = true })
			h.hold(t, holdOf("alice", "v1-1b"))
		}, billing.Refusal{Reason: billing.TransferInUse}, "1 of its calls are open"},
		{"what a call holds", func(t *testing.T, h *house, m *billing.Transfer) {
			h.hold(t, holdOf("alice", "v1-1b"))
			m.Amount = 940_001
		}, billing.Refusal{Reason: billing.NothingToTransfer}, "0.06 held"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := pair(t)
			m := gift(300_000, "t1")
			c.set(t, h, &m)
			h.changesNothing(t, func() {
				if _, err := h.Transfer(t.Context(), m); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// A sweep takes all that no call holds, fills an empty account, and blocks where it is to
// be the last.
func TestSweep(t *testing.T) {
	h := pair(t)
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.SweepBalance = true })
	h.force("bob", func(a *billing.Account) { a.Status = billing.Empty })
	h.hold(t, holdOf("alice", "v1-1b"))
	told, stop := h.Funded("bob")
	defer stop()
	h.transfer(t, gift(0, "t1"))
	h.wantMoney(t, "alice", 60_000, 60_000)
	h.wantMoney(t, "bob", 940_000, 0)
	h.wantStatus(t, "bob", billing.Activated)
	select {
	case <-told:
	default:
		t.Error("calls of the account that got it are not told")
	}
	h.settle(t, lasting("v1-1b", time.Second))
	change(t, h.Offerings, "basic", func(o *billing.Offering) { o.DisableAfterTransfer = true })
	h.transfer(t, gift(54_000, "t2"))
	h.wantStatus(t, "alice", billing.Blocked)
}

// A crowd moves money to and fro, each request twice, beside calls: none is made or lost.
func TestParallelTransfers(t *testing.T) {
	h := pair(t)
	h.credit(t, "bob", 1_000_000)
	var all sync.WaitGroup
	for n := range 40 {
		m := gift(billing.Money(1000*(n+1)), fmt.Sprint("t", n/2))
		m.Amount = billing.Money(1000 * (n/2 + 1))
		if n%4 > 1 {
			m.From, m.To = m.To, m.From
		}
		all.Go(func() {
			if _, err := h.Transfer(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range 4 {
		all.Go(func() {
			if err := h.live(t.Context(), billing.VisitID(fmt.Sprint("v", n)).OutboundLeg(1)); err != nil {
				t.Error(err)
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for live := true; live; {
		select {
		case <-done:
			live = false
		default:
		}
		h.mustBeSound(t)
	}
	if r := h.mustBeSound(t); r.Balance != 2_000_000-4*102_000 || r.Entries != 2+40+4 {
		t.Errorf("%+v", r)
	}
}

func TestCheckFindsWrongTransfers(t *testing.T) {
	for name, corrupt := range map[string]func(*billing.LedgerEntry){
		"another account": func(e *billing.LedgerEntry) { e.Other = "bob" },
		"another kind":    func(e *billing.LedgerEntry) { e.Kind = billing.Credit },
	} {
		t.Run(name, func(t *testing.T) {
			h := pair(t)
			h.transfer(t, gift(300_000, "t1"))
			h.plant(t, ledgerKey("bob", 1), edited(corrupt))
			if r, err := h.Check(); err != nil || !strings.Contains(fmt.Sprint(r.Problems), "no other end") {
				t.Errorf("%v, %v", r.Problems, err)
			}
		})
	}
	t.Run("credit limit", func(t *testing.T) {
		h := pair(t)
		h.plant(t, key("balance", "bob"), edited(func(b *billing.Balance) { b.Credit = 5 }))
		if r, err := h.Check(); err != nil || !strings.Contains(fmt.Sprint(r.Problems), "may borrow") {
			t.Errorf("%v, %v", r.Problems, err)
		}
	})
}

func TestStatement(t *testing.T) {
	h := pair(t)
	change(t, h.Providers, "fox", func(p *billing.Provider) { p.TimeZone = "America/Toronto" })
	h.hold(t, holdOf("alice", "v1-1b"))
	h.settle(t, lasting("v1-1b", 9*time.Second))
	late := entry(billing.Debit, "alice", 100_000, "d1")
	late.At = noon.AddDate(0, 0, 2)
	if _, err := h.Book(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	whole, err := h.Statement(t.Context(), "alice", time.Time{}, time.Time{})
	if err != nil || len(whole.Entries) != 3 || whole.Opening != 0 || whole.In != 1_000_000 || whole.Out != 112_000 || whole.Closing != 888_000 || whole.TimeZone != "America/Toronto" {
		t.Errorf("%+v, %v", whole, err)
	}
	part, err := h.Statement(t.Context(), "alice", noon.Add(time.Second), late.At)
	if err != nil || len(part.Entries) != 1 || part.Opening != 1_000_000 || part.Closing != 988_000 {
		t.Fatalf("%+v, %v", part, err)
	}
	if call := part.Entries[0]; call.To != "15145550123" || call.AnsweredMS != 9000 || call.BilledS != 12 || call.Amount != -12_000 {
		t.Errorf("%+v", call)
	}
	if _, err := h.Statement(t.Context(), "alice", noon, noon.Add(-1)); !errors.Is(err, billing.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if _, err := h.Statement(t.Context(), "nobody", noon, noon); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
