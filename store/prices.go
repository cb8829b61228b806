package store

import (
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// prices is what calls are priced by besides rate decks, in memory. It is never changed,
// but replaced.
type prices struct {
	plans    map[string]pricedPlan
	services map[string]billing.CallingService
}

// pricedPlan is a plan whose rates were compiled at a version. Where a rate deck prices it,
// that is looked up by every call, since decks have versions of their own.
type pricedPlan struct {
	billing.Plan
	deck    string
	version uint64
}

// Price is what a call costs an account, if it can be called at all.
func (s *Store) Price(q billing.Inquiry) (billing.Price, bool) {
	if deck := q.Offering.Deck; deck != "" {
		t, version, ok := s.Tariff(deck, q.To, q.At)
		return billing.Price{Tariff: t, Deck: deck, Version: version}, ok
	}
	return billing.PriceBy(s.prices.Load().sold(q.Offering, s.Deck), q)
}

// sold are an offering's services, ready to price calls.
func (p *prices) sold(o billing.Offering, deck func(string) *billing.Deck) (list []billing.Sold) {
	for _, name := range o.CallingServices {
		service := billing.Sold{CallingService: p.services[name]}
		for _, planName := range service.RatePlans {
			plan := p.plans[planName].Plan
			if from := p.plans[planName].deck; from != "" {
				plan.Rates, plan.OwnBlocks = deck(from), true
			}
			if plan.Rates != nil { // it was removed only just
				service.Plans = append(service.Plans, plan)
			}
		}
		list = append(list, service)
	}
	return list
}

// refreshPrices brings what is in memory up to what is on disk: plans are compiled whose
// version is another. Calls in progress keep their tariff.
func (s *Store) refreshPrices() error {
	s.refreshing.Lock() // who comes later reads a later state
	defer s.refreshing.Unlock()
	before := s.prices.Load()
	after := &prices{plans: map[string]pricedPlan{}, services: map[string]billing.CallingService{}}
	err := s.db.View(func(tx kv.Tx) error {
		if err := eachOf(tx, s.CallingServices, func(c billing.CallingService) error {
			after.services[c.Name] = c
			return nil
		}); err != nil {
			return err
		}
		return eachOf(tx, s.RatePlans, func(p billing.RatePlan) (err error) {
			after.plans[p.Name], err = s.priced(tx, p, before)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("compile rate plans: %w", err)
	}
	s.prices.Store(after)
	return nil
}

// priced is a plan ready to price by, as it was before where its rates are the same.
func (s *Store) priced(tx kv.Tx, p billing.RatePlan, before *prices) (pricedPlan, error) {
	owner, err := s.Providers.find(tx, p.Provider)
	if err != nil {
		return pricedPlan{}, err
	}
	zone, err := owner.Zone()
	if err != nil {
		return pricedPlan{}, err
	}
	is := pricedPlan{Plan: billing.Plan{Name: p.Name}, deck: p.Deck, version: counter(tx, key("plan-version", p.Name))}
	if is.Week, err = p.Schedule.In(zone); err != nil {
		return is, err
	}
	if before != nil {
		if was, ok := before.plans[p.Name]; ok && was.version == is.version {
			is.Rates = was.Rates
			return is, nil
		}
	}
	is.Rates, err = compilePlan(tx, p)
	return is, err
}

// eachOf reads every record of a collection.
func eachOf[T any](tx kv.Tx, c *Collection[T], do func(T) error) error {
	from, to := under(c.table)
	for _, b := range tx.Ascend(from, to) {
		v, err := decode[T](b)
		if err == nil {
			err = do(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func missingChild(tx kv.Tx, r billing.NamedRate) error {
	for _, child := range r.Children {
		if name := rateName(r.Provider, child); tx.Get(name.key()) == nil {
			return fmt.Errorf("named-rate %s: %w: see ccctl named-rate list", name.id, billing.ErrNotFound)
		}
	}
	return nil
}
