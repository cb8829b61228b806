package store

import (
	"context"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// Routes chooses and orders the trunks of a call.
func (s *Store) Routes(r routing.Request) (routing.Selection, error) {
	return routing.Select(s.AllTrunks(), r, func(t routing.Trunk) (billing.Tariff, bool) {
		price, _, ok := s.Tariff(t.Deck, r.To, r.At)
		return price, ok
	}), nil
}

// Signalled is the form declared for calls that come in from an endpoint of Asterisk, and the
// country of its national numbers, by the first trunk that leads there; "" is not declared.
func (s *Store) Signalled(endpoint string) (form phone.Form, country string) {
	if endpoint == "" {
		return "", ""
	}
	for _, t := range s.AllTrunks() {
		if t.SignalledForm != "" && t.Peer() == endpoint {
			return t.SignalledForm, t.Country
		}
	}
	return "", ""
}

// Explain tells how a call would leave at a moment: of each trunk when it is tried, or why
// it is passed over; of a callback so for both legs. Where the call would be refused the
// error says why, as it would to the caller: an account that may not call, a destination
// that is not permitted or has no rate, too little money.
func (s *Store) Explain(ctx context.Context, q Question) (routes []routing.Route, err error) {
	asked, err := s.Ask(ctx, q)
	if err == nil && q.Account != "" {
		err = billing.Stands(asked.Who.Account, asked.Who.Offering, q.At)
	}
	if err != nil {
		return nil, err
	}
	for _, leg := range asked.Legs {
		price, err := s.Admit(asked.Who, billing.Inquiry{To: leg.To, At: q.At})
		if err == nil && q.Account != "" {
			err = s.Afford(asked.Who, leg.To, price, q.At)
		}
		if err != nil {
			return nil, err
		}
		r := routing.Request{
			Offering: asked.Who.Offering, Sell: price.Tariff, Currency: asked.Who.Owner.Currency, To: leg.To, At: q.At,
		}
		selection, err := s.Routes(r)
		if err != nil {
			return nil, err
		}
		routes = append(routes, routing.OfLeg(leg.Name, selection.Explain(r))...)
	}
	return routes, nil
}
