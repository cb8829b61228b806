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
	"cccp/store"
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
	Account string    `query:"account" maxLength:"64" doc:"account that calls: it is asked what its caller would be"`
	Balance string    `query:"balance" maxLength:"32" doc:"also say the longest call this amount pays for"`

	Callback string `query:"callback_to" maxLength:"32" doc:"number the account is called back at"`
}

// quote says what calls cost under an offering. With an account it is asked what its caller
// would be: the refusal instead of a price, and of a callback the prices of both legs.
func (s server) quote(ctx context.Context, in *quoteRequest) (quotes []wire.Quote, err error) {
	q, err := s.inquiry(in)
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
	if in.Account != "" {
		return s.quoteAccount(ctx, in, q, balance)
	}
	if q.Offering, err = s.Store.Offerings.See(ctx, in.Name); err != nil {
		return nil, err
	}
	price, ok := s.Store.Price(q)
	if !ok {
		return nil, noRateFor(q)
	}
	return quotesOf(price, in.Seconds, balance, q.At), nil
}

// quoteAccount says what an account's calls cost.
func (s server) quoteAccount(
	ctx context.Context, in *quoteRequest, q billing.Inquiry, balance *billing.Money,
) (quotes []wire.Quote, err error) {
	asked, err := s.Store.Ask(ctx, store.Question{
		Account: in.Account, Offering: in.Name, To: q.To.E164(), CallbackTo: in.Callback, At: q.At,
	})
	if err == nil {
		err = billing.Stands(asked.Who.Account, asked.Who.Offering, q.At)
	}
	if err != nil {
		return nil, err
	}
	if balance != nil { // as if the account had that much
		asked.Who.Balance = billing.Balance{Currency: asked.Who.Balance.Currency, Amount: *balance}
	}
	for _, leg := range asked.Legs {
		price, err := s.Store.Admit(asked.Who, billing.Inquiry{To: leg.To, At: q.At, LongestS: q.LongestS})
		if err == nil {
			err = s.Store.Afford(asked.Who, leg.To, price, q.At)
		}
		if err != nil {
			return nil, err
		}
		of := quotesOf(price, in.Seconds, balance, q.At)
		for i := range of {
			of[i].Leg = leg.Name
		}
		quotes = append(quotes, of...)
	}
	return quotes, nil
}

// quotesOf are what calls of so many seconds cost at a price.
func quotesOf(price billing.Price, seconds []int64, balance *billing.Money, at time.Time) []wire.Quote {
	quotes := make([]wire.Quote, len(seconds))
	for i, quote := range price.Tariff.Quotes(seconds, balance) {
		quotes[i] = wire.Quote{Quote: quote, Deck: price.Deck, Version: price.Version}
		if terms := price.Tariff.Terms; terms != nil {
			quotes[i].Service, quotes[i].Plan = terms.Service, terms.Plan
			lasts := time.Duration(max(quote.Seconds, quote.BilledSeconds)) * time.Second
			quotes[i].Modifiers = until(terms.Modifiers, at.Add(lasts))
		}
	}
	return quotes
}

func noRateFor(q billing.Inquiry) error {
	const remedy = "give the number with its country code, or see ccctl offering show for what prices it"
	return noRate(fmt.Sprintf("no rate for +%s under offering %s at %s: "+remedy,
		q.To, q.Offering.Name, q.At.UTC().Format(time.RFC3339)))
}

// noRate says which number has no price, where and when.
type noRate string

func (n noRate) Error() string { return string(n) }
func (n noRate) Unwrap() error { return billing.ErrNotFound }

// inquiry reads what is asked.
func (s server) inquiry(in *quoteRequest) (q billing.Inquiry, err error) {
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
	if settled, err := s.Store.Numbers.Typed(digits.E164(), ""); err == nil {
		q.To = settled // a number is priced as it would be dialled
	}
	return q, nil
}

// until are the modifiers that begin before a moment.
func until(all []billing.Modifier, moment time.Time) []billing.Modifier {
	if i := slices.IndexFunc(all, func(m billing.Modifier) bool { return !m.From.Before(moment) }); i >= 0 {
		return all[:i]
	}
	return all
}
