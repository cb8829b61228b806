package billing

import (
	"fmt"
	"math"

	"lukechampine.com/uint128"
)

// MaxCostAction is what happens to a call that costs its tariff's MaxCost.
type MaxCostAction string

// The two actions; none at all is TalkOn.
const (
	// TalkOn caps the cost, connection fee included: what is talked beyond is free.
	TalkOn MaxCostAction = "free"
	// Disconnect bounds the talk time instead: no call is granted time beyond the last
	// second whose cost does not pass MaxCost. The cost itself is not capped.
	Disconnect MaxCostAction = "disconnect"
)

// picoPerMicro is how many units of a Decimal make one of Money.
const picoPerMicro = 1_000_000

func (t Tariff) validateMaxCost() error {
	if t.MaxCost < 0 || t.MaxCost > MaxDecimal {
		return fmt.Errorf("%w: maximum cost %s is not within 0..%s", ErrBadTariff, t.MaxCost, MaxDecimal)
	}
	switch t.MaxCostAction {
	case "", TalkOn, Disconnect:
		return nil
	}
	return fmt.Errorf("%w: maximum cost action %q is neither %s nor %s",
		ErrBadTariff, t.MaxCostAction, TalkOn, Disconnect)
}

func (t Tariff) capsCost() bool { return t.MaxCost > 0 && t.MaxCostAction != Disconnect }

func (t Tariff) capsTime() bool { return t.MaxCost > 0 && t.MaxCostAction == Disconnect }

// capped is an exact total no higher than the tariff lets it be.
func (t Tariff) capped(total uint128.Uint128) uint128.Uint128 {
	if most := fine(t.MaxCost, finePerPico); t.capsCost() && most.Cmp(total) < 0 {
		return most
	}
	return total
}

// cappedRounded is what the longest call costs where the cost is capped: rounding keeps
// order, so a balance of that much is never exhausted.
func (t Tariff) cappedRounded() Money { return Money((t.MaxCost + picoPerMicro/2) / picoPerMicro) }

// spendable is how much of a balance one call may use up: a cost is whole micro-units,
// so it passes MaxCost when it passes the micro-units in it.
func (t Tariff) spendable(balance Money) Money {
	if t.capsTime() {
		return min(balance, Money(t.MaxCost/picoPerMicro))
	}
	return balance
}

// longest is the talk time the tariff itself allows, however much money there is.
func (t Tariff) longest() int64 {
	if t.capsTime() {
		return t.MaxSeconds(math.MaxInt64)
	}
	return Unbounded
}
