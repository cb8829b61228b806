package billing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cccp/internal/phone"
)

// book answers rates by name.
func book(rates ...NamedRate) func(string) ([]NamedRate, error) {
	return func(name string) (list []NamedRate, err error) {
		for _, r := range rates {
			if r.Name == name {
				list = append(list, r)
			}
		}
		return list, nil
	}
}

// rateOf is a rate whose price tells it from others.
func rateOf(name string, amount Decimal, children ...string) NamedRate {
	return NamedRate{Provider: "fox", Name: name, Amount: amount, Children: children}
}

func denying(r NamedRate) NamedRate {
	r.NoSubRate = Deny
	return r
}

func pricingAll(r NamedRate) NamedRate {
	r.NoSubRate = UseParent
	return r
}

func dated(r NamedRate, from, to time.Time) NamedRate {
	r.Effective, r.End = from, to
	return r
}

func TestCompileRates(t *testing.T) {
	d, err := CompileRates("retail", 7, []string{"world", "44"}, book(
		pricingAll(rateOf("world", 90, "1", "europe", "44")),
		rateOf("europe", 0, "33", "49"), // a group that says nothing prices nothing itself
		rateOf("1", 10, "1514", "1900"), rateOf("1514", 5), denying(rateOf("1900", 99, "1900555")), rateOf("1900555", 8),
		rateOf("33", 30), denying(rateOf("49", 40)), rateOf("44", 44),
		dated(rateOf("1416", 1), time.Time{}, someDay), rateOf("unused", 3, "7"),
	))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, number string
		amount       Decimal // 0 is no price
	}{
		{"prefix", "16135550123", 10}, {"child rate", "15145550123", 5},
		{"denied, though a shorter prefix has a price", "19005550123", 8},
		{"denied", "19001234567", 0}, {"denied, and no child rates at all", "49301234567", 0},
		{"of a group below a group", "33123456789", 30}, {"named twice", "442079460000", 44},
		{"every other number", "79990000000", 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := d.Match(c.number, someDay)
			if ok != (c.amount > 0) || ok && got.Tiers[0].RatePerMinute != c.amount {
				t.Errorf("%v, %v; want %v", got.Tiers, ok, c.amount)
			}
		})
	}
	if d.Name != "retail" || d.Version != 7 {
		t.Errorf("%s, version %d", d.Name, d.Version)
	}
}

func TestRowsOfRates(t *testing.T) {
	flatRate := rateOf("33", 30)
	flatRate.ChargeMethod, flatRate.Surcharge, flatRate.DisplayName = Flat, 5, "France"
	before, after := dated(rateOf("1", 1), time.Time{}, someDay), dated(rateOf("1", 2), someDay, time.Time{})
	d, err := CompileRates("p", 1, []string{"33", "1"}, book(flatRate, after, before))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := d.Match("33123456789", someDay); got.Flat != 30 || got.ConnectFee != 5 || got.Tiers[0].RatePerMinute != 0 || got.Name != "France" {
		t.Errorf("flat: %+v", got)
	}
	for at, want := range map[time.Time]Decimal{someDay.Add(-time.Microsecond): 1, someDay: 2} {
		if got, _ := d.Match("15145550123", at); got.Tiers[0].RatePerMinute != want {
			t.Errorf("at %s: %v, want %v", at, got.Tiers, want)
		}
	}
}

func TestCompileRatesRefuses(t *testing.T) {
	var deep []NamedRate
	for i := range MaxRateDepth + 2 {
		deep = append(deep, rateOf(fmt.Sprint("g", i), 0, fmt.Sprint("g", i+1)))
	}
	unreadable := errors.New("unreadable")
	for _, c := range []struct {
		name  string
		says  string
		rates []NamedRate
	}{
		{"missing", "rate top: there is no rate of that name", nil},
		{"missing child", "rate 33, a child rate of top: there is no rate", []NamedRate{rateOf("top", 0, "33")}},
		{"itself", "rates top > top: a rate cannot stand below itself", []NamedRate{rateOf("top", 0, "top")}},
		{"a ring", "rates top > a > b > top", []NamedRate{rateOf("top", 0, "a"), rateOf("a", 0, "b"), rateOf("b", 0, "top")}},
		{"another prefix", "rate 33, a child rate of 1: a rate below 1 must be a prefix that begins with it", []NamedRate{rateOf("top", 0, "1"), rateOf("1", 0, "33"), rateOf("33", 0)}},
		{"a group below a prefix", "rate europe, a child rate of 1: a rate below 1", []NamedRate{rateOf("top", 0, "1"), rateOf("1", 0, "europe"), rateOf("europe", 0)}},
		{"two for everything", "groups top and a both price every number", []NamedRate{pricingAll(rateOf("top", 1, "a")), pricingAll(rateOf("a", 2))}},
		{"dates", "prefix 33 stands twice, with dates that overlap", []NamedRate{rateOf("top", 0, "33"), rateOf("33", 1), dated(rateOf("33", 1), someDay, time.Time{})}},
		{"depth", "more than 20 stand below each other", append(deep, rateOf("top", 0, "g0"))},
		{"a price too high", "rate", []NamedRate{rateOf("top", 0, "33"), rateOf("33", MaxDecimal+1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := CompileRates("p", 1, []string{"top"}, book(c.rates...)); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	if _, err := CompileRates("p", 1, []string{"top"}, func(string) ([]NamedRate, error) { return nil, unreadable }); !errors.Is(err, unreadable) {
		t.Error(err)
	}
}

// A deck that denies is what a scan over its rows says.
func TestDenyAgainstAScan(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rates, _ := anyRates(r)
		for i := range rates {
			rates[i].Deny = rapid.IntRange(0, 3).Draw(r, "denies") == 0
		}
		if rapid.Bool().Draw(r, "every number") {
			rates = append(rates, Rate{Tariff: priced("", "everything").Tariff})
		}
		d, err := compileDeck("world", 1, rates)
		if err != nil {
			r.Fatal(err)
		}
		for range 30 {
			number, at := anyPrefix().Draw(r, "number"), someDay.AddDate(0, 0, rapid.IntRange(-1, 10).Draw(r, "day"))
			best := Rate{Deny: true, Prefix: "none"}
			for _, rate := range rates {
				holds := !at.Before(rate.Effective) && (rate.End.IsZero() || at.Before(rate.End))
				if holds && strings.HasPrefix(number, rate.Prefix) && (best.Prefix == "none" || len(rate.Prefix) > len(best.Prefix)) {
					best = rate
				}
			}
			if got, ok := d.Match(number, at); ok == best.Deny || ok && (got.Name != best.Tariff.Name || got.Prefix != best.Prefix) {
				r.Fatalf("Match(%q) = %+v, %v; want %+v", number, got, ok, best)
			}
		}
	})
}

func planOf(t *testing.T, name string, schedule Schedule, rates ...NamedRate) Plan {
	t.Helper()
	var names []string
	for _, r := range rates {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	d, err := CompileRates(name, 3, names, book(rates...))
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Name: name, Rates: d, Week: week(t, schedule, "America/Toronto")}
}

func TestPriceBy(t *testing.T) {
	home, world := planOf(t, "home", "", rateOf("1", 10), rateOf("1514", 5)), planOf(t, "world", "", rateOf("1", 20), rateOf("1416", 20), denying(rateOf("1900", 1)))
	wholesale := Plan{Name: "wholesale", OwnBlocks: true, Rates: compile(t, priced("7", "Russia"))}
	wholesale.Rates.Name, wholesale.Rates.Version = "deck", 9
	first := Sold{CallingService{Name: "first", ThresholdS: 5, MinimumS: 30, Markup: 50, RoundingS: 6}, []Plan{home, wholesale}}
	second := Sold{CallingService{Name: "second"}, []Plan{world, home}}
	for _, c := range []struct {
		name, number           string
		services               []Sold
		service, plan, deck    string
		version                uint64
		block, threshold, most int64
	}{
		{"the longest prefix of the first", "15145550123", []Sold{first, second}, "first", "home", "home", 3, 6, 5, 30},
		{"the longest prefix, of another service", "14165550123", []Sold{first, second}, "second", "world", "world", 3, 60, 0, 0},
		{"equal ones: the service that comes first", "16135550123", []Sold{first, second}, "first", "home", "home", 3, 6, 5, 30},
		{"equal ones: the plan that comes first", "16135550123", []Sold{second}, "second", "world", "world", 3, 60, 0, 0},
		{"denied by a plan, sold by the next", "19005550123", []Sold{second}, "", "", "", 0, 0, 0, 0},
		{"denied by a service, sold by the next", "19005550123", []Sold{second, first}, "", "", "", 0, 0, 0, 0},
		{"sold by a service, denied by the next", "19005550123", []Sold{first, second}, "first", "home", "home", 3, 6, 5, 30},
		{"a deck has blocks of its own", "79990000000", []Sold{first}, "first", "wholesale", "deck", 9, 1, 0, 30},
		{"no price", "33123456789", []Sold{first, second}, "", "", "", 0, 0, 0, 0},
		{"nothing is sold", "15145550123", nil, "", "", "", 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, ok := PriceBy(c.services, Inquiry{To: "", At: someDay}); ok {
				t.Error("no number has a price")
			}
			got, ok := PriceBy(c.services, Inquiry{To: phone.Number(c.number), At: someDay, LongestS: 3600})
			if ok != (c.service != "") {
				t.Fatalf("%+v, %v", got, ok)
			}
			if !ok {
				return
			}
			terms, tier := got.Tariff.Terms, got.Tariff.Tiers[0]
			if terms.Service != c.service || terms.Plan != c.plan || got.Deck != c.deck || got.Version != c.version ||
				tier.FirstIncrementS != c.block || tier.IncrementS != c.block || terms.ThresholdS != c.threshold || terms.MinimumS != c.most {
				t.Errorf("%+v by %+v of %s %d", tier, terms, got.Deck, got.Version)
			}
			if err := got.Tariff.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
	if d, _ := home.Rates.Match("15145550123", someDay); d.Tiers[0].IncrementS != DefaultRoundingS {
		t.Error("a service changed the plan's rates")
	}
}

func TestModifiersOfAPrice(t *testing.T) {
	plan := planOf(t, "p", "Mon-Fri 08:00-18:00 120%", rateOf("1", 600_000_000_000))
	sold := []Sold{{CallingService{Name: "s"}, []Plan{plan}}}
	at := time.Date(2026, 3, 2, 22, 59, 0, 0, time.UTC) // Monday 17:59 in Toronto
	got, _ := PriceBy(sold, Inquiry{To: "15145550123", At: at, LongestS: 3600})
	// A minute at 120 %, one as it is; answered two minutes later, both are.
	if cost := got.Tariff.Cost(120); cost != 1_320_000 {
		t.Errorf("%s", cost)
	}
	held := got.Tariff.Unanswered(at, 180)
	if err := held.Validate(); err != nil || held.Cost(120) != 1_320_000 || held.Answered(at.Add(2*time.Minute)).Cost(120) != 1_200_000 || held.Answered(at.Add(-time.Hour)).Cost(120) != 1_320_000 {
		t.Errorf("held %s, %v", held.Cost(120), err)
	}
	if terms := got.Tariff.Terms; len(terms.Modifiers) < 2 || len(terms.Modifiers) > 4 {
		t.Errorf("modifiers of an hour and a day: %v", terms.Modifiers)
	}
	never, _ := PriceBy(sold, Inquiry{To: "15145550123", At: at.AddDate(0, 0, 4).Add(2 * time.Hour), LongestS: 3600}) // Friday night
	if never.Tariff.Terms.Modifiers != nil || !never.Tariff.Terms.Begins.IsZero() {
		t.Errorf("modifiers of a night: %+v", never.Tariff.Terms)
	}
}

func TestPromotion(t *testing.T) {
	const off = Whole / 10
	start, end, day := someDay, someDay.AddDate(0, 1, 0), 24*time.Hour
	for _, c := range []struct {
		name    string
		p       Promotion
		account Account
		by      FirstUse // of the offering
		at      time.Time
		want    Percent
	}{
		{"not active", Promotion{PromotionDiscount: off}, Account{}, "", start, 0},
		{"for ever", Promotion{PromotionActive: true, PromotionDiscount: off}, Account{}, "", start, off},
		{"before it begins", Promotion{PromotionActive: true, PromotionStart: start, PromotionDiscount: off}, Account{}, "", start.Add(-1), 0},
		{"its first moment", Promotion{PromotionActive: true, PromotionStart: start, PromotionEnd: end, PromotionDiscount: off}, Account{}, "", start, off},
		{"its last", Promotion{PromotionActive: true, PromotionStart: start, PromotionEnd: end, PromotionDiscount: off}, Account{}, "", end.Add(-1), off},
		{"its end", Promotion{PromotionActive: true, PromotionStart: start, PromotionEnd: end, PromotionDiscount: off}, Account{}, "", end, 0},
		{"the last of its days", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{FirstAuthenticated: start}, "", start.Add(2*day - 1), off},
		{"after its days", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{FirstAuthenticated: start}, "", start.Add(2 * day), 0},
		{"never used", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{}, "", start, off},
		{"used by a charge, as the offering says", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{FirstAuthenticated: start}, FirstCharge, start.Add(2 * day), off},
		{"as the account says", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{FirstAuthenticated: start, Expiry: Expiry{FirstUseBy: FirstAuthentication}}, FirstCharge, start.Add(2 * day), 0},
		{"charged long ago", Promotion{PromotionActive: true, PromotionDays: 2, PromotionDiscount: off}, Account{FirstAuthenticated: start, FirstCharged: start}, FirstCharge, start.Add(2 * day), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := Inquiry{Account: c.account, Offering: Offering{Expiry: Expiry{FirstUseBy: c.by}}, At: c.at}
			if got := c.p.discount(q); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
