package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cccp/billing"
)

// perMinute is a tariff charged by the minute, in hundredths a minute.
func perMinute(cents int64) billing.Tariff {
	return billing.Tariff{Tiers: []billing.Tier{{RatePerMinute: billing.Decimal(cents * 10_000_000_000), FirstIncrementS: 60, IncrementS: 60}}}
}

// quotes are buy prices in hundredths a minute, by deck.
type quotes map[string]int64

func (q quotes) buying(t Trunk) (billing.Tariff, bool) {
	cents, ok := q[t.Deck]
	return perMinute(cents), ok
}

// told is a selection in words: trunks in order, and those passed over with the reason.
func told(s Selection) string {
	var words []string
	for _, c := range s.Candidates {
		words = append(words, c.Name)
	}
	for _, p := range s.Passed {
		words = append(words, fmt.Sprintf("-%s:%s", p.Name, p.Why))
	}
	return strings.Join(words, " ")
}

func TestSelect(t *testing.T) {
	att, mci := billing.Carrier{NatureOfCarrier: "national", CarrierDigits: "288"}, billing.Carrier{NatureOfCarrier: "national", CarrierDigits: "222"}
	abroad := billing.Carrier{NatureOfCarrier: "international", CarrierDigits: "288"}
	selects := func(how billing.CarrierSelection, c billing.Carrier) billing.Carrier {
		c.CarrierSelection = how
		return c
	}
	trunks := []Trunk{
		{Name: "a", Priority: 3, Carrier: att, Deck: "cheap", Currency: "USD"},
		{Name: "b", Priority: 2, Carrier: mci, Deck: "dear", Currency: "USD"},
		{Name: "c", Priority: 1, Carrier: abroad},
		{Name: "d", Priority: 2, Inactive: true},
		{Name: "e", Priority: 1, Deck: "cheap", Currency: "EUR"},
		{Name: "f", Priority: 1, Deck: "elsewhere", Currency: "USD"},
	}
	decks := quotes{"cheap": 5, "dear": 9}
	const never = " -d:inactive -e:other_currency -f:no_buy_rate"
	for _, c := range []struct {
		name     string
		offering billing.Offering
		sell     int64
		want     string
	}{
		{"by priority", billing.Offering{}, 10, "c b a" + never},
		{"by priority, said", billing.Offering{Routing: billing.ByPriority}, 10, "c b a" + never},
		{"least cost, without a deck last", billing.Offering{Routing: billing.ByLeastCost}, 10, "a b c" + never},
		{"at cost", billing.Offering{}, 9, "c b a" + never},
		{"below the cost of one", billing.Offering{}, 8, "c a -b:below_cost" + never},
		{"below the cost of all", billing.Offering{}, 4, "c -a:below_cost -b:below_cost" + never},
		{"sold below cost, another currency last", billing.Offering{SellBelowCost: true}, 4, "c b a e -d:inactive -f:no_buy_rate"},
		{"sold below cost, least first", billing.Offering{SellBelowCost: true, Routing: billing.ByLeastCost}, 4, "a b c e -d:inactive -f:no_buy_rate"},
		{"carrier named, not selected", billing.Offering{Carrier: selects(billing.AnyCarrier, att)}, 10, "c b a" + never},
		{"carrier preferred", billing.Offering{Carrier: selects(billing.PreferredCarrier, att)}, 10, "a c b" + never},
		{"carrier preferred before least cost", billing.Offering{Carrier: selects(billing.PreferredCarrier, mci), Routing: billing.ByLeastCost}, 10, "b a c" + never},
		{"preferred, but below cost", billing.Offering{Carrier: selects(billing.PreferredCarrier, mci)}, 8, "c a -b:below_cost" + never},
		{
			"carrier required", billing.Offering{Carrier: selects(billing.RequiredCarrier, att)}, 10,
			"a -b:not_the_carrier -c:not_the_carrier -d:inactive -e:not_the_carrier -f:not_the_carrier",
		},
		{
			"carrier of any nature", billing.Offering{Carrier: selects(billing.RequiredCarrier, billing.Carrier{CarrierDigits: "288"})}, 10,
			"c a -b:not_the_carrier -d:inactive -e:not_the_carrier -f:not_the_carrier",
		},
		{
			"carrier nobody has", billing.Offering{Carrier: selects(billing.RequiredCarrier, billing.Carrier{CarrierDigits: "999"})}, 10,
			"-a:not_the_carrier -b:not_the_carrier -c:not_the_carrier -d:inactive -e:not_the_carrier -f:not_the_carrier",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Request{Offering: c.offering, Sell: perMinute(c.sell), Currency: "USD", To: "15145550123", At: time.Unix(0, 0)}
			got := Select(trunks, r, decks.buying)
			if text := strings.TrimSpace(told(got)); text != strings.TrimSpace(c.want) {
				t.Errorf("selected\n %s, want\n %s", text, c.want)
			}
			for i, route := range got.Explain(r) {
				if place := i + 1; i < len(got.Candidates) && (route.Place != place || route.PassedWhy != "") || i >= len(got.Candidates) && (route.Place != 0 || route.PassedWhy == "") {
					t.Errorf("explained as %+v", route)
				}
			}
		})
	}
}

// A fee counts: what is compared is a whole call of the reference duration.
func TestSelectComparesWholeCalls(t *testing.T) {
	fee := perMinute(5)
	fee.ConnectFee = 60_000_000_000
	buying := func(Trunk) (billing.Tariff, bool) { return fee, true }
	trunks := []Trunk{{Name: "a", Priority: 1, Deck: "buy", Currency: "USD"}}
	for cents, want := range map[int64]string{10: "-a:below_cost", 11: "a"} {
		if got := told(Select(trunks, Request{Sell: perMinute(cents), Currency: "USD"}, buying)); got != want {
			t.Errorf("sold at %d: %s, want %s", cents, got, want)
		}
	}
}

func TestSelectionRefusal(t *testing.T) {
	passed := func(why ...Obstacle) (s Selection) {
		for _, w := range why {
			s.Passed = append(s.Passed, PassedOver{Why: w})
		}
		return s
	}
	for _, c := range []struct {
		name string
		s    Selection
		want billing.Reason
	}{
		{"no trunk at all", Selection{}, billing.NoTrunk},
		{"none active", passed(NotActive), billing.NoTrunk},
		{"none of the carrier's", passed(NotTheCarrier, NoBuyRate), billing.NoTrunk},
		{"too dear", passed(BelowCost), billing.NoProfitableTrunk},
		{"in another currency", passed(OtherCurrency, NoBuyRate), billing.NoProfitableTrunk},
		{"one is left", Selection{Candidates: []Candidate{{}}, Passed: passed(BelowCost).Passed}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var refusal billing.Refusal
			if errors.As(c.s.Refusal(), &refusal); refusal.Reason != c.want {
				t.Errorf("refused by %q, want %q", refusal.Reason, c.want)
			}
		})
	}
}

// Whatever the trunks: none is used below cost or against the carrier, each is either used
// or passed over, and the order keeps to what the offering asks for.
func TestSelectProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]string{"", "222", "288"})
		nature := rapid.SampledFrom([]string{"", "national", "international"})
		var trunks []Trunk
		for i := range rapid.IntRange(0, 8).Draw(t, "trunks") {
			trunks = append(trunks, Trunk{
				Name: fmt.Sprint("t", i), Priority: rapid.IntRange(1, 3).Draw(t, "priority"), Inactive: rapid.IntRange(0, 5).Draw(t, "inactive") == 0,
				Carrier:  billing.Carrier{NatureOfCarrier: nature.Draw(t, "nature"), CarrierDigits: digits.Draw(t, "digits")},
				Deck:     rapid.SampledFrom([]string{"", "1", "5", "9", "unpriced"}).Draw(t, "deck"),
				Currency: rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency"),
			})
		}
		o := billing.Offering{
			Carrier: billing.Carrier{
				CarrierSelection: rapid.SampledFrom([]billing.CarrierSelection{"", billing.AnyCarrier, billing.PreferredCarrier, billing.RequiredCarrier}).Draw(t, "selection"),
				NatureOfCarrier:  nature.Draw(t, "wanted nature"), CarrierDigits: "288",
			},
			Routing:       rapid.SampledFrom([]billing.RoutingOrder{"", billing.ByPriority, billing.ByLeastCost}).Draw(t, "order"),
			SellBelowCost: rapid.Bool().Draw(t, "below cost"),
		}
		sell := rapid.Int64Range(0, 10).Draw(t, "sell")
		decks := quotes{"1": 1, "5": 5, "9": 9}
		r := Request{Offering: o, Sell: perMinute(sell), Currency: "USD"}
		s := Select(trunks, r, decks.buying)
		if len(s.Candidates)+len(s.Passed) != len(trunks) {
			t.Fatalf("%d trunks became %s", len(trunks), told(s))
		}
		for i, c := range s.Candidates {
			cost, priced := decks[c.Deck]
			is := c.CarrierDigits == "288" && (o.NatureOfCarrier == "" || o.NatureOfCarrier == c.NatureOfCarrier)
			switch {
			case c.Inactive, c.Deck != "" && !priced:
				t.Fatalf("%s is used: %+v", c.Name, c.Trunk)
			case c.Deck != "" && !o.SellBelowCost && (cost > sell || c.Currency != "USD"):
				t.Fatalf("%s is used below cost: %d %s for %d", c.Name, cost, c.Currency, sell)
			case o.CarrierSelection == billing.RequiredCarrier && !is:
				t.Fatalf("%s is of another carrier", c.Name)
			case i > 0 && r.compare(s.Candidates[i-1], c) >= 0:
				t.Fatalf("%s stands before %s", s.Candidates[i-1].Name, c.Name)
			case i > 0 && o.Routing == billing.ByLeastCost && c.Buy != nil && s.Candidates[i-1].preferred == c.preferred &&
				(s.Candidates[i-1].Buy == nil || s.Candidates[i-1].Cost > c.Cost):
				t.Fatalf("%s costs less than %s before it", c.Name, s.Candidates[i-1].Name)
			case c.Buy != nil && c.Cost != c.Buy.Cost(ReferenceS):
				t.Fatalf("%s costs %s", c.Name, c.Cost)
			}
		}
		slices.Reverse(trunks)
		if again := told(Select(trunks, r, decks.buying)); again != told(s) {
			t.Fatalf("%s, and in another order %s", told(s), again)
		}
	})
}

func TestLimits(t *testing.T) {
	buy := perMinute(5)
	got := Limits([]Candidate{{Trunk: Trunk{Name: "a", MaxConcurrentCalls: 3, CallsPerSecond: 2}, Buy: &buy}, {Trunk: Trunk{Name: "b"}}})
	if len(got) != 2 || got[0].Name != "a" || got[0].MaxConcurrentCalls != 3 || got[0].CallsPerSecond != 2 || got[0].Buy != &buy || got[1].Buy != nil {
		t.Errorf("%+v", got)
	}
}
