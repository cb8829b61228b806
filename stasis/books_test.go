package stasis_test

import (
	"context"
	"errors"
	"os"
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
	text, err := os.ReadFile(furnished)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cccp.db")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &books{Store: s}
}

func openStore(ctx context.Context, file string) (*store.Store, error) {
	return store.Open(ctx, file, store.Options{PINKey: store.PINKey(strings.Repeat("k", store.MinPINKeyBytes))})
}

// furnish makes a store with what every test needs.
func furnish(ctx context.Context, file string) (err error) {
	s, err := openStore(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, err = s.ImportDeck(ctx, "retail", []billing.Rate{rate("1", 100_000_000_000, 6), rate("7", 600_000_000_000, 1)}, time.Now())
	return errors.Join(err,
		add(ctx, s.Providers, billing.Provider{Name: "acme", Country: "CA", Currency: "USD", DefaultCallerID: shown, OwnedNumbers: []phone.Number{number}}),
		add(ctx, s.Offerings, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail", AllowedCountries: []string{billing.EveryCountry}}),
		add(ctx, s.Accounts, billing.Account{ID: "alice", Offering: "standard"}),
		add(ctx, s.Credentials, billing.Credential{Kind: billing.ANI, ID: ani, Account: "alice"}),
		add(ctx, s.AccessNumbers, billing.AccessNumber{Number: access, Kind: billing.Dialthrough, Provider: "acme"}),
		add(ctx, s.Trunks, routing.Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@far"}),
		book(ctx, s, billing.Credit, alicesOwn),
	)
}

// rate is a row of the deck, charged in blocks of so many seconds.
func rate(prefix string, perMinute billing.Decimal, incrementS int64) billing.Rate {
	return billing.Rate{Prefix: prefix, Tariff: billing.Tariff{Tiers: []billing.Tier{
		{RatePerMinute: perMinute, FirstIncrementS: incrementS, IncrementS: incrementS},
	}}}
}

func add[T any](ctx context.Context, c *store.Collection[T], v T) error {
	_, err := c.Add(ctx, v)
	return err
}

// book changes what alice has.
func book(ctx context.Context, s *store.Store, kind billing.LedgerKind, amount billing.Money) error {
	_, err := s.Book(ctx, store.Entry{
		Account: "alice", Kind: kind, Amount: amount, Ref: string(kind), Actor: "root", Reason: "test", At: time.Now(),
	})
	return err
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

func (b *books) Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) ([]billing.OpenLeg, error) {
	defer b.tell()
	return b.Store.Extend(ctx, aheadS, claims...)
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
	list, err := b.CDRs(t.Context(), store.CDRFilter{Limit: store.MaxListed})
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
