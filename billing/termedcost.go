package billing

import (
	"sort"

	"github.com/holiman/uint256"
	"lukechampine.com/uint128"
)

// costliest is what a call is said to cost that costs more: no balance pays for it, and
// two of them can be added.
const costliest = Money(1) << 61

// termedSeconds is BilledSeconds by terms.
func (t Tariff) termedSeconds(d int64) int64 {
	paid := d - t.Terms.FreeS
	if d <= 0 || paid <= 0 {
		return 0
	}
	billed := t.overThreshold(paid)
	if t.Terms.MinimumS > 0 {
		billed = max(billed, t.wholeBlocks(t.Terms.MinimumS))
	}
	return billed
}

// overThreshold is wholeBlocks without a last one that little was used of.
func (t Tariff) overThreshold(d int64) int64 {
	whole := t.wholeBlocks(d)
	if whole == d {
		return whole
	}
	begun := t.Tiers[0].FromS
	for _, tier := range t.Tiers {
		if d <= tier.FromS {
			break
		}
		begun = tier.FromS
		if into := d - tier.FromS; into >= tier.FirstIncrementS {
			begun += tier.FirstIncrementS + (into-tier.FirstIncrementS)/tier.IncrementS*tier.IncrementS
		}
	}
	if d-begun <= t.Terms.ThresholdS {
		return begun
	}
	return whole
}

// Least is what there must be for a call to begin: its first block, with fee and minimum.
// That seconds within a threshold cost nothing is no reason to have them for nothing again
// and again; those that a bundle pays for need nothing.
func (t Tariff) Least() Money {
	switch {
	case t.Terms == nil:
		return t.Cost(1)
	case t.Terms.FreeS > 0:
		return 0
	}
	return t.Cost(t.leastS())
}

// leastS is the first second that Least pays for.
func (t Tariff) leastS() int64 {
	if t.Terms == nil || t.Terms.FreeS > 0 {
		return 1
	}
	return t.Terms.ThresholdS + 1
}

// amounts is what all modified seconds of a call cost, and what it costs flat, times Whole.
func (t Tariff) amounts(billed int64) uint128.Uint128 {
	free := t.Terms.FreeS
	flat, _ := t.Terms.greatest(free)
	sum := fine(t.Flat, finePerPico).Mul64(uint64(flat))
	for i, tier := range t.Tiers {
		if billed <= tier.FromS {
			break
		}
		end := billed
		if i+1 < len(t.Tiers) {
			end = min(end, t.Tiers[i+1].FromS)
		}
		sum = sum.Add(fine(tier.RatePerMinute, t.Terms.weight(free+tier.FromS, free+end)))
	}
	return sum
}

// termedCost is Cost by terms. An amount, a modifier, a markup and a discount multiplied
// are more than 128 bits hold.
func (t Tariff) termedCost(d int64) Money {
	if d <= t.Terms.FreeS {
		return 0
	}
	// Everything is times Whole for each of modifier, markup and discount.
	const scale = uint64(Whole * Whole * Whole)
	total := wide(t.amounts(t.termedSeconds(d)), uint64(Whole+t.Terms.Markup))
	total.Mul(&total, uint256.NewInt(uint64(Whole-t.Terms.Discount)))
	fee := wide(fine(t.ConnectFee, finePerPico), scale)
	total.Add(&total, &fee)
	if most := wide(fine(t.MaxCost, finePerPico), scale); t.capsCost() && most.Lt(&total) {
		total = most
	}
	half := wide(uint128.From64(finePerMicro/2), scale)
	total.Add(&total, &half)
	total.Div(&total, uint256.NewInt(scale)) // the whole part of a whole part: nothing is rounded twice
	total.Div(&total, uint256.NewInt(finePerMicro))
	if !total.IsUint64() || total.Uint64() > uint64(costliest) {
		return costliest
	}
	return Money(total.Uint64())
}

func wide(n uint128.Uint128, times uint64) uint256.Int {
	product := uint256.Int{n.Lo, n.Hi}
	product.Mul(&product, uint256.NewInt(times))
	return product
}

// termedAffordable is MaxSeconds of an amount by terms: costs never fall as a call gets
// longer, so halving the range finds it exactly.
func (t Tariff) termedAffordable(balance Money) int64 {
	if t.termedCost(MaxCallSeconds) <= balance {
		return Unbounded
	}
	first := sort.Search(MaxCallSeconds, func(d int) bool { return t.termedCost(int64(d)) > balance })
	return int64(max(first-1, 0))
}
