package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
)

func TestBook(t *testing.T) {
	h := furnished(t)
	for i, c := range []struct {
		kind   billing.LedgerKind
		amount billing.Money
		after  billing.Money
	}{
		{billing.Credit, 10_000_000, 10_000_000},
		{billing.Debit, 4_000_000, 6_000_000},
		{billing.Credit, 1, 6_000_001},
		{billing.Debit, 6_000_001, 0},
		{billing.Credit, billing.MaxMoney, billing.MaxMoney},
	} {
		ref := string(rune('a' + i))
		got, err := h.Book(t.Context(), entry(c.kind, "alice", c.amount, ref))
		want := billing.LedgerEntry{Account: "alice", Seq: uint64(i + 1), At: noon, Kind: c.kind, Amount: c.after - got.Before, Before: got.Before, After: c.after, Ref: ref, Actor: "root", Reason: "test", Origin: billing.FromOperator}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		h.wantMoney(t, "alice", c.after, 0)
	}
}

func TestBookRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Entry)
		want error
		says string
	}{
		{"an account there is not", func(e *Entry) { e.Account = "nobody" }, billing.ErrNotFound, "nobody"},
		{"no kind", func(e *Entry) { e.Kind = "" }, billing.ErrInvalid, "kind"},
		{"a charge by hand", func(e *Entry) { e.Kind = billing.Charge }, billing.ErrInvalid, "kind"},
		{"nothing", func(e *Entry) { e.Amount = 0 }, billing.ErrInvalid, "amount"},
		{"less than nothing", func(e *Entry) { e.Amount = -1 }, billing.ErrInvalid, "amount"},
		{"more than there can be", func(e *Entry) { e.Amount = billing.MaxMoney + 1 }, billing.ErrInvalid, "amount"},
		{"no request ID", func(e *Entry) { e.Ref = "" }, billing.ErrInvalid, "request ID"},
		{"a long request ID", func(e *Entry) { e.Ref = strings.Repeat("r", billing.MaxNameBytes+1) }, billing.ErrInvalid, "request ID"},
		{"no reason", func(e *Entry) { e.Reason = "" }, billing.ErrInvalid, "reason"},
		{"a long reason", func(e *Entry) { e.Reason = strings.Repeat("r", MaxReasonBytes+1) }, billing.ErrInvalid, "reason"},
		{"a debit beyond the balance", func(e *Entry) { e.Kind, e.Amount = billing.Debit, 1_000_001 }, billing.ErrConflict, "available"},
		{"a debit of what a call holds", func(e *Entry) { e.Kind, e.Amount = billing.Debit, 940_001 }, billing.ErrConflict, "0.06 held by open calls"},
		{"a credit beyond the greatest balance", func(e *Entry) { e.Amount = billing.MaxMoney - 999_999 }, billing.ErrConflict, "may have at most 1000000000.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			h.credit(t, "alice", 1_000_000)
			h.hold(t, holdOf("alice", "v1-1b"))
			e := entry(billing.Credit, "alice", 1, "r1")
			c.edit(&e)
			h.changesNothing(t, func() {
				if _, err := h.Book(t.Context(), e); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// The same request is booked once, whatever happens in between.
func TestBookIsIdempotent(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	first, err := h.Book(t.Context(), entry(billing.Credit, "alice", 1_000_000, "r1"))
	if err != nil {
		t.Fatal(err)
	}
	h.credit(t, "alice", 5)
	h.reopen(t)
	h.changesNothing(t, func() {
		again := entry(billing.Credit, "alice", 1_000_000, "r1")
		again.At = noon.Add(time.Hour)
		second, err := h.Book(t.Context(), again)
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	if _, err := h.Book(t.Context(), entry(billing.Credit, "bob", 7, "r1")); err != nil {
		t.Fatal(err)
	}
	h.wantMoney(t, "alice", 1_000_005, 0)
	h.wantMoney(t, "bob", 7, 0)
}

func TestLedgerPages(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "alice-2", Offering: "basic"})
	for amount := range billing.Money(300) {
		h.credit(t, "alice", amount+1)
	}
	h.credit(t, "alice-2", 1)
	for _, c := range []struct {
		name        string
		after       uint64
		limit       int
		first, last uint64
	}{
		{"all", 0, 1000, 1, 300},
		{"first page", 0, 10, 1, 10},
		{"a page across a byte", 250, 10, 251, 260},
		{"last page", 299, 10, 300, 300},
		{"after the end", 300, 10, 0, 0},
		{"none asked", 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := h.Ledger(t.Context(), "alice", c.after, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var first, last uint64
			if len(list) > 0 {
				first, last = list[0].Seq, list[len(list)-1].Seq
			}
			if first != c.first || last != c.last || list == nil || len(list) > 0 && uint64(len(list)) != last-first+1 {
				t.Errorf("entries %d to %d (%d of them), want %d to %d", first, last, len(list), c.first, c.last)
			}
		})
	}
	if _, err := h.Ledger(t.Context(), "nobody", 0, 1); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("ledger of nobody: %v", err)
	}
	if _, err := h.Balance("nobody"); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("balance of nobody: %v", err)
	}
}

func TestCDRsFilter(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	for n := range 6 { // 1 alice, 2 bob, 3 alice, …
		account := []string{"alice", "bob"}[n%2]
		h.record(t, billing.CDR{Leg: billing.VisitID("v").OutboundLeg(n + 1), Call: billing.Call{Account: account}, Direction: billing.Inbound})
	}
	for _, c := range []struct {
		name string
		f    CDRFilter
		want []uint64
	}{
		{"all", CDRFilter{Limit: 100}, []uint64{1, 2, 3, 4, 5, 6}},
		{"no limit is none", CDRFilter{}, nil},
		{"oldest", CDRFilter{Limit: 2}, []uint64{1, 2}},
		{"newest, still oldest first", CDRFilter{Limit: 2, Newest: true}, []uint64{5, 6}},
		{"after", CDRFilter{After: 4, Limit: 100}, []uint64{5, 6}},
		{"after the last", CDRFilter{After: 6, Limit: 100}, nil},
		{"newest after", CDRFilter{After: 5, Limit: 100, Newest: true}, []uint64{6}},
		{"an account's", CDRFilter{Account: "bob", Limit: 100}, []uint64{2, 4, 6}},
		{"an account's oldest", CDRFilter{Account: "bob", Limit: 2}, []uint64{2, 4}},
		{"an account's newest", CDRFilter{Account: "alice", Limit: 2, Newest: true}, []uint64{3, 5}},
		{"an account's after", CDRFilter{Account: "alice", After: 1, Limit: 100}, []uint64{3, 5}},
		{"nobody's", CDRFilter{Account: "nobody", Limit: 100}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := h.CDRs(t.Context(), c.f)
			var got []uint64
			for _, cdr := range list {
				got = append(got, cdr.Seq)
			}
			if diff := cmp.Diff(c.want, got); err != nil || list == nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

func (h *house) record(t *testing.T, cdr billing.CDR) {
	t.Helper()
	if err := h.Record(t.Context(), cdr); err != nil {
		t.Fatal(err)
	}
}

func TestRecordIsIdempotent(t *testing.T) {
	h := furnished(t)
	cdr := billing.CDR{Leg: "v1-a", Direction: billing.Inbound, Outcome: billing.Outcome{Result: billing.Rejected, Reason: billing.NotAuthenticated}}
	h.record(t, cdr)
	h.reopen(t)
	h.changesNothing(t, func() {
		cdr.Outcome.Reason = billing.Overload
		h.record(t, cdr)
	})
	if list, err := h.CDRs(t.Context(), CDRFilter{Limit: 10}); err != nil || len(list) != 1 || list[0].Reason != billing.NotAuthenticated {
		t.Errorf("%+v, %v", list, err)
	}
}
