package store

import (
	"fmt"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store/records"
)

// Routes chooses and orders the trunks of a call.
func (s *Store) Routes(r routing.Request) (routing.Selection, error) {
	return routing.Select(s.AllTrunks(), r, func(t routing.Trunk) (billing.Tariff, bool) {
		price, _, ok := s.Tariff(t.Deck, r.To, r.At)
		return price, ok
	}), nil
}

// Explain tells how a call under an offering would leave at a moment: of each trunk when it
// is tried, or why it is passed over. to is a number as the offering's owner writes it.
// Whether the offering permits the number at all is not asked.
func (s *Store) Explain(offering, to string, at time.Time) ([]routing.Route, error) {
	sold, err := s.Offerings.Get(offering)
	if err != nil {
		return nil, err
	}
	owner, err := s.Providers.Get(sold.Provider)
	if err != nil {
		return nil, err
	}
	number := phone.Number(to)
	if err := records.ReadNumber("number", &number, owner.Country); err != nil {
		return nil, err
	}
	if number == "" {
		return nil, fmt.Errorf("%w: say which number is called", billing.ErrInvalid)
	}
	price, ok := s.Price(billing.Inquiry{Offering: sold, To: number, At: at})
	if !ok {
		return nil, billing.Refusal{Reason: billing.NoRate}
	}
	r := routing.Request{Offering: sold, Sell: price.Tariff, Currency: owner.Currency, To: number, At: at}
	selection, err := s.Routes(r)
	return selection.Explain(r), err
}
