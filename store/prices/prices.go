package prices

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// Prices is what calls are priced by, as it is kept and in memory.
type Prices struct {
	db *kv.DB

	NamedRates      *records.Collection[billing.NamedRate]
	RatePlans       *records.Collection[billing.RatePlan]
	CallingServices *records.Collection[billing.CallingService]

	decks      atomic.Pointer[map[string]*billing.Deck]
	sold       atomic.Pointer[priceList]
	refreshing sync.Mutex // of sold, while it is read anew
}

// Open compiles every active deck and plan of a database.
func Open(db *kv.DB, r *records.Registry) (*Prices, error) {
	p := &Prices{db: db}
	p.NamedRates = records.Collect(r, records.NamedRates, namedRates{p})
	p.RatePlans = records.Collect(r, records.RatePlans, ratePlans{p})
	p.CallingServices = records.Collect(r, records.CallingServices, callingServices{p})
	r.OwnedBy(string(ratesOfName), func(_ kv.Tx, id string) (string, error) {
		provider, _, _ := strings.Cut(id, ":")
		return provider, nil
	})
	return p, errors.Join(p.loadDecks(), p.RefreshPrices())
}

// priceList is what calls are priced by besides rate decks, in memory. It is never changed,
// but replaced.
type priceList struct {
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
func (p *Prices) Price(q billing.Inquiry) (billing.Price, bool) {
	if deck := q.Offering.Deck; deck != "" {
		t, version, ok := p.Tariff(deck, q.To, q.At)
		return billing.Price{Tariff: t, Deck: deck, Version: version}, ok
	}
	return billing.PriceBy(p.sold.Load().soldUnder(q.Offering, p.Deck), q)
}

// soldUnder are an offering's services, ready to price calls.
func (l *priceList) soldUnder(o billing.Offering, deck func(string) *billing.Deck) (list []billing.Sold) {
	for _, name := range o.CallingServices {
		service := billing.Sold{CallingService: l.services[name]}
		for _, planName := range service.RatePlans {
			plan := l.plans[planName].Plan
			if from := l.plans[planName].deck; from != "" {
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

// RefreshPrices brings what is in memory up to what is on disk: plans are compiled whose version
// is another. Calls in progress keep their tariff.
func (p *Prices) RefreshPrices() error {
	p.refreshing.Lock() // who comes later reads a later state
	defer p.refreshing.Unlock()
	var list *priceList
	err := p.db.View(func(tx kv.Tx) (err error) {
		list, err = readPrices(tx, p.sold.Load())
		return err
	})
	if err != nil {
		return fmt.Errorf("compile rate plans: %w", err)
	}
	p.sold.Store(list)
	return nil
}

func readPrices(tx kv.Tx, before *priceList) (*priceList, error) {
	list := &priceList{plans: map[string]pricedPlan{}, services: map[string]billing.CallingService{}}
	for c, err := range records.CallingServices.All(tx) {
		if err != nil {
			return nil, err
		}
		list.services[c.Name] = c
	}
	for plan, err := range records.RatePlans.All(tx) {
		if err == nil {
			list.plans[plan.Name], err = priced(tx, plan, before)
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// priced is a plan ready to price by, as it was before where its rates are the same.
func priced(tx kv.Tx, p billing.RatePlan, before *priceList) (pricedPlan, error) {
	owner, err := records.Providers.Find(tx, p.Provider)
	if err != nil {
		return pricedPlan{}, err
	}
	zone, err := owner.Zone()
	if err != nil {
		return pricedPlan{}, err
	}
	is := pricedPlan{Plan: billing.Plan{Name: p.Name}, deck: p.Deck, version: planVersions.Of(tx, p.Name)}
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
