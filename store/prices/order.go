package prices

import (
	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// RatesInOrder lists the rates of a provider, or of all where that is "", in an order in
// which they can be added one by one: children before those they are children of.
func (p *Prices) RatesInOrder(provider string) ([]billing.NamedRate, error) {
	var all []billing.NamedRate
	err := p.db.View(func(tx kv.Tx) error {
		for r, err := range records.NamedRates.All(tx) {
			if err != nil {
				return err
			}
			if provider == "" || r.Provider == provider {
				all = append(all, r)
			}
		}
		return nil
	})
	return childrenFirst(all), err
}

// childrenFirst orders rates that are in the order of their IDs.
func childrenFirst(all []billing.NamedRate) []billing.NamedRate {
	byName := map[string][]int{}
	for i, r := range all {
		name := rateName(r.Provider, r.Name).ID
		byName[name] = append(byName[name], i)
	}
	ordered, seen := make([]billing.NamedRate, 0, len(all)), make([]bool, len(all))
	var visit func(int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, child := range all[i].Children {
			for _, c := range byName[rateName(all[i].Provider, child).ID] {
				visit(c)
			}
		}
		ordered = append(ordered, all[i])
	}
	for i := range all {
		visit(i)
	}
	return ordered
}
