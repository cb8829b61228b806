package store

import (
	"bytes"
	"slices"

	"cccp/billing"
	"cccp/store/kv"
)

// checkPrices proves that the rates of each name are counted, and that every plan can be
// compiled.
func (s *Store) checkPrices(tx kv.Tx, r *proof) error {
	rates := map[string][]string{}
	err := eachOf(tx, s.NamedRates, func(rate billing.NamedRate) error {
		name := rateName(rate.Provider, rate.Name).id
		rates[name] = append(rates[name], rate.ID())
		return nil
	})
	if err != nil {
		return err
	}
	from, to := under("rate-name")
	for k, b := range tx.Ascend(from, to) {
		name := string(bytes.TrimPrefix(k, from))
		ids, err := decode[[]string](b)
		if err != nil {
			return err
		}
		if slices.Sort(ids); !slices.Equal(ids, rates[name]) { // those come in order
			r.problem("rates of name %s are %q, its list says %q", name, rates[name], ids)
		}
		delete(rates, name)
	}
	for name := range rates {
		r.problem("rate %s is not listed by its name", name)
	}
	return eachOf(tx, s.RatePlans, func(p billing.RatePlan) error {
		if _, err := compilePlan(tx, p); err != nil {
			r.problem("rate plan %s cannot be compiled: %v", p.Name, err)
		}
		return nil
	})
}
