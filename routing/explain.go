package routing

import "cccp/billing"

// Route is one trunk's part in the explanation of a call.
type Route struct {
	// Place is when the trunk is tried, from 1; 0 is never.
	Place    int    `json:"place,omitempty" doc:"1 is tried first; none where the trunk is passed over"`
	Trunk    string `json:"trunk"`
	Priority int    `json:"priority"`
	Deck     string `json:"deck,omitempty" doc:"deck of buy prices"`
	Prefix   string `json:"prefix,omitempty" doc:"prefix of the buy price"`
	// Cost and Price are of ReferenceS talked, in Currency; there is no Cost where nobody
	// can tell.
	Cost      *billing.Money `json:"cost,omitempty" doc:"what a minute costs us, connection fee included"`
	Price     billing.Money  `json:"price" doc:"what a minute costs the caller, connection fee included"`
	Currency  string         `json:"currency"`
	PassedWhy Obstacle       `json:"passed_over,omitempty" doc:"why, such as no_buy_rate or below_cost"`
	// Leg of a callback: A to the caller, B to the number called.
	Leg string `json:"leg,omitempty" doc:"of a callback: A to the caller, B to the number called"`
}

// Explain tells of every trunk when it is tried, or why it is passed over.
func (s Selection) Explain(r Request) []Route {
	routes := make([]Route, 0, len(s.Candidates)+len(s.Passed))
	for i, c := range s.Candidates {
		route := r.route(c.Trunk, c.Buy, c.Cost)
		route.Place = i + 1
		routes = append(routes, route)
	}
	for _, p := range s.Passed {
		route := r.route(p.Trunk, p.Buy, p.Cost)
		route.PassedWhy = p.Why
		routes = append(routes, route)
	}
	return routes
}

// OfLeg says of routes which leg they are for.
func OfLeg(leg string, routes []Route) []Route {
	for i := range routes {
		routes[i].Leg = leg
	}
	return routes
}

func (r Request) route(t Trunk, buy *billing.Tariff, cost billing.Money) Route {
	route := Route{
		Trunk: t.Name, Priority: t.Priority, Deck: t.Deck,
		Price: r.Sell.Cost(ReferenceS), Currency: r.Currency,
	}
	if buy != nil {
		route.Cost, route.Prefix = &cost, buy.Prefix
	}
	return route
}
