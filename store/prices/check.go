package prices

import (
	"slices"

	"cccp/store/kv"
	"cccp/store/records"
)

// Check proves that the rates of each name are counted, and that every plan can be
// compiled.
func Check(tx kv.Tx, p *records.Proof) error {
	listed := map[string][]string{}
	for rate, err := range records.NamedRates.All(tx) {
		if err != nil {
			return err
		}
		name := rateName(rate.Provider, rate.Name).ID
		listed[name] = append(listed[name], rate.ID())
	}
	for name := range ratesOfName.Names(tx) {
		ids, _, err := ratesOfName.Load(tx, name)
		if err != nil {
			return err
		}
		if slices.Sort(ids); !slices.Equal(ids, listed[name]) { // those come in order
			p.Problem("rates of name %s are %q, its list says %q", name, listed[name], ids)
		}
		delete(listed, name)
	}
	for name := range listed {
		p.Problem("rate %s is not listed by its name", name)
	}
	for plan, err := range records.RatePlans.All(tx) {
		if err != nil {
			return err
		}
		if _, err := compilePlan(tx, plan); err != nil {
			p.Problem("rate plan %s cannot be compiled: %v", plan.Name, err)
		}
	}
	return nil
}
