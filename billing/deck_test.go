package billing

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

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
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := d.Match(c.number)
			if ok != (c.want != "") || got.Name != c.want || got.Prefix != c.prefix {
				t.Errorf("Match(%q) = %q by %q, %v; want %q by %q", c.number, got.Name, got.Prefix, ok, c.want, c.prefix)
			}
		})
	}
	if _, ok := compile(t).Match("15149072508"); ok {
		t.Error("an empty deck matched")
	}
}

// Few digits make prefixes that nest deeply and neighbours that nearly match.
func anyPrefix() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[01]{1,6}`), rapid.StringMatching(`[089]{1,15}`), rapid.StringMatching(`[0-9]{15}`))
}

func TestMatchAgainstAScan(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		prefixes := rapid.SliceOfNDistinct(anyPrefix(), 0, 60, rapid.ID).Draw(r, "prefixes")
		// Few prices for many prefixes: equal tariffs are kept once.
		prices := rapid.IntRange(1, 5).Draw(r, "prices")
		rates := make([]Rate, len(prefixes))
		for i, p := range prefixes {
			rates[i] = priced(p, "price "+strconv.Itoa(i%prices))
		}
		d, err := CompileDeck("world", 1, rates)
		if err != nil {
			r.Fatal(err)
		}
		for range 30 {
			number := anyPrefix().Draw(r, "number")
			if len(prefixes) > 0 && rapid.Bool().Draw(r, "below a prefix") {
				number = rapid.SampledFrom(prefixes).Draw(r, "prefix") + number
			}
			want, found := scan(rates, number)
			if got, ok := d.Match(number); ok != found || !cmp.Equal(got, want) {
				r.Fatalf("Match(%q) = %+v, %v; want %+v", number, got, ok, want)
			}
		}
	})
}

// scan is the longest prefix of a number by looking at every row.
func scan(rates []Rate, number string) (best Tariff, found bool) {
	for _, rate := range rates {
		if strings.HasPrefix(number, rate.Prefix) && len(rate.Prefix) > len(best.Prefix) {
			best, found = rate.Tariff, true
			best.Prefix = rate.Prefix
		}
	}
	return best, found
}

func TestCompileDeckRefuses(t *testing.T) {
	unpriced := Rate{Prefix: "7"}
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
	fee, name, rate, first, increment, second := base, base, base, base, base, base
	fee.ConnectFee = 1
	name.Name = "y"
	rate.Tiers = []Tier{{RatePerMinute: 10_000_000_001, FirstIncrementS: 1, IncrementS: 1}}
	first.Tiers = []Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 2, IncrementS: 1}}
	increment.Tiers = []Tier{{RatePerMinute: 10_000_000_000, FirstIncrementS: 1, IncrementS: 2}}
	second.Tiers = append([]Tier{base.Tiers[0]}, Tier{FromS: 1, FirstIncrementS: 1, IncrementS: 1})
	var rates []Rate
	for i, tariff := range []Tariff{base, fee, name, rate, first, increment, second} {
		rates = append(rates, Rate{Prefix: strconv.Itoa(i), Tariff: tariff})
	}
	d := compile(t, rates...)
	for _, r := range rates {
		got, ok := d.Match(r.Prefix)
		r.Tariff.Prefix = r.Prefix
		if diff := cmp.Diff(r.Tariff, got); !ok || diff != "" {
			t.Errorf("prefix %s: %s", r.Prefix, diff)
		}
	}
}
