package store

import (
	"bytes"

	"cccp/billing"
	"cccp/store/kv"
)

// checkPrices proves that the rates of each name are counted, and that every plan can be
// compiled.
func (s *Store) checkPrices(tx kv.Tx, r *Report) error {
	rates := map[string]uint64{}
	err := eachOf(tx, s.NamedRates, func(rate billing.NamedRate) error {
		rates[rateName(rate.Provider, rate.Name).id]++
		return nil
	})
	if err != nil {
		return err
	}
	from, to := under("rate-name")
	for k := range tx.Ascend(from, to) {
		name := string(bytes.TrimPrefix(k, from))
		if n := counter(tx, k); n != rates[name] {
			r.problem("rate %s is counted %d times, %d are there", name, n, rates[name])
		}
		delete(rates, name)
	}
	for name := range rates {
		r.problem("rate %s is not counted", name)
	}
	return eachOf(tx, s.RatePlans, func(p billing.RatePlan) error {
		if _, err := compilePlan(tx, p); err != nil {
			r.problem("rate plan %s cannot be compiled: %v", p.Name, err)
		}
		return nil
	})
}
