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
// Prefixes are packed into uint64s in one sorted array, a nibble a digit, which orders
// them as text. The longest prefix of a number is then its predecessor in
// that order, or one of the predecessor's own prefixes; each entry knows its
// nearest shorter one. So a match is one binary search and a few steps up, and a
// prefix costs 16 bytes, and up to 4 for an index that leaves the search a few entries
// whatever the deck's size, beside its tariff: 56 bytes, shared by all that are equal.
type Deck struct {
	Name    string
	Version uint64

	entries []entry        // by key
	periods []tariffPeriod // of one prefix in order, one after the other
	tariffs tariffPool
	// heads are the first entries from each beginning of headDigits on, and the end.
	heads      []int32
	headDigits int
}

// entry is one prefix, packed.
type entry struct {
	key     uint64
	shorter int32 // nearest entry that is a proper prefix of this one, or -1
	tariff  int32 // into tariffs, or denied, or ^ into periods where a prefix has dates
}

// tariffPeriod is when a tariff holds, in microseconds of Unix time: from included, to not.
type tariffPeriod struct {
	from, to int64
	tariff   int32 // or denied
	last     bool  // of its prefix
}

// CompileDeck builds a deck. Rows may come in any order; one prefix may stand several
// times if its dates do not overlap.
func CompileDeck(name string, version uint64, rates []Rate) (*Deck, error) {
	for _, r := range rates {
		if err := checkPrefix(r.Prefix); err != nil {
			return nil, fmt.Errorf("compile deck: %w", err)
		}
	}
	return compileDeck(name, version, rates)
}

// compileDeck takes the empty prefix, too: that of every number.
func compileDeck(name string, version uint64, rates []Rate) (*Deck, error) {
	d := &Deck{Name: name, Version: version}
	if inOrder := func(a, b Rate) int {
		return cmp.Or(cmp.Compare(packPrefix(a.Prefix), packPrefix(b.Prefix)), a.Effective.Compare(b.Effective))
	}; !slices.IsSortedFunc(rates, inOrder) {
		rates = slices.Clone(rates)
		slices.SortStableFunc(rates, inOrder)
	}
	d.entries = make([]entry, 0, countPrefixes(rates))
	pool := newPoolBuilder()
	for len(rates) > 0 {
		same := 1
		for same < len(rates) && rates[same].Prefix == rates[0].Prefix {
			same++
		}
		if err := checkRates(rates[:same]); err != nil {
			return nil, fmt.Errorf("compile deck: %w", err)
		}
		d.add(packPrefix(rates[0].Prefix), d.priced(pool, rates[:same]))
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
	up := int32(len(d.entries) - 1)
	for up >= 0 && !packedPrefixOf(d.entries[up].key, key) {
		up = d.entries[up].shorter
	}
	d.entries = append(d.entries, entry{key, up, tariff})
}

// priced is what an entry's tariff says for the rates of one prefix.
func (d *Deck) priced(pool *poolBuilder, rates []Rate) int32 {
	if len(rates) == 1 && rates[0].Effective.IsZero() && rates[0].End.IsZero() {
		return pooledRate(pool, rates[0])
	}
	first := int32(len(d.periods))
	for i, r := range rates {
		p := tariffPeriod{from: math.MinInt64, to: math.MaxInt64, tariff: pooledRate(pool, r), last: i+1 == len(rates)}
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

// denied stands in the place of a tariff where a number has no price.
const denied = math.MaxInt32

func pooledRate(pool *poolBuilder, r Rate) int32 {
	if r.Deny {
		return denied
	}
	return pool.add(r.Tariff)
}

// Len is the number of prefixes.
func (d *Deck) Len() int { return len(d.entries) }

// Match is the tariff, at a moment, of the longest prefix of an E.164 number (digits
// only) that has a rate then.
func (d *Deck) Match(number string, at time.Time) (Tariff, bool) {
	t, found, _ := d.find(number, at)
	return t, found
}

// find is Match, and says whether the number has no price because a rate denies it.
func (d *Deck) find(number string, at time.Time) (t Tariff, found, denies bool) {
	key := packPrefix(number)
	for i := d.last(key); i >= 0; {
		e := &d.entries[i]
		if packedPrefixOf(e.key, key) {
			if t, ok := d.held(e.tariff, at); ok {
				if t == denied {
					return Tariff{}, false, true
				}
				return d.tariffs.tariff(t, number[:packedLen(e.key)]), true, false
			}
		}
		i = e.shorter
	}
	return Tariff{}, false, false
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

// headBase is how many values a packed digit has: ten digits, or none.
const headBase = 11

// index makes a list of where the entries of each beginning begin, of as many digits as
// take no more than one place for an entry.
func (d *Deck) index() {
	beginnings := 1
	for beginnings*headBase <= len(d.entries) {
		beginnings *= headBase
		d.headDigits++
	}
	d.heads = make([]int32, beginnings+1)
	next := int32(0)
	for head := range d.heads {
		for int(next) < len(d.entries) && d.head(d.entries[next].key) < head {
			next++
		}
		d.heads[head] = next
	}
}

// head is the beginning of a key as a number, in the order of keys.
func (d *Deck) head(key uint64) (head int) {
	for range d.headDigits {
		head = head*headBase + int(key>>60)
		key <<= 4
	}
	return head
}

// last is the last entry not greater than a key, or -1.
func (d *Deck) last(key uint64) int32 {
	head := min(d.head(key), len(d.heads)-2) // what is no digit is beyond the last
	low, high := d.heads[head], d.heads[head+1]
	for low < high { // entries before low are not greater, those from high on are
		if middle := (low + high) / 2; d.entries[middle].key <= key {
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

// RateDeck says which version of a deck is active.
type RateDeck struct {
	Name     string    `json:"name"`
	Version  uint64    `json:"version"`
	Prefixes int       `json:"prefixes"`
	Imported time.Time `json:"imported"`
	// Currency is the ISO 4217 code of its prices; empty until it is given, or something uses
	// the deck.
	Currency string `json:"currency,omitempty"`
}
