package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Plan is a rate plan ready to price calls.
type Plan struct {
	Name string
	// Rates are the plan's own, or those of a rate deck, whose blocks are then their own,
	// too: a service brings none.
	Rates     *Deck
	OwnBlocks bool
	Week      Week
}

// MaxRateDepth is how many rates may stand below each other.
const MaxRateDepth = 20

// CompileRates builds a deck of rates and all their child rates: the rates of a plan, or
// one rate to see whether it can be. of answers the rates of one name, in any order.
//
// A prefix prices its numbers; where it denies numbers without a child rate, those have
// no price. A group prices every number that no other rate does, if it says use_parent:
// there can be one such group. Otherwise it stands for its children only.
func CompileRates(
	name string, version uint64, rates []string, of func(rate string) ([]NamedRate, error),
) (*Deck, error) {
	f := flattening{of: of, done: map[string]bool{}}
	for _, rate := range rates {
		if err := f.add(rate); err != nil {
			return nil, err
		}
	}
	deck, err := compileDeck(name, version, f.rates)
	if err != nil {
		return nil, invalid("rates: %v", err)
	}
	return deck, nil
}

// flattening makes the rows of a deck of rates that stand below each other.
type flattening struct {
	of    func(rate string) ([]NamedRate, error)
	rates []Rate
	done  map[string]bool
	path  []string // from a plan's rate down to the one at hand
	// everything is the group that prices what no rate does.
	everything string
}

func (f *flattening) add(name string) error {
	if slices.Contains(f.path, name) {
		return invalid("rates %s: a rate cannot stand below itself", strings.Join(append(f.path, name), " > "))
	}
	if err := f.fits(name); err != nil {
		return err
	}
	if f.done[name] {
		return nil
	}
	list, err := f.of(name)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return invalid("%s: there is no rate of that name: add it first", f.described(name))
	}
	f.done[name] = true
	f.path = append(f.path, name)
	defer func() { f.path = f.path[:len(f.path)-1] }()
	for _, rate := range list {
		if err := f.addRow(rate); err != nil {
			return err
		}
		for _, child := range rate.Children {
			if err := f.add(child); err != nil {
				return err
			}
		}
	}
	return nil
}

// fits refuses a rate that cannot stand below its parent.
func (f *flattening) fits(name string) error {
	if len(f.path) == 0 {
		return nil
	}
	if len(f.path) >= MaxRateDepth {
		return invalid("rates %s: more than %d stand below each other",
			strings.Join(append(f.path, name), " > "), MaxRateDepth)
	}
	parent := f.path[len(f.path)-1]
	if prefix := (NamedRate{Name: parent}).Prefix(); !strings.HasPrefix(NamedRate{Name: name}.Prefix(), prefix) {
		return invalid("%s: a rate below %s must be a prefix that begins with it", f.described(name), prefix)
	}
	return nil
}

func (f *flattening) described(name string) string {
	if len(f.path) == 0 {
		return "rate " + name
	}
	return fmt.Sprintf("rate %s, a child rate of %s", name, f.path[len(f.path)-1])
}

func (f *flattening) addRow(r NamedRate) error {
	if r.Prefix() == "" {
		if r.NoSubRate != UseParent {
			return nil
		}
		if f.everything != "" && f.everything != r.Name {
			return invalid("groups %s and %s both price every number that no rate does: let one of them deny "+
				"numbers without sub-rates", f.everything, r.Name)
		}
		f.everything = r.Name
	}
	f.rates = append(f.rates, r.row())
	return nil
}

// row is the rate as a deck has it. Its blocks are those of the service it is sold by.
func (r NamedRate) row() Rate {
	t := Tariff{Name: cmp.Or(r.DisplayName, r.Name), ConnectFee: r.Surcharge, Tiers: []Tier{{
		RatePerMinute: r.Amount, FirstIncrementS: DefaultRoundingS, IncrementS: DefaultRoundingS,
	}}}
	if r.ChargeMethod == Flat {
		t.Flat, t.Tiers[0].RatePerMinute = r.Amount, 0
	}
	return Rate{
		Prefix: r.Prefix(), Tariff: t, Effective: r.Effective, End: r.End,
		Deny: r.NoSubRate == Deny && r.Prefix() != "",
	}
}
