package billing

import (
	"fmt"
	"math"
	"time"
)

// Terms are what a calling service makes of a rate: the price of a call is the tariff's
// amount by duration times the modifier of its time of week, times 1 + markup, times
// 1 − discount, and the connection fee, which neither is modified.
type Terms struct {
	// Service and Plan name the product that is sold.
	Service string `json:"service,omitempty"`
	Plan    string `json:"plan,omitempty"`
	// Markup is added to amounts, Discount taken off what that makes.
	Markup   Percent `json:"markup_percent,omitzero"`
	Discount Percent `json:"discount_percent,omitzero"`
	// MinimumS is charged for at least, in whole blocks. A remainder of at most ThresholdS
	// seconds begins no block.
	MinimumS   int64 `json:"minimum_s,omitempty"`
	ThresholdS int64 `json:"threshold_s,omitempty"`
	// Modifiers hold one after the other on the clock; before the first, and where there
	// are none, amounts are as they are.
	Modifiers []Modifier `json:"modifiers,omitempty"`
	// Begins is the moment of the answer. Where SlackS is more than 0 nobody has answered
	// yet, and the answer comes at most so many seconds later: every second then costs the
	// most it can. Both are set only where there are modifiers.
	Begins time.Time `json:"begins,omitzero"`
	SlackS int64     `json:"slack_s,omitempty"`
	// FreeS is how many seconds from the answer on a bundle pays for. What comes after is
	// priced like a call that begins then.
	FreeS int64 `json:"free_s,omitempty"`
}

// Modifier is a percentage of amounts that holds from a moment until the next one's.
type Modifier struct {
	From    time.Time `json:"from"`
	Percent Percent   `json:"percent"`
}

// MaxSlackS bounds how long after a hold an answer can come: a day.
const MaxSlackS = 86400

func (t *Terms) validate() error {
	if t == nil {
		return nil
	}
	switch {
	case t.Markup < 0 || t.Markup > MaxPercent:
		return fmt.Errorf("%w: markup %s is not within 0..%s", ErrBadTariff, t.Markup, MaxPercent)
	case t.Discount < 0 || t.Discount > Whole:
		return fmt.Errorf("%w: discount %s is not within 0..%s", ErrBadTariff, t.Discount, Whole)
	case t.MinimumS < 0 || t.MinimumS > MaxIncrementSeconds || t.ThresholdS < 0 || t.ThresholdS > MaxIncrementSeconds:
		return fmt.Errorf("%w: minimum of %d s and threshold of %d s are not within 0..%d",
			ErrBadTariff, t.MinimumS, t.ThresholdS, MaxIncrementSeconds)
	case t.SlackS < 0 || t.SlackS > MaxSlackS:
		return fmt.Errorf("%w: an answer %d s later is not within 0..%d", ErrBadTariff, t.SlackS, MaxSlackS)
	case t.FreeS < 0:
		return fmt.Errorf("%w: %d s are free", ErrBadTariff, t.FreeS)
	}
	return t.validateModifiers()
}

func (t *Terms) validateModifiers() error {
	for i, m := range t.Modifiers {
		if m.Percent < 0 || m.Percent > MaxPercent {
			return fmt.Errorf("%w: modifier %s is not within 0..%s", ErrBadTariff, m.Percent, MaxPercent)
		}
		if i > 0 && !t.Modifiers[i-1].From.Before(m.From) {
			return fmt.Errorf("%w: the modifiers are not in order of time", ErrBadTariff)
		}
	}
	if len(t.Modifiers) > 0 && t.Begins.IsZero() {
		return fmt.Errorf("%w: it has modifiers and no beginning", ErrBadTariff)
	}
	return nil
}

// modified says whether the price depends on when the call is answered.
func (t Tariff) modified() bool { return t.Terms != nil && len(t.Terms.Modifiers) > 0 }

// Unanswered is the tariff as money is held by it: for a call that is answered at a moment
// between begins and slackS seconds later, costs are the most they can be. It makes a
// difference only where the price depends on the time of week.
func (t Tariff) Unanswered(begins time.Time, slackS int64) Tariff {
	if !t.modified() {
		return t
	}
	terms := *t.Terms
	terms.Begins, terms.SlackS = begins, min(max(slackS, 0), MaxSlackS)
	t.Terms = &terms
	return t
}

// Answered is the tariff of a call answered at a moment, as it is charged by. No call
// costs more by it than by the one it was held by: a moment outside what that allowed for
// counts as the nearest within. A tariff whose answer is known stays as it is.
func (t Tariff) Answered(at time.Time) Tariff {
	if !t.modified() || t.Terms.SlackS == 0 {
		return t
	}
	terms := *t.Terms
	latest := terms.Begins.Add(time.Duration(terms.SlackS) * time.Second)
	switch {
	case at.After(latest):
		terms.Begins = latest
	case at.After(terms.Begins):
		terms.Begins = at
	}
	terms.SlackS = 0
	t.Terms = &terms
	return t
}

// FreeFor is the tariff of a call whose first freeS seconds a bundle pays for.
func (t Tariff) FreeFor(freeS int64) Tariff {
	var terms Terms
	if t.Terms != nil {
		terms = *t.Terms
	}
	terms.FreeS = freeS
	t.Terms = &terms
	return t
}

// greatest is the greatest modifier of second p of the call, wherever within the slack it
// is answered, and the second from which it may be another. A second counts for the window
// it begins in.
func (t *Terms) greatest(p int64) (m Percent, until int64) {
	next := t.begunBy(p) // the first that begins later
	if m = Whole; next > 0 {
		m = t.Modifiers[next-1].Percent
	}
	until = math.MaxInt64
	if next < len(t.Modifiers) {
		until = t.begins(next)
	}
	for ; next < len(t.Modifiers); next++ {
		begins := t.begins(next) - t.SlackS
		if begins > p {
			return m, min(until, begins)
		}
		m = max(m, t.Modifiers[next].Percent)
	}
	return m, until
}

// begunBy is how many modifiers begin by second p of the call.
func (t *Terms) begunBy(p int64) int {
	low, high := 0, len(t.Modifiers)
	for low < high {
		if middle := (low + high) / 2; t.begins(middle) <= p {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// begins is the first second of the call that begins under the ith modifier or a later one.
func (t *Terms) begins(i int) int64 {
	after := t.Modifiers[i].From.Sub(t.Begins)
	s := int64(after / time.Second)
	if after%time.Second > 0 {
		s++
	}
	return s
}

// weight is the sum of the modifiers of the seconds from one on until just before another.
func (t *Terms) weight(from, to int64) (sum int64) {
	for from < to {
		m, until := t.greatest(from)
		until = min(until, to)
		sum += int64(m) * (until - from)
		from = until
	}
	return sum
}
