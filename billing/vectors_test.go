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
	tariff := Tariff{ConnectFee: decimal(t, v.ConnectFee), MaxCostAction: MaxCostAction(v.MaxCostStrategy)}
	if v.MaxCost != "" {
		tariff.MaxCost = decimal(t, v.MaxCost)
	}
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

// How many cases there are: a vector that is lost is a test that is lost.
const costVectors, maxSecondsVectors = 36, 10

func TestCostVectors(t *testing.T) {
	cases := readVectors(t, "testdata/cost.json")
	for i, v := range cases {
		t.Run(fmt.Sprintf("%02d %d s", i, v.Seconds), func(t *testing.T) {
			if got := v.tariff(t).Cost(v.Seconds); got != money(t, v.Cost) {
				t.Errorf("cost %s, want %s (%s)", got, v.Cost, v.Source)
			}
		})
	}
	if len(cases) != costVectors {
		t.Errorf("%d cases ran, want %d", len(cases), costVectors)
	}
}

func TestMaxSecondsVectors(t *testing.T) {
	cases := readVectors(t, "testdata/max_seconds.json")
	for i, v := range cases {
		t.Run(fmt.Sprintf("%02d balance %s", i, v.Balance), func(t *testing.T) {
			if got := v.tariff(t).MaxSeconds(money(t, v.Balance)); got != v.MaxSeconds {
				t.Errorf("%d s, want %d (%s)", got, v.MaxSeconds, v.Source)
			}
		})
	}
	if len(cases) != maxSecondsVectors {
		t.Errorf("%d cases ran, want %d", len(cases), maxSecondsVectors)
	}
}
