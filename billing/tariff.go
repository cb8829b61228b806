package billing

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"lukechampine.com/uint128"
)

// MaxCallSeconds bounds every duration this package reckons with (366 days).
const MaxCallSeconds = 366 * 86400

// MaxIncrementSeconds bounds a billing increment (one day).
const MaxIncrementSeconds = 86400

// Unbounded is what MaxSeconds answers when no duration exhausts the balance.
const Unbounded = -1

// ErrBadTariff is returned for a tariff that cannot be charged by.
var ErrBadTariff = errors.New("bad tariff")

// Tariff is the price of one call, resolved: a deck's rate for one prefix.
// It is stored with every open leg, so it must stay readable for ever.
type Tariff struct {
	// Prefix is the deck prefix that matched; Name is the deck's name for it.
	Prefix string `json:"prefix,omitempty"`
	Name   string `json:"name,omitempty"`
	// ConnectFee is charged once, on answered calls only.
	ConnectFee Decimal `json:"connect_fee"`
	// Flat is charged once, on answered calls only, beside what their duration costs. It
	// is an amount like that: terms apply to it.
	Flat Decimal `json:"flat,omitempty"`
	// MaxCost is the most a call may cost, ConnectFee included; 0 is no maximum.
	// MaxCostAction is what happens there.
	MaxCost       Decimal       `json:"max_cost,omitempty"`
	MaxCostAction MaxCostAction `json:"max_cost_action,omitempty"`
	// Tiers are in ascending FromS order; the first begins at 0.
	Tiers []Tier `json:"tiers"`
	// Terms are those of the calling service it is sold under, if it is. They are shared
	// between copies of the tariff, and never changed.
	Terms *Terms `json:"terms,omitempty"`
}

// Tier is the price from one point of a call on. A started block is charged whole.
type Tier struct {
	// FromS is the call's second at which the tier begins.
	FromS int64 `json:"from_s,omitempty"`
	// RatePerMinute is the price of 60 s.
	RatePerMinute Decimal `json:"rate_per_minute"`
	// FirstIncrementS is the tier's first block, IncrementS each further one, in
	// seconds (the field writes "30/6").
	FirstIncrementS int64 `json:"first_increment_s"`
	IncrementS      int64 `json:"increment_s"`
}

// Validate refuses a tariff whose tiers overlap, leave gaps or have no increment.
func (t Tariff) Validate() error {
	if len(t.Tiers) == 0 || t.Tiers[0].FromS != 0 {
		return fmt.Errorf("%w: the first tier must begin at second 0", ErrBadTariff)
	}
	if t.ConnectFee < 0 || t.ConnectFee > MaxDecimal {
		return fmt.Errorf("%w: connect fee %s is not within 0..%s", ErrBadTariff, t.ConnectFee, MaxDecimal)
	}
	if t.Flat < 0 || t.Flat > MaxDecimal {
		return fmt.Errorf("%w: flat amount %s is not within 0..%s", ErrBadTariff, t.Flat, MaxDecimal)
	}
	if err := errors.Join(t.validateMaxCost(), t.Terms.validate()); err != nil {
		return err
	}
	if !utf8.ValidString(t.Name) {
		return fmt.Errorf("%w: name %q is not UTF-8", ErrBadTariff, t.Name)
	}
	for i, tier := range t.Tiers {
		if err := tier.validate(); err != nil {
			return err
		}
		if i > 0 && !t.Tiers[i-1].hasBlockEdge(tier.FromS) {
			return fmt.Errorf("%w: the tier from second %d begins inside a block of the tier before it",
				ErrBadTariff, tier.FromS)
		}
	}
	return nil
}

func (t Tier) validate() error {
	for _, s := range []int64{t.FirstIncrementS, t.IncrementS} {
		if s < 1 || s > MaxIncrementSeconds {
			return fmt.Errorf("%w: increment %d s is not within 1..%d", ErrBadTariff, s, MaxIncrementSeconds)
		}
	}
	if t.RatePerMinute < 0 || t.RatePerMinute > MaxDecimal {
		return fmt.Errorf("%w: rate %s is not within 0..%s", ErrBadTariff, t.RatePerMinute, MaxDecimal)
	}
	if t.FromS < 0 || t.FromS > MaxCallSeconds {
		return fmt.Errorf("%w: from_s %d is not within 0..%d", ErrBadTariff, t.FromS, MaxCallSeconds)
	}
	return nil
}

// hasBlockEdge says whether one of the tier's blocks ends exactly at second s.
func (t Tier) hasBlockEdge(s int64) bool {
	into := s - t.FromS
	return into >= t.FirstIncrementS && (into-t.FirstIncrementS)%t.IncrementS == 0
}

// billed is d seconds into the tier, rounded up to whole blocks.
func (t Tier) billed(d int64) int64 {
	if d <= 0 {
		return 0
	}
	if d <= t.FirstIncrementS {
		return t.FirstIncrementS
	}
	further := (d - t.FirstIncrementS + t.IncrementS - 1) / t.IncrementS
	return t.FirstIncrementS + further*t.IncrementS
}

// BilledSeconds is the duration charged for a call of d seconds: whole blocks, those
// beyond a capped cost included. By terms, those that a bundle pays for are not charged.
func (t Tariff) BilledSeconds(d int64) int64 {
	if t.Terms != nil {
		return t.termedSeconds(d)
	}
	return t.wholeBlocks(d)
}

func (t Tariff) wholeBlocks(d int64) int64 {
	for _, tier := range slices.Backward(t.Tiers) {
		if d > tier.FromS {
			return tier.FromS + tier.billed(d-tier.FromS)
		}
	}
	return 0
}

// Amounts inside this package are in units of 1/60 pico-unit: a rate per minute
// times a number of seconds is then a whole number, and nothing is ever divided
// before the one rounding at the end.
const (
	finePerPico  = 60
	finePerMicro = 60 * 1_000_000
)

// Cost is the exact price of a call answered for d whole seconds, rounded once,
// half up at 6 decimal places, and no more than MaxCost where that caps it. A call of
// no duration costs nothing.
func (t Tariff) Cost(d int64) Money {
	if d <= 0 {
		return 0
	}
	d = min(d, MaxCallSeconds)
	if t.Terms != nil {
		return t.termedCost(d)
	}
	total := fine(t.ConnectFee+t.Flat, finePerPico)
	for i, tier := range t.Tiers {
		if d <= tier.FromS {
			break
		}
		total = total.Add(tier.fineCost(t.within(i, d)))
	}
	return Money(t.capped(total).Add64(finePerMicro / 2).Div64(finePerMicro).Lo)
}

// within is how many of the call's d seconds fall into tier i.
func (t Tariff) within(i int, d int64) int64 {
	if i+1 < len(t.Tiers) {
		d = min(d, t.Tiers[i+1].FromS)
	}
	return d - t.Tiers[i].FromS
}

func (t Tier) fineCost(d int64) uint128.Uint128 { return fine(t.RatePerMinute, t.billed(d)) }

func fine(rate Decimal, times int64) uint128.Uint128 {
	return uint128.From64(uint64(rate)).Mul64(uint64(times))
}

// MaxSeconds is the longest call, in whole seconds, whose cost does not pass the
// balance: the largest d with Cost(d) <= balance, and Cost(d) <= MaxCost where that
// disconnects. 0 means not even the first block is affordable; Unbounded means no
// duration is too long.
func (t Tariff) MaxSeconds(balance Money) int64 {
	if balance < 0 {
		return 0
	}
	if t.capsCost() && t.cappedRounded() <= balance {
		return Unbounded
	}
	if t.Terms != nil {
		return t.termedAffordable(t.spendable(balance))
	}
	return t.affordable(t.spendable(balance))
}

// affordable is MaxSeconds of an amount, as if there were no maximum cost.
func (t Tariff) affordable(balance Money) int64 {
	// Half up: a cost rounds to at most balance while it stays below balance + ½.
	left := uint128.From64(uint64(balance)).Mul64(finePerMicro).Add64(finePerMicro/2 - 1)
	fee := fine(t.ConnectFee+t.Flat, finePerPico)
	if fee.Cmp(left) > 0 {
		return 0
	}
	left = left.Sub(fee)
	for i, tier := range t.Tiers {
		d := tier.affordable(left)
		if i+1 == len(t.Tiers) {
			return addSeconds(tier.FromS, d)
		}
		length := t.Tiers[i+1].FromS - tier.FromS
		if d != Unbounded && d < length {
			return tier.FromS + d
		}
		left = left.Sub(tier.fineCost(length))
	}
	return 0
}

// affordable is how many whole seconds of this tier alone the amount pays for.
func (t Tier) affordable(left uint128.Uint128) int64 {
	if t.RatePerMinute == 0 {
		return Unbounded
	}
	first := fine(t.RatePerMinute, t.FirstIncrementS)
	if first.Cmp(left) > 0 {
		return 0
	}
	blocks := left.Sub(first).Div(fine(t.RatePerMinute, t.IncrementS))
	if blocks.Cmp64(uint64(maxReckoned)) > 0 {
		return maxReckoned
	}
	return t.FirstIncrementS + int64(blocks.Lo)*t.IncrementS
}

// maxReckoned keeps absurdly long affordable durations inside an int64; a billion
// times the longest call is as good as for ever, but it is not Unbounded.
const maxReckoned = int64(1) << 45

func addSeconds(from, d int64) int64 {
	if d == Unbounded {
		return Unbounded
	}
	return from + d
}

// DurationSeconds is the number of whole seconds charged for an answered time in
// milliseconds: a started second counts whole.
func DurationSeconds(ms int64) int64 {
	if ms <= 0 {
		return 0
	}
	return (ms + 999) / 1000
}
