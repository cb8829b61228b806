package prices

import (
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

var (
	_ records.Follower[billing.NamedRate] = namedRates{}
	_ records.Prover[billing.NamedRate]   = namedRates{}
	_ records.Watcher                     = namedRates{}
	_ records.Prover[billing.RatePlan]    = ratePlans{}
	_ records.Watcher                     = ratePlans{}
	_ records.Watcher                     = callingServices{}
)

// namedRates is the kind of rates that plans are made of.
type namedRates struct{ *Prices }

func (namedRates) ID(r billing.NamedRate) string                      { return r.ID() }
func (namedRates) Owner(_ kv.Tx, r billing.NamedRate) (string, error) { return r.Provider, nil }
func (k namedRates) OnDisk(string) error                              { return k.RefreshPrices() }

func (namedRates) Refs(r billing.NamedRate) []records.Ref {
	return append(records.Providers.To(r.Provider), rateNames(r.Provider, r.Children)...)
}

// Check refuses two rates of a name that hold at the same time.
func (namedRates) Check(tx kv.Tx, r *billing.NamedRate) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if _, err := records.Providers.Find(tx, r.Provider); err != nil {
		return err
	}
	others, err := ratesNamed(tx, r.Provider, r.Name)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID() != r.ID() && overlap(other, *r) {
			return fmt.Errorf("%w: %s and %s hold at the same time: give the earlier one an end",
				billing.ErrInvalid, other.ID(), r.ID())
		}
	}
	return nil
}

func overlap(a, b billing.NamedRate) bool {
	ends := func(r, other billing.NamedRate) bool { return !r.End.IsZero() && !other.Effective.Before(r.End) }
	return !ends(a, b) && !ends(b, a)
}

// Follow lists the rate under its name, or takes it off the list.
func (namedRates) Follow(tx kv.Tx, before, after *billing.NamedRate) error {
	switch {
	case before == nil:
		return nameRate(tx, *after)
	case after == nil:
		return forgetRate(tx, *before)
	}
	return nil
}

// Prove compiles the rate and every plan it is part of.
func (namedRates) Prove(tx kv.Tx, r billing.NamedRate) error {
	return errors.Join(prove(tx, r), CompileAbove(tx, r))
}

// ratePlans is the kind of what rates are sold as.
type ratePlans struct{ *Prices }

func (ratePlans) ID(p billing.RatePlan) string                      { return p.Name }
func (ratePlans) Owner(_ kv.Tx, p billing.RatePlan) (string, error) { return p.Provider, nil }
func (ratePlans) Prove(tx kv.Tx, p billing.RatePlan) error          { return recompile(tx, p.Name) }
func (k ratePlans) OnDisk(string) error                             { return k.RefreshPrices() }

func (ratePlans) Refs(p billing.RatePlan) []records.Ref {
	refs := records.Providers.To(p.Provider)
	if p.Deck != "" {
		refs = append(refs, records.ToDeck(p.Deck))
	}
	return append(refs, rateNames(p.Provider, p.Rates)...)
}

func (ratePlans) Check(tx kv.Tx, p *billing.RatePlan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	before, kept, err := records.RatePlans.Load(tx, p.Name)
	if kept && before.Provider != p.Provider {
		return fmt.Errorf("%w: rate plan %s is of provider %s, and so are its rates: add a new one",
			billing.ErrConflict, p.Name, before.Provider)
	}
	if err != nil || p.Deck == "" || p.Deck == before.Deck {
		return err
	}
	owner, err := records.Providers.Find(tx, p.Provider)
	if err != nil {
		return err
	}
	return records.PriceBy(tx, p.Deck, owner.Currency, string(records.RatePlans)+"/"+p.Name)
}

// callingServices is the kind of what offerings sell plans by.
type callingServices struct{ *Prices }

func (callingServices) ID(c billing.CallingService) string { return c.Name }
func (callingServices) Owner(_ kv.Tx, c billing.CallingService) (string, error) {
	return c.Provider, nil
}
func (k callingServices) OnDisk(string) error { return k.RefreshPrices() }

func (callingServices) Refs(c billing.CallingService) []records.Ref {
	return append(records.Providers.To(c.Provider), records.RatePlans.To(c.RatePlans...)...)
}

// Check keeps a service and its plans in one currency.
func (callingServices) Check(tx kv.Tx, c *billing.CallingService) error {
	if err := c.Validate(); err != nil {
		return err
	}
	before, kept, err := records.CallingServices.Load(tx, c.Name)
	if err != nil {
		return err
	}
	if kept && before.Provider != c.Provider {
		return fmt.Errorf("%w: calling service %s is of provider %s: add a new one",
			billing.ErrConflict, c.Name, before.Provider)
	}
	for _, name := range c.RatePlans {
		plan, err := records.RatePlans.Find(tx, name)
		if err == nil {
			err = oneCurrency(tx, "rate plan "+name, plan.Provider, c.Provider)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// CheckSold keeps an offering and its calling services in one currency.
func CheckSold(tx kv.Tx, o billing.Offering) error {
	for _, name := range o.CallingServices {
		service, err := records.CallingServices.Find(tx, name)
		if err == nil {
			err = oneCurrency(tx, "calling service "+name, service.Provider, o.Provider)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func oneCurrency(tx kv.Tx, what, priced, sold string) error {
	from, fromErr := records.Providers.Find(tx, priced)
	by, byErr := records.Providers.Find(tx, sold)
	if err := errors.Join(fromErr, byErr); err != nil || from.Currency == by.Currency {
		return err
	}
	return fmt.Errorf("%w: %s is priced in %s, provider %s sells in %s",
		billing.ErrConflict, what, from.Currency, by.Name, by.Currency)
}

// AddRate adds a rate within a batch. Plans it is part of are to be compiled once for all
// rates of the batch, by CompileAbove: known says whether there may be any.
func AddRate(b records.Within, to *records.Collection[billing.NamedRate], r billing.NamedRate) (
	added billing.NamedRate, known bool, err error,
) {
	for _, child := range rateNames(r.Provider, r.Children) {
		if !child.There(records.Tx(b)) {
			return r, false, fmt.Errorf("named-rate %s: %w: see ccctl named-rate list", child.ID, billing.ErrNotFound)
		}
	}
	known = rateName(r.Provider, r.Name).There(records.Tx(b))
	if added, err = to.Enter(b, r); err != nil {
		return added, known, err
	}
	return added, known, prove(records.Tx(b), added)
}

// rateName points at the rates of one name: there may be several, one after the other.
func rateName(provider, name string) records.Ref {
	return records.Ref{Table: string(ratesOfName), Word: "named-rate", ID: provider + ":" + name}
}

func rateNames(provider string, names []string) []records.Ref {
	refs := make([]records.Ref, len(names))
	for i, name := range names {
		refs[i] = rateName(provider, name)
	}
	return refs
}

// nameRate lists a rate under its name.
func nameRate(tx kv.Tx, r billing.NamedRate) error {
	name := rateName(r.Provider, r.Name)
	ids, _, err := ratesOfName.Load(tx, name.ID)
	ratesOfName.Put(tx, append(ids, r.ID()), name.ID)
	return err
}

// forgetRate takes the last rate of a name away only if no plan and no other rate needs it.
func forgetRate(tx kv.Tx, r billing.NamedRate) error {
	name := rateName(r.Provider, r.Name)
	ids, _, err := ratesOfName.Load(tx, name.ID)
	if err != nil {
		return err
	}
	if ids = slices.DeleteFunc(ids, func(id string) bool { return id == r.ID() }); len(ids) > 0 {
		ratesOfName.Put(tx, ids, name.ID)
		return nil
	}
	for user := range name.Users(tx) {
		return fmt.Errorf("named-rate %s is %w by %s: change that first", r.ID(), billing.ErrInUse, user)
	}
	ratesOfName.Delete(tx, name.ID)
	return nil
}
