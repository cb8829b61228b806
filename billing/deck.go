package billing

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"
)

// MaxPrefixDigits is the longest rate prefix: a whole E.164 number.
const MaxPrefixDigits = 15

// MaxRatesPerPrefix bounds how many rates one prefix has, one after the other.
const MaxRatesPerPrefix = 1000

// Deck is a compiled rate deck: prefixes to tariffs. The longest prefix that has a rate
// at the moment of the call wins: where a prefix has none then, the next shorter one of
// the number is asked. It is immutable, so calls read it without locks while a new
// version is compiled.
//
// Prefixes are packed into one sorted array of uint64, a nibble a digit, which
// orders them as text. The longest prefix of a number is then its predecessor in
// that order, or one of the predecessor's own prefixes; each entry knows its
// nearest shorter one. So a match is one binary search and a few steps up, and a
// prefix costs 16 bytes whatever the deck's size, beside its tariff: 24 bytes and 32 for
// each tier, which equal ones share. Large decks are indexed by their first four digits.
type Deck struct {
	Name    string
	Version uint64

	keys    []uint64
	shorter []int32  // nearest entry that is a proper prefix of this one, or -1
	tariff  []int32  // into tariffs, or ^ into periods where a prefix has dates
	periods []period // of one prefix in order, one after the other
	tariffs tariffPool
	heads   []int32 // of large decks: by a key's first digits, the first entry from there on
}

// period is when a tariff holds, in microseconds of Unix time: from included, to not.
type period struct {
	from, to int64
	tariff   int32
	last     bool // of its prefix
}

// CompileDeck builds a deck. Rows may come in any order; one prefix may stand several
// times if its dates do not overlap.
func CompileDeck(name string, version uint64, rates []Rate) (*Deck, error) {
	d := &Deck{Name: name, Version: version}
	if inOrder := func(a, b Rate) int {
		return cmp.Or(cmp.Compare(packPrefix(a.Prefix), packPrefix(b.Prefix)), a.Effective.Compare(b.Effective))
	}; !slices.IsSortedFunc(rates, inOrder) {
		rates = slices.Clone(rates)
		slices.SortStableFunc(rates, inOrder)
	}
	n := countPrefixes(rates)
	d.keys, d.shorter, d.tariff = make([]uint64, 0, n), make([]int32, 0, n), make([]int32, 0, n)
	pool := newPoolBuilder()
	for len(rates) > 0 {
		same := 1
		for same < len(rates) && rates[same].Prefix == rates[0].Prefix {
			same++
		}
		if err := checkRates(rates[:same]); err != nil {
			return nil, fmt.Errorf("compile deck: %w", err)
		}
		d.add(packPrefix(rates[0].Prefix), d.entry(pool, rates[:same]))
		rates = rates[same:]
	}
	d.tariffs, d.periods = pool.finish(), slices.Clone(d.periods)
	d.index()
	return d, nil
}

func countPrefixes(sorted []Rate) (n int) {
	for i, r := range sorted {
		if i == 0 || r.Prefix != sorted[i-1].Prefix {
			n++
		}
	}
	return n
}

// checkRates refuses rates of one prefix, in order, that cannot stand together.
func checkRates(rates []Rate) error {
	if len(rates) > MaxRatesPerPrefix {
		return fmt.Errorf("prefix %s has more than %d rates", rates[0].Prefix, MaxRatesPerPrefix)
	}
	for i, r := range rates {
		if err := r.validate(); err != nil {
			return err
		}
		if i > 0 && rates[i-1].overlaps(r) {
			return fmt.Errorf("prefix %s stands twice, with dates that overlap", r.Prefix)
		}
	}
	return nil
}

// add appends an entry greater than all before it.
func (d *Deck) add(key uint64, tariff int32) {
	up := int32(len(d.keys) - 1)
	for up >= 0 && !packedPrefixOf(d.keys[up], key) {
		up = d.shorter[up]
	}
	d.keys = append(d.keys, key)
	d.shorter = append(d.shorter, up)
	d.tariff = append(d.tariff, tariff)
}

// entry is what an entry's tariff says for the rates of one prefix.
func (d *Deck) entry(pool *poolBuilder, rates []Rate) int32 {
	if len(rates) == 1 && rates[0].Effective.IsZero() && rates[0].End.IsZero() {
		return pool.add(rates[0].Tariff)
	}
	first := int32(len(d.periods))
	for i, r := range rates {
		p := period{from: math.MinInt64, to: math.MaxInt64, tariff: pool.add(r.Tariff), last: i+1 == len(rates)}
		if !r.Effective.IsZero() {
			p.from = r.Effective.UnixMicro()
		}
		if !r.End.IsZero() {
			p.to = r.End.UnixMicro()
		}
		d.periods = append(d.periods, p)
	}
	return ^first
}

// Len is the number of prefixes.
func (d *Deck) Len() int { return len(d.keys) }

// Match is the tariff, at a moment, of the longest prefix of an E.164 number (digits
// only) that has a rate then.
func (d *Deck) Match(number string, at time.Time) (Tariff, bool) {
	key := packPrefix(number)
	for i := d.last(key); i >= 0; i = d.shorter[i] {
		if !packedPrefixOf(d.keys[i], key) {
			continue
		}
		if t, ok := d.held(d.tariff[i], at); ok {
			return d.tariffs.tariff(t, number[:packedLen(d.keys[i])]), true
		}
	}
	return Tariff{}, false
}

// held is the tariff of an entry at a moment.
func (d *Deck) held(t int32, at time.Time) (int32, bool) {
	if t >= 0 {
		return t, true
	}
	moment := at.UnixMicro()
	for i := ^t; ; i++ {
		p := d.periods[i]
		if p.from <= moment && moment < p.to {
			return p.tariff, true
		}
		if p.last {
			return 0, false
		}
	}
}

// Large decks are searched below a key's first headDigits only.
const (
	headDigits   = 4
	headShift    = 64 - 4*headDigits
	indexedDecks = 1 << 16 // from so many prefixes on, the index costs at most 4 bytes each
)

func (d *Deck) index() {
	if len(d.keys) < indexedDecks {
		return
	}
	d.heads = make([]int32, 1<<(4*headDigits)+1)
	next := int32(0)
	for head := range d.heads {
		for int(next) < len(d.keys) && d.keys[next]>>headShift < uint64(head) {
			next++
		}
		d.heads[head] = next
	}
}

// last is the last entry not greater than a key, or -1.
func (d *Deck) last(key uint64) int32 {
	low, high := int32(0), int32(len(d.keys))
	if d.heads != nil {
		low, high = d.heads[key>>headShift], d.heads[key>>headShift+1]
	}
	for low < high { // entries before low are not greater, those from high on are
		if middle := (low + high) / 2; d.keys[middle] <= key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}

// checkPrefix refuses a prefix that is not 1 to 15 digits.
func checkPrefix(p string) error {
	if p == "" || len(p) > MaxPrefixDigits || !digitsOnly(p) {
		return fmt.Errorf("prefix %q is not 1 to %d digits", p, MaxPrefixDigits)
	}
	return nil
}

// packPrefix packs up to 15 digits left-aligned, digit+1 in each nibble, so that
// numeric order is text order and the empty nibble sorts first.
func packPrefix(digits string) uint64 {
	var key uint64
	for i := 0; i < len(digits) && i < MaxPrefixDigits; i++ {
		key |= uint64(digits[i]-'0'+1) << (60 - 4*i)
	}
	return key
}

// packedLen is how many digits are packed: no nibble in between is empty.
func packedLen(key uint64) int { return 16 - bits.TrailingZeros64(key)/4 }

func packedPrefixOf(prefix, key uint64) bool {
	mask := ^uint64(0) << (64 - 4*packedLen(prefix))
	return key&mask == prefix
}
