package directory

import (
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/prices"
	"cccp/store/records"
)

// offerings is the kind of what accounts are sold under.
type offerings struct{ records.Numbers }

func (offerings) ID(o billing.Offering) string                      { return o.Name }
func (offerings) Owner(_ kv.Tx, o billing.Offering) (string, error) { return o.Provider, nil }

// Refs are an offering's provider and access numbers, what prices its calls, and what may
// pay for them.
func (offerings) Refs(o billing.Offering) (refs []records.Ref) {
	for _, n := range o.AccessNumbers {
		refs = append(refs, records.AccessNumbers.To(string(n))...)
	}
	refs = append(refs, records.Providers.To(o.Provider)...)
	refs = append(refs, records.Bundles.To(o.Bundles...)...)
	if o.Deck != "" {
		return append(refs, records.ToDeck(o.Deck))
	}
	return append(refs, records.CallingServices.To(o.CallingServices...)...)
}

// Check lets an offering that accounts are sold under move between providers of one
// currency only: prices and balances must stay in the same one.
func (k offerings) Check(tx kv.Tx, o *billing.Offering) error {
	before, ok, err := records.Offerings.Load(tx, o.Name)
	if err == nil {
		err = k.readAccessNumbers(tx, o, before)
	}
	if err == nil {
		err = errors.Join(o.Validate(), prices.CheckSold(tx, *o))
	}
	if err == nil && o.Deck != "" && (o.Deck != before.Deck || o.Provider != before.Provider) {
		err = byDeck(tx, *o)
	}
	if err != nil || !ok || before.Provider == o.Provider {
		return err
	}
	was, wasErr := records.Providers.Find(tx, before.Provider)
	is, isErr := records.Providers.Find(tx, o.Provider)
	if err := errors.Join(wasErr, isErr); err != nil || was.Currency == is.Currency {
		return err
	}
	for range records.Users(tx, string(records.Offerings), o.Name, string(records.Accounts)) {
		return fmt.Errorf("%w: accounts under offering %s are kept in %s, provider %s prices in %s",
			billing.ErrConflict, o.Name, was.Currency, is.Name, is.Currency)
	}
	return nil
}

// byDeck has a deck price the offering in its provider's currency.
func byDeck(tx kv.Tx, o billing.Offering) error {
	owner, err := records.Providers.Find(tx, o.Provider)
	if err != nil {
		return err
	}
	return records.PriceBy(tx, o.Deck, owner.Currency, string(records.Offerings)+"/"+o.Name)
}

// readAccessNumbers reads the access numbers of an offering in its provider's country;
// those that are kept already are left as they are.
func (k offerings) readAccessNumbers(tx kv.Tx, o *billing.Offering, before billing.Offering) error {
	if len(o.AccessNumbers) == 0 {
		return nil
	}
	owner, err := records.Providers.Find(tx, o.Provider)
	if err != nil {
		return err
	}
	o.AccessNumbers = slices.Clone(o.AccessNumbers)
	return k.ReadNew("access number", records.Each(o.AccessNumbers), before.AccessNumbers, owner.Country)
}

// accessNumbers is the kind of numbers that callers dial.
type accessNumbers struct{ records.Numbers }

func (accessNumbers) ID(n billing.AccessNumber) string                      { return string(n.Number) }
func (accessNumbers) Owner(_ kv.Tx, n billing.AccessNumber) (string, error) { return n.Provider, nil }

func (accessNumbers) Refs(n billing.AccessNumber) []records.Ref {
	refs := records.Providers.To(n.Provider)
	if n.Offering != "" {
		refs = append(refs, records.Offerings.To(n.Offering)...)
	}
	return refs
}

func (k accessNumbers) Check(tx kv.Tx, n *billing.AccessNumber) error {
	owner, err := records.Providers.Find(tx, n.Provider)
	if err != nil {
		return err
	}
	if !records.AccessNumbers.Has(tx, string(n.Number)) { // a new one, as somebody typed it
		if err := k.ReadNumber("access number", &n.Number, owner.Country); err != nil {
			return err
		}
	}
	if n.Answer == "" {
		n.Answer = billing.AnswerFirst
	}
	return n.Validate()
}
