package kazoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/internal/phone"
	"cccp/store"
)

// plan is everything an import is going to do.
type plan struct {
	store   *store.Store
	options documents.ImportOptions

	rows     []*documents.Row
	settings documents.Settings
	config   documents.ConfigInput
	unknown  map[string]bool

	providers   map[string]*tenant
	sold        map[string]string // offering of new accounts, by provider
	accounts    map[string]*holder
	credentials map[string]planned // by ID

	setUp   []step // in this order
	records []step // in any order
}

// tenant is a provider of the import, as it is going to be.
type tenant struct {
	billing.Provider
	isNew bool
	own   []phone.Number        // owned numbers that are added
	owned map[phone.Number]bool // all of them, those included
}

// product is an offering of the import, as it is going to be.
type product struct {
	billing.Offering
	isNew bool
}

// holder is an account of the import. add adds it, once; it does nothing where it is there.
type holder struct {
	provider string
	isNew    bool
	add      func(context.Context) error
}

// planned is a credential that an earlier document of the import adds, or found.
type planned struct {
	billing.Credential
	label string
}

// item is a document that may become a credential.
type item struct {
	documents.RecordInput
	row      *documents.Row
	provider string
}

func newPlan(s *store.Store, o documents.ImportOptions) *plan {
	return &plan{
		store: s, options: o, unknown: map[string]bool{}, providers: map[string]*tenant{},
		sold: map[string]string{}, accounts: map[string]*holder{}, credentials: map[string]planned{},
	}
}

// make plans everything. Its error is a question: nothing can be done before it is
// answered.
func (p *plan) make(all iter.Seq[documents.Document]) error {
	items, configs, rows := p.sort(all)
	owner, err := p.findProviders(items, len(configs) > 0)
	if err != nil {
		return err
	}
	sold, err := p.findOfferings(items, owner)
	if err != nil {
		return err
	}
	for i, c := range configs {
		p.planConfig(c, i, owner, sold)
	}
	for _, i := range items {
		i.row.Action, i.row.What = p.planRecord(i)
	}
	p.planOwned()
	p.rows = append(p.rows, rows...)
	return nil
}

// sort reads the documents, and gives each a row; those without an action are to be
// planned yet.
func (p *plan) sort(all iter.Seq[documents.Document]) (items []item, configs []configItem, rows []*documents.Row) {
	for d := range all {
		row := &documents.Row{File: d.File, Document: d.Label()}
		kind, leftOut := d.Fields.Kind()
		switch {
		case d.Problem != "":
			row.Action, row.What = documents.Refused, d.Problem
		case leftOut != "":
			row.Action, row.What = documents.Ignored, leftOut
		case kind == documents.ConfigKind:
			if p.readConfigs(d, row, &configs) {
				continue // each of its settings has a row
			}
		case kind == documents.DISAKind:
			row.Action, row.What = documents.DISADefaults(d.Fields)
		default:
			p.readItem(d, row, &items)
		}
		rows = append(rows, row)
	}
	return items, configs, rows
}

func (p *plan) readItem(d documents.Document, row *documents.Row, items *[]item) {
	r, ignored, err := documents.ReadRecord(d.Fields)
	p.note(ignored)
	if err != nil {
		row.Action, row.What = documents.Refused, reason(err)
		return
	}
	name := cmp.Or(p.options.Rename[r.Account], r.Account, p.options.Provider)
	if err := billing.CheckName("user_id", r.User); err != nil {
		row.Action, row.What = documents.Refused, reason(err)
		return
	}
	if name != "" {
		if err := billing.CheckName("account_id", name); err != nil {
			row.Action, row.What = documents.Refused, reason(err)
			return
		}
	}
	*items = append(*items, item{r, row, name})
}

// note remembers fields that mean nothing to us.
func (p *plan) note(fields []string) {
	for _, name := range fields {
		p.unknown[name] = true
	}
}

// question is an error that asks for something.
func question(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{billing.ErrInvalid}, args...)...)
}

// findProviders looks up whose records those are, and adds who is missing. It answers
// the owner of access numbers, if one is needed.
func (p *plan) findProviders(items []item, ownerNeeded bool) (owner string, err error) {
	named := map[string]bool{}
	for _, i := range items {
		if i.provider == "" {
			return "", question("document %s names no account: give its provider with --provider NAME", i.row.Place())
		}
		named[i.provider] = true
	}
	owner = p.options.Provider
	if owner == "" {
		if owner, err = p.onlyProvider(named); err != nil {
			return "", err
		}
	}
	switch {
	case owner == "" && ownerNeeded:
		return "", question("the access numbers of system_config/cccp need an owner: give --provider NAME")
	case ownerNeeded:
		named[owner] = true
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if err := p.findProvider(name); err != nil {
			return "", err
		}
	}
	return owner, nil
}

// onlyProvider is the only one there is to choose from.
func (p *plan) onlyProvider(named map[string]bool) (string, error) {
	if len(named) > 1 {
		return "", nil
	}
	for name := range named {
		return name, nil
	}
	all, err := p.store.Providers.List("", 2)
	if err != nil || len(all) != 1 {
		return "", err
	}
	return all[0].Name, nil
}

func (p *plan) findProvider(name string) error {
	known, err := p.store.Providers.Get(name)
	if err == nil {
		p.providers[name] = newTenant(known)
		return nil
	}
	if !errors.Is(err, billing.ErrNotFound) {
		return err
	}
	t := newTenant(billing.Provider{Name: name, Country: p.options.Country, Currency: p.options.Currency})
	t.isNew = true
	if t.Country == "" || t.Currency == "" {
		return question("provider %s is new: give its country and currency, as in --country CA --currency USD", name)
	}
	if err := t.Validate(); err != nil {
		return err
	}
	p.providers[name] = t
	row := p.added("provider %s in %s, with accounts in %s", name, t.Country, t.Currency)
	p.setUp = append(p.setUp, step{row, func(ctx context.Context) error {
		given := t.Provider
		given.DefaultCallerID = "" // a row of its own
		_, err := p.store.Providers.Add(ctx, given)
		return err
	}})
	return nil
}

func newTenant(p billing.Provider) *tenant {
	t := &tenant{Provider: p, owned: map[phone.Number]bool{}}
	for _, n := range p.OwnedNumbers {
		t.owned[n] = true
	}
	return t
}

// asGiven writes a number so that the store, which reads what operators type, takes it
// for nothing national.
func asGiven(n phone.Number) phone.Number { return phone.Number(n.E164()) }

// added is a row of something that no document stands for by itself.
func (p *plan) added(format string, args ...any) *documents.Row {
	row := &documents.Row{Action: documents.Added, What: fmt.Sprintf(format, args...)}
	p.rows = append(p.rows, row)
	return row
}

// findOfferings says what new accounts are sold under. It answers the offerings that
// rules of the configuration are for.
func (p *plan) findOfferings(items []item, owner string) (sold []*product, err error) {
	var needed []string
	for _, i := range items {
		if slices.Contains(needed, i.provider) {
			continue
		}
		if _, err := p.store.Accounts.Get(i.User); errors.Is(err, billing.ErrNotFound) {
			needed = append(needed, i.provider)
		} else if err != nil {
			return nil, err
		}
	}
	if p.options.Offering != "" {
		o, err := p.oneOffering(owner)
		if err != nil {
			return nil, err
		}
		for _, name := range needed {
			p.sold[name] = o.Name
			if err := p.sameCurrency(o.Offering, name); err != nil {
				return nil, err
			}
		}
		return []*product{o}, nil
	}
	for _, name := range needed {
		if p.sold[name], err = onlyOffering(p.store, name); errors.Is(err, errNoOffering) {
			return nil, question("provider %s has no offering its accounts could be sold under: "+
				"give --offering NAME --deck DECK, and it is added", name)
		} else if err != nil {
			return nil, err
		}
	}
	return p.ownOfferings()
}

// ownOfferings are those of all providers of the import.
func (p *plan) ownOfferings() (all []*product, err error) {
	known, err := every(p.store.Offerings, func(o billing.Offering) string { return o.Name })
	for _, o := range known {
		if p.providers[o.Provider] != nil {
			all = append(all, &product{Offering: o})
		}
	}
	return all, err
}

// oneOffering is the one that was named; it is added where it is missing.
func (p *plan) oneOffering(owner string) (*product, error) {
	name, deck := p.options.Offering, p.options.Deck
	known, err := p.store.Offerings.Get(name)
	if err == nil || !errors.Is(err, billing.ErrNotFound) {
		return &product{Offering: known}, err
	}
	switch {
	case deck == "":
		return nil, question("offering %s is new: give the rate deck that prices its calls, as in --deck retail", name)
	case p.store.Deck(deck) == nil:
		return nil, question("there is no rate deck %s yet: ccctl rate import %s FILE", deck, deck)
	case owner == "":
		return nil, question("offering %s is new, and there are several providers: give its owner with --provider NAME",
			name)
	}
	o := &product{billing.Offering{
		Name: name, Provider: owner, Deck: deck, AllowedCallee: billing.SeedAllowedCallee,
	}, true}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if p.providers[owner] == nil { // it has no records itself
		if err := p.findProvider(owner); err != nil {
			return nil, err
		}
	}
	row := p.added("offering %s of provider %s, priced by rate deck %s", name, owner, deck)
	p.setUp = append(p.setUp, step{row, func(ctx context.Context) error {
		_, err := p.store.Offerings.Add(ctx, o.Offering)
		return err
	}})
	p.rows = append(p.rows, &documents.Row{Action: documents.Noted, What: fmt.Sprintf(
		"CCCP let its callers call every country, offering %s their own: "+
			"for all of them, ccctl offering set %s --allowed-country '*'", name, name)})
	return o, nil
}

// sameCurrency refuses an offering whose prices are in another currency than the
// accounts of who sells it.
func (p *plan) sameCurrency(o billing.Offering, seller string) error {
	owner, err := p.currency(o.Provider)
	if err != nil || owner == p.providers[seller].Currency {
		return err
	}
	return question("offering %s is priced in %s, provider %s keeps accounts in %s: give another --offering",
		o.Name, owner, seller, p.providers[seller].Currency)
}

func (p *plan) currency(provider string) (string, error) {
	if t := p.providers[provider]; t != nil {
		return t.Currency, nil
	}
	known, err := p.store.Providers.Get(provider)
	return known.Currency, err
}
