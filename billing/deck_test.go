package billing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// someDay is when numbers are matched where the time does not matter.
var someDay = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// priced is a row whose tariff can be told from all others by its name.
func priced(prefix, name string) Rate {
	return Rate{Prefix: prefix, Tariff: Tariff{Name: name, Tiers: []Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 1, IncrementS: 1}}}}
}

func compile(t testing.TB, rates ...Rate) *Deck {
	t.Helper()
	d, err := CompileDeck("world", 1, rates)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMatch(t *testing.T) {
	d := compile(t, priced("1514", "Montreal"), priced("1", "North America"), priced("7", "Russia"),
		priced("78122404700", "one Russian"), priced("15149072508", "one Canadian"), priced("151490725080000", "the longest"))
	for _, c := range []struct{ name, number, want, prefix string }{
		{"shortest", "16135550123", "North America", "1"},
		{"longer one wins", "15145550123", "Montreal", "1514"},
		{"whole number", "15149072508", "one Canadian", "15149072508"},
		{"neighbour of a whole number", "15149072509", "Montreal", "1514"},
		{"one digit short of a prefix", "151", "North America", "1"},
		{"prefix itself", "1514", "Montreal", "1514"},
		{"fifteen digits", "151490725080000", "the longest", "151490725080000"},
		{"digits beyond the fifteenth do not count", "15149072508000099", "the longest", "151490725080000"},
		{"past the last", "79990000000", "Russia", "7"},
		{"before the first", "0123", "", ""},
		{"after the last", "99", "", ""},
		{"between two", "44207946", "", ""},
		{"nothing", "", "", ""},
		{"no number at all", "+sip:alice", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := d.Match(c.number, someDay)
			if ok != (c.want != "") || got.Name != c.want || got.Prefix != c.prefix {
				t.Errorf("Match(%q) = %q by %q, %v; want %q by %q", c.number, got.Name, got.Prefix, ok, c.want, c.prefix)
			}
		})
	}
	if _, ok := compile(t).Match("15149072508", someDay); ok {
		t.Error("an empty deck matched")
	}
}

// Few digits make prefixes that nest deeply and neighbours that nearly match.
func anyPrefix() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[01]{1,6}`), rapid.StringMatching(`[089]{1,15}`), rapid.StringMatching(`[0-9]{15}`))
}

// anyRates are rates of distinct prefixes, some of them with dates. Few prices for many
// prefixes: equal tariffs are kept once.
func anyRates(r *rapid.T) (rates []Rate, prefixes []string) {
	prefixes = rapid.SliceOfNDistinct(anyPrefix(), 0, 60, rapid.ID).Draw(r, "prefixes")
	prices := rapid.IntRange(1, 5).Draw(r, "prices")
	for i, p := range prefixes {
		rate := priced(p, "price "+strconv.Itoa(i%prices))
		if rapid.IntRange(0, 2).Draw(r, "without dates") > 0 {
			rates = append(rates, rate)
			continue
		}
		dates := rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 1, 5, rapid.ID).Draw(r, "dates")
		slices.Sort(dates)
		for i, day := range dates[1:] {
			if i == 0 || rapid.Bool().Draw(r, "no gap") {
				rate.Effective, rate.End = someDay.AddDate(0, 0, dates[i]), someDay.AddDate(0, 0, day)
				rates = append(rates, rate)
			}
		}
		rate.Effective, rate.End = someDay.AddDate(0, 0, dates[len(dates)-1]), time.Time{}
		rates = append(rates, rate)
	}
	return rapid.Permutation(rates).Draw(r, "order"), prefixes
}

func TestMatchAgainstAScan(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rates, prefixes := anyRates(r)
		d, err := CompileDeck("world", 1, rates)
		if err != nil || d.Len() != len(prefixes) {
			r.Fatal(err, d.Len())
		}
		for range 30 {
			number := anyPrefix().Draw(r, "number")
			if len(prefixes) > 0 && rapid.Bool().Draw(r, "below a prefix") {
				number = rapid.SampledFrom(prefixes).Draw(r, "prefix") + number
			}
			at := someDay.AddDate(0, 0, rapid.IntRange(-1, 10).Draw(r, "day")).Add(time.Duration(rapid.IntRange(-1, 1).Draw(r, "off by")))
			want, found := scan(rates, number, at)
			if got, ok := d.Match(number, at); ok != found || !cmp.Equal(got, want) {
				r.Fatalf("Match(%q, %s) = %+v, %v; want %+v", number, at, got, ok, want)
			}
		}
	})
}

// scan is the longest prefix of a number that holds at a moment, by looking at every row.
func scan(rates []Rate, number string, at time.Time) (best Tariff, found bool) {
	for _, rate := range rates {
		holds := !at.Before(rate.Effective) && (rate.End.IsZero() || at.Before(rate.End))
		if holds && strings.HasPrefix(number, rate.Prefix) && len(rate.Prefix) > len(best.Prefix) {
			best, found = rate.Tariff, true
			best.Prefix = rate.Prefix
		}
	}
	return best, found
}

// The longest prefix that has a rate at the moment wins: in a gap, the next shorter one.
func TestMatchByDate(t *testing.T) {
	dated := func(prefix, name, effective, end string) Rate {
		r := priced(prefix, name)
		r.Effective, r.End = day(t, effective), day(t, end)
		return r
	}
	d := compile(t, priced("1", "always"), dated("1514", "second", "2026-03-01", "2026-04-01"), dated("1514", "first", "", "2026-02-01"),
		dated("1514", "third", "2026-05-01", ""), dated("7", "short", "2026-01-01", "2026-01-02"))
	for _, c := range []struct{ name, number, at, want string }{
		{"since ever", "15145550123", "0001-01-02T00:00:00Z", "first"},
		{"just before an end", "15145550123", "2026-01-31T23:59:59.999999999Z", "first"},
		{"an end is exclusive", "15145550123", "2026-02-01T00:00:00Z", "always"},
		{"in a gap", "15145550123", "2026-02-15T00:00:00Z", "always"},
		{"just before it begins", "15145550123", "2026-02-28T23:59:59.999999999Z", "always"},
		{"from its first moment on", "15145550123", "2026-03-01T00:00:00Z", "second"},
		{"in another zone", "15145550123", "2026-02-28T19:00:00-05:00", "second"},
		{"for ever", "15145550123", "9999-12-31T00:00:00Z", "third"},
		{"nothing shorter", "78122404700", "2026-01-02T00:00:00Z", ""},
		{"one day only", "78122404700", "2026-01-01T12:00:00Z", "short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := d.Match(c.number, at); ok != (c.want != "") || got.Name != c.want {
				t.Errorf("%q, %v; want %q", got.Name, ok, c.want)
			}
		})
	}
}

// many are prefixes of every length, everywhere.
func many(n int) (rates []Rate) {
	random := rand.New(rand.NewPCG(1, 2))
	known := map[string]bool{}
	for len(rates) < n {
		prefix := strconv.FormatUint(random.Uint64(), 10)[:1+random.IntN(MaxPrefixDigits)]
		if !known[prefix] {
			known[prefix] = true
			rates = append(rates, priced(prefix, "price "+prefix[:1]))
		}
	}
	return rates
}

// At sizes where the index of beginnings just is, or is not yet, a digit longer.
func TestMatchInLargeDecks(t *testing.T) {
	for _, n := range []int{headBase - 1, headBase, headBase * headBase * headBase, 20_000, 161_051} {
		t.Run(strconv.Itoa(n), func(t *testing.T) { wantMatches(t, many(n)) })
	}
}

// wantMatches asks for many numbers, by what stands in a map as well.
func wantMatches(t *testing.T, rates []Rate) {
	t.Helper()
	d := compile(t, rates...)
	names := map[string]string{}
	for _, r := range rates {
		names[r.Prefix] = r.Tariff.Name
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		number := strconv.FormatUint(random.Uint64(), 10)
		want := number[:min(len(number), MaxPrefixDigits)]
		for want != "" && names[want] == "" {
			want = want[:len(want)-1]
		}
		if got, ok := d.Match(number, someDay); ok != (want != "") || got.Prefix != want || got.Name != names[want] {
			t.Fatalf("Match(%s) = %q by %q, want %q", number, got.Name, got.Prefix, want)
		}
	}
}

func TestRatingAllocatesNothing(t *testing.T) {
	plain := compile(t, many(1000)...)
	dated := priced("1", "dated")
	dated.End = someDay.AddDate(1, 0, 0)
	dated.Tariff.Tiers = append(dated.Tariff.Tiers, Tier{FromS: 60, FirstIncrementS: 6, IncrementS: 6})
	for name, d := range map[string]*Deck{"plain": plain, "dates and tiers": compile(t, dated)} {
		sum := Money(0)
		if n := testing.AllocsPerRun(100, func() {
			tariff, _ := d.Match("15145550123", someDay)
			sum += tariff.Cost(3600) + Money(tariff.MaxSeconds(1_000_000)) + Money(tariff.BilledSeconds(60))
		}); n != 0 || sum == 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestCompileDeckRefuses(t *testing.T) {
	unpriced, unit := Rate{Prefix: "7"}, priced("1", "x").Tariff
	var tooMany []Rate
	for i := range MaxRatesPerPrefix + 1 {
		tooMany = append(tooMany, Rate{Prefix: "1", Tariff: unit, Effective: someDay.AddDate(0, 0, i), End: someDay.AddDate(0, 0, i+1)})
	}
	for _, c := range []struct {
		name  string
		rates []Rate
		says  string
	}{
		{"empty prefix", []Rate{priced("", "x")}, `""`},
		{"sixteen digits", []Rate{priced(strings.Repeat("1", 16), "x")}, "1 to 15 digits"},
		{"a plus", []Rate{priced("+1514", "x")}, `"+1514"`},
		{"letters", []Rate{priced("1a", "x")}, `"1a"`},
		{"other digits", []Rate{priced("١", "x")}, "1 to 15 digits"},
		{"a space", []Rate{priced("1 ", "x")}, `"1 "`},
		{"bad row among good ones", []Rate{priced("1", "x"), priced("2-", "x"), priced("3", "x")}, `"2-"`},
		{"same prefix twice", []Rate{priced("1", "x"), priced("7", "x"), priced("1", "y")}, "1 stands twice"},
		{"bad tariff", []Rate{priced("1", "x"), unpriced}, "prefix 7"},
		{"dates that overlap", []Rate{{Prefix: "1", Tariff: unit, Effective: someDay}, {Prefix: "1", Tariff: unit, End: someDay.Add(time.Microsecond)}}, "1 stands twice"},
		{"end before it begins", []Rate{{Prefix: "1", Tariff: unit, Effective: someDay, End: someDay}}, "prefix 1: end"},
		{"finer than a microsecond", []Rate{{Prefix: "1", Tariff: unit, End: someDay.Add(1)}}, "microsecond"},
		{"a year nobody can write", []Rate{{Prefix: "1", Tariff: unit, End: someDay.AddDate(8000, 0, 0)}}, "years"},
		{"too many dates", tooMany, "more than 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := CompileDeck("world", 1, c.rates)
			if err == nil || d != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v; want an error that says %q", d, err, c.says)
			}
		})
	}
}

func TestCompileDeckLeavesItsRowsAlone(t *testing.T) {
	rates := []Rate{priced("9", "nine"), priced("1", "one"), priced("5", "five")}
	before := fmt.Sprint(rates)
	d := compile(t, rates...)
	if fmt.Sprint(rates) != before {
		t.Errorf("rows became %v", rates)
	}
	if d.Len() != 3 || d.Name != "world" || d.Version != 1 {
		t.Errorf("deck %q version %d of %d prefixes", d.Name, d.Version, d.Len())
	}
}

// Tariffs that differ in anything at all are kept apart.
func TestEveryPriceIsKept(t *testing.T) {
	base := priced("1", "x").Tariff
	fee, name, rate, first, increment, second, most, action := base, base, base, base, base, base, base, base
	fee.ConnectFee = 1
	name.Name = "y"
	rate.Tiers = []Tier{{RatePerMinute: 10_000_000_001, FirstIncrementS: 1, IncrementS: 1}}
	first.Tiers = []Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 2, IncrementS: 1}}
	increment.Tiers = []Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 1, IncrementS: 2}}
	second.Tiers = append([]Tier{base.Tiers[0]}, Tier{FromS: 1, FirstIncrementS: 1, IncrementS: 1})
	most.MaxCost = 1
	action.MaxCost, action.MaxCostAction = 1, Disconnect
	var rates []Rate
	for i, tariff := range []Tariff{base, fee, name, rate, first, increment, second, most, action} {
		rates = append(rates, Rate{Prefix: strconv.Itoa(i), Tariff: tariff})
	}
	d := compile(t, rates...)
	for _, r := range rates {
		got, ok := d.Match(r.Prefix, someDay)
		r.Tariff.Prefix = r.Prefix
		if diff := cmp.Diff(r.Tariff, got); !ok || diff != "" {
			t.Errorf("prefix %s: %s", r.Prefix, diff)
		}
	}
}
