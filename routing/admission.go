package routing

import (
	"cccp/billing"
	"cccp/internal/phone"
)

// Market is what is asked of a destination that the rules permit.
type Market interface {
	// AccessNumber says whether a number is one of our own.
	AccessNumber(phone.Number) (n billing.AccessNumber, found bool, err error)
	// Price is what a call costs an account by its offering.
	Price(billing.Inquiry) (p billing.Price, ok bool)
}

// Open refuses a destination that may not be called: by the rules, or because it is one of
// our own access numbers, where the call would come back in as somebody else's, and go out
// again.
func Open(m Market, rules Rules, to phone.Number) error {
	if err := rules.Permit(to); err != nil {
		return err
	}
	_, ours, err := m.AccessNumber(to)
	if err == nil && ours {
		err = billing.Refusal{Reason: billing.CalleeNotAllowed}
	}
	return err
}

// Admit is Open, and the price of the call. Callers, other switches, and operators who ask
// what a caller would be told all go through it.
func Admit(m Market, rules Rules, q billing.Inquiry) (billing.Price, error) {
	if err := Open(m, rules, q.To); err != nil {
		return billing.Price{}, err
	}
	price, ok := m.Price(q)
	if !ok {
		return billing.Price{}, billing.Refusal{Reason: billing.NoRate}
	}
	return price, nil
}
