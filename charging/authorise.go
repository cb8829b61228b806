package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// Authorisation is whether an account may call a number at present, and for how long.
type Authorisation struct {
	Allowed bool
	// Reason is why not.
	Reason billing.Reason
	To     phone.Number
	// MaxSeconds is the longest call the account may make and can pay for.
	MaxSeconds int64
	Available  billing.Money
	Currency   string
	Tariff     *billing.Tariff
	Deck       string
	Version    uint64
}

// Authorise answers what a hold would, without holding anything: as far as that is for the
// account to say, not for how much is going on (calls at once, lines, fraud rules).
func (c Charges) Authorise(ctx context.Context, account, to string, at time.Time) (Authorisation, error) {
	call, err := c.priced(ctx, account, to, at)
	a := Authorisation{To: call.to, Available: call.who.Balance.Available(), Currency: call.who.Balance.Currency}
	var refused billing.Refusal
	if errors.As(err, &refused) {
		a.Reason = refused.Reason
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.Tariff, a.Deck, a.Version = &call.Tariff, call.Deck, call.Version
	err = billing.MayBegin(call.who.Account, call.who.Offering, call.who.Balance, call.Tariff, at)
	if errors.As(err, &refused) {
		a.Reason = refused.Reason
		return a, nil
	}
	a.MaxSeconds, err = c.store.Longest(call.who, call.to, call.Tariff.Unanswered(at, answeredWithinS), at, MaxS)
	if err == nil && a.MaxSeconds == 0 {
		a.Reason = billing.NotEnoughMoney
	}
	a.Allowed = a.MaxSeconds > 0
	return a, err
}

// pricedCall is a call an account may make.
type pricedCall struct {
	who billing.Subscriber
	to  phone.Number
	billing.Price
}

// subscriber is who an account belongs to, if the actor may see it.
func (c Charges) subscriber(ctx context.Context, account string) (billing.Subscriber, error) {
	if _, err := c.store.Accounts.See(ctx, account); err != nil {
		return billing.Subscriber{}, err
	}
	who, found, err := c.store.ByAccount(account, "")
	if err == nil && !found { // removed only just
		err = fmt.Errorf("account %s: %w: see ccctl account list", account, billing.ErrNotFound)
	}
	return who, err
}

// priced applies the rules of an account's offering to a number, as they are for callers.
func (c Charges) priced(ctx context.Context, account, typed string, at time.Time) (call pricedCall, err error) {
	if call.who, err = c.subscriber(ctx, account); err != nil {
		return call, err
	}
	who := call.who
	if call.to, err = c.store.Numbers.Typed(typed, who.Seller.Country); err != nil {
		return call, billing.Refusal{Reason: billing.NotANumber}
	}
	call.Price, err = c.store.Admit(who, billing.Inquiry{To: call.to, At: at, LongestS: MaxS})
	return call, err
}
