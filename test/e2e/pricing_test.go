package e2e

import (
	"fmt"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
)

// The terms TestPricing sells calls under: 0.60 a minute in blocks of 6 s, 150 % of that by
// the schedule, 10 % more, half of it off, and 0.05 for the connection.
const (
	pricingAccess  = "15141119101"
	cheapSecond    = billing.Money(5_500) // 0.01 × 1.1 × 0.5
	dearSecond     = billing.Money(8_250) // 1.5 of that
	connection     = billing.Money(50_000)
	pricingBlock   = 6
	pricingBalance = billing.Money(5_000_000)
)

// TestPricing has a call sold by a calling service go on while its time of week ends: it is
// charged to the micro-unit by the clock of the phone that was called.
func TestPricing(t *testing.T) {
	t.Parallel()
	s := standing(t)
	zone, err := time.LoadLocation("America/Toronto")
	must(t, err)
	change := time.Now().Add(75 * time.Second).Truncate(time.Minute) // in 15 s to 75
	s.sellsByService(t, dearUntil(change.In(zone)))

	c := s.sellAt(t, "premium", house.Card{Account: "premium", Balance: pricingBalance, ANI: "15149070911"})
	c.getsIn(pricingAccess, "15149070911")
	c.listens()
	c.presses("5149074911#")
	callee := c.reaches("15149074911", 1)
	answered, err := callee.WaitAnswered(c.ctx)
	must(t, err)
	// Past the change, and to the middle of a block: phones differ by milliseconds.
	last := answered.Add(pricingBlock / 2 * time.Second)
	for last.Before(change.Add(pricingBlock * time.Second)) {
		last = last.Add(pricingBlock * time.Second)
	}
	c.talks(time.Until(last))
	c.hangsUp()
	c.ends(callee)
	c.heard(c.say(prompts.EnterDestination))

	records := c.settled()
	outcome(t, records[0], billing.Answered, billing.CallerHungUp)
	charge, want := records[0].Charge, map[billing.Money]bool{}
	for _, off := range []time.Duration{-50 * time.Millisecond, 0, 50 * time.Millisecond} { // of the switch's clock
		want[priceOf(callee.AnsweredAt().Add(off), callee.EndedAt().Add(off), change)] = true
	}
	if !want[charge] {
		t.Errorf("charged %s from %s to %s, with a change at %s; want %v", charge, callee.AnsweredAt(), callee.EndedAt(), change, want)
	}
	terms := records[0].Tariff.Terms
	if terms == nil || terms.Service != "premium" || terms.Plan != "evening" || records[0].Deck != "evening" || records[0].Version != 1 {
		t.Errorf("priced by %s version %d, %+v", records[0].Deck, records[0].Version, terms)
	}
	c.owes(records, charge)

	var quotes []struct{ Cost billing.Money }
	must(t, s.Admin.Do(c.ctx, "GET", fmt.Sprintf("/v1/offerings/premium/quote?to=15149074911&seconds=%d&at=%s",
		records[0].BilledS, records[0].Answered.UTC().Format(time.RFC3339Nano)), nil, &quotes))
	if quotes[0].Cost != charge {
		t.Errorf("quoted %s, charged %s", quotes[0].Cost, charge)
	}
}

// sellsByService provisions an offering whose calls a calling service sells.
func (s *stage) sellsByService(t *testing.T, schedule billing.Schedule) {
	t.Helper()
	ctx := t.Context()
	must(t, s.Post(ctx, "providers", billing.Provider{Name: "premium", Country: "CA", Currency: "USD", TimeZone: "America/Toronto"}))
	for _, rate := range []map[string]any{
		{"provider": "premium", "name": "1514", "amount": "0.60", "surcharge": "0.05"},
		{"provider": "premium", "name": "1", "amount": "9", "child_rates": []string{"1514"}},
	} {
		must(t, s.Post(ctx, "named-rates", rate))
	}
	must(t, s.Post(ctx, "rate-plans", billing.RatePlan{Name: "evening", Provider: "premium", Rates: []string{"1"}, Schedule: schedule}))
	must(t, s.Post(ctx, "calling-services", billing.CallingService{
		Name: "premium", Provider: "premium", RatePlans: []string{"evening"}, RoundingS: pricingBlock, MinimumS: 10, Markup: billing.Whole / 10,
		Promotion: billing.Promotion{PromotionActive: true, PromotionDiscount: billing.Whole / 2, PromotionDays: 30},
	}))
	must(t, s.Post(ctx, "offerings", billing.Offering{Name: "premium", Provider: "premium", CallingServices: []string{"premium"}}))
	must(t, s.Post(ctx, "access-numbers", billing.AccessNumber{Number: pricingAccess, Kind: billing.Dialthrough, Provider: "premium"}))
}

// dearUntil is a schedule of 150 % on the day that ends with a moment, until then.
func dearUntil(change time.Time) billing.Schedule {
	day, clock := change.Add(-time.Minute).Format("Mon"), change.Format("15:04")
	if clock == "00:00" {
		clock = "24:00"
	}
	return billing.Schedule(day + " 00:00-" + clock + " 150%")
}

// priceOf reckons a call second by second.
func priceOf(answered, ended, change time.Time) billing.Money {
	cost := connection
	for from := answered; from.Before(ended); from = from.Add(pricingBlock * time.Second) {
		for second := range pricingBlock {
			if from.Add(time.Duration(second) * time.Second).Before(change) {
				cost += dearSecond
			} else {
				cost += cheapSecond
			}
		}
	}
	return cost
}
