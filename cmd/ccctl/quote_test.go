package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vector is a price measured on another charging engine: a case of billing/testdata.
type vector struct {
	ConnectFee string `json:"connect_fee"`
	Tiers      []struct {
		FromS      int64  `json:"from_s"`
		Rate       string `json:"rate"`
		RateUnitS  int64  `json:"rate_unit_s"`
		IncrementS int64  `json:"increment_s"`
	} `json:"tiers"`
	MaxCost         string `json:"max_cost"`
	MaxCostStrategy string `json:"max_cost_strategy"`
	Seconds         int64  `json:"seconds"`
	Cost            string `json:"cost"`
	Balance         string `json:"balance"`
	MaxSeconds      int64  `json:"max_seconds"`
	Source          string `json:"source"`
}

// deck is the case as a deck file, the last tier first.
func (v vector) deck(t *testing.T) string {
	t.Helper()
	rows := []string{"from_s,prefix,connect_fee,rate_per_minute,increment_s,max_cost,max_cost_action"}
	for _, tier := range slices.Backward(v.Tiers) {
		perMinute, ok := new(big.Rat).SetString(tier.Rate)
		if !ok {
			t.Fatalf("rate %q", tier.Rate)
		}
		perMinute.Mul(perMinute, big.NewRat(60, tier.RateUnitS))
		fee, most, action := "", "", ""
		if tier.FromS == 0 {
			fee, most, action = v.ConnectFee, v.MaxCost, v.MaxCostStrategy
		}
		rows = append(rows, fmt.Sprintf("%d,49,%s,%s,%d,%s,%s", tier.FromS, fee, perMinute.FloatString(12), tier.IncrementS, most, action))
	}
	path := filepath.Join(t.TempDir(), "deck.csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// quote runs ccctl rate quote for a number below 49, and reads its answer.
func quote(t *testing.T, arguments ...string) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"rate", "quote", "--to", "+4986517174963", "-o", "json"}, arguments...))
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	var answer []map[string]any
	d := json.NewDecoder(&out)
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func vectors(t *testing.T, file string, want int) []vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../billing/testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Cases []vector }
	if err := json.Unmarshal(b, &v); err != nil || len(v.Cases) != want {
		t.Fatalf("%d cases in %s, %v", len(v.Cases), file, err)
	}
	return v.Cases
}

// wantKeys says whether an answer has these keys and no others.
func wantKeys(t *testing.T, answer map[string]any, keys ...string) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(answer)); !slices.Equal(got, keys) {
		t.Errorf("answers %s, want %s", got, keys)
	}
}

// Every published price comes out of a deck file as well.
func TestQuoteVectors(t *testing.T) {
	for i, v := range vectors(t, "cost.json", 36) {
		t.Run(fmt.Sprintf("cost %02d", i), func(t *testing.T) {
			got := quote(t, "--deck", v.deck(t), "--seconds", fmt.Sprint(v.Seconds))
			wantKeys(t, got[0], "billed_seconds", "cost", "prefix", "seconds")
			text, _ := got[0]["cost"].(string)
			cost, ok := new(big.Rat).SetString(text)
			want, _ := new(big.Rat).SetString(v.Cost)
			if len(got) != 1 || !ok || cost.Cmp(want) != 0 || got[0]["prefix"] != "49" {
				t.Errorf("%v, want %s (%s)", got, v.Cost, v.Source)
			}
		})
	}
	for i, v := range vectors(t, "max_seconds.json", 10) {
		t.Run(fmt.Sprintf("max_seconds %02d", i), func(t *testing.T) {
			got := quote(t, "--deck", v.deck(t), "--seconds", "1,0,60", "--balance", v.Balance)
			if len(got) != 3 {
				t.Fatalf("%d answers", len(got))
			}
			for _, answer := range got {
				wantKeys(t, answer, "billed_seconds", "cost", "max_seconds", "prefix", "seconds")
				if answer["max_seconds"] != json.Number(fmt.Sprint(v.MaxSeconds)) {
					t.Errorf("%v s, want %d (%s)", answer["max_seconds"], v.MaxSeconds, v.Source)
				}
			}
		})
	}
}
