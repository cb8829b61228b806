package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/store/kv"
)

// pricing are the collections of what calls are sold as besides rate decks.
func (s *Store) pricing() {
	s.NamedRates = &Collection[billing.NamedRate]{
		db: s.db, table: "named-rate", word: "named-rate",
		owner:   func(_ kv.Tx, r billing.NamedRate) (string, error) { return r.Provider, nil },
		id:      func(r billing.NamedRate) string { return r.ID() },
		check:   s.checkNamedRate,
		refs:    namedRateRefs,
		added:   nameRate,
		removed: forgetRate,
		leave:   func(l *leaving, r billing.NamedRate) error { return forgetRate(l.tx, r) },
		after:   func(tx kv.Tx, r billing.NamedRate) error { return errors.Join(prove(tx, r), recompileAbove(tx, r)) },
		durable: s.refreshPrices,
	}
	s.RatePlans = &Collection[billing.RatePlan]{
		db: s.db, table: "rate-plan", word: "rate-plan",
		owner: func(_ kv.Tx, p billing.RatePlan) (string, error) { return p.Provider, nil },
		id:    func(p billing.RatePlan) string { return p.Name },
		check: checkRatePlan,
		refs:  ratePlanRefs,
		after: func(tx kv.Tx, p billing.RatePlan) error { return recompile(tx, p.Name) }, durable: s.refreshPrices,
	}
	s.CallingServices = &Collection[billing.CallingService]{
		db: s.db, table: "calling-service", word: "calling-service",
		owner: func(_ kv.Tx, c billing.CallingService) (string, error) { return c.Provider, nil },
		id:    func(c billing.CallingService) string { return c.Name },
		check: s.checkCallingService,
		refs: func(c billing.CallingService) []ref {
			return append([]ref{provider(c.Provider)}, refsTo("rate-plan", c.RatePlans)...)
		},
		durable: s.refreshPrices,
	}
}

func refsTo(table string, ids []string) (refs []ref) {
	for _, id := range ids {
		refs = append(refs, ref{table, table, id})
	}
	return refs
}

// rateName points at the rates of one name: there may be several, one after the other.
func rateName(provider, name string) ref {
	return ref{"rate-name", "named-rate", provider + ":" + name}
}

func (r ref) key() []byte { return key(r.table, r.id) }

func namedRateRefs(r billing.NamedRate) []ref {
	refs := []ref{provider(r.Provider)}
	for _, child := range r.Children {
		refs = append(refs, rateName(r.Provider, child))
	}
	return refs
}

func ratePlanRefs(p billing.RatePlan) []ref {
	refs := []ref{provider(p.Provider)}
	if p.Deck != "" {
		refs = append(refs, deck(p.Deck))
	}
	for _, rate := range p.Rates {
		refs = append(refs, rateName(p.Provider, rate))
	}
	return refs
}

// offeringRefs are an offering's provider and access numbers, what prices its calls, and what
// may pay for them.
func offeringRefs(o billing.Offering) []ref {
	refs := append(accessOf(o), provider(o.Provider))
	refs = append(refs, refsTo("bundle", o.Bundles)...)
	if o.Deck != "" {
		return append(refs, deck(o.Deck))
	}
	return append(refs, refsTo("calling-service", o.CallingServices)...)
}

// named are the IDs of the rates of a name.
func named(tx kv.Tx, name ref) ([]string, error) {
	ids, _, err := load[[]string](tx, name.key())
	return ids, err
}

func nameRate(tx kv.Tx, r billing.NamedRate) {
	name := rateName(r.Provider, r.Name)
	ids, _ := named(tx, name) // read when the rate was checked
	tx.Put(name.key(), encode(append(ids, r.ID())))
}

// forgetRate takes the last rate of a name away only if no plan and no other rate needs it.
func forgetRate(tx kv.Tx, r billing.NamedRate) error {
	name := rateName(r.Provider, r.Name)
	ids, err := named(tx, name)
	if err != nil {
		return err
	}
	if ids = slices.DeleteFunc(ids, func(id string) bool { return id == r.ID() }); len(ids) > 0 {
		tx.Put(name.key(), encode(ids))
		return nil
	}
	from, to := under("use", name.table, name.id)
	for user := range tx.Ascend(from, to) {
		return fmt.Errorf("named-rate %s is %w by %s: change that first", r.ID(), billing.ErrInUse, user[len(from):])
	}
	tx.Delete(name.key())
	return nil
}

func (s *Store) checkNamedRate(tx kv.Tx, r *billing.NamedRate) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if _, err := s.Providers.find(tx, r.Provider); err != nil {
		return err
	}
	others, err := ratesNamed(tx, r.Provider, r.Name)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID() != r.ID() && overlap(other, *r) {
			return fmt.Errorf("%w: %s and %s hold at the same time: give the earlier one an end", billing.ErrInvalid, other.ID(), r.ID())
		}
	}
	return nil
}

func overlap(a, b billing.NamedRate) bool {
	ends := func(r, other billing.NamedRate) bool { return !r.End.IsZero() && !other.Effective.Before(r.End) }
	return !ends(a, b) && !ends(b, a)
}

// ratesNamed are the rates of one name; none is no error.
func ratesNamed(tx kv.Tx, provider, name string) ([]billing.NamedRate, error) {
	ids, err := named(tx, rateName(provider, name))
	if err != nil {
		return nil, err
	}
	list := make([]billing.NamedRate, len(ids))
	for i, id := range ids {
		if list[i], _, err = load[billing.NamedRate](tx, key("named-rate", id)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func of(tx kv.Tx, provider string) func(string) ([]billing.NamedRate, error) {
	return func(name string) ([]billing.NamedRate, error) { return ratesNamed(tx, provider, name) }
}

// prove proves that a rate and those below it can be, if it is still there.
func prove(tx kv.Tx, r billing.NamedRate) error {
	if tx.Get(key("named-rate", r.ID())) == nil {
		return nil
	}
	_, err := billing.CompileRates(r.Name, 0, []string{r.Name}, of(tx, r.Provider))
	return err
}

// recompileAbove proves every plan that changed rates are part of, and gives it a new
// version.
func recompileAbove(tx kv.Tx, changed ...billing.NamedRate) error {
	up := climb{tx: tx, seen: map[string]bool{}}
	if len(changed) >= manyRates {
		up.readUsers()
	}
	for _, r := range changed {
		up.from(r.Provider, r.Name)
	}
	var problems []error
	slices.Sort(up.plans)
	for _, plan := range up.plans {
		problems = append(problems, recompile(tx, plan))
	}
	return errors.Join(problems...)
}

// climb finds the plans that rates are part of, by who refers to them.
type climb struct {
	tx    kv.Tx
	seen  map[string]bool
	plans []string
	// users of all names, read at once where many are asked about: a walk is dear within a
	// large import.
	users map[string][]string
}

// manyRates is from how many changed rates on all users of rates are read at once.
const manyRates = 20

// usersOf are "named-rate/ID" and "rate-plan/ID".
func (c *climb) usersOf(name ref) (users []string) {
	if c.users != nil {
		return c.users[name.id]
	}
	from, to := under("use", name.table, name.id)
	for k := range c.tx.Ascend(from, to) {
		users = append(users, string(k[len(from):]))
	}
	return users
}

func (c *climb) readUsers() {
	c.users = map[string][]string{}
	from, to := under("use", "rate-name")
	for k := range c.tx.Ascend(from, to) {
		name, user, _ := strings.Cut(string(k[len(from):]), "/")
		c.users[name] = append(c.users[name], user)
	}
}

func (c *climb) from(provider, name string) {
	for _, user := range c.usersOf(rateName(provider, name)) {
		kind, id, _ := strings.Cut(user, "/")
		if kind == "named-rate" {
			id, _, _ = strings.Cut(id, "@")
		}
		if c.seen[kind+"/"+id] {
			continue
		}
		c.seen[kind+"/"+id] = true
		if kind == "rate-plan" {
			c.plans = append(c.plans, id)
			continue
		}
		_, parent, _ := strings.Cut(id, ":")
		c.from(provider, parent)
	}
}

// recompile proves that a plan can be, and gives it a new version.
func recompile(tx kv.Tx, name string) error {
	plan, ok, err := load[billing.RatePlan](tx, key("rate-plan", name))
	if err != nil || !ok {
		return err
	}
	at := key("plan-version", name)
	setCounter(tx, at, counter(tx, at)+1)
	if _, err := compilePlan(tx, plan); err != nil {
		return fmt.Errorf("rate plan %s: %w", name, err)
	}
	return nil
}

// compilePlan is the deck of a plan's rates, or nil where a rate deck stands in their place.
func compilePlan(tx kv.Tx, p billing.RatePlan) (*billing.Deck, error) {
	if p.Deck != "" {
		return nil, nil
	}
	return billing.CompileRates(p.Name, counter(tx, key("plan-version", p.Name)), p.Rates, of(tx, p.Provider))
}

func checkRatePlan(tx kv.Tx, p *billing.RatePlan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	before, kept, err := load[billing.RatePlan](tx, key("rate-plan", p.Name))
	if kept && before.Provider != p.Provider {
		return fmt.Errorf("%w: rate plan %s is of provider %s, and so are its rates: add a new one", billing.ErrConflict, p.Name, before.Provider)
	}
	return err
}

// checkCallingService keeps a service and its plans in one currency.
func (s *Store) checkCallingService(tx kv.Tx, c *billing.CallingService) error {
	if err := c.Validate(); err != nil {
		return err
	}
	before, kept, err := load[billing.CallingService](tx, key("calling-service", c.Name))
	if err != nil {
		return err
	}
	if kept && before.Provider != c.Provider {
		return fmt.Errorf("%w: calling service %s is of provider %s: add a new one", billing.ErrConflict, c.Name, before.Provider)
	}
	for _, name := range c.RatePlans {
		plan, err := s.RatePlans.find(tx, name)
		if err == nil {
			err = s.oneCurrency(tx, "rate plan "+name, plan.Provider, c.Provider)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkSoldAs keeps an offering and its calling services in one currency.
func (s *Store) checkSoldAs(tx kv.Tx, o billing.Offering) error {
	for _, name := range o.CallingServices {
		service, err := s.CallingServices.find(tx, name)
		if err == nil {
			err = s.oneCurrency(tx, "calling service "+name, service.Provider, o.Provider)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) oneCurrency(tx kv.Tx, what, priced, sold string) error {
	from, fromErr := s.Providers.find(tx, priced)
	by, byErr := s.Providers.find(tx, sold)
	if err := errors.Join(fromErr, byErr); err != nil || from.Currency == by.Currency {
		return err
	}
	return fmt.Errorf("%w: %s is priced in %s, provider %s sells in %s", billing.ErrConflict, what, from.Currency, by.Name, by.Currency)
}
