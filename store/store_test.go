package store

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
	"cccp/store/kv/bolt"
)

// house is an open store and the file it lives in. However a test leaves it, it
// must be sound at the end.
type house struct {
	*Store
	path string
}

var testKey = PINKey(strings.Repeat("k", MinPINKeyBytes))

// noon is when everything in these tests happens.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// tester is what *testing.T and *rapid.T share.
type tester interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// empty is a new store that is proven sound when the test ends. Stores mostly wait
// for the disk, so tests that have one run beside each other.
func empty(t *testing.T) *house {
	t.Helper()
	t.Parallel()
	h := &house{path: filepath.Join(t.TempDir(), "cccp.db")}
	h.open(t)
	t.Cleanup(func() {
		h.mustBeSound(t)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) open(t tester) {
	t.Helper()
	s, err := Open(context.Background(), h.path, Options{PINKey: testKey, File: bolt.Options{LockWait: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	h.Store = s
}

func (h *house) reopen(t tester) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open(t)
}

func (h *house) mustBeSound(t tester) billing.Report {
	t.Helper()
	r, err := h.Check()
	if err != nil || len(r.Problems) > 0 {
		t.Fatalf("the store is not sound: %q, %v", r.Problems, err)
	}
	return r
}

// furnished is a store with one of everything: provider fox (CA, USD) and eiffel
// (FR, EUR), deck world, offering basic, account alice, trunk carrier.
func furnished(t *testing.T) *house {
	t.Helper()
	h := empty(t)
	add(t, h.Providers, billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
	add(t, h.Providers, billing.Provider{Name: "eiffel", Country: "FR", Currency: "EUR"})
	h.importDeck(t, "world", rate("1", 60_000_000_000))
	add(t, h.Offerings, billing.Offering{Name: "basic", Provider: "fox", Deck: "world"})
	add(t, h.Accounts, billing.Account{ID: "alice", Offering: "basic"})
	add(t, h.Trunks, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@carrier"})
	return h
}

func add[T any](t tester, c *Collection[T], v T) T {
	t.Helper()
	v, err := c.Add(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rate is a deck row charged 6/6.
func rate(prefix string, perMinute billing.Decimal) billing.Rate {
	return billing.Rate{Prefix: prefix, Tariff: billing.Tariff{Name: "to " + prefix, Tiers: []billing.Tier{
		{RatePerMinute: perMinute, FirstIncrementS: 6, IncrementS: 6},
	}}}
}

func (h *house) importDeck(t tester, name string, rates ...billing.Rate) billing.RateDeck {
	t.Helper()
	d, err := h.ImportDeck(context.Background(), name, rates, noon)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (h *house) credit(t tester, account string, amount billing.Money) {
	t.Helper()
	if _, err := h.Book(context.Background(), entry(billing.Credit, account, amount, "credit-"+amount.String())); err != nil {
		t.Fatal(err)
	}
}

func entry(kind billing.LedgerKind, account string, amount billing.Money, ref string) Entry {
	return Entry{Account: account, Kind: kind, Amount: amount, Ref: ref, Actor: "root", Reason: "test", At: noon}
}

// holdOf asks for up to a minute of a call to Montreal at 0.06 a minute, 6/6.
func holdOf(account string, leg billing.LegID) billing.Hold {
	return billing.Hold{
		Leg: leg,
		Call: billing.Call{
			Account: account, Credential: "ani:15149072508",
			From: "15149072508", To: "15145550123",
		},
		Tariff: rate("1514", 60_000_000_000).Tariff, Deck: "world", Version: 1,
		Trunks:       []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: 60, MaxSeconds: 7200, Node: "ast1", At: noon,
		Inbound: billing.InboundLeg{Channel: "in-1", AccessNumber: "15141115555", Provider: "fox", Started: noon.Add(-20 * time.Second)},
	}
}

func (h *house) hold(t tester, o billing.Hold) billing.OpenLeg {
	t.Helper()
	leg, err := h.Hold(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return leg
}

func (h *house) extend(t tester, aheadS int64, claims ...billing.Claim) []billing.OpenLeg {
	t.Helper()
	legs, err := h.Extend(context.Background(), aheadS, claims...)
	if err != nil {
		t.Fatal(err)
	}
	return legs
}

// lasting is the settlement of a leg answered at noon for that long.
func lasting(leg billing.LegID, d time.Duration) billing.Settlement {
	return billing.Settlement{Leg: leg, Answered: noon, Ended: noon.Add(d), Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: 16}}
}

func (h *house) settle(t tester, s billing.Settlement) billing.CDR {
	t.Helper()
	cdr, err := h.Settle(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return cdr
}

// unanswered is the settlement of a leg nobody answered.
func unanswered(leg billing.LegID) billing.Settlement {
	return billing.Settlement{Leg: leg, Ended: noon.Add(time.Minute), Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.Busy, Cause: 17}}
}

func (h *house) wantMoney(t tester, account string, amount, held billing.Money) {
	t.Helper()
	b, err := h.Balance(account)
	if err != nil || b.Amount != amount || b.Held != held {
		t.Fatalf("account %s has %s of which %s held (%v), want %s and %s", account, b.Amount, b.Held, err, amount, held)
	}
}

func (h *house) wantLines(t tester, trunk string, want uint64) {
	t.Helper()
	h.wantCalls(t, "trunk", trunk, want)
}

func (h *house) wantCalls(t tester, kind, name string, want uint64) {
	t.Helper()
	var got uint64
	_ = h.db.View(func(tx kv.Tx) error { got = counter(tx, key("calls", kind, name)); return nil })
	if got != want {
		t.Fatalf("%s %s counts %d calls, want %d", kind, name, got, want)
	}
}

// voucher adds the voucher of a code.
func (h *house) voucher(t tester, code string, v billing.Voucher) billing.Voucher {
	t.Helper()
	made, err := h.NewVoucher(code)
	if err != nil {
		t.Fatal(err)
	}
	v.ID, v.KeyID = made.ID, made.KeyID
	return add(t, h.Vouchers, v)
}

func refused(t tester, err error, want billing.Reason) {
	t.Helper()
	if !errors.Is(err, billing.Refusal{Reason: want}) {
		t.Fatalf("got %v, want refused: %s", err, want)
	}
}

// dump is every key and value in the file, the audit log apart: that only grows.
func (h *house) dump(t tester) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := h.db.View(func(tx kv.Tx) error {
		for k, v := range tx.Ascend(nil, nil) {
			if name := string(k); !strings.HasPrefix(name, "audit/") && !strings.HasPrefix(name, "meta/audit-") {
				all[name] = string(v)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// changesNothing runs something that must leave every byte as it was.
func (h *house) changesNothing(t tester, do func()) {
	t.Helper()
	before := h.dump(t)
	do()
	if after := h.dump(t); !maps.Equal(before, after) {
		t.Fatalf("something changed: %s", cmp.Diff(before, after))
	}
}

// Everything a record may hold survives the file.
func TestRecordsReadBackWhole(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	hold := holdOf("alice", "v1-1b")
	hold.At = time.Date(2026, 3, 1, 7, 0, 0, 123456789, time.FixedZone("EST", -5*3600))
	hold.CallerID = "15140000000"
	hold.Tariff.ConnectFee = 1
	hold.Inbound.ANI = "15149072508"
	leg := h.hold(t, hold)
	want := billing.OpenLeg{
		Leg: "v1-1b",
		Call: billing.Call{
			Account: "alice", Provider: "fox", Credential: hold.Credential,
			From: hold.From, To: hold.To, CallerID: hold.CallerID,
		},
		Offering: "basic",
		Tariff:   hold.Tariff, Deck: "world", Version: 1, Trunk: "carrier", LimitS: 7200, Attempts: 1, Node: "ast1",
		GrantedS: 60, AffordableS: 996, Held: 60_000, Opened: hold.At, Inbound: hold.Inbound,
	}
	if diff := cmp.Diff(want, leg); diff != "" {
		t.Fatal(diff)
	}
	h.reopen(t)
	legs, err := h.OpenLegs()
	if diff := cmp.Diff([]billing.OpenLeg{want}, legs); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	cdr := h.settle(t, lasting("v1-1b", 9*time.Second))
	h.reopen(t)
	cdrs, err := h.CDRs(t.Context(), CDRFilter{Limit: 10})
	if diff := cmp.Diff([]billing.CDR{cdr}, cdrs); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if cdr.Charge != 12_000 || cdr.Currency != "USD" || cdr.Seq != 1 {
		t.Errorf("%+v", cdr)
	}
}

// What the outside sent us must never make the store unreadable.
func TestTextThatIsNotUTF8ReadsBack(t *testing.T) {
	h := furnished(t)
	h.credit(t, "alice", 1_000_000)
	const broken = "Montr\xe9al"
	booked := entry(billing.Credit, "alice", 1, "r2")
	booked.Reason = broken
	if _, err := h.Book(t.Context(), booked); err != nil {
		t.Fatal(err)
	}
	hold := holdOf("alice", "v1-1b")
	hold.CallerID, hold.From = broken, broken
	h.hold(t, hold)
	h.reopen(t)
	h.mustBeSound(t)
	if entries, err := h.Ledger(t.Context(), "alice", 1, 1); err != nil || entries[0].Reason != broken {
		t.Errorf("%+v, %v", entries, err)
	}
	if cdr := h.settle(t, unanswered("v1-1b")); cdr.CallerID != broken {
		t.Errorf("caller ID %q", cdr.CallerID)
	}
}
