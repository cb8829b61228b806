package routing

import (
	"cmp"
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// ReferenceS is the talk time, in seconds, for which a call's price and what it costs us
// are compared, connection fees included: nobody knows how long a call will last, and a
// minute is what rates are quoted for.
const ReferenceS = 60

// Request is a call that wants to leave.
type Request struct {
	// Offering selects the carrier, orders the trunks, and says whether a call may be sold
	// below its cost.
	Offering billing.Offering
	// Sell is the caller's tariff, in Currency: that of the offering's owner.
	Sell     billing.Tariff
	Currency string
	To       phone.Number
	At       time.Time
}

// Buying answers a carrier's tariff for a request; false is that its deck has
// no rate. It is asked of trunks that have a deck only.
type Buying func(Trunk) (billing.Tariff, bool)

// Candidate is a trunk a call may leave by.
type Candidate struct {
	Trunk
	// Buy is the carrier's tariff; nil where the trunk has no buy price, or one in
	// another currency than the caller pays in.
	Buy *billing.Tariff
	// Cost is that of ReferenceS, where there is a Buy.
	Cost billing.Money

	preferred bool
}

// Obstacle is why a trunk is passed over.
type Obstacle string

// Why trunks are passed over; the first that holds is named.
const (
	NotActive     Obstacle = "inactive"
	NotTheCarrier Obstacle = "not_the_carrier" // the offering requires another
	NoBuyRate     Obstacle = "no_buy_rate"     // its deck does not price the number
	OtherCurrency Obstacle = "other_currency"  // nobody can tell whether it is below cost
	BelowCost     Obstacle = "below_cost"      // it costs more than the caller pays
)

// PassedOver is a trunk a call cannot leave by.
type PassedOver struct {
	Trunk
	Why Obstacle
	// Buy and Cost are as a candidate's.
	Buy  *billing.Tariff
	Cost billing.Money
}

// Selection is what became of all trunks.
type Selection struct {
	// Candidates are tried in this order.
	Candidates []Candidate
	// Passed are the others, by name.
	Passed []PassedOver
}

// Select chooses and orders the trunks of a call. A trunk that is inactive,
// is not of a required carrier, or whose deck does not price the number is passed over;
// so is one that costs more than the caller pays, or is priced in another currency, unless
// the offering sells below cost.
//
// Of the others those of a preferred carrier come first, those whose cost nobody can tell
// for their currency last. Between them decides the priority, or the cost where the
// offering wants the least: then trunks without a deck come after those with one. The name
// decides last, so the order is always the same.
func Select(trunks []Trunk, r Request, buying Buying) (s Selection) {
	for _, t := range trunks {
		c := Candidate{Trunk: t, preferred: r.prefers(t)}
		why := r.obstacle(&c, buying)
		if why == "" {
			s.Candidates = append(s.Candidates, c)
		} else {
			s.Passed = append(s.Passed, PassedOver{Trunk: t, Why: why, Buy: c.Buy, Cost: c.Cost})
		}
	}
	slices.SortFunc(s.Candidates, r.compare)
	slices.SortFunc(s.Passed, func(a, b PassedOver) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// obstacle prices a candidate and says what stands in its way, if anything does.
func (r Request) obstacle(c *Candidate, buying Buying) Obstacle {
	switch {
	case c.Inactive:
		return NotActive
	case r.Offering.CarrierSelection == billing.RequiredCarrier && !r.matches(c.Trunk):
		return NotTheCarrier
	case c.Deck == "":
		return ""
	}
	buy, ok := buying(c.Trunk)
	if !ok {
		return NoBuyRate
	}
	if c.Currency != r.Currency {
		return r.unlessSold(OtherCurrency)
	}
	c.Buy, c.Cost = &buy, buy.Cost(ReferenceS)
	if c.Cost > r.Sell.Cost(ReferenceS) {
		return r.unlessSold(BelowCost)
	}
	return ""
}

func (r Request) unlessSold(why Obstacle) Obstacle {
	if r.Offering.SellBelowCost {
		return ""
	}
	return why
}

// matches says whether a trunk is of the carrier the offering names: its digits, and its
// nature where the offering gives one.
func (r Request) matches(t Trunk) bool {
	o := r.Offering
	return t.CarrierDigits == o.CarrierDigits && (o.NatureOfCarrier == "" || t.NatureOfCarrier == o.NatureOfCarrier)
}

func (r Request) prefers(t Trunk) bool {
	return r.Offering.CarrierSelection == billing.PreferredCarrier && r.matches(t)
}

// compare is which of two candidates is tried first.
func (r Request) compare(a, b Candidate) int {
	order := cmp.Or(first(a.preferred, b.preferred), first(a.comparable(), b.comparable()))
	if r.Offering.Routing == billing.ByLeastCost {
		order = cmp.Or(order, first(a.Buy != nil, b.Buy != nil), cmp.Compare(a.Cost, b.Cost))
	}
	return cmp.Or(order, cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
}

// comparable says whether nothing speaks against the candidate's cost: it is known to be
// in the caller's currency, or not known at all.
func (c Candidate) comparable() bool { return c.Buy != nil || c.Deck == "" }

// first puts true before false.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Refusal is why there is no trunk to leave by: price, where that alone kept one from
// being used, or else that none leads there. It is nil where there are candidates.
func (s Selection) Refusal() error {
	if len(s.Candidates) > 0 {
		return nil
	}
	tooDear := func(p PassedOver) bool { return p.Why == BelowCost || p.Why == OtherCurrency }
	if slices.ContainsFunc(s.Passed, tooDear) {
		return billing.Refusal{Reason: billing.NoProfitableTrunk}
	}
	return billing.Refusal{Reason: billing.NoTrunk}
}

// Limits are the candidates' limits, for a hold, in the same order.
func Limits(candidates []Candidate) []billing.TrunkLimit {
	limits := make([]billing.TrunkLimit, len(candidates))
	for i, c := range candidates {
		limits[i] = billing.TrunkLimit{
			Name: c.Name, MaxConcurrentCalls: c.MaxConcurrentCalls, CallsPerSecond: c.CallsPerSecond, Buy: c.Buy,
		}
	}
	return limits
}
