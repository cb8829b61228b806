package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"cccp/billing"
)

// A B leg that would begin within a threshold, which costs nothing, needs what its first
// second beyond costs, beside all that the A leg needs as long: the A leg's money is none.
func TestThresholdBesideTheALeg(t *testing.T) {
	for balance, begins := range map[billing.Money]bool{12_000: false, 23_999: false, 24_000: true} {
		t.Run(balance.String(), func(t *testing.T) {
			h := furnished(t)
			h.credit(t, "alice", balance)
			own := holdOf("alice", "v1-a")
			own.GrantSeconds = 6
			h.hold(t, own)
			b := holdOf("alice", "v1-1b")
			b.Tariff.Terms = &billing.Terms{ThresholdS: 5}
			b.Beside = &billing.Claim{Leg: "v1-a", UsedS: 7} // in its second block, and in its third by then
			if begins {
				if leg := h.hold(t, b); leg.GrantedS != 11 || leg.Held != 6_000 {
					t.Errorf("%d s for %s", leg.GrantedS, leg.Held)
				}
				return
			}
			h.changesNothing(t, func() {
				_, err := h.Hold(t.Context(), b)
				refused(t, err, billing.NotEnoughMoney)
			})
		})
	}
}

// Whatever the blocks, thresholds, fees and minimums of two legs: no second is granted whose
// price is not held, and none is refused that the money reaches for.
func TestNoSecondBesideIsForNothing(t *testing.T) {
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		s, err := Open(context.Background(), filepath.Join(dir, fmt.Sprint(run)), Options{PINKey: testKey})
		if err != nil {
			r.Fatal(err)
		}
		h := &house{Store: s}
		defer func() { _ = h.Close() }()
		add(r, h.Providers, billing.Provider{Name: "fox", Country: "CA", Currency: "USD"})
		h.importDeck(r, "world", rate("1", 60_000_000_000))
		add(r, h.Offerings, billing.Offering{Name: "basic", Provider: "fox", Deck: "world"})
		add(r, h.Accounts, billing.Account{ID: "alice", Offering: "basic"})
		h.credit(r, "alice", billing.Money(rapid.Int64Range(1, 150_000).Draw(r, "money")))
		own := holdOf("alice", "v1-a")
		own.Tariff, own.GrantSeconds = thresholdTariff(r), rapid.Int64Range(1, 60).Draw(r, "own grant")
		if _, err := h.Hold(context.Background(), own); err != nil {
			return
		}
		b := holdOf("alice", "v1-1b")
		b.Tariff, b.GrantSeconds = thresholdTariff(r), rapid.Int64Range(1, 60).Draw(r, "grant")
		usedS := rapid.Int64Range(0, 60).Draw(r, "used")
		b.Beside = &billing.Claim{Leg: "v1-a", UsedS: usedS}
		money := must(h.Balance("alice")).Amount
		fits := func(d int64) bool { return b.Tariff.Cost(d)+own.Tariff.Cost(usedS+d) <= money }
		want := int64(0)
		if fits(b.Tariff.Terms.ThresholdS + 1) {
			for want = b.GrantSeconds; !fits(want); want-- {
			}
		}
		leg, err := h.Hold(context.Background(), b)
		if leg.GrantedS != want || (err == nil) != (want > 0) {
			r.Fatalf("granted %d s, want %d; %v", leg.GrantedS, want, err)
		}
		if err == nil && (leg.Held != b.Tariff.Cost(want) || must(h.Balance("alice")).Available() < 0) {
			r.Fatalf("%s held for %d s", leg.Held, want)
		}
		h.mustBeSound(r)
	})
}

func thresholdTariff(r *rapid.T) billing.Tariff {
	block := rapid.SampledFrom([]int64{1, 6, 30}).Draw(r, "block")
	return billing.Tariff{
		ConnectFee: billing.Decimal(rapid.SampledFrom([]int64{0, 5_000_000_000}).Draw(r, "fee")),
		Tiers: []billing.Tier{{
			RatePerMinute:   billing.Decimal(rapid.Int64Range(0, 90_000_000_000).Draw(r, "rate")),
			FirstIncrementS: block, IncrementS: block,
		}},
		Terms: &billing.Terms{
			ThresholdS: rapid.Int64Range(0, block-1).Draw(r, "threshold"), MinimumS: rapid.SampledFrom([]int64{0, 0, 20}).Draw(r, "minimum"),
		},
	}
}
