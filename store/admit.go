package store

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// Admit is what a subscriber's call costs, or the refusal his caller would hear: by the
// rules, as one of our own numbers, or for want of a rate. Whether he has the money is not
// asked.
func (s *Store) Admit(who billing.Subscriber, q billing.Inquiry) (billing.Price, error) {
	rules, err := routing.NewRules(s.Numbers.Plan, who.Offering, who.Owner.Country)
	if err != nil {
		return billing.Price{}, err
	}
	q.Offering, q.Account = who.Offering, who.Account
	return routing.Admit(s, rules.ForAccount(who.Account), q)
}

// Longest is how many seconds a call may last that begins at a moment: what the account and
// its bundles pay for, by the offering's limit or else mostS, before the account expires. 0 is
// that not even its beginning is paid for.
func (s *Store) Longest(
	who billing.Subscriber, to phone.Number, t billing.Tariff, at time.Time, mostS int64,
) (int64, error) {
	ends, _ := who.Account.Ends(who.Offering)
	most := min(who.Offering.LongestCall(mostS), billing.SecondsUntil(ends, at))
	freeS, err := s.FreeSeconds(billing.Hold{
		Call: billing.Call{Account: who.Account.ID, To: to}, Bundles: who.Offering.Bundles,
		MaxSeconds: most, At: at,
	})
	if err != nil {
		return 0, err
	}
	if freeS > 0 {
		t = t.FreeFor(freeS)
	}
	paid := t.MaxSeconds(who.Balance.Available())
	switch {
	case who.Balance.Available() < t.Least():
		return 0, nil
	case paid == billing.Unbounded:
		return most, nil
	}
	return min(most, paid), nil
}

// Afford refuses an account that cannot pay for a call's beginning.
func (s *Store) Afford(who billing.Subscriber, to phone.Number, price billing.Price, at time.Time) error {
	if err := billing.MayBegin(who.Account, who.Offering, who.Balance, price.Tariff, at); err != nil {
		return err
	}
	lasts, err := s.Longest(who, to, price.Tariff, at, billing.MaxCallSeconds)
	if err == nil && lasts == 0 {
		err = billing.Refusal{Reason: billing.NotEnoughMoney}
	}
	return err
}

// Question is a call that an operator asks about before anybody makes it.
type Question struct {
	// Account calls, under its own offering unless another is given; without one the rules of
	// the offering alone are asked.
	Account, Offering string
	// To is the number as callers of the seller type it.
	To string
	// CallbackTo is where the caller is called back for it; "" where he calls in.
	CallbackTo string
	At         time.Time
}

// Asked are the legs a question is about, and who pays for them.
type Asked struct {
	Who  billing.Subscriber
	Legs []AskedLeg
}

// AskedLeg is one leg of a callback: Name is "A" for the one to the caller, "B" for the other.
// The one leg of another call has no name.
type AskedLeg struct {
	Name string
	To   phone.Number
}

// Ask reads a question within the actor's reach. It refuses an account that may not call,
// and one that is not called back at the number given.
func (s *Store) Ask(ctx context.Context, q Question) (a Asked, err error) {
	if a.Who, err = s.asks(ctx, q); err != nil {
		return a, err
	}
	if q.CallbackTo != "" {
		n, err := s.askedNumber("callback_to", q.CallbackTo, a.Who)
		if err == nil && q.Account != "" {
			err = a.Who.Offering.MayCallBack(a.Who.Account, n)
		}
		if err != nil {
			return a, err
		}
		a.Legs = append(a.Legs, AskedLeg{"A", n})
	}
	bLeg := AskedLeg{}
	if len(a.Legs) > 0 {
		bLeg.Name = "B"
	}
	bLeg.To, err = s.askedNumber("to", q.To, a.Who)
	a.Legs = append(a.Legs, bLeg)
	return a, err
}

func (s *Store) asks(ctx context.Context, q Question) (who billing.Subscriber, err error) {
	name := q.Offering
	if q.Account != "" {
		if _, err := s.Accounts.See(ctx, q.Account); err != nil {
			return who, err
		}
		var found bool
		if who, found, err = s.ByAccount(q.Account, ""); err == nil && !found { // removed only just
			err = fmt.Errorf("account %s: %w: see ccctl account list", q.Account, billing.ErrNotFound)
		}
		if err != nil || name == "" || name == who.Offering.Name {
			return who, err
		}
	}
	if who.Offering, err = s.Offerings.See(ctx, name); err != nil {
		return who, err
	}
	if who.Owner, err = s.Providers.Get(who.Offering.Provider); err == nil && q.Account == "" {
		who.Seller = who.Owner
	}
	return who, err
}

func (s *Store) askedNumber(what, typed string, who billing.Subscriber) (phone.Number, error) {
	number := phone.Number(typed)
	err := s.Numbers.ReadNumber(what, &number, who.Seller.Country)
	if err == nil && number == "" {
		err = fmt.Errorf("%w: say which number is called", billing.ErrInvalid)
	}
	return number, err
}
