package billing

import (
	"cmp"
	"time"

	"cccp/internal/phone"
)

// Inquiry asks what a call costs an account: to a number, from a moment on, for at most
// LongestS seconds.
type Inquiry struct {
	Offering Offering
	Account  Account
	To       phone.Number
	At       time.Time
	LongestS int64
}

// Price is a call's tariff, and the version of the rate deck or rate plan it is from.
type Price struct {
	Tariff  Tariff
	Deck    string
	Version uint64
}

// Sold is a calling service with its plans, in their order, ready to price calls.
type Sold struct {
	CallingService
	Plans []Plan
}

// PriceBy is the price of a call sold as one of several services: over all their plans the
// longest prefix wins, of equal ones that of the service, and in it the plan, that comes
// first. A plan that denies the number keeps it from all that come after: what a preferred
// plan denies is not sold by the next.
func PriceBy(services []Sold, q Inquiry) (best Price, found bool) {
	var by Sold
	var of Plan
preferred:
	for _, s := range services {
		for _, plan := range s.Plans {
			t, ok, denies := plan.Rates.find(string(q.To), q.At)
			if denies {
				break preferred
			}
			if ok && (!found || len(t.Prefix) > len(best.Tariff.Prefix)) {
				best, found = Price{t, plan.Rates.Name, plan.Rates.Version}, true
				by, of = s, plan
			}
		}
	}
	if found {
		best.Tariff = by.apply(best.Tariff, of, q)
	}
	return best, found
}

// apply puts a tariff of one of the service's plans under its terms.
func (s Sold) apply(t Tariff, plan Plan, q Inquiry) Tariff {
	terms := &Terms{
		Service: s.Name, Plan: plan.Name, Markup: s.Markup, Discount: s.discount(q), MinimumS: int64(s.MinimumS),
		// An answer may come later than the moment asked for.
		Modifiers: plan.Week.Modifiers(q.At, q.At.Add(time.Duration(q.LongestS+MaxSlackS)*time.Second)),
	}
	if len(terms.Modifiers) > 0 {
		terms.Begins = q.At
	}
	if !plan.OwnBlocks {
		block := int64(s.Block())
		terms.ThresholdS = int64(s.ThresholdS)
		t.Tiers = []Tier{{RatePerMinute: t.Tiers[0].RatePerMinute, FirstIncrementS: block, IncrementS: block}}
	}
	t.Terms = terms
	return t
}

// discount is the promotion's, for an account at a moment.
func (p Promotion) discount(q Inquiry) Percent {
	begun := p.PromotionStart.IsZero() || !q.At.Before(p.PromotionStart)
	over := !p.PromotionEnd.IsZero() && !q.At.Before(p.PromotionEnd)
	if !p.PromotionActive || !begun || over {
		return 0
	}
	if used := usedSince(q); p.PromotionDays > 0 && !used.IsZero() {
		if ends := used.UTC().AddDate(0, 0, p.PromotionDays); !q.At.Before(ends) {
			return 0
		}
	}
	return p.PromotionDiscount
}

// usedSince is an account's first use, in the sense that it or its offering says; zero if
// there was none: a call that is asked for now is the first.
func usedSince(q Inquiry) time.Time {
	if cmp.Or(q.Account.FirstUseBy, q.Offering.FirstUseBy) == FirstCharge {
		return q.Account.FirstCharged
	}
	return q.Account.FirstAuthenticated
}
