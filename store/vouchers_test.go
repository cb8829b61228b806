package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
)

const code = "4025067472"

func redemption(account, ref string) billing.Redemption {
	return billing.Redemption{Code: code, Account: account, Ref: ref, Actor: "alice", At: noon}
}

func (h *house) redeem(t tester, r billing.Redemption) billing.LedgerEntry {
	t.Helper()
	e, err := h.Redeem(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRedeem(t *testing.T) {
	h := furnished(t)
	v := h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000, Expires: noon.Add(time.Nanosecond)})
	got := h.redeem(t, redemption("alice", "r1"))
	want := billing.LedgerEntry{Account: "alice", Seq: 1, At: noon, Kind: billing.Recharge, Amount: 5_000_000, After: 5_000_000, Ref: "r1", Actor: "alice", Reason: "voucher " + v.ID, Origin: billing.FromVoucher}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	h.wantMoney(t, "alice", 5_000_000, 0)
	v.Account, v.Redeemed = "alice", noon
	if kept, err := h.FindVoucher(t.Context(), code); err != nil || !cmp.Equal(kept, v) {
		t.Errorf("%+v, %v", kept, err)
	}
}

// The same request again is answered as before; the same ID for something else is not.
func TestRedeemTwiceIsOneCredit(t *testing.T) {
	h := furnished(t)
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	first := h.redeem(t, redemption("alice", "r1"))
	h.credit(t, "alice", 7)
	h.reopen(t)
	h.changesNothing(t, func() {
		h.setAccount(func(a *billing.Account) { a.Status = billing.Activated })
		again := redemption("alice", "r1")
		again.At = noon.Add(time.Hour)
		if diff := cmp.Diff(first, h.redeem(t, again)); diff != "" {
			t.Error(diff)
		}
		other, credited, booked := redemption("alice", "r1"), redemption("alice", "credit-0.000007"), entry(billing.Credit, "alice", 5_000_000, "r1")
		other.Code = "4025067473"
		_, otherErr := h.Redeem(t.Context(), other)
		_, creditErr := h.Redeem(t.Context(), credited)
		_, bookErr := h.Book(t.Context(), booked)
		for what, err := range map[string]error{"another voucher": otherErr, "the ID of a credit": creditErr, "a credit under its ID": bookErr} {
			if !errors.Is(err, billing.ErrConflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestRedeemRefuses(t *testing.T) {
	status := func(s billing.Status) func(*testing.T, *house) {
		return func(t *testing.T, h *house) { h.setAccount(func(a *billing.Account) { a.Status = s }) }
	}
	expires := func(at time.Time) func(*testing.T, *house) {
		return func(t *testing.T, h *house) {
			v := must(h.FindVoucher(t.Context(), code))
			change(t, h.Vouchers, v.ID, func(v *billing.Voucher) { v.Expires = at })
		}
	}
	for _, c := range []struct {
		name string
		set  func(*testing.T, *house)
		edit func(*billing.Redemption)
		want billing.Reason
	}{
		{"no such voucher", nil, func(r *billing.Redemption) { r.Code = "4025067473" }, billing.VoucherUnknown},
		{"no code", nil, func(r *billing.Redemption) { r.Code = "" }, billing.VoucherUnknown},
		{"used", func(t *testing.T, h *house) { h.redeem(t, redemption("bob", "r9")) }, nil, billing.VoucherUsed},
		{"used by the account itself", func(t *testing.T, h *house) { h.redeem(t, redemption("alice", "r9")) }, nil, billing.VoucherUsed},
		{"expired this moment", expires(noon), nil, billing.VoucherExpired},
		{"expired long ago", expires(noon.AddDate(-1, 0, 0)), nil, billing.VoucherExpired},
		{"another provider's", nil, func(r *billing.Redemption) { r.Account = "pierre" }, billing.VoucherUnknown},
		{"no room", func(t *testing.T, h *house) { h.credit(t, "alice", billing.MaxMoney-4_999_999) }, nil, billing.BalanceFull},
		{"generated", status(billing.Generated), nil, billing.AccountNotActivated},
		{"uploaded", status(billing.Uploaded), nil, billing.AccountNotActivated},
		{"blocked", status(billing.Blocked), nil, billing.AccountBlocked},
		{"expired account", status(billing.Expired), nil, billing.AccountExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnished(t)
			add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
			h.importDeck(t, "monde", rate("33", 1))
			add(t, h.Offerings, billing.Offering{Name: "tour", Provider: "eiffel", Deck: "monde"})
			add(t, h.Accounts, billing.Account{ID: "pierre", Offering: "tour"})
			h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
			r := redemption("alice", "r1")
			if c.edit != nil {
				c.edit(&r)
			}
			if c.set != nil {
				c.set(t, h)
			}
			h.changesNothing(t, func() {
				_, err := h.Redeem(t.Context(), r)
				refused(t, err, c.want)
			})
		})
	}
}

func TestRedeemForNobody(t *testing.T) {
	h := furnished(t)
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	h.changesNothing(t, func() {
		if _, err := h.Redeem(t.Context(), redemption("nobody", "r1")); !errors.Is(err, billing.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		for _, ref := range []string{"", strings.Repeat("r", billing.MaxNameBytes+1)} {
			if _, err := h.Redeem(t.Context(), redemption("alice", ref)); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("request %q: %v", ref, err)
			}
		}
	})
}

// A refill lets a spent account call again, and exactly fills the fullest balance.
func TestRefillReactivates(t *testing.T) {
	for name, refill := range map[string]func(*testing.T, *house){
		"voucher": func(t *testing.T, h *house) { h.redeem(t, redemption("alice", "r1")) },
		"credit":  func(t *testing.T, h *house) { h.credit(t, "alice", 5_000_000) },
	} {
		t.Run(name, func(t *testing.T) {
			h := furnished(t)
			h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
			h.credit(t, "alice", billing.MaxMoney-5_000_000)
			h.setAccount(func(a *billing.Account) { a.Status = billing.Empty })
			refill(t, h)
			if a, err := h.Accounts.Get("alice"); err != nil || a.Status != billing.Activated {
				t.Errorf("%s, %v", a.Status, err)
			}
			h.wantMoney(t, "alice", billing.MaxMoney, 0)
		})
	}
}

// One voucher, twenty requests at the same moment, for two accounts: one credit.
func TestParallelRedemptionsOfOneVoucher(t *testing.T) {
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	errs := make([]error, 20)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() {
			_, errs[n] = h.Redeem(t.Context(), redemption([]string{"alice", "bob"}[n%2], fmt.Sprint("r", n)))
		})
	}
	all.Wait()
	taken := 0
	for _, err := range errs {
		if err == nil {
			taken++
			continue
		}
		refused(t, err, billing.VoucherUsed)
	}
	if r := h.mustBeSound(t); taken != 1 || r.Balance != 5_000_000 || r.Entries != 1 {
		t.Errorf("taken %d times: %+v", taken, r)
	}
}

// The same request twenty times at once, as after a broken connection.
func TestParallelCopiesOfOneRedemption(t *testing.T) {
	h := furnished(t)
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	entries := make([]billing.LedgerEntry, 20)
	var all sync.WaitGroup
	for n := range entries {
		all.Go(func() { entries[n], _ = h.Redeem(t.Context(), redemption("alice", "r1")) })
	}
	all.Wait()
	for _, e := range entries {
		if diff := cmp.Diff(entries[0], e); diff != "" || e.Seq != 1 {
			t.Error(e.Seq, diff)
		}
	}
	h.wantMoney(t, "alice", 5_000_000, 0)
}

// Redeemed vouchers are the history of money: nothing changes or removes them, nor does
// anything but a redemption make them so.
func TestUsedVouchersStay(t *testing.T) {
	h := furnished(t)
	v := h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	h.changesNothing(t, func() {
		for name, edit := range map[string]func(*billing.Voucher){
			"account":  func(v *billing.Voucher) { v.Account = "alice" },
			"redeemed": func(v *billing.Voucher) { v.Redeemed = noon },
		} {
			if _, err := h.Vouchers.Change(t.Context(), v.ID, func(v *billing.Voucher) error { edit(v); return nil }); !errors.Is(err, billing.ErrInvalid) {
				t.Errorf("%s by hand: %v", name, err)
			}
		}
	})
	h.redeem(t, redemption("alice", "r1"))
	h.changesNothing(t, func() {
		_, change := h.Vouchers.Change(t.Context(), v.ID, func(v *billing.Voucher) error { v.Account, v.Redeemed = "", time.Time{}; return nil })
		if !errors.Is(change, billing.ErrConflict) {
			t.Errorf("change: %v", change)
		}
		if err := h.Vouchers.Remove(t.Context(), v.ID); !errors.Is(err, billing.ErrInUse) {
			t.Errorf("remove: %v", err)
		}
	})
}

func TestVoucherCodes(t *testing.T) {
	h := furnished(t)
	for name, bad := range map[string]string{"short": "402506747", "long": strings.Repeat("12", 10) + "3", "letters": "40250674ab", "signed": "+402506747", "empty": ""} {
		if _, err := h.NewVoucher(bad); !errors.Is(err, billing.ErrInvalid) || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, good := range []string{"1234567890", "12345678901234567890"} {
		if v, err := h.NewVoucher(good); err != nil || v.ID == testKey.Hash(good) || v.KeyID != testKey.ID() {
			t.Errorf("%s: %+v, %v: hashed like a PIN", good, v, err)
		}
	}
	if _, err := h.FindVoucher(t.Context(), code); !errors.Is(err, billing.ErrNotFound) || strings.Contains(err.Error(), code) || strings.Contains(err.Error(), testKey.VoucherHash(code)) {
		t.Errorf("a voucher there is not: %v", err)
	}
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 1})
	if bytes.Contains(contents(t, h.path), []byte(code)) {
		t.Error("the code stands in the file")
	}
	if err := h.Providers.Remove(t.Context(), "fox"); !errors.Is(err, billing.ErrInUse) {
		t.Errorf("its provider: %v", err)
	}
}
