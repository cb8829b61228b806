package billing

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The model of a price: walk through the call block by block, add in rationals,
// round once. It is slow and has nothing in common with the code it judges.
type ratCost struct {
	billedS int64
	cost    *big.Rat
}

func walkBlocks(t Tariff, d int64) ratCost {
	c := ratCost{cost: ratDecimal(t.ConnectFee)}
	for c.billedS < d {
		tier := tierAt(t, c.billedS)
		block := tier.IncrementS
		if c.billedS == tier.FromS {
			block = tier.FirstIncrementS
		}
		c.billedS += block
		c.cost.Add(c.cost, price(tier, block))
	}
	if d <= 0 {
		c.cost.SetInt64(0)
	}
	c.cost = cappedRat(t, c.cost)
	return c
}

// cappedRat is a cost no higher than a maximum beyond which one talks on for free.
func cappedRat(t Tariff, cost *big.Rat) *big.Rat {
	if most := ratDecimal(t.MaxCost); t.MaxCost > 0 && t.MaxCostAction != Disconnect && most.Cmp(cost) < 0 {
		return most
	}
	return cost
}

// mayLast says whether a tariff lets a call last so long, whatever money there is.
func mayLast(t Tariff, d int64) bool {
	return t.MaxCost == 0 || t.MaxCostAction != Disconnect || ratMoney(t.Cost(d)).Cmp(ratDecimal(t.MaxCost)) <= 0
}

func ratMoney(m Money) *big.Rat { return big.NewRat(int64(m), 1_000_000) }

func tierAt(t Tariff, second int64) Tier {
	at := t.Tiers[0]
	for _, tier := range t.Tiers {
		if tier.FromS <= second {
			at = tier
		}
	}
	return at
}

func price(tier Tier, seconds int64) *big.Rat {
	return new(big.Rat).Mul(ratDecimal(tier.RatePerMinute), big.NewRat(seconds, 60))
}

func ratDecimal(d Decimal) *big.Rat { return big.NewRat(int64(d), 1_000_000_000_000) }

// roundHalfUp is floor(r·10⁶ + ½).
func roundHalfUp(r *big.Rat) Money {
	micros := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1))
	micros.Add(micros, big.NewRat(1, 2))
	return Money(new(big.Int).Div(micros.Num(), micros.Denom()).Int64())
}

// Generators. A block is at least a second, so walks stay short while no tier
// begins and no call ends late.

func anyRate() *rapid.Generator[Decimal] {
	ranges := []int64{1, 1_000, 1_000_000_000_000, 100_000_000_000_000, int64(MaxDecimal)}
	return rapid.Custom(func(r *rapid.T) Decimal {
		return Decimal(rapid.Int64Range(0, rapid.SampledFrom(ranges).Draw(r, "greatest rate")).Draw(r, "rate"))
	})
}

func anyIncrement() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.SampledFrom([]int64{1, 6, 10, 30, 60}), rapid.Int64Range(1, 400))
}

func anyTariff() *rapid.Generator[Tariff] {
	return rapid.Custom(func(r *rapid.T) Tariff {
		t := Tariff{ConnectFee: anyRate().Draw(r, "connect fee")}
		var from int64
		for range rapid.IntRange(1, 4).Draw(r, "tiers") {
			tier := Tier{FromS: from, RatePerMinute: anyRate().Draw(r, "rate"), FirstIncrementS: anyIncrement().Draw(r, "first"), IncrementS: anyIncrement().Draw(r, "increment")}
			t.Tiers = append(t.Tiers, tier)
			from += tier.FirstIncrementS + rapid.Int64Range(0, 8).Draw(r, "blocks")*tier.IncrementS
		}
		setAnyMaxCost(r, &t, 1_000)
		if err := t.Validate(); err != nil {
			r.Fatalf("the generator made a bad tariff: %v", err)
		}
		return t
	})
}

// setAnyMaxCost gives half of all tariffs a maximum cost, mostly one near what some call
// of up to so many seconds costs.
func setAnyMaxCost(r *rapid.T, t *Tariff, seconds int64) {
	action := rapid.SampledFrom([]MaxCostAction{"", TalkOn, Disconnect, Disconnect}).Draw(r, "action")
	if rapid.Bool().Draw(r, "no maximum cost") {
		return
	}
	most := anyRate().Draw(r, "maximum cost")
	if rapid.IntRange(0, 3).Draw(r, "anywhere") > 0 {
		cost := t.Cost(rapid.Int64Range(1, seconds).Draw(r, "capped at second"))
		off := rapid.Int64Range(-1_500_000, 1_500_000).Draw(r, "off by picos")
		most = min(Decimal(min(cost, Money(MaxDecimal/picoPerMicro)))*picoPerMicro+Decimal(off), MaxDecimal)
	}
	t.MaxCost, t.MaxCostAction = max(most, 1), action
}

func TestCostAgainstRationals(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyTariff().Draw(r, "tariff")
		for range 10 {
			d := rapid.Int64Range(-2, 12_000).Draw(r, "seconds")
			want := walkBlocks(tariff, d)
			if got := tariff.BilledSeconds(d); got != want.billedS {
				r.Errorf("BilledSeconds(%d) = %d, want %d", d, got, want.billedS)
			}
			if got := tariff.Cost(d); got != roundHalfUp(want.cost) {
				r.Errorf("Cost(%d) = %s, want %s", d, got, want.cost.FloatString(18))
			}
		}
	})
}

// ladderCost is the same as walkBlocks, tier by tier: for calls too long to walk through.
func ladderCost(t Tariff, d int64) ratCost {
	c := ratCost{cost: ratDecimal(t.ConnectFee)}
	for i, tier := range t.Tiers {
		if d <= tier.FromS {
			break
		}
		end := d
		if i+1 < len(t.Tiers) {
			end = min(d, t.Tiers[i+1].FromS)
		}
		blocks := max(0, end-tier.FromS-tier.FirstIncrementS)
		if blocks%tier.IncrementS != 0 {
			blocks += tier.IncrementS
		}
		billed := tier.FirstIncrementS + blocks/tier.IncrementS*tier.IncrementS
		c.billedS = tier.FromS + billed
		c.cost.Add(c.cost, price(tier, billed))
	}
	c.cost = cappedRat(t, c.cost)
	return c
}

// anyLongTariff has tiers of up to months, at up to the highest rates.
func anyLongTariff() *rapid.Generator[Tariff] {
	return rapid.Custom(func(r *rapid.T) Tariff {
		t := Tariff{ConnectFee: anyRate().Draw(r, "connect fee")}
		var from int64
		for range rapid.IntRange(1, 4).Draw(r, "tiers") {
			tier := Tier{
				FromS: from, RatePerMinute: anyRate().Draw(r, "rate"),
				FirstIncrementS: rapid.Int64Range(1, MaxIncrementSeconds).Draw(r, "first"),
				IncrementS:      rapid.Int64Range(1, MaxIncrementSeconds).Draw(r, "increment"),
			}
			t.Tiers = append(t.Tiers, tier)
			from += tier.FirstIncrementS + rapid.Int64Range(0, MaxCallSeconds/4/tier.IncrementS).Draw(r, "blocks")*tier.IncrementS
			if from > MaxCallSeconds {
				break
			}
		}
		setAnyMaxCost(r, &t, MaxCallSeconds)
		if err := t.Validate(); err != nil {
			r.Fatalf("the generator made a bad tariff: %v", err)
		}
		return t
	})
}

// The longest calls at the highest rates, where narrower integers overflow.
func TestCostOfHugeCallsAgainstRationals(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyLongTariff().Draw(r, "tariff")
		for range 10 {
			d := rapid.Int64Range(1, MaxCallSeconds).Draw(r, "seconds")
			want := ladderCost(tariff, d)
			if got := tariff.BilledSeconds(d); got != want.billedS {
				r.Errorf("BilledSeconds(%d) = %d, want %d", d, got, want.billedS)
			}
			if got := tariff.Cost(d); got != roundHalfUp(want.cost) {
				r.Errorf("Cost(%d) = %s, want %s", d, got, want.cost.FloatString(18))
			}
			checkInverse(r, tariff, anyBalance(tariff).Draw(r, "balance"))
		}
	})
}

// The two models have nothing in common but what they say.
func TestModelsAgree(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff, d := anyTariff().Draw(r, "tariff"), rapid.Int64Range(1, 12_000).Draw(r, "seconds")
		walked, reckoned := walkBlocks(tariff, d), ladderCost(tariff, d)
		if walked.billedS != reckoned.billedS || walked.cost.Cmp(reckoned.cost) != 0 {
			r.Errorf("%d s for %s, and %d s for %s", walked.billedS, walked.cost, reckoned.billedS, reckoned.cost)
		}
	})
}

// anyBalance is any amount, or one right at the edge of what some call costs.
func anyBalance(t Tariff) *rapid.Generator[Money] {
	return rapid.Custom(func(r *rapid.T) Money {
		if rapid.Bool().Draw(r, "at an edge") {
			d := rapid.Int64Range(0, rapid.SampledFrom([]int64{100, 12_000, MaxCallSeconds}).Draw(r, "longest")).Draw(r, "edge")
			return t.Cost(d) + Money(rapid.Int64Range(-1, 1).Draw(r, "off by"))
		}
		greatest := rapid.SampledFrom([]Money{10, 10_000, 100_000_000, MaxMoney}).Draw(r, "greatest")
		return Money(rapid.Int64Range(-10, int64(greatest)).Draw(r, "balance"))
	})
}

// MaxSeconds is the largest d with Cost(d) <= balance, for every balance, that a maximum
// cost does not disconnect.
func TestMaxSecondsIsTheInverseOfCost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyTariff().Draw(r, "tariff")
		for range 10 {
			checkInverse(r, tariff, anyBalance(tariff).Draw(r, "balance"))
		}
	})
}

func checkInverse(r *rapid.T, tariff Tariff, balance Money) {
	got := tariff.MaxSeconds(balance)
	switch {
	case balance < 0:
		if got != 0 {
			r.Fatalf("a balance of %s pays for %d s", balance, got)
		}
		return
	case got == Unbounded:
		if !freeAtLast(tariff) || tariff.Cost(MaxCallSeconds) > balance || !mayLast(tariff, MaxCallSeconds) {
			r.Fatalf("MaxSeconds(%s) is unbounded, yet the longest call costs %s", balance, tariff.Cost(MaxCallSeconds))
		}
		return
	case got < 0:
		r.Fatalf("MaxSeconds(%s) = %d", balance, got)
	}
	if d := min(got, MaxCallSeconds); tariff.Cost(d) > balance || !mayLast(tariff, d) {
		r.Errorf("MaxSeconds(%s) = %d, which costs %s", balance, got, tariff.Cost(d))
	}
	if cost := tariff.Cost(got + 1); got < MaxCallSeconds && cost <= balance && mayLast(tariff, got+1) {
		r.Errorf("MaxSeconds(%s) = %d, though one second more costs %s", balance, got, cost)
	}
}

// freeAtLast says whether the last tier costs nothing, or nothing beyond a maximum: only
// then can a call go on for ever.
func freeAtLast(t Tariff) bool {
	return t.Tiers[len(t.Tiers)-1].RatePerMinute == 0 || t.MaxCost > 0 && t.MaxCostAction != Disconnect
}
