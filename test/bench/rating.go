package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"time"

	"cccp/billing"
)

// Benchmark r.
const (
	ratingAim      = 300.0 // ns
	prefixAim      = 80.0  // bytes
	growthAim      = 1.25  // of a call of an hour beside one of a minute
	ratedNumbers   = 1 << 16
	fullPasses     = 11
	quickPasses    = 3
	usualPrices    = 5000
	fewestPrefixes = 1000 // from so many on, the aim of bytes per prefix counts
)

// ratedSeconds are the calls that are rated.
var ratedSeconds = []int64{60, 3600}

// raters are the ways to rate a call: the tariff of a number.
type rater struct {
	name string
	of   func(number string) (billing.Tariff, bool)
	// bytes is what the deck takes in memory.
	bytes float64
}

// deckTrial is a deck of some size, and the ways to ask it.
type deckTrial struct {
	prefixes int
	numbers  []string
	raters   []rater
	// ns is the fastest pass of each rater and each of ratedSeconds, usual the median of
	// them; allocations the most of any.
	ns, usual   [][]float64
	allocations []float64
}

// benchRating is benchmark r.
func benchRating(ctx context.Context, b *bench) (result, error) {
	r := result{Title: "rating a call: the longest prefix of its number, and its cost"}
	stop, err := b.profiled("r")
	if err != nil {
		return r, err
	}
	defer stop()
	t := table{Columns: []string{
		"prefixes", "way", "ns, 60 s", "ns, 3600 s", "median, 60 s", "median, 3600 s",
		"allocations", "bytes/prefix",
	}}
	rated := 0
	for _, prefixes := range pick(b, []int{10, 1000, 100_000, 1_000_000}, []int{10, 1000, 100_000}) {
		d, err := newDeckTrial(prefixes)
		if err == nil {
			err = d.prove()
		}
		if err == nil {
			err = d.measure(ctx, pick(b, fullPasses, quickPasses))
		}
		if err != nil {
			return r, fmt.Errorf("%d prefixes: %w", prefixes, err)
		}
		rated += len(d.numbers)
		t.Rows = append(t.Rows, d.rows()...)
		r.Aims = append(r.Aims, d.aims()...)
	}
	r.Tables = []table{t}
	r.Proofs = append(r.Proofs, fmt.Sprintf("%d numbers: every way finds the same prefix and the same cost", rated))
	r.Notes = append(r.Notes,
		fmt.Sprintf(
			"the fastest of %d passes over %d numbers in random order, ways in turn, and the median; "+
				"a deck's memory is what the heap grew by",
			pick(b, fullPasses, quickPasses), ratedNumbers,
		),
		fmt.Sprintf(
			"deck, as usual: up to %d different prices; deck, all different: every prefix has a price of its own",
			usualPrices,
		),
		"map: map[string]Tariff, asked for ever shorter beginnings of the number")
	return r, nil
}

// newDeckTrial compiles decks of so many prefixes, and numbers that they price.
func newDeckTrial(prefixes int) (*deckTrial, error) {
	const seed = 20260301
	random := rand.New(rand.NewPCG(seed, uint64(prefixes)))
	list := anyPrefixes(random, prefixes)
	d := &deckTrial{prefixes: prefixes}
	for range ratedNumbers {
		number := list[random.IntN(len(list))] + strconv.FormatUint(random.Uint64N(1e12), 10)
		d.numbers = append(d.numbers, number[:min(len(number), billing.MaxPrefixDigits)])
	}
	now := time.Now()
	for _, one := range []struct {
		name   string
		prices int
	}{{"deck, as usual", usualPrices}, {"deck, all different", prefixes}} {
		before := heapInUse()
		deck, err := billing.CompileDeck("bench", 1, ratesOf(list, one.prices))
		if err != nil {
			return nil, err
		}
		d.raters = append(d.raters, rater{
			one.name, func(n string) (billing.Tariff, bool) { return deck.Match(n, now) }, heapInUse() - before,
		})
	}
	before := heapInUse()
	byPrefix := map[string]billing.Tariff{}
	for _, rate := range ratesOf(list, prefixes) {
		rate.Tariff.Prefix = rate.Prefix
		byPrefix[rate.Prefix] = rate.Tariff
	}
	d.raters = append(d.raters, rater{"map", func(n string) (billing.Tariff, bool) {
		for end := len(n); end > 0; end-- {
			if t, ok := byPrefix[n[:end]]; ok {
				return t, true
			}
		}
		return billing.Tariff{}, false
	}, heapInUse() - before})
	return d, nil
}

// mostCountries is how many prefixes of one to three digits a deck has at most.
const mostCountries = 250

// anyPrefixes are distinct prefixes such as decks have: mostly six to nine digits.
func anyPrefixes(random *rand.Rand, n int) (list []string) {
	known := map[string]bool{}
	for len(list) < n {
		digits := 6 + random.IntN(4)
		if len(list) < min(n/10, mostCountries) {
			digits = 1 + random.IntN(3)
		}
		prefix := strconv.FormatUint(1e14+random.Uint64N(9e14), 10)[:digits]
		if !known[prefix] {
			known[prefix] = true
			list = append(list, prefix)
		}
	}
	return list
}

// ratesOf prices prefixes: so many different prices, each of a destination.
func ratesOf(prefixes []string, prices int) (rates []billing.Rate) {
	const destinations = 200
	for i, p := range prefixes {
		price := i % prices
		rates = append(rates, billing.Rate{Prefix: p, Tariff: billing.Tariff{
			Name:       fmt.Sprint("Destination ", price%destinations),
			ConnectFee: billing.Decimal(price % 7 * 1_000_000_000),
			Tiers: []billing.Tier{{
				RatePerMinute:   billing.Decimal(10_000_000_000 + price*1_000),
				FirstIncrementS: 30,
				IncrementS:      6,
			}},
		}})
	}
	return rates
}

// heapInUse is what is reachable.
func heapInUse() float64 {
	runtime.GC()
	runtime.GC() // what was freed by finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// prove compares what the ways say of every number: the second and the third are of the
// same prices.
func (d *deckTrial) prove() error {
	for _, n := range d.numbers {
		few, _ := d.raters[0].of(n)
		ours, found := d.raters[1].of(n)
		want, ok := d.raters[2].of(n)
		if !ok || !found || ours.Prefix != want.Prefix || few.Prefix != want.Prefix {
			return fmt.Errorf("number %s: prefixes %q and %q, the map says %q", n, few.Prefix, ours.Prefix, want.Prefix)
		}
		for _, s := range ratedSeconds {
			if got, cost := ours.Cost(s), want.Cost(s); got != cost || got == 0 {
				return fmt.Errorf("number %s, %d s: %s, the map says %s", n, s, got, cost)
			}
		}
	}
	return nil
}

// measure lets the ways rate every number, in turn.
func (d *deckTrial) measure(ctx context.Context, passes int) error {
	took := make([][][]float64, len(d.raters))
	d.ns, d.usual = make([][]float64, len(d.raters)), make([][]float64, len(d.raters))
	d.allocations = make([]float64, len(d.raters))
	for i := range d.raters {
		took[i] = make([][]float64, len(ratedSeconds))
	}
	for range passes {
		for i, one := range d.raters {
			one.rateAll(d.numbers, 1) // not counted: the way before had the caches
			for j, s := range ratedSeconds {
				ns, allocations := one.rateAll(d.numbers, s)
				took[i][j] = append(took[i][j], ns)
				d.allocations[i] = max(d.allocations[i], allocations)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for i := range d.raters {
		for j := range ratedSeconds {
			d.ns[i] = append(d.ns[i], slices.Min(took[i][j]))
			d.usual[i] = append(d.usual[i], median(took[i][j]))
		}
	}
	return nil
}

// rateAll is what one rating of numbers takes, and how often it allocates.
func (r rater) rateAll(numbers []string, seconds int64) (ns, allocations float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	sum := billing.Money(0)
	for _, n := range numbers {
		t, _ := r.of(n)
		sum += t.Cost(seconds)
	}
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	if sum == 0 {
		return 0, 0 // never: prove has seen to it
	}
	each := float64(len(numbers))
	return float64(took.Nanoseconds()) / each, float64(after.Mallocs-before.Mallocs) / each
}

func (d *deckTrial) rows() (rows [][]any) {
	for i, r := range d.raters {
		rows = append(rows, []any{
			d.prefixes, r.name, d.ns[i][0], d.ns[i][1], d.usual[i][0], d.usual[i][1],
			d.allocations[i], r.bytes / float64(d.prefixes),
		})
	}
	return rows
}

// aims are those of a usual deck; its memory counts however many prices there are.
func (d *deckTrial) aims() (aims []aim) {
	usual, different, byMap := 0, 1, 2
	for j, s := range ratedSeconds {
		aims = append(aims, atMost(
			fmt.Sprintf("%d prefixes: rating a call of %d s", d.prefixes, s),
			d.ns[usual][j],
			ratingAim,
			"ns",
		))
	}
	aims = append(aims,
		atMost(
			fmt.Sprintf("%d prefixes: an hour beside a minute", d.prefixes),
			d.ns[usual][1]/d.ns[usual][0],
			growthAim,
			"",
		),
		atMost(
			fmt.Sprintf("%d prefixes: allocations", d.prefixes),
			max(d.allocations[usual], d.allocations[different]),
			0,
			"",
		))
	if d.prefixes >= fewestPrefixes {
		for _, i := range []int{usual, different} {
			aims = append(aims, atMost(
				fmt.Sprintf("%d prefixes, %s: memory per prefix", d.prefixes, d.raters[i].name),
				d.raters[i].bytes/float64(d.prefixes),
				prefixAim,
				"bytes",
			))
		}
	}
	return append(aims, atLeast(
		fmt.Sprintf("%d prefixes: the map's time beside the deck's", d.prefixes),
		d.ns[byMap][0]/d.ns[usual][0],
		1,
		"",
	))
}
