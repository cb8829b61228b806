package billing

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"testing"
)

// vector is one case of testdata: prices measured on other charging engines.
type vector struct {
	ConnectFee string       `json:"connect_fee"`
	Tiers      []vectorTier `json:"tiers"`
	// MaxCost caps what a call costs ("free": the rest is free) or how long it
	// lasts ("disconnect").
	MaxCost         string `json:"max_cost"`
	MaxCostStrategy string `json:"max_cost_strategy"`
	Seconds         int64  `json:"seconds"`
	Cost            string `json:"cost"`
	Balance         string `json:"balance"`
	MaxSeconds      int64  `json:"max_seconds"`
	Source          string `json:"source"`
}

type vectorTier struct {
	FromS      int64  `json:"from_s"`
	Rate       string `json:"rate"`
	RateUnitS  int64  `json:"rate_unit_s"`
	IncrementS int64  `json:"increment_s"`
}

func readVectors(t *testing.T, file string) []vector {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Cases []vector }
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v.Cases
}

func (v vector) tariff(t *testing.T) Tariff {
	t.Helper()
	tariff := Tariff{ConnectFee: decimal(t, v.ConnectFee)}
	for _, tier := range v.Tiers {
		tariff.Tiers = append(tariff.Tiers, Tier{
			FromS: tier.FromS, RatePerMinute: perMinute(t, tier.Rate, tier.RateUnitS),
			FirstIncrementS: tier.IncrementS, IncrementS: tier.IncrementS,
		})
	}
	if err := tariff.Validate(); err != nil {
		t.Fatal(err)
	}
	return tariff
}

// perMinute is a rate per unit as a rate per 60 s; it must come out exact.
func perMinute(t *testing.T, rate string, unitS int64) Decimal {
	t.Helper()
	exact, ok := new(big.Rat).SetString(rate)
	if !ok {
		t.Fatalf("rate %q", rate)
	}
	exact.Mul(exact, big.NewRat(60, unitS))
	d := decimal(t, exact.FloatString(DecimalPlaces))
	if ratDecimal(d).Cmp(exact) != 0 {
		t.Fatalf("%s per %d s is no exact rate per minute", rate, unitS)
	}
	return d
}

// Tariff has no max_cost. "free" changes what a call costs, "disconnect" only how
// long it may last, so each file leaves out what it cannot ask, and counts.
func TestCostVectors(t *testing.T) {
	const want, leftOut = 35, 1
	run := 0
	cases := readVectors(t, "testdata/cost.json")
	for i, v := range cases {
		if v.MaxCost != "" && v.MaxCostStrategy == "free" {
			continue
		}
		run++
		t.Run(fmt.Sprintf("%02d %d s", i, v.Seconds), func(t *testing.T) {
			if got := v.tariff(t).Cost(v.Seconds); got != money(t, v.Cost) {
				t.Errorf("cost %s, want %s (%s)", got, v.Cost, v.Source)
			}
		})
	}
	if run != want || len(cases) != want+leftOut {
		t.Errorf("%d of %d cases ran, want %d and %d left out", run, len(cases), want, leftOut)
	}
}

func TestMaxSecondsVectors(t *testing.T) {
	const want, leftOut = 9, 1
	run := 0
	cases := readVectors(t, "testdata/max_seconds.json")
	for i, v := range cases {
		if v.MaxCost != "" {
			continue
		}
		run++
		t.Run(fmt.Sprintf("%02d balance %s", i, v.Balance), func(t *testing.T) {
			if got := v.tariff(t).MaxSeconds(money(t, v.Balance)); got != v.MaxSeconds {
				t.Errorf("%d s, want %d (%s)", got, v.MaxSeconds, v.Source)
			}
		})
	}
	if run != want || len(cases) != want+leftOut {
		t.Errorf("%d of %d cases ran, want %d and %d left out", run, len(cases), want, leftOut)
	}
}
