package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/staff"
)

// Limits of what other programs charge.
const (
	// defaultGrantS is how much talk time is held at once where none is asked for.
	defaultGrantS = 300
	// maxChargedS bounds a call another program charges: a day.
	maxChargedS = 86400
	// answeredWithinS is how long after the hold its call may be answered, where the price
	// depends on when that is.
	answeredWithinS = 300
	// clocksDiffer is how much the clock of another switch may be from ours.
	clocksDiffer = 5 * time.Minute
)

// Authorisation is whether an account may call a number at present, and for how long.
type Authorisation struct {
	Allowed bool           `json:"allowed"`
	Reason  billing.Reason `json:"reason,omitempty" doc:"why not"`
	To      phone.Number   `json:"to,omitempty"`
	// MaxSeconds is the longest call the account may make and can pay for.
	MaxSeconds int64           `json:"max_seconds"`
	Available  billing.Money   `json:"available"`
	Currency   string          `json:"currency"`
	Tariff     *billing.Tariff `json:"tariff,omitempty"`
	Deck       string          `json:"deck,omitempty"`
	Version    uint64          `json:"deck_version,omitempty"`
}

type authorisationQuery struct {
	ByID
	To string `query:"to" required:"true" minLength:"1" maxLength:"32" doc:"number to be called, national or with +"`
}

// ChargeOrder asks for money to be held for a call that another switch makes.
type ChargeOrder struct {
	ID      string `json:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" doc:"the call's own ID: the same one is held for once"`
	Account string `json:"account" maxLength:"128" doc:"account that pays"`
	To      string `json:"to" minLength:"1" maxLength:"32" doc:"number called, national or with +"`
	From    string `json:"from,omitempty" maxLength:"32" doc:"number that calls"`
	Trunk   string `json:"trunk,omitempty" maxLength:"64" doc:"trunk the call leaves by; the best one is chosen, and told, if not given"`
	GrantS  int64  `json:"grant_s,omitempty" minimum:"0" maximum:"86400" doc:"talk time held at once in seconds; 300 if not given"`
}

type moreTalkTime struct {
	ByID
	Body struct {
		UsedS  int64 `json:"used_s" minimum:"0" maximum:"86400" doc:"seconds since the answer, when what is asked for begins"`
		AheadS int64 `json:"ahead_s" minimum:"1" maximum:"86400" doc:"seconds of talk time asked for from then on"`
	}
}

type answerTime struct {
	ByID
	Body struct {
		At time.Time `json:"at" doc:"moment of the answer"`
	}
}

type chargeEnd struct {
	ByID
	Body struct {
		Answered time.Time `json:"answered,omitzero" doc:"moment of the answer; left out where nobody answered, or where it was told before"`
		Ended    time.Time `json:"ended" doc:"moment the call ended"`
		Cause    int       `json:"cause,omitempty" minimum:"0" maximum:"127" doc:"ITU-T Q.850 cause"`
	}
}

// charging registers what programs charge the calls of other switches with: authorise,
// hold, extend, settle. A call whose program is not heard of again is settled once what
// it was granted is over.
func (s server) charging(d *Door) {
	const at = "/v1/charges"
	Answer(d, Endpoint{
		ID: "authorise-call", Method: http.MethodGet, Path: "/v1/accounts/{id}/authorisation",
		Summary: "Say whether an account may call a number, and for how long", May: Open, Shared: true,
	}, func(ctx context.Context, in *authorisationQuery) (Authorisation, error) {
		return s.authorise(ctx, in.ID, in.To, time.Now())
	})
	Answer(d, Endpoint{
		ID: "list-charges", Method: http.MethodGet, Path: at,
		Summary: "List the calls money is held for", May: Open,
	}, func(context.Context, *struct{}) ([]billing.OpenLeg, error) {
		return s.charges()
	})
	Answer(d, Endpoint{
		ID: "hold-charge", Method: http.MethodPost, Path: at,
		Summary: "Hold money for a call of another switch", May: staff.Calls,
	}, func(ctx context.Context, in *body[ChargeOrder]) (billing.OpenLeg, error) {
		return s.holdCharge(ctx, in.Body, time.Now())
	})
	Act(d, Endpoint{
		ID: "answer-charge", Method: http.MethodPost, Path: at + "/{id}/answer",
		Summary: "Say when a call was answered", May: staff.Calls,
	}, func(ctx context.Context, in *answerTime) error {
		return s.answerCharge(ctx, in, time.Now())
	})
	Answer(d, Endpoint{
		ID: "extend-charge", Method: http.MethodPost, Path: at + "/{id}/extend",
		Summary: "Hold more money for a call", May: staff.Calls,
	}, func(ctx context.Context, in *moreTalkTime) (billing.OpenLeg, error) {
		legs, err := s.Store.Extend(ctx, in.Body.AheadS, billing.Claim{Leg: chargedLeg(in.ID), UsedS: in.Body.UsedS})
		if err != nil {
			return billing.OpenLeg{}, err
		}
		return legs[0], nil
	})
	Answer(d, Endpoint{
		ID: "settle-charge", Method: http.MethodPost, Path: at + "/{id}/settle",
		Summary: "Charge for a call that has ended, and release the rest", May: staff.Calls,
	}, func(ctx context.Context, in *chargeEnd) (billing.CDR, error) {
		return s.settleCharge(ctx, in, time.Now())
	})
}

func chargedLeg(id string) billing.LegID { return billing.ExternalVisit(id).OutboundLeg(1) }

// charges are the open legs of other switches' calls.
func (s server) charges() ([]billing.OpenLeg, error) {
	legs, err := s.Store.OpenLegs()
	return slices.DeleteFunc(legs, func(l billing.OpenLeg) bool { return !l.Leg.Visit().External() }), err
}

// authorise answers what a hold would, without holding anything: as far as that is for the
// account to say, not for how much is going on (calls at once, lines, fraud rules).
func (s server) authorise(ctx context.Context, account, to string, at time.Time) (Authorisation, error) {
	call, err := s.priced(ctx, account, to, at)
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
	if a.MaxSeconds, err = s.longest(call, account, at); err == nil && a.MaxSeconds == 0 {
		a.Reason = billing.NotEnoughMoney
	}
	a.Allowed = a.MaxSeconds > 0
	return a, err
}

// longest is how many seconds a call may last that begins at a moment: what the account and
// its bundles pay for, by the offering's limit, before it expires.
func (s server) longest(call pricedCall, account string, at time.Time) (int64, error) {
	who := call.who
	ends, _ := who.Account.Ends(who.Offering)
	most := min(who.Offering.LongestCall(maxChargedS), billing.SecondsUntil(ends, at))
	freeS, err := s.Store.FreeSeconds(billing.Hold{
		Call: billing.Call{Account: account, To: call.to}, Bundles: who.Offering.Bundles, MaxSeconds: most, At: at,
	})
	if err != nil {
		return 0, err
	}
	tariff := call.Tariff.Unanswered(at, answeredWithinS)
	if freeS > 0 {
		tariff = tariff.FreeFor(freeS)
	}
	paid := tariff.MaxSeconds(who.Balance.Available())
	switch {
	case who.Balance.Available() < tariff.Least():
		return 0, nil
	case paid == billing.Unbounded:
		return most, nil
	}
	return min(most, paid), nil
}

// pricedCall is a call an account may make.
type pricedCall struct {
	who billing.Subscriber
	to  phone.Number
	billing.Price
}

// priced applies the rules of an account's offering to a number, as they are for callers.
func (s server) priced(ctx context.Context, account, typed string, at time.Time) (call pricedCall, err error) {
	if err := s.Store.WithinReach(ctx, account); err != nil {
		return call, err
	}
	who, found, err := s.Store.ByAccount(account, "")
	if err != nil || !found {
		return call, errors.Join(err, unlessFound(found, account))
	}
	call.who = who
	if call.to, err = phone.Parse(typed, who.Seller.Country); err != nil {
		return call, billing.Refusal{Reason: billing.NotANumber}
	}
	rules, err := routing.NewRules(who.Offering, who.Owner.Country)
	if err == nil {
		err = rules.ForAccount(who.Account).Permit(call.to)
	}
	if err != nil {
		return call, err
	}
	price, ok := s.Store.Price(billing.Inquiry{Offering: who.Offering, Account: who.Account, To: call.to, At: at, LongestS: maxChargedS})
	if !ok {
		return call, billing.Refusal{Reason: billing.NoRate}
	}
	call.Price = price
	return call, nil
}

func unlessFound(found bool, account string) error {
	if found {
		return nil
	}
	return fmt.Errorf("account %s: %w: see ccctl account list", account, billing.ErrNotFound)
}

func (s server) holdCharge(ctx context.Context, o ChargeOrder, at time.Time) (leg billing.OpenLeg, err error) {
	call, err := s.priced(ctx, o.Account, o.To, at)
	if err != nil {
		return leg, err
	}
	trunks, err := s.chargedTrunks(call, o.Trunk, at)
	if err != nil {
		return leg, err
	}
	from, _ := phone.Parse(o.From, call.who.Seller.Country)
	if o.GrantS == 0 {
		o.GrantS = defaultGrantS
	}
	leg, err = s.Store.Hold(ctx, billing.Hold{
		Leg: chargedLeg(o.ID), Call: billing.Call{Account: o.Account, From: cmp.Or(string(from), phone.Signalled(o.From)), To: call.to},
		Offering: call.who.Offering.Name, Bundles: call.who.Offering.Bundles,
		Tariff: call.Tariff.Unanswered(at, answeredWithinS), Deck: call.Deck, Version: call.Version,
		Trunks: routing.Limits(trunks), GrantSeconds: o.GrantS, MaxSeconds: call.who.Offering.LongestCall(maxChargedS), At: at,
		Inbound: billing.InboundLeg{ANI: from, Provider: call.who.Account.Provider, Started: at},
	})
	if err == nil && (leg.Account != o.Account || leg.To != call.to) {
		err = fmt.Errorf("%w: charge %s is for another call, of account %s to %s: give each an ID of its own", billing.ErrConflict, o.ID, leg.Account, leg.To)
	}
	return leg, err
}

func (s server) answerCharge(ctx context.Context, in *answerTime, now time.Time) error {
	leg, err := s.Store.OpenLeg(chargedLeg(in.ID))
	if err == nil {
		err = happened("answered", in.Body.At, leg, now)
	}
	if err != nil {
		return err
	}
	return s.Store.Answer(ctx, leg.Leg, in.Body.At)
}

// happened refuses a moment of a leg that cannot be: long before it was held for, or in the
// future.
func happened(what string, at time.Time, leg billing.OpenLeg, now time.Time) error {
	if at.Before(leg.Opened.Add(-clocksDiffer)) || at.After(now.Add(clocksDiffer)) {
		return fmt.Errorf("%w: %s %s is not between %s, when money was held, and now: see the clock of the other switch", billing.ErrInvalid, what, at.Format(time.RFC3339Nano), leg.Opened.UTC().Format(time.RFC3339))
	}
	return nil
}

// chargedTrunks are the trunks a call may leave by, best first: the one named, if one is.
func (s server) chargedTrunks(call pricedCall, named string, at time.Time) ([]routing.Candidate, error) {
	if named != "" {
		if _, err := s.Store.Trunks.Get(named); err != nil {
			return nil, err
		}
	}
	selection, err := s.Store.Routes(routing.Request{
		Offering: call.who.Offering, Sell: call.Tariff, Currency: call.who.Owner.Currency, To: call.to, At: at,
	})
	if err != nil {
		return nil, err
	}
	if named != "" {
		selection.Candidates = slices.DeleteFunc(selection.Candidates, func(c routing.Candidate) bool { return c.Name != named })
	}
	return selection.Candidates, selection.Refusal()
}

// settleCharge closes a leg; of one that is closed it answers the record. An answer that was
// told before is one, whether or not it is told again.
func (s server) settleCharge(ctx context.Context, in *chargeEnd, now time.Time) (billing.CDR, error) {
	end := billing.Settlement{Leg: chargedLeg(in.ID), Answered: in.Body.Answered, Ended: in.Body.Ended}
	leg, err := s.Store.OpenLeg(end.Leg)
	if err == nil {
		err = happened("ended", end.Ended, leg, now)
		if end.Answered.IsZero() {
			end.Answered = leg.Answered
		} else {
			err = errors.Join(err, happened("answered", end.Answered, leg, now))
		}
	}
	if err != nil && !errors.Is(err, billing.ErrNotOpen) {
		return billing.CDR{}, err
	}
	if end.Outcome = routing.OutcomeOf(in.Body.Cause); !end.Answered.IsZero() {
		end.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: in.Body.Cause}
	}
	if end.Ended.Before(end.Answered) {
		return billing.CDR{}, fmt.Errorf("%w: ended %s is before answered %s", billing.ErrInvalid, end.Ended.Format(time.RFC3339Nano), end.Answered.Format(time.RFC3339Nano))
	}
	return s.Store.Settle(ctx, end)
}
