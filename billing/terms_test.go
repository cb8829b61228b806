package billing

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// answer is when the calls of these tests are answered.
var answer = time.Date(2026, 3, 2, 17, 59, 0, 0, time.UTC) // a Monday

// under puts a tariff under terms.
func under(t Tariff, terms Terms) Tariff {
	t.Terms = &terms
	return t
}

// from are modifiers so many seconds after the answer.
func from(percents map[time.Duration]Percent) (list []Modifier) {
	for _, after := range []time.Duration{0, time.Minute, 90 * time.Second, time.Hour} {
		if p, ok := percents[after]; ok {
			list = append(list, Modifier{answer.Add(after), p})
		}
	}
	return list
}

// The order of what is applied to an amount, reckoned by hand.
func TestCostByTerms(t *testing.T) {
	const percent = Whole / 100
	sixSix, minute := flat(t, "0.05", "0.06", 6, 6), flat(t, "0.05", "0.60", 60, 60)
	peak := from(map[time.Duration]Percent{0: 120 * percent, time.Minute: 80 * percent})
	perCall := flat(t, "0.05", "0", 1, 1)
	perCall.Flat = decimal(t, "0.40")
	tiers := Tariff{Tiers: []Tier{
		{RatePerMinute: decimal(t, "0.60"), FirstIncrementS: 60, IncrementS: 60},
		{FromS: 60, RatePerMinute: decimal(t, "0.06"), FirstIncrementS: 6, IncrementS: 6},
	}}
	for _, c := range []struct {
		name    string
		tariff  Tariff
		seconds int64
		billed  int64
		cost    string
	}{
		{"no terms but names", under(sixSix, Terms{Service: "s"}), 9, 12, "0.062"},
		{"nothing for no duration", under(sixSix, Terms{MinimumS: 60}), 0, 0, "0"},
		// 0.60 × 1.25 = 0.75, × 0.9 = 0.675, + 0.05
		{"markup, then discount, then surcharge", under(minute, Terms{Markup: 25 * percent, Discount: 10 * percent}), 60, 60, "0.725"},
		{"a discount of the whole leaves the surcharge", under(minute, Terms{Discount: Whole}), 60, 60, "0.05"},
		// 60 s at 0.01 × 1.2 and 60 s at 0.01 × 0.8, and 0.05
		{"modified by the share of seconds", under(minute, Terms{Modifiers: peak, Begins: answer}), 61, 120, "1.25"},
		{"billed seconds, not talked ones, are modified", under(minute, Terms{Modifiers: from(map[time.Duration]Percent{0: Whole, 90 * time.Second: 200 * percent}), Begins: answer}), 61, 120, "1.55"},
		// 60 s at 0.01 × 1.2 and 30 s at 0.001 × 0.8
		{"tier by tier", under(tiers, Terms{Modifiers: peak, Begins: answer}), 90, 90, "0.744"},
		// (0.72 + 0.48) × 1.1 × 0.5 + 0.05
		{"all together", under(minute, Terms{Modifiers: peak, Begins: answer, Markup: 10 * percent, Discount: 50 * percent}), 120, 120, "0.71"},
		// 0.40 × 1.2 × 1.5 + 0.05
		{"flat, by the moment of answer", under(perCall, Terms{Modifiers: peak, Begins: answer, Markup: 50 * percent}), 3600, 3600, "0.77"},
		{"a minimum is charged for", under(sixSix, Terms{MinimumS: 30}), 1, 30, "0.08"},
		{"a minimum is of whole blocks", under(sixSix, Terms{MinimumS: 31}), 1, 36, "0.086"},
		{"beyond the minimum", under(sixSix, Terms{MinimumS: 30}), 31, 36, "0.086"},
		{"at the threshold", under(minute, Terms{ThresholdS: 5}), 65, 60, "0.65"},
		{"past the threshold", under(minute, Terms{ThresholdS: 5}), 66, 120, "1.25"},
		{"the threshold in the first block, with surcharge", under(minute, Terms{ThresholdS: 5}), 5, 0, "0.05"},
		{"a whole block is no remainder", under(flat(t, "0", "0.06", 1, 1), Terms{ThresholdS: 5}), 3, 3, "0.003"},
		{"the minimum beyond the threshold", under(minute, Terms{ThresholdS: 5, MinimumS: 1}), 5, 60, "0.65"},
		{"free seconds cost nothing, not even the surcharge", under(minute, Terms{FreeS: 60}), 60, 0, "0"},
		{"after the free ones a call begins", under(minute, Terms{FreeS: 60}), 61, 60, "0.65"},
		{"free seconds pass on the clock", under(minute, Terms{FreeS: 60, Modifiers: peak, Begins: answer}), 61, 60, "0.53"},
		{"rounded once", under(flat(t, "0.0000004", "0.000006", 1, 1), Terms{Markup: 1}), 1, 1, "0.000001"},
		{"half up, to the last place", under(flat(t, "0", "0.000015", 1, 1), Terms{Markup: Whole}), 1, 1, "0.000001"},
		{"just below half", under(flat(t, "0", "0.000015", 1, 1), Terms{Markup: Whole - 1}), 1, 1, "0"},
		{"capped", under(upTo(t, minute, "0.70", TalkOn), Terms{Markup: 50 * percent}), 60, 60, "0.70"},
		{"by the clock before the answer, at the most it can", under(minute, Terms{Modifiers: from(map[time.Duration]Percent{0: 50 * percent, time.Minute: Whole}), Begins: answer, SlackS: 30}), 60, 60, "0.50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.tariff.Validate(); err != nil {
				t.Fatal(err)
			}
			if got := c.tariff.Cost(c.seconds); got != money(t, c.cost) {
				t.Errorf("Cost(%d) = %s, want %s", c.seconds, got, c.cost)
			}
			if got := c.tariff.BilledSeconds(c.seconds); got != c.billed {
				t.Errorf("BilledSeconds(%d) = %d, want %d", c.seconds, got, c.billed)
			}
		})
	}
}

func TestLeast(t *testing.T) {
	minute := flat(t, "0.05", "0.60", 60, 60)
	for _, c := range []struct {
		name   string
		tariff Tariff
		want   string
	}{
		{"no terms", minute, "0.65"},
		{"a threshold is no free call", under(minute, Terms{ThresholdS: 5}), "0.65"},
		{"a minimum", under(minute, Terms{ThresholdS: 5, MinimumS: 61}), "1.25"},
		{"a bundle pays", under(minute, Terms{FreeS: 1}), "0"},
	} {
		if got := c.tariff.Least(); got != money(t, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTermsAreChecked(t *testing.T) {
	late := Modifier{answer.Add(time.Hour), Whole}
	for _, terms := range []Terms{
		{Markup: -1}, {Markup: MaxPercent + 1}, {Discount: Whole + 1}, {Discount: -1}, {MinimumS: -1}, {MinimumS: MaxIncrementSeconds + 1},
		{ThresholdS: -1}, {SlackS: -1}, {SlackS: MaxSlackS + 1}, {FreeS: -1}, {Modifiers: []Modifier{late}},
		{Begins: answer, Modifiers: []Modifier{late, late}}, {Begins: answer, Modifiers: []Modifier{{answer, MaxPercent + 1}}},
	} {
		if err := under(flat(t, "0", "0.06", 6, 6), terms).Validate(); err == nil {
			t.Errorf("%+v was taken", terms)
		}
	}
}

// anyTerms are terms whose modifiers change near a call of some minutes.
func anyTerms() *rapid.Generator[Terms] {
	percent := rapid.OneOf(rapid.SampledFrom([]Percent{0, Whole, Whole / 2, 3 * Whole}), rapid.Custom(func(r *rapid.T) Percent {
		return Percent(rapid.Int64Range(0, int64(MaxPercent)).Draw(r, "percent"))
	}))
	return rapid.Custom(func(r *rapid.T) Terms {
		t := Terms{
			Markup: percent.Draw(r, "markup"), Discount: min(percent.Draw(r, "discount"), Whole),
			MinimumS: rapid.SampledFrom([]int64{0, 0, 1, 30, 61}).Draw(r, "minimum"), ThresholdS: rapid.SampledFrom([]int64{0, 0, 1, 5, 59}).Draw(r, "threshold"),
			FreeS: rapid.SampledFrom([]int64{0, 0, 0, 1, 100}).Draw(r, "free"),
		}
		at := answer.Add(-10 * time.Minute)
		for range rapid.IntRange(0, 6).Draw(r, "modifiers") {
			at = at.Add(time.Duration(rapid.Int64Range(1, int64(8*time.Minute)).Draw(r, "later")))
			t.Modifiers = append(t.Modifiers, Modifier{at, percent.Draw(r, "modifier")})
		}
		if len(t.Modifiers) > 0 {
			t.Begins, t.SlackS = answer, rapid.SampledFrom([]int64{0, 1, 30, 400}).Draw(r, "slack")
		}
		return t
	})
}

// termedBlocks is how many seconds are charged for, walking from block to block.
func termedBlocks(t Tariff, d int64) (billed int64) {
	for {
		tier := tierAt(t, billed)
		block := tier.IncrementS
		if billed == tier.FromS {
			block = tier.FirstIncrementS
		}
		used := d - billed
		if whole := used >= block; !whole && used <= t.Terms.ThresholdS && billed >= t.Terms.MinimumS || used <= 0 && billed >= t.Terms.MinimumS {
			return billed
		}
		billed += block
	}
}

// modifierAt is the greatest modifier from one moment to another, both included.
func modifierAt(list []Modifier, first, last time.Time) Percent {
	greatest := Percent(-1)
	if len(list) == 0 || first.Before(list[0].From) {
		greatest = Whole
	}
	for i, m := range list {
		over := i+1 < len(list) && !first.Before(list[i+1].From)
		if !m.From.After(last) && !over {
			greatest = max(greatest, m.Percent)
		}
	}
	return greatest
}

// walkSeconds is what a call costs by terms, second by second and in rationals.
func walkSeconds(t Tariff, d int64) ratCost {
	terms := *t.Terms
	paid := d - terms.FreeS
	if d <= 0 || paid <= 0 {
		return ratCost{cost: new(big.Rat)}
	}
	modifier := func(p int64) *big.Rat {
		first := terms.Begins.Add(time.Duration(terms.FreeS+p) * time.Second)
		return big.NewRat(int64(modifierAt(terms.Modifiers, first, first.Add(time.Duration(terms.SlackS)*time.Second))), int64(Whole))
	}
	c := ratCost{billedS: termedBlocks(t, paid), cost: new(big.Rat).Mul(ratDecimal(t.Flat), modifier(0))}
	for p := range c.billedS {
		second := price(tierAt(t, p), 1)
		c.cost.Add(c.cost, second.Mul(second, modifier(p)))
	}
	c.cost.Mul(c.cost, big.NewRat(int64(Whole+terms.Markup), int64(Whole)))
	c.cost.Mul(c.cost, big.NewRat(int64(Whole-terms.Discount), int64(Whole)))
	c.cost.Add(c.cost, ratDecimal(t.ConnectFee))
	c.cost = cappedRat(t, c.cost)
	return c
}

func anyTermedTariff() *rapid.Generator[Tariff] {
	return rapid.Custom(func(r *rapid.T) Tariff {
		t := under(anyTariff().Draw(r, "tariff"), anyTerms().Draw(r, "terms"))
		if rapid.Bool().Draw(r, "flat") {
			t.Flat = anyRate().Draw(r, "flat amount")
		}
		setAnyMaxCost(r, &t, 600)
		if err := t.Validate(); err != nil {
			r.Fatalf("the generator made a bad tariff: %v", err)
		}
		return t
	})
}

func TestCostByTermsAgainstRationals(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyTermedTariff().Draw(r, "tariff")
		for range 3 {
			d := rapid.Int64Range(-2, 900).Draw(r, "seconds")
			want := walkSeconds(tariff, d)
			if got := tariff.BilledSeconds(d); got != want.billedS {
				r.Errorf("BilledSeconds(%d) = %d, want %d", d, got, want.billedS)
			}
			if got := tariff.Cost(d); got != roundHalfUp(want.cost) {
				r.Errorf("Cost(%d) = %s, want %s", d, got, want.cost.FloatString(18))
			}
		}
	})
}

// Holds rest on it: money held for a grant covers every shorter call.
func TestCostByTermsNeverFalls(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyTermedTariff().Draw(r, "tariff")
		before := Money(0)
		for d := range int64(700) {
			if cost := tariff.Cost(d); cost < before {
				r.Fatalf("Cost(%d) = %s, less than %s", d, cost, before)
			} else {
				before = cost
			}
		}
	})
}

func TestMaxSecondsByTermsIsTheInverse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff := anyTermedTariff().Draw(r, "tariff")
		balance := anyBalance(tariff).Draw(r, "balance")
		got := tariff.MaxSeconds(balance)
		switch {
		case balance < 0:
			if got != 0 {
				r.Fatalf("a balance of %s pays for %d s", balance, got)
			}
		case got == Unbounded:
			if tariff.Cost(MaxCallSeconds) > balance || !mayLast(tariff, MaxCallSeconds) {
				r.Fatalf("MaxSeconds(%s) is unbounded, yet the longest call costs %s", balance, tariff.Cost(MaxCallSeconds))
			}
		case tariff.Cost(got) > balance || !mayLast(tariff, got):
			r.Fatalf("MaxSeconds(%s) = %d, which costs %s", balance, got, tariff.Cost(got))
		case tariff.Cost(got+1) <= balance && mayLast(tariff, got+1):
			r.Fatalf("MaxSeconds(%s) = %d, though one second more costs %s", balance, got, tariff.Cost(got+1))
		}
	})
}

// Whenever somebody answers, the call costs no more than was held for it, at any length;
// and what is charged is what a call answered then costs.
func TestAnsweredCostsNoMoreThanHeld(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		held := anyTermedTariff().Draw(r, "tariff")
		after := time.Duration(rapid.Int64Range(-int64(time.Minute), int64(500*time.Second)).Draw(r, "answered after"))
		at := answer.Add(after)
		charged := held.Answered(at)
		for range 10 {
			d := rapid.Int64Range(0, 700).Draw(r, "seconds")
			if now, before := charged.Cost(d), held.Cost(d); now > before {
				r.Fatalf("%d s cost %s, %s were held", d, now, before)
			}
			if again := charged.Answered(at.Add(time.Minute)); again.Cost(d) != charged.Cost(d) {
				r.Fatal("answered twice, it costs something else")
			}
		}
		if terms := held.Terms; after >= 0 && after <= time.Duration(terms.SlackS)*time.Second && len(terms.Modifiers) > 0 {
			if want := walkSeconds(charged, 60); !charged.Terms.Begins.Equal(at) && terms.SlackS > 0 || charged.Cost(60) != roundHalfUp(want.cost) {
				r.Fatalf("answered at %s, it is charged from %s", at, charged.Terms.Begins)
			}
		}
	})
}

// However money is asked for, before and after the answer, what is settled is the price of
// a call answered then.
func TestExtensionsChangeNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tariff, available := anyTermedTariff().Draw(r, "tariff"), Money(rapid.Int64Range(0, 5_000_000).Draw(r, "available"))
		at := answer.Add(time.Duration(rapid.Int64Range(0, int64(60*time.Second)).Draw(r, "answered after")))
		leg, charged := OpenLeg{Leg: "v-1b", Tariff: tariff}, tariff.Answered(at)
		answered := rapid.IntRange(0, 6).Draw(r, "answered at step")
		for step := range 6 {
			if step == answered {
				leg.Tariff = leg.Tariff.Answered(at)
			}
			used := rapid.Int64Range(0, 200).Draw(r, "used")
			_, grants, costs := Together(available, rapid.Int64Range(0, 300).Draw(r, "ahead"), Share{leg.Tariff, used, leg.GrantedS})
			if leg.GrantedS, leg.Held = grants[0], costs[0]; leg.Held > available {
				r.Fatalf("%s held of %s", leg.Held, available)
			}
		}
		lasted := rapid.Int64Range(0, 900).Draw(r, "lasted")
		cdr := leg.Settle(Settlement{Leg: leg.Leg, Answered: at, Ended: at.Add(time.Duration(lasted) * time.Second)})
		if want := charged.Cost(min(lasted, leg.GrantedS)); cdr.Charge != want || cdr.Charge > leg.Held {
			r.Fatalf("charged %s of %s held, want %s", cdr.Charge, leg.Held, want)
		}
	})
}

func TestTermsAllocateNothing(t *testing.T) {
	tariff := under(flat(t, "0.05", "0.60", 60, 60), Terms{Markup: 1, Begins: answer, SlackS: 30, Modifiers: []Modifier{{answer, Whole / 2}, {answer.Add(time.Hour), Whole}}})
	if n := testing.AllocsPerRun(100, func() { tariff.Cost(3600); tariff.MaxSeconds(1_000_000); tariff.BilledSeconds(61) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// The dearest call there can be: more than 128 bits, and more than any balance.
func TestDearestCallByTerms(t *testing.T) {
	dearest := under(Tariff{ConnectFee: MaxDecimal, Flat: MaxDecimal, Tiers: []Tier{{RatePerMinute: MaxDecimal, FirstIncrementS: 60, IncrementS: 60}}},
		Terms{Markup: MaxPercent, Begins: answer, Modifiers: []Modifier{{answer, MaxPercent}}})
	if got := dearest.Cost(MaxCallSeconds); got != costliest {
		t.Errorf("it costs %s", got)
	}
	// One minute: (10⁶ + 10⁶) × 10 × 11 + 10⁶.
	if got := dearest.Cost(60); got != 221_000_000*1_000_000 {
		t.Errorf("a minute costs %s", got)
	}
	if got := dearest.MaxSeconds(MaxMoney); got <= 0 || dearest.Cost(got) > MaxMoney || dearest.Cost(got+1) <= MaxMoney {
		t.Errorf("the largest balance pays for %d s", got)
	}
}
