package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/xid"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store"
)

// What the books of benchmark d hold.
const (
	bookAccounts = 1000
	bookCredit   = billing.MaxMoney / 1000
	bookTrunk    = "carrier"
	bookCallee   = phone.Number("15145551234")
)

// pinKey is any key: no PIN is used.
var pinKey = store.PINKey(strings.Repeat("b", store.MinPINKeyBytes))

// books are an open store with accounts that can pay.
type books struct {
	*store.Store
	tariff  billing.Tariff
	version uint64
}

func openBooks(ctx context.Context, path string) (books, error) {
	s, err := store.Open(ctx, path, store.Options{PINKey: pinKey})
	if err != nil {
		return books{}, err
	}
	b := books{Store: s}
	b.tariff, b.version, _ = s.Tariff("retail", bookCallee, time.Now())
	return b, nil
}

// makeBooks writes the file every trial of benchmark d begins with a copy of.
func makeBooks(ctx context.Context, dir string) (path string, err error) {
	path = filepath.Join(dir, "books.db")
	b, err := openBooks(ctx, path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.furnish(ctx); err != nil {
		return "", fmt.Errorf("furnish books: %w", err)
	}
	var sales sync.WaitGroup
	problems := make([]error, bookAccounts)
	for i := range bookAccounts {
		sales.Go(func() { problems[i] = b.sell(ctx, accountName(i)) })
	}
	sales.Wait()
	return path, errors.Join(problems...)
}

func accountName(i int) string { return fmt.Sprintf("card%06d", i) }

func (b books) furnish(ctx context.Context) error {
	_, providerErr := b.Providers.Add(ctx, billing.Provider{Name: "acme", Country: "CA", Currency: "USD"})
	_, deckErr := b.ImportDeck(ctx, "retail", []billing.Rate{{Prefix: "1", Tariff: sixBySix()}}, time.Now())
	_, offeringErr := b.Offerings.Add(ctx, billing.Offering{Name: "standard", Provider: "acme", Deck: "retail"})
	_, trunkErr := b.Trunks.Add(ctx, routing.Trunk{Name: bookTrunk, Endpoint: "PJSIP/{number}@" + bookTrunk})
	return errors.Join(providerErr, deckErr, offeringErr, trunkErr)
}

// sixBySix is a usual tariff: 0.10 a minute in blocks of 6 s.
func sixBySix() billing.Tariff {
	return billing.Tariff{Name: "North America", Tiers: []billing.Tier{{
		RatePerMinute: 100_000_000_000, FirstIncrementS: 6, IncrementS: 6,
	}}}
}

func (b books) sell(ctx context.Context, account string) error {
	if _, err := b.Accounts.Add(ctx, billing.Account{ID: account, Offering: "standard"}); err != nil {
		return err
	}
	_, err := b.Book(ctx, store.Entry{
		Account: account,
		Kind:    billing.Credit,
		Amount:  bookCredit,
		Ref:     "sold",
		Actor:   "bench",
		Reason:  "sold",
		At:      time.Now(),
	})
	return err
}

// newLeg makes an ID as ccd does.
func newLeg() billing.LegID { return billing.VisitID(xid.New().String()).OutboundLeg(1) }

// holdFor is a hold as a dialthrough asks for it.
func (b books) holdFor(leg billing.LegID, account string) billing.Hold {
	at := time.Now()
	return billing.Hold{
		Leg: leg,
		Call: billing.Call{
			Account: account, Credential: "ani:15149072508",
			From: "15149072508", To: bookCallee, CallerID: "15140000000",
		},
		Tariff: b.tariff, Deck: "retail", Version: b.version,
		Trunks: []billing.TrunkLimit{{Name: bookTrunk}}, GrantSeconds: 300, MaxSeconds: 21600,
		Node: "02:00:00:00:00:01", At: at,
		Inbound: billing.InboundLeg{
			Channel: "1763640000.12345", ANI: "15149072508", AccessNumber: "15141115555", Provider: "acme",
			Started: at, Answered: at,
		},
	}
}

// settlementOf charges for half a minute of talk.
func settlementOf(leg billing.LegID) billing.Settlement {
	const talked = 30 * time.Second
	ended := time.Now()
	return billing.Settlement{
		Leg: leg, Answered: ended.Add(-talked), Ended: ended,
		Outcome: billing.Outcome{
			Result: billing.Answered,
			Reason: billing.CallerHungUp,
			Cause:  billing.CauseNormalClearing,
		},
	}
}

// verify proves the books after some pairs: nothing open, a record for every pair.
func (b books) verify(pairs int) error {
	r, err := b.Check()
	switch {
	case err != nil:
		return err
	case len(r.Problems) > 0:
		return fmt.Errorf("books are not sound: %v", r.Problems)
	case r.Open != 0 || r.CDRs != uint64(pairs) || r.Entries != uint64(pairs+bookAccounts):
		return fmt.Errorf(
			"after %d pairs the books have %d open legs, %d CDRs, %d entries",
			pairs, r.Open, r.CDRs, r.Entries,
		)
	}
	return nil
}
