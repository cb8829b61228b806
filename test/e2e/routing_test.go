package e2e

import (
	"net/http"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// What the carriers of two trunks charge: the second less in general, and either of them
// more than callers pay (0.10) in one place.
const (
	carrierBuy = "prefix,rate_per_minute,first_increment_s,increment_s\n1,0.05,6,6\n15149077703,0.08,6,6\n15149077704,0.30,6,6\n"
	secondBuy  = "prefix,rate_per_minute,first_increment_s,increment_s\n1,0.02,6,6\n15149077703,0.30,6,6\n15149077704,0.11,6,6\n"
)

// TestRouting has calls leave by the trunk that costs least, by the next where that one
// fails, by the carrier that is required, and never below the price.
func TestRouting(t *testing.T) {
	t.Parallel()
	second, err := sip.NewCallee(t.Context(), sip.Options{Record: true}, sip.Script{Play: calleeTone()})
	must(t, err)
	t.Cleanup(func() { _ = second.Close() })
	s := openTidy(t, house.Options{SecondTrunk: second.Addr(), Callee: sip.Script{Play: calleeTone()}}, billing.Offering{Routing: billing.ByLeastCost})
	ctx := t.Context()
	must(t, s.ImportDeck(ctx, "carrier-buy", carrierBuy))
	must(t, s.ImportDeck(ctx, "second-buy", secondBuy))
	s.change(t, "trunks/"+house.Trunk, map[string]any{"deck": "carrier-buy", "currency": "USD", "carrier_digits": "288"})
	must(t, s.Post(ctx, "trunks", routing.Trunk{Name: "second", Endpoint: "PJSIP/{number}@second", Priority: 2, Deck: "second-buy", Currency: "USD"}))
	s.tenant(t, billing.Provider{Name: "picky", Currency: "USD"}, billing.Offering{
		Routing: billing.ByLeastCost, Carrier: billing.Carrier{CarrierSelection: billing.RequiredCarrier, CarrierDigits: "288"},
	}, billing.AccessNumber{Number: "15141117701"})
	second.Set("15149077702", sip.Script{NoRing: true, Reject: 503})

	for i, c := range []struct {
		name, offering, access, number string
		first, then                    *sip.Callee // where the call arrives, and where it does then
		trunk                          string
		cost                           billing.Money // of one block
	}{
		{"least cost", "standard", house.AccessNumber, "5149077701", second, nil, "second", 2_000},
		{"the next where it fails", "standard", house.AccessNumber, "5149077702", second, s.Callee, house.Trunk, 5_000},
		{"not below the price", "standard", house.AccessNumber, "5149077703", s.Callee, nil, house.Trunk, 8_000},
		{"required carrier", "picky", "15141117701", "5149077705", s.Callee, nil, house.Trunk, 5_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from := number("15149070", 700+i)
			k := s.sellAt(t, c.offering, house.Card{Account: number("route-", i), Balance: 1_000_000, ANI: phone.Number(from)})
			k.getsIn(c.access, from)
			k.presses(c.number + "#")
			calls, err := c.first.WaitCalls(k.ctx, "1"+c.number, 1)
			must(t, err)
			attempts := 1
			if c.then != nil {
				attempts = 2
				calls, err = c.then.WaitCalls(k.ctx, "1"+c.number, 1)
				must(t, err)
			}
			k.talksTo(calls[0], 2*time.Second)
			k.hangsUp()
			k.ends(calls[0])
			records := k.settled()
			if r := records[0]; r.Trunk != c.trunk || r.Attempts != attempts || r.Cost != c.cost {
				t.Errorf("by %s after %d attempts, at a cost of %s; want %s, %d and %s", r.Trunk, r.Attempts, r.Cost, c.trunk, attempts, c.cost)
			}
			k.owes(records, 10_000)
			total := len(s.Callee.Calls("1"+c.number)) + len(second.Calls("1"+c.number))
			if total != attempts {
				t.Errorf("%d calls left the house, want %d", total, attempts)
			}
		})
	}
	t.Run("no trunk at a profit", func(t *testing.T) {
		t.Parallel()
		k := s.sell(t, house.Card{Account: "route-none", Balance: 1_000_000, ANI: "15149070710"})
		k.arrives()
		k.presses("5149077704#")
		k.starts()
		k.listens()
		k.hangsUp()
		k.ends(nil)
		k.heardAtLast(prompts.LinesCongested, prompts.EnterDestination)
		records := k.settled()
		outcome(t, records[0], billing.Rejected, billing.NoProfitableTrunk)
		k.owes(records, 0)
		if n := len(s.Callee.Calls("15149077704")) + len(second.Calls("15149077704")); n > 0 {
			t.Errorf("%d calls were sold below cost", n)
		}
		var routes []routing.Route
		must(t, s.Admin.Do(k.ctx, http.MethodGet, "/v1/routes?offering=standard&to=5149077704", nil, &routes))
		if len(routes) != 2 || routes[0].PassedWhy != routing.BelowCost || routes[1].PassedWhy != routing.BelowCost {
			t.Errorf("explained as %+v", routes)
		}
	})
}

// TestFraud has an account that calls too fast refused and told so, and one that calls a
// denied number blocked; both are in the alerts.
func TestFraud(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	ctx := t.Context()
	s.tenant(t, billing.Provider{Name: "paced", Currency: "USD"}, billing.Offering{}, billing.AccessNumber{Number: "15141117801"})
	must(t, s.Post(ctx, "fraud-rules", routing.FraudRule{Name: "pace", Offering: "paced", WarnCallsPerMinute: 2, MaxCallsPerMinute: 2}))
	must(t, s.Post(ctx, "fraud-rules", routing.FraudRule{Name: "premium", Prefixes: []string{"15149078"}, Deny: true, BlockAccount: true}))

	t.Run("too many calls", func(t *testing.T) {
		k := s.sellAt(t, "paced", house.Card{Account: "fast", Balance: 1_000_000, ANI: "15149070801"})
		for _, called := range []string{"15149077801", "15149077802"} {
			k.getsIn("15141117801", "15149070801")
			k.presses(called + "#")
			callee := k.reaches(called, 1)
			k.talksTo(callee, time.Second)
			k.hangsUp()
			k.ends(callee)
			outcome(t, k.settled()[0], billing.Answered, billing.CallerHungUp)
		}
		k.getsIn("15141117801", "15149070801")
		k.presses("15149077803#")
		k.ends(nil)
		k.heardAtLast(prompts.TooManyCalls)
		outcome(t, k.settled()[0], billing.Rejected, billing.VelocityExceeded)
		if calls := s.Callee.Calls("15149077803"); len(calls) > 0 {
			t.Error("the third call was made")
		}
	})
	t.Run("denied number", func(t *testing.T) {
		k := s.sell(t, house.Card{Account: "denied", Balance: 1_000_000, ANI: "15149070802"})
		k.arrives()
		k.presses("15149078801#")
		k.starts()
		k.listens()
		k.hangsUp()
		k.ends(nil)
		k.heardAtLast(prompts.CalleeBlocked, prompts.EnterDestination)
		records := k.settled()
		outcome(t, records[0], billing.Rejected, billing.HighRiskDestination)
		k.owes(records, 0)
		k.getsIn(house.AccessNumber, "15149070802")
		k.ends(nil)
		k.heardAtLast(prompts.AccountBlocked)
		if calls := s.Callee.Calls("15149078801"); len(calls) > 0 {
			t.Error("the denied number was called")
		}
	})
	var alerts []routing.Alert
	must(t, s.Admin.Do(ctx, http.MethodGet, "/v1/alerts", nil, &alerts))
	want := []routing.Alert{
		{Level: routing.Warning, Rule: "pace", Measure: routing.CallsPerMinute, Value: 2, Limit: 2, Account: "fast", To: "15149077802", Action: routing.Noted},
		{Level: routing.Critical, Rule: "pace", Measure: routing.CallsPerMinute, Value: 3, Limit: 2, Account: "fast", To: "15149077803", Action: routing.Refused},
		{Level: routing.Critical, Rule: "premium", Measure: routing.Destination, Account: "denied", To: "15149078801", Action: routing.Barred},
	}
	for i := range alerts {
		alerts[i].Seq, alerts[i].At, alerts[i].Leg = 0, time.Time{}, ""
	}
	if len(alerts) != len(want) || alerts[0] != want[0] || alerts[1] != want[1] || alerts[2] != want[2] {
		t.Errorf("alerts %+v, want %+v", alerts, want)
	}
}
