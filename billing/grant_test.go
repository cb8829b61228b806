package billing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTogetherOfOneLeg(t *testing.T) {
	sixSix := flat(t, "0", "0.06", 6, 6)
	for _, c := range []struct {
		name      string
		tariff    Tariff
		available string
		ahead     int64
		used, had int64
		d, grant  int64
		cost      string
	}{
		{"all that is wanted", sixSix, "10", 60, 0, 0, 60, 60, "0.06"},
		{"wanted in the middle of a block pays the block", sixSix, "10", 57, 0, 0, 57, 57, "0.06"},
		{"as far as the money goes", sixSix, "0.05", 60, 0, 0, 48, 48, "0.048"},
		{"nothing", sixSix, "0.005", 60, 0, 0, 0, 0, "0"},
		{"debts", sixSix, "-1", 60, 0, 0, 0, 0, "0"},
		{"free", flat(t, "0", "0", 1, 1), "0", 60, 0, 0, 60, 60, "0"},
		{"fee only", flat(t, "0.5", "0", 1, 1), "0.5", 3600, 0, 0, 3600, 3600, "0.5"},
		{"further, from what was used", sixSix, "10", 60, 50, 60, 60, 110, "0.114"},
		{"the rest of the money, from what was used", sixSix, "0.072", 60, 50, 60, 22, 72, "0.072"},
		{"less than it has", sixSix, "10", 6, 0, 60, 6, 60, "0.06"},
		{"no money beyond what it has", sixSix, "0.06", 60, 60, 60, 0, 60, "0.06"},
		{"nothing asked", sixSix, "10", 0, 30, 60, 0, 60, "0.06"},
		{"less than nothing asked", sixSix, "10", -5, 30, 60, 0, 60, "0.06"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, grants, costs := Together(money(t, c.available), c.ahead, Share{c.tariff, c.used, c.had})
			if d != c.d || grants[0] != c.grant || costs[0] != money(t, c.cost) {
				t.Errorf("%d s: %d s for %s, want %d s: %d s for %s", d, grants[0], costs[0], c.d, c.grant, c.cost)
			}
		})
	}
}

func TestTogetherOfTwoLegs(t *testing.T) {
	sixSix, minutes := flat(t, "0", "0.06", 6, 6), flat(t, "0.1", "0.30", 60, 60)
	for _, c := range []struct {
		name         string
		available    string
		ahead        int64
		caller       Share
		d            int64
		grants       [2]int64
		callerCost   string
		besideItCost string
	}{
		{"plenty", "10", 60, Share{sixSix, 20, 60}, 60, [2]int64{80, 60}, "0.084", "0.4"},
		{"what the caller's leg has already is enough for both", "0.46", 40, Share{sixSix, 20, 60}, 40, [2]int64{60, 40}, "0.06", "0.4"},
		{"one block of the caller's is the last", "0.472", 60, Share{sixSix, 20, 60}, 52, [2]int64{72, 52}, "0.072", "0.4"},
		{"to the end of its block", "0.484", 60, Share{sixSix, 20, 60}, 60, [2]int64{80, 60}, "0.084", "0.4"},
		{"the second leg's minute is out of reach", "0.459999", 60, Share{sixSix, 20, 60}, 0, [2]int64{60, 0}, "0.06", "0"},
		{"the money is in the caller's leg", "0.06", 60, Share{sixSix, 20, 60}, 0, [2]int64{60, 0}, "0.06", "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, grants, costs := Together(money(t, c.available), c.ahead, c.caller, Share{Tariff: minutes})
			if d != c.d || [2]int64(grants) != c.grants || costs[0] != money(t, c.callerCost) || costs[1] != money(t, c.besideItCost) {
				t.Errorf("%d s: %d for %s, want %d s: %d for %s and %s", d, grants, costs, c.d, c.grants, c.callerCost, c.besideItCost)
			}
		})
	}
}

// The longest calls at the highest rates are too much for the greatest balance, not so
// much that it looks little.
func TestTogetherOfTheDearestCalls(t *testing.T) {
	dear := Tariff{Tiers: []Tier{{RatePerMinute: MaxDecimal, FirstIncrementS: MaxIncrementSeconds, IncrementS: MaxIncrementSeconds}}}
	d, grants, costs := Together(MaxMoney, MaxCallSeconds, Share{Tariff: dear}, Share{Tariff: dear}, Share{Tariff: dear})
	if d != 0 || !slices.Equal(grants, []int64{0, 0, 0}) || !slices.Equal(costs, []Money{0, 0, 0}) {
		t.Errorf("%d s: %d for %s", d, grants, costs)
	}
}

// anyShares are legs in progress, and money that pays for what they were granted.
func anyShares(r *rapid.T, most int) (legs []Share, available Money) {
	for range rapid.IntRange(1, most).Draw(r, "legs") {
		leg := Share{Tariff: rapid.OneOf(anyTariff(), anyTermedTariff()).Draw(r, "tariff")}
		granted := []int64{0}
		for s := int64(1); s <= 300 && mayLast(leg.Tariff, s); s++ {
			granted = append(granted, s)
		}
		leg.GrantedS = rapid.SampledFrom(granted).Draw(r, "granted")
		leg.UsedS = rapid.Int64Range(0, leg.GrantedS+20).Draw(r, "used")
		legs = append(legs, leg)
		available += leg.Tariff.Cost(leg.GrantedS)
	}
	return legs, available + anyMore(r, legs)
}

// anyMore is money beyond what legs have: any amount, or one at the edge of what they
// cost some seconds later.
func anyMore(r *rapid.T, legs []Share) (more Money) {
	if rapid.Bool().Draw(r, "any amount") {
		return Money(rapid.Int64Range(0, 10_000_000).Draw(r, "more"))
	}
	d := rapid.Int64Range(0, 400).Draw(r, "edge")
	for _, leg := range legs {
		more += leg.Tariff.Cost(leg.after(d)) - leg.Tariff.Cost(leg.GrantedS)
	}
	return max(0, more+Money(rapid.Int64Range(-1, 1).Draw(r, "off by")))
}

// tryTogether finds the same by trying every second from the greatest on.
func tryTogether(available Money, ahead int64, legs []Share) (int64, []int64) {
	for d := ahead; d > 0; d-- {
		sum, lasts := Money(0), true
		grants := []int64{}
		for _, leg := range legs {
			grant := max(leg.GrantedS, leg.UsedS+d)
			grants = append(grants, grant)
			sum += leg.Tariff.Cost(grant)
			lasts = lasts && mayLast(leg.Tariff, leg.UsedS+d)
		}
		if lasts && sum <= available {
			return d, grants
		}
	}
	kept := []int64{}
	for _, leg := range legs {
		kept = append(kept, leg.GrantedS)
	}
	return 0, kept
}

func TestTogetherAgainstTryingEverySecond(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		legs, available := anyShares(r, 3)
		ahead := rapid.Int64Range(0, 400).Draw(r, "ahead")
		d, grants, costs := Together(available, ahead, legs...)
		if want, wantGrants := tryTogether(available, ahead, legs); d != want || !slices.Equal(grants, wantGrants) {
			r.Fatalf("%d s: %d; trying says %d s: %d", d, grants, want, wantGrants)
		}
		sum := Money(0)
		for i, leg := range legs {
			sum += costs[i]
			if grants[i] < leg.GrantedS || costs[i] != leg.Tariff.Cost(grants[i]) {
				r.Errorf("leg %d had %d s and has %d s for %s", i, leg.GrantedS, grants[i], costs[i])
			}
		}
		if sum > available {
			r.Errorf("%s held of %s", sum, available)
		}
	})
}

// One of two legs may be disconnected at its maximum cost: then both end there, and no
// more is held for either. Beyond a cost that is capped nothing more is held at all.
func TestTogetherUpToAMaximumCost(t *testing.T) {
	cut, free := flat(t, "0.05", "0.06", 6, 6), flat(t, "0.05", "0.06", 6, 6)
	cut.MaxCost, cut.MaxCostAction = decimal(t, "0.0800009"), Disconnect
	free.MaxCost = decimal(t, "0.08")
	other := flat(t, "0", "0.30", 1, 1)
	for _, c := range []struct {
		name      string
		available string
		ahead     int64
		legs      []Share
		d         int64
		grants    []int64
		held      string
	}{
		{"up to it", "10", 60, []Share{{Tariff: cut}}, 30, []int64{30}, "0.08"},
		{"less money than it", "0.07", 60, []Share{{Tariff: cut}}, 18, []int64{18}, "0.068"},
		{"further up to it", "10", 60, []Share{{cut, 20, 24}}, 10, []int64{30}, "0.08"},
		{"no further", "10", 60, []Share{{cut, 30, 30}}, 0, []int64{30}, "0.08"},
		{"two up to the one's", "10", 60, []Share{{cut, 20, 24}, {Tariff: other}}, 10, []int64{30, 10}, "0.13"},
		{"two no further", "10", 60, []Share{{cut, 30, 30}, {other, 10, 10}}, 0, []int64{30, 10}, "0.13"},
		{"free beyond it", "0.08", 3600, []Share{{Tariff: free}}, 3600, []int64{3600}, "0.08"},
		{"free further", "0.08", 3600, []Share{{free, 7000, 7100}}, 3600, []int64{10600}, "0.08"},
		{"not quite what it caps", "0.079999", 3600, []Share{{Tariff: free}}, 24, []int64{24}, "0.074"},
		{"free beside one that is not", "0.33", 3600, []Share{{Tariff: free}, {Tariff: other}}, 50, []int64{50, 50}, "0.33"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, grants, costs := Together(money(t, c.available), c.ahead, c.legs...)
			held := Money(0)
			for _, cost := range costs {
				held += cost
			}
			if d != c.d || !slices.Equal(grants, c.grants) || held != money(t, c.held) {
				t.Errorf("%d s: %d for %s, want %d s: %d for %s", d, grants, held, c.d, c.grants, c.held)
			}
		})
	}
}

// No pattern of hold extensions changes what is settled: how far legs reach that began
// at different times depends on the money alone, not on when and for how much of it
// they asked.
func TestExtensionsDoNotChangeThePrice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		legs, available := anyShares(r, 2)
		longest := rapid.Int64Range(1, 12_000).Draw(r, "longest")
		one, other := extended(r, legs, available, longest), extended(r, legs, available, longest)
		if !slices.Equal(one, other) {
			r.Fatalf("one pattern ends at %d s, another at %d s", one, other)
		}
		held, charged := Money(0), Money(0)
		lasted := rapid.Int64Range(0, 13_000_000).Draw(r, "milliseconds")
		for i, leg := range legs {
			open := OpenLeg{Tariff: leg.Tariff, GrantedS: one[i], Held: leg.Tariff.Cost(one[i])}
			ended := lasting(lasted)
			cdr := open.Settle(ended)
			walk, tariff := walkBlocks, leg.Tariff.Answered(ended.Answered)
			if tariff.Terms != nil {
				walk = walkSeconds
			}
			if want := roundHalfUp(walk(tariff, min((lasted+999)/1000, one[i])).cost); cdr.Charge != want {
				r.Errorf("charged %s, want %s", cdr.Charge, want)
			}
			if !mayLast(leg.Tariff, one[i]) {
				r.Errorf("%d s granted beyond the maximum cost %s", one[i], leg.Tariff.MaxCost)
			}
			held, charged = held+open.Held, charged+cdr.Charge
		}
		if charged > held || held > available {
			r.Errorf("%s charged of %s held of %s available", charged, held, available)
		}
	})
}

// extended are the grants of legs after a random pattern of extensions while they all
// go on; the last of them asks for all there is up to the longest time.
func extended(r *rapid.T, began []Share, available Money, longest int64) []int64 {
	legs := slices.Clone(began)
	now, reach := int64(0), int64(0) // seconds since the pattern began, and granted up to
	ask := func(ahead int64) {
		d, grants, _ := Together(available, ahead, legs...)
		for i := range legs {
			legs[i].GrantedS = grants[i]
		}
		reach = max(reach, now+d)
	}
	for range rapid.IntRange(0, 6).Draw(r, "extensions") {
		step := rapid.Int64Range(0, max(0, min(reach, longest)-now)).Draw(r, "later")
		now += step
		for i := range legs {
			legs[i].UsedS += step
		}
		ask(rapid.Int64Range(0, longest-now).Draw(r, "ahead"))
	}
	ask(longest - now)
	grants := []int64{}
	for _, leg := range legs {
		grants = append(grants, leg.GrantedS)
	}
	return grants
}
