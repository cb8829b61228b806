package billing

import (
	"fmt"
	"slices"
)

// tariffPool keeps the tariffs of a deck, each different one once: large decks have few
// distinct prices. Taking one out copies no tier.
type tariffPool struct {
	rows    []pooled
	ladders [][]Tier // of tariffs that have more tiers than one, or none
	rares   []rareTerms
	names   string // one after the other
}

// pooled is a tariff in 56 bytes, which a processor fetches at once.
type pooled struct {
	tier            [1]Tier
	fee             Decimal
	ladder          int32 // into ladders, from 1; 0 is the one tier
	rare            int32 // into rares
	nameAt, nameEnd uint32
}

// rareTerms are what few tariffs have.
type rareTerms struct {
	flat, most Decimal
	action     MaxCostAction
}

// tariff is the ith tariff, for a prefix.
func (p *tariffPool) tariff(i int32, prefix string) Tariff {
	row := &p.rows[i]
	rare := &p.rares[row.rare]
	t := Tariff{
		Prefix: prefix, Name: p.names[row.nameAt:row.nameEnd],
		ConnectFee: row.fee, Flat: rare.flat, MaxCost: rare.most, MaxCostAction: rare.action,
	}
	if t.Tiers = row.tier[:]; row.ladder > 0 {
		t.Tiers = p.ladders[row.ladder-1]
	}
	return t
}

// poolBuilder fills a pool, and finds what is in it already.
type poolBuilder struct {
	tariffPool
	text    []byte
	rowAt   map[pooled]int32
	ladders map[string]int32
	rareAt  map[rareTerms]int32
	nameAt  map[string]uint32
}

func newPoolBuilder() *poolBuilder {
	return &poolBuilder{
		rowAt: map[pooled]int32{}, ladders: map[string]int32{},
		rareAt: map[rareTerms]int32{}, nameAt: map[string]uint32{},
	}
}

// add answers where a tariff stands in the pool.
func (b *poolBuilder) add(t Tariff) int32 {
	row := pooled{fee: t.ConnectFee, rare: intern(b.rareAt, &b.rares, rareTerms{t.Flat, t.MaxCost, t.MaxCostAction})}
	if len(t.Tiers) == 1 {
		row.tier[0] = t.Tiers[0]
	} else {
		row.ladder = b.ladder(t.Tiers)
	}
	at, known := b.nameAt[t.Name]
	if !known {
		at = uint32(len(b.text))
		b.nameAt[t.Name] = at
		b.text = append(b.text, t.Name...)
	}
	row.nameAt, row.nameEnd = at, at+uint32(len(t.Name))
	return intern(b.rowAt, &b.rows, row)
}

func intern[T comparable](known map[T]int32, list *[]T, v T) int32 {
	i, ok := known[v]
	if !ok {
		i = int32(len(*list))
		known[v] = i
		*list = append(*list, v)
	}
	return i
}

func (b *poolBuilder) ladder(tiers []Tier) int32 {
	key := fmt.Sprint(tiers)
	i, ok := b.ladders[key]
	if !ok {
		b.tariffPool.ladders = append(b.tariffPool.ladders, slices.Clone(tiers))
		i = int32(len(b.tariffPool.ladders))
		b.ladders[key] = i
	}
	return i
}

// finish is the pool without the room that building left.
func (b *poolBuilder) finish() tariffPool {
	p := b.tariffPool
	p.names = string(b.text)
	p.rows, p.ladders, p.rares = slices.Clone(p.rows), slices.Clone(p.ladders), slices.Clone(p.rares)
	return p
}
