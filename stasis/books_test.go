package stasis_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store"
)

// What is in the books of every test.
const (
	ani       = "15149072508" // alice's
	access    = "15141115555"
	number    = "15149072511" // a cent for every 6 s
	dear      = "78122404700" // a cent for every second
	shown     = "15140000000" // the caller ID where no other may be shown
	alicesOwn = billing.Money(10_000_000)
	cent      = billing.Money(10_000)
)

// books is the real store, which can be waited at.
type books struct {
	*store.Store
	board
	// held counts the holds made, none twice.
	held atomic.Int64
}

func newBooks(t *testing.T) *books {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cccp.db"), store.Options{
		PINKey: store.PINKey(strings.Repeat("k", store.MinPINKeyBytes)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &books{Store: s}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b.furnish(t)
	return b
}

func (b *books) furnish(t *testing.T) {
	t.Helper()
	_, err := b.ImportDeck(t.Context(), "retail", []billing.Rate{rate("1", 100_000_000_000, 6), rate("7", 600_000_000_000, 1)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	add(t, b.Providers, billing.Provider{Name: "acme", Country: "CA", Currency: "USD", DefaultCallerID: shown, OwnedNumbers: []phone.Number{number}})
	add(t, b.Offerings, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail", AllowedCountries: []string{billing.EveryCountry}})
	add(t, b.Accounts, billing.Account{ID: "alice", Offering: "standard"})
	add(t, b.Credentials, billing.Credential{Kind: billing.ANI, ID: ani, Account: "alice"})
	add(t, b.AccessNumbers, billing.AccessNumber{Number: access, Kind: billing.Dialthrough, Provider: "acme"})
	add(t, b.Trunks, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@far"})
	b.book(t, billing.Credit, alicesOwn)
}

func rate(prefix string, perMinute billing.Decimal, incrementS int64) billing.Rate {
	return billing.Rate{Prefix: prefix, Tariff: billing.Tariff{Tiers: []billing.Tier{
		{RatePerMinute: perMinute, FirstIncrementS: incrementS, IncrementS: incrementS},
	}}}
}

func add[T any](t *testing.T, c *store.Collection[T], v T) {
	t.Helper()
	if _, err := c.Add(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

func (b *books) book(t *testing.T, kind billing.LedgerKind, amount billing.Money) {
	t.Helper()
	_, err := b.Book(t.Context(), store.Entry{
		Account: "alice", Kind: kind, Amount: amount, Ref: string(kind), Actor: "root", Reason: "test", At: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *books) Hold(ctx context.Context, h billing.Hold) (billing.OpenLeg, error) {
	defer b.tell()
	leg, err := b.Store.Hold(ctx, h)
	if err == nil {
		b.held.Add(1)
	}
	return leg, err
}

func (b *books) Answer(ctx context.Context, leg billing.LegID, at time.Time) error {
	defer b.tell()
	return b.Store.Answer(ctx, leg, at)
}

func (b *books) Settle(ctx context.Context, st billing.Settlement) (billing.CDR, error) {
	defer b.tell()
	return b.Store.Settle(ctx, st)
}

func (b *books) Record(ctx context.Context, cdr billing.CDR) error {
	defer b.tell()
	return b.Store.Record(ctx, cdr)
}

// cdrs are all records so far.
func (b *books) cdrs(t *testing.T) []billing.CDR {
	t.Helper()
	list, err := b.CDRs(store.CDRFilter{Limit: store.MaxListed})
	if err != nil {
		t.Error(err)
	}
	return list
}

func (b *books) openLeg(t *testing.T, id billing.LegID) (billing.OpenLeg, bool) {
	t.Helper()
	legs, err := b.OpenLegs()
	if err != nil {
		t.Error(err)
	}
	for _, l := range legs {
		if l.Leg == id {
			return l, true
		}
	}
	return billing.OpenLeg{}, false
}

// mustBeSettled fails unless the store is sound and nothing is held any more.
func (b *books) mustBeSettled(t *testing.T) {
	t.Helper()
	r, err := b.Check()
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("the store is not sound: %q, %v", r.Problems, err)
	}
	if r.Open > 0 || r.Held != 0 {
		t.Errorf("%d legs still hold %s", r.Open, r.Held)
	}
}

// cdr waits for the record of a leg.
func (p *platform) cdr(leg billing.LegID) (found billing.CDR) {
	p.t.Helper()
	err := p.books.await(p.ctx, func() bool {
		for _, c := range p.books.cdrs(p.t) {
			if c.Leg == leg {
				found = c
				return true
			}
		}
		return false
	})
	if err != nil {
		p.t.Fatalf("no CDR of %s: %v", leg, err)
	}
	return found
}

// wantCDR waits for the record of a leg and compares what matters of it.
func (p *platform) wantCDR(leg billing.LegID, want billing.Outcome, charge billing.Money) billing.CDR {
	p.t.Helper()
	got := p.cdr(leg)
	if got.Outcome != want || got.Charge != charge {
		p.t.Errorf("leg %s: %+v charged %s, want %+v charged %s", leg, got.Outcome, got.Charge, want, charge)
	}
	return got
}

// wantSpent fails unless alice has paid so much and no more.
func (p *platform) wantSpent(charge billing.Money) {
	p.t.Helper()
	b, err := p.books.Balance("alice")
	if err != nil || alicesOwn-b.Amount != charge {
		p.t.Errorf("alice paid %s (%v), want %s", alicesOwn-b.Amount, err, charge)
	}
}

// wantCDRs fails unless there are so many records.
func (p *platform) wantCDRs(n int) {
	p.t.Helper()
	if got := p.books.cdrs(p.t); len(got) != n {
		p.t.Errorf("%d CDRs, want %d: %+v", len(got), n, got)
	}
}
