package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/wire"
)

// pricing registers what calls are sold as, and what they cost.
func (s server) pricing(d *Door) {
	resource(d, noun{"named-rate", "named-rates", staff.Rates, true}, s.Store.NamedRates, nil)
	resource(d, noun{"rate-plan", "rate-plans", staff.Rates, true}, s.Store.RatePlans, nil)
	resource(d, noun{"calling-service", "calling-services", staff.Rates, true}, s.Store.CallingServices, nil)
	Answer(d, Endpoint{
		ID: "quote", Method: http.MethodGet, Path: "/v1/offerings/{name}/quote",
		Summary: "Say what calls cost under an offering", May: Open, Shared: true,
	}, func(ctx context.Context, in *quoteRequest) ([]wire.Quote, error) {
		return s.quote(ctx, in)
	})
}

type quoteRequest struct {
	ByName
	To string `query:"to" required:"true" maxLength:"16" doc:"E.164 number called, with or without +"`
	// Seconds are answered durations.
	Seconds []int64 `query:"seconds" required:"true" minItems:"1" maxItems:"1000" doc:"durations, separated by commas"`

	At      time.Time `query:"at" doc:"when the call is answered; now if left out"`
	Account string    `query:"account" maxLength:"64" doc:"account that calls: a promotion may depend on its first use"`
	Balance string    `query:"balance" maxLength:"32" doc:"also say the longest call this amount pays for"`
}

func (s server) quote(ctx context.Context, in *quoteRequest) ([]wire.Quote, error) {
	q, err := s.inquiry(ctx, in)
	if err != nil {
		return nil, err
	}
	var balance *billing.Money
	if in.Balance != "" {
		m, err := billing.ParseMoney(in.Balance)
		if err != nil {
			return nil, fmt.Errorf("balance: %w", err)
		}
		balance, q.LongestS = &m, billing.MaxCallSeconds
	}
	price, ok := s.Store.Price(q)
	if !ok {
		const remedy = "give the number with its country code, or see ccctl offering show for what prices it"
		return nil, noRate(fmt.Sprintf("no rate for +%s under offering %s at %s: "+remedy,
			q.To, q.Offering.Name, q.At.UTC().Format(time.RFC3339)))
	}
	quotes := make([]wire.Quote, len(in.Seconds))
	for i, quote := range price.Tariff.Quotes(in.Seconds, balance) {
		quotes[i] = wire.Quote{Quote: quote, Deck: price.Deck, Version: price.Version}
		if terms := price.Tariff.Terms; terms != nil {
			quotes[i].Service, quotes[i].Plan = terms.Service, terms.Plan
			lasts := time.Duration(max(quote.Seconds, quote.BilledSeconds)) * time.Second
			quotes[i].Modifiers = until(terms.Modifiers, q.At.Add(lasts))
		}
	}
	return quotes, nil
}

// noRate says which number has no price, where and when.
type noRate string

func (n noRate) Error() string { return string(n) }
func (n noRate) Unwrap() error { return billing.ErrNotFound }

// inquiry reads what is asked.
func (s server) inquiry(ctx context.Context, in *quoteRequest) (q billing.Inquiry, err error) {
	q = billing.Inquiry{At: in.At, LongestS: slices.Max(in.Seconds)}
	if q.At.IsZero() {
		q.At = time.Now()
	}
	digits := phone.Number(strings.TrimPrefix(in.To, "+"))
	if strings.Trim(string(digits), "0123456789") != "" || digits == "" || len(digits) > phone.MaxDigits {
		return q, fmt.Errorf("%w: to %q: give an E.164 number of up to %d digits, such as +15149072508",
			billing.ErrInvalid, in.To, phone.MaxDigits)
	}
	if slices.Min(in.Seconds) < 0 || q.LongestS > billing.MaxCallSeconds {
		return q, fmt.Errorf("%w: seconds: give whole seconds from 0 to %d", billing.ErrInvalid, billing.MaxCallSeconds)
	}
	q.To = digits
	if in.Account != "" {
		if q.Account, err = s.Store.Accounts.See(ctx, in.Account); err != nil {
			return q, err
		}
	}
	if in.Account != "" && q.Account.Offering == in.Name { // a seller may know the price of an offering another owns
		q.Offering, err = s.Store.Offerings.Get(in.Name)
		return q, err
	}
	q.Offering, err = s.Store.Offerings.See(ctx, in.Name)
	return q, err
}

// until are the modifiers that begin before a moment.
func until(all []billing.Modifier, moment time.Time) []billing.Modifier {
	if i := slices.IndexFunc(all, func(m billing.Modifier) bool { return !m.From.Before(moment) }); i >= 0 {
		return all[:i]
	}
	return all
}
