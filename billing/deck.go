package billing

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// MaxPrefixDigits is the longest rate prefix: a whole E.164 number.
const MaxPrefixDigits = 15

// Deck is a compiled rate deck: prefixes to tariffs, longest match wins. It is
// immutable, so calls read it without locks while a new version is compiled.
//
// Prefixes are packed into one sorted array of uint64, a nibble a digit, which
// orders them as text. The longest prefix of a number is then its predecessor in
// that order, or one of the predecessor's own prefixes; each entry knows its
// nearest shorter one. So a match is one binary search and a few steps up, and a
// prefix costs 16 bytes whatever the deck's size.
type Deck struct {
	Name    string
	Version uint64

	keys    []uint64
	shorter []int32 // nearest entry that is a proper prefix of this one, or -1
	tariff  []int32 // into tariffs
	tariffs []Tariff
}

// Rate is one row of a deck.
type Rate struct {
	// Prefix is digits only, without "+"; 1 to 15 of them.
	Prefix string `json:"prefix"`
	Tariff Tariff `json:"tariff"`
}

// CompileDeck builds a deck. Rows may come in any order; the same prefix twice is refused.
func CompileDeck(name string, version uint64, rates []Rate) (*Deck, error) {
	d := &Deck{Name: name, Version: version}
	rates = slices.Clone(rates)
	slices.SortFunc(rates, func(a, b Rate) int { return cmp.Compare(packPrefix(a.Prefix), packPrefix(b.Prefix)) })
	seen := map[string]int32{}
	for i, r := range rates {
		if err := checkPrefix(r.Prefix); err != nil {
			return nil, err
		}
		if i > 0 && rates[i-1].Prefix == r.Prefix {
			return nil, fmt.Errorf("compile deck: prefix %s stands twice", r.Prefix)
		}
		if err := r.Tariff.Validate(); err != nil {
			return nil, fmt.Errorf("compile deck: prefix %s: %w", r.Prefix, err)
		}
		d.add(packPrefix(r.Prefix), d.intern(seen, r.Tariff))
	}
	return d, nil
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

// intern keeps one copy of equal tariffs: large decks have few distinct prices.
func (d *Deck) intern(seen map[string]int32, t Tariff) int32 {
	t.Prefix = ""
	key := fmt.Sprint(t)
	i, ok := seen[key]
	if !ok {
		i = int32(len(d.tariffs))
		seen[key] = i
		d.tariffs = append(d.tariffs, t)
	}
	return i
}

// Len is the number of prefixes.
func (d *Deck) Len() int { return len(d.keys) }

// Match is the tariff of the longest prefix of an E.164 number (digits only).
func (d *Deck) Match(number string) (Tariff, bool) {
	key := packPrefix(number[:min(len(number), MaxPrefixDigits)])
	i := int32(sort.Search(len(d.keys), func(i int) bool { return d.keys[i] > key })) - 1
	for i >= 0 && !packedPrefixOf(d.keys[i], key) {
		i = d.shorter[i]
	}
	if i < 0 {
		return Tariff{}, false
	}
	t := d.tariffs[d.tariff[i]]
	t.Prefix = number[:packedLen(d.keys[i])]
	return t, true
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

func packedLen(key uint64) int {
	n := 0
	for ; key != 0; key <<= 4 {
		n++
	}
	return n
}

func packedPrefixOf(prefix, key uint64) bool {
	mask := ^uint64(0) << (64 - 4*packedLen(prefix))
	return key&mask == prefix
}
