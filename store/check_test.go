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

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/records"
)

// lived is a store with a history: two accounts, three CDRs, one open call; two vouchers,
// one of them redeemed; a job that waits, and one that is done; three wrong PINs.
func lived(t *testing.T) *house {
	t.Helper()
	h := furnished(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "alice", 1_000_000)
	h.credit(t, "alice", 2_000_000)
	for _, s := range []billing.Settlement{lasting("v1-1b", 9*time.Second), unanswered("v2-1b")} {
		h.hold(t, holdOf("alice", s.Leg))
		h.settle(t, s)
	}
	h.hold(t, holdOf("alice", "v3-1b"))
	h.record(t, billing.CDR{Leg: "v2-a", Direction: billing.Inbound})
	h.voucher(t, code, billing.Voucher{Provider: "fox", Amount: 5_000_000})
	h.voucher(t, "4025067473", billing.Voucher{Provider: "fox", Amount: 5_000_000})
	h.redeem(t, redemption("bob", "r1"))
	h.schedule(t, callback("j1", "1"))
	h.schedule(t, callback("j2", "2"))
	h.finish(t, "j2", true, false, noon)
	for range 3 {
		guarded(h).miss(t, "1", access, noon)
	}
	return h
}

func TestCheckReports(t *testing.T) {
	h := lived(t)
	r := h.mustBeSound(t)
	if r.Accounts != 2 || r.Entries != 4 || r.Open != 1 || r.CDRs != 3 || r.Balance != 7_988_000 || r.Held != 60_000 {
		t.Errorf("%+v", r)
	}
}

// Check proves the books beside live calls, and a crowd of calls comes out exact.
func TestCheckBesideLiveCalls(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 100_000_000)
	const callers, calls = 8, 10
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			visit := billing.VisitID(fmt.Sprint("v", caller))
			for n := range calls {
				if err := h.live(t.Context(), visit.OutboundLeg(n+1)); err != nil {
					t.Error(err)
				}
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
	h.wantMoney(t, "alice", 100_000_000-callers*calls*102_000, 0)
}

// live is a whole call of 97 s, in 6 s blocks: 0.102.
func (h *house) live(ctx context.Context, leg billing.LegID) error {
	_, hold := h.Hold(ctx, holdOf("alice", leg))
	answer := h.Answer(ctx, leg, noon)
	_, extend := h.Extend(ctx, 120, billing.Claim{Leg: leg})
	_, settle := h.Settle(ctx, lasting(leg, 97*time.Second))
	return errors.Join(hold, answer, extend, settle)
}

// plant writes wrong bytes past every rule, until the test ends.
func (h *house) plant(t *testing.T, k []byte, corrupt func([]byte) []byte) {
	t.Helper()
	put := func(tx kv.Tx, v []byte) {
		if v == nil {
			tx.Delete(k)
			return
		}
		tx.Put(k, v)
	}
	var was []byte
	err := h.db.Update(t.Context(), func(tx kv.Tx) error {
		was = bytes.Clone(tx.Get(k))
		put(tx, corrupt(was))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Update(context.Background(), func(tx kv.Tx) error { put(tx, was); return nil }); err != nil {
			t.Error(err)
		}
	})
}

// edited corrupts one field of a record.
func edited[T any](edit func(*T)) func([]byte) []byte {
	return func(b []byte) []byte {
		v := must(decode[T](b))
		edit(&v)
		return encode(v)
	}
}

func gone([]byte) []byte { return nil }

func TestCheckFindsCorruption(t *testing.T) {
	balance, leg, trunk := key("balance", "alice"), key("open", "v3-1b"), key("calls", "trunk", "carrier")
	entry := func(seq uint64) []byte { return key("audit", sequence(seq)) }
	cdr := func(seq uint64) []byte { return key("cdr", sequence(seq)) }
	voucher, unused := key("voucher", testKey.VoucherHash(code)), key("voucher", testKey.VoucherHash("4025067473"))
	waits, misses := callback("j1", "1"), key("miss", string(billing.LockCaller), "1")
	over := key("miss-over", string(billing.LockCaller), records.Moment(noon.Add(10*time.Minute)), "1")
	here := func([]byte) []byte { return []byte{} }
	for _, c := range []struct {
		name    string
		key     []byte
		corrupt func([]byte) []byte
		says    string
	}{
		{"wrong balance", balance, edited(func(b *billing.Balance) { b.Amount++ }), "account alice: balance 2.988001"},
		{"wrong held", balance, edited(func(b *billing.Balance) { b.Held-- }), "account alice: held 0.059999"},
		{"more held than there is", balance, edited(func(b *billing.Balance) { b.Held = 3_000_000 }), "and 3.00 are held of it"},
		{"wrong number of calls", balance, edited(func(b *billing.Balance) { b.Open++ }), "in 2 calls"},
		{"wrong number of entries", balance, edited(func(b *billing.Balance) { b.Entries++ }), "after 4 entries"},
		{"money where nothing was booked", key("balance", "bob"), edited(func(b *billing.Balance) { b.Amount = 5 }), "account bob"},
		{"missing balance", key("balance", "bob"), gone, "account bob has no balance"},
		{"missing balance of open legs", balance, gone, "account alice has open legs"},
		{"missing entry in the middle", ledgerKey("alice", 2), gone, "entry 3 does not follow"},
		{"missing last entry", ledgerKey("alice", 3), gone, "the ledger says 3.00 after 2"},
		{"wrong amount of an entry", ledgerKey("alice", 2), edited(func(e *billing.LedgerEntry) { e.Amount++ }), "entry 2 does not follow"},
		{"wrong sum of an entry", ledgerKey("alice", 1), edited(func(e *billing.LedgerEntry) { e.After++; e.Amount++ }), "entry 2 does not follow"},
		{"wrong place of an entry", ledgerKey("alice", 1), edited(func(e *billing.LedgerEntry) { e.Seq = 7 }), "entry 7"},
		{"wrong sum before the first entry", ledgerKey("alice", 1), edited(func(e *billing.LedgerEntry) { e.Before++ }), "entry 1 does not follow"},
		{"missing CDR of a charge", cdr(1), gone, "charge -0.012 for leg v1-1b is not its CDR's"},
		{"wrong charge on a CDR", cdr(1), edited(func(c *billing.CDR) { c.Charge++ }), "leg v1-1b is not its CDR's"},
		{"charge for another leg", ledgerKey("alice", 3), edited(func(e *billing.LedgerEntry) { e.Ref = "v2-1b" }), "leg v2-1b is not its CDR's"},
		{"missing index of a CDR", key("cdr-leg", "v1-1b"), gone, "leg v1-1b is not its CDR's"},
		{"missing CDR in the middle", cdr(2), gone, "CDR 3 stands in place 2"},
		{"missing last CDR", cdr(3), gone, "3 CDRs were written, 2 are there"},
		{"wrong place of a CDR", cdr(2), edited(func(c *billing.CDR) { c.Seq = 9 }), "CDR 9 stands in place 2"},
		{"CDR counter ahead", key("meta", "cdr-seq"), func([]byte) []byte { return []byte(sequence(4)) }, "4 CDRs were written, 3 are there"},
		{"CDR counter behind", key("meta", "cdr-seq"), func([]byte) []byte { return []byte(sequence(2)) }, "2 CDRs were written, 3 are there"},
		{"charge on the CDR of a free leg", cdr(2), edited(func(c *billing.CDR) { c.Charge = 5 }), "CDRs charge 0.012005, the ledger says 0.012"},
		{"leg holds what its grant does not cost", leg, edited(func(l *billing.OpenLeg) { l.Held++ }), "leg v3-1b holds 0.060001"},
		{"leg granted what it does not hold", leg, edited(func(l *billing.OpenLeg) { l.GrantedS += 6 }), "leg v3-1b holds 0.06"},
		{"leg of another account", leg, edited(func(l *billing.OpenLeg) { l.Account = "bob" }), "account bob: held 0.00 in 0 calls"},
		{"leg of no account", leg, edited(func(l *billing.OpenLeg) { l.Account = "nobody" }), "account nobody has open legs and no balance"},
		{"leg on another trunk", leg, edited(func(l *billing.OpenLeg) { l.Trunk = "b" }), "trunk/b has 1 calls it does not count"},
		{"missing leg", leg, gone, "open legs say 0.00 in 0"},
		{"trunk counts too many", trunk, func([]byte) []byte { return []byte(sequence(2)) }, "trunk/carrier counts 2 calls, open legs say 1"},
		{"trunk counts too few", trunk, func([]byte) []byte { return []byte(sequence(0)) }, "trunk/carrier counts 0 calls, open legs say 1"},
		{"account counts too many", key("calls", "account", "alice"), func([]byte) []byte { return []byte(sequence(2)) }, "account/alice counts 2 calls, open legs say 1"},
		{"a call of nobody", key("calls", "offering", "gold"), func([]byte) []byte { return []byte(sequence(1)) }, "offering/gold counts 1 calls, open legs say 0"},
		{"provider does not count", key("calls", "provider", "fox"), gone, "provider/fox has 1 calls it does not count"},
		{"missing voucher of a recharge", voucher, gone, "account bob: recharge 5.00 in entry 1 is of no voucher"},
		{"voucher of another account", voucher, edited(func(v *billing.Voucher) { v.Account = "alice" }), "account bob: recharge 5.00 in entry 1 is of no voucher"},
		{"voucher of another amount", voucher, edited(func(v *billing.Voucher) { v.Amount++ }), "account bob: recharge 5.00 in entry 1 is of no voucher"},
		{"voucher that was not redeemed", voucher, edited(func(v *billing.Voucher) { v.Redeemed = time.Time{} }), "0 vouchers were redeemed, the ledgers say 1"},
		{"voucher redeemed for nothing", unused, edited(func(v *billing.Voucher) { v.Account, v.Redeemed = "bob", noon }), "2 vouchers were redeemed, the ledgers say 1"},
		{"recharge that was a credit", ledgerKey("bob", 1), edited(func(e *billing.LedgerEntry) { e.Kind = billing.Credit }), "1 vouchers were redeemed, the ledgers say 0"},
		{"job that is not listed", madeKey(waits), gone, "job j1 is not listed"},
		{"job that nothing wakes", wakeKey(waits), gone, "job j1 is waiting and nothing wakes it"},
		{"job that wakes at another time", key("job", "j1"), edited(func(j *jobs.Job) { j.Due = noon }), "job j1 is waiting and nothing wakes it"},
		{"job that is live in secret", liveKey(waits), gone, `job j1 is live, under its key stands ""`},
		{"another job under its key", liveKey(waits), func([]byte) []byte { return []byte("j2") }, `job j1 is live, under its key stands "j2"`},
		{"missing job", key("job", "j1"), gone, "job-made has 2 entries for 1"},
		{"job that is over and wakes", wakeKey(callback("j2", "2")), here, "job-wake has 2 entries for 1"},
		{"job that is over and stands in the way", liveKey(callback("j2", "2")), func([]byte) []byte { return []byte("j2") }, "job-live has 2 entries for 1"},
		{"wrong PINs that are never over", over, gone, "wrong PINs of caller 1 are never forgotten"},
		{"wrong PINs that are gone", misses, gone, "miss-over/caller has 1 entries for 0"},
		{"wrong PINs that are not counted", key("meta", "misses", string(billing.LockCaller)), gone, "0 counts of wrong PINs by caller, 1 are there"},
		{"audit entry that was changed", entry(2), edited(func(e *staff.Entry) { e.Actor = "somebody" }), "audit entry 2 is not as it was written"},
		{"audit entry taken out", entry(2), gone, "audit entry 3 is not as it was written"},
		{"audit log cut off", key("meta", "audit-seq"), func([]byte) []byte { return []byte(sequence(2)) }, "2 audit entries were written"},
		{"audit log begun anew", key("meta", "audit-chain"), gone, "audit entries were written"},
		{"bundle holds for nobody", key("bundle-use", "bob", "gift"), func([]byte) []byte { return encode(billing.BundleUse{Account: "bob", Bundle: "gift", HeldS: 5}) }, "bundle gift holds 5 s and 0 calls"},
		{"trunk does not count", trunk, gone, "trunk/carrier has 1 calls it does not count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := lived(t)
			h.plant(t, c.key, c.corrupt)
			r, err := h.Check()
			if err != nil || !strings.Contains(strings.Join(r.Problems, "\n"), c.says) {
				t.Errorf("Check says %q, %v; want %q", r.Problems, err, c.says)
			}
		})
	}
}

// What cannot be read at all is an error, not a clean report.
func TestCheckFailsOnUnreadableRecords(t *testing.T) {
	for name, k := range map[string][]byte{
		"balance": key("balance", "alice"), "entry": ledgerKey("alice", 1), "leg": key("open", "v3-1b"), "CDR": key("cdr", sequence(2)),
		"voucher": key("voucher", testKey.VoucherHash("4025067473")), "job": key("job", "j2"), "misses": key("miss", string(billing.LockCaller), "1"),
	} {
		t.Run(name, func(t *testing.T) {
			h := lived(t)
			h.plant(t, k, func([]byte) []byte { return []byte("not CBOR") })
			if r, err := h.Check(); err == nil {
				t.Errorf("Check says %+v", r)
			}
		})
	}
}

// However broken the store is, the report stays readable.
func TestCheckReportsSoManyProblemsOnly(t *testing.T) {
	h := empty(t)
	var keys [][]byte
	err := h.db.Update(t.Context(), func(tx kv.Tx) error {
		keys = nil
		for n := range 2 * records.MaxProblems {
			k := key("calls", "trunk", sequence(uint64(n)))
			keys = append(keys, k)
			records.Counter(k).Set(tx, 1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := h.Check(); err != nil || len(r.Problems) != records.MaxProblems {
		t.Errorf("%d problems, %v", len(r.Problems), err)
	}
	err = h.db.Update(t.Context(), func(tx kv.Tx) error {
		for _, k := range keys {
			tx.Delete(k)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
