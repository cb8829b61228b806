package charging

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
	"cccp/store"
)

// Limits of what other programs charge.
const (
	// DefaultGrantS is how much talk time is held at once where none is asked for.
	DefaultGrantS = 300
	// MaxS bounds a call another program charges: a day.
	MaxS = 86400
	// answeredWithinS is how long after the hold its call may be answered, where the price
	// depends on when that is.
	answeredWithinS = 300
	// clocksDiffer is how much the clock of another switch may be from ours.
	clocksDiffer = 5 * time.Minute
)

// Charges are the calls of other switches.
type Charges struct{ store *store.Store }

// New is the charges of a store.
func New(s *store.Store) Charges { return Charges{s} }

// Order asks for money to be held for a call.
type Order struct {
	// ID is the call's own: the same one is held for once.
	ID      string
	Account string
	// To is the number called, From that of the caller: as typed in the seller's country.
	To, From string
	// Trunk is the one the call leaves by; the best one is chosen if it is "".
	Trunk string
	// GrantS is the talk time held at once, in seconds; 0 is DefaultGrantS.
	GrantS int64
}

func legOf(id string) billing.LegID { return billing.ExternalVisit(id).OutboundLeg(1) }

// Open are the open legs of other switches' calls.
func (c Charges) Open() ([]billing.OpenLeg, error) {
	legs, err := c.store.OpenLegs()
	return slices.DeleteFunc(legs, func(l billing.OpenLeg) bool { return !l.Leg.Visit().External() }), err
}

// Hold holds money for a call. A call that was held for before is answered as it stands;
// one of the same ID to another number, or of another account, is refused with ErrConflict.
func (c Charges) Hold(ctx context.Context, o Order, at time.Time) (leg billing.OpenLeg, err error) {
	if leg, held, err := c.heldBefore(ctx, o); held || err != nil {
		return leg, err
	}
	call, err := c.priced(ctx, o.Account, o.To, at)
	if err != nil {
		return leg, err
	}
	trunks, err := c.trunks(call, o.Trunk, at)
	if err != nil {
		return leg, err
	}
	from, _ := c.store.Numbers.Caller(phone.Signal{Digits: o.From, Country: call.who.Seller.Country}, c.known)
	leg, err = c.store.Hold(ctx, billing.Hold{
		Leg: legOf(o.ID), Call: billing.Call{Account: o.Account, From: ani(from, o.From), To: call.to},
		Offering: call.who.Offering.Name, Bundles: call.who.Offering.Bundles,
		Tariff: call.Tariff.Unanswered(at, answeredWithinS), Deck: call.Deck, Version: call.Version,
		Trunks: routing.Limits(trunks), GrantSeconds: cmp.Or(o.GrantS, DefaultGrantS),
		MaxSeconds: call.who.Offering.LongestCall(MaxS), At: at,
		Inbound: billing.InboundLeg{ANI: from, Provider: call.who.Account.Provider, Started: at},
	})
	if err == nil { // another of the same ID may have come first
		err = sameCall(o, call.to, leg)
	}
	return leg, err
}

// heldBefore is the call as it was held for, whatever has become of prices, routes and rules
// since; the bool says whether it was.
func (c Charges) heldBefore(ctx context.Context, o Order) (leg billing.OpenLeg, held bool, err error) {
	leg, err = c.store.OpenLeg(legOf(o.ID))
	if errors.Is(err, billing.ErrNotOpen) {
		return leg, false, nil
	}
	if err != nil {
		return leg, false, err
	}
	who, err := c.subscriber(ctx, o.Account)
	if err != nil {
		return billing.OpenLeg{}, false, err
	}
	to, _ := c.store.Numbers.Typed(o.To, who.Seller.Country)
	return leg, true, sameCall(o, to, leg)
}

// sameCall refuses a leg that was held for another call of the same ID.
func sameCall(o Order, to phone.Number, leg billing.OpenLeg) error {
	if leg.Account == o.Account && leg.To == to {
		return nil
	}
	return fmt.Errorf("%w: charge %s is for another call, of account %s to %s: give each an ID of its own",
		billing.ErrConflict, o.ID, leg.Account, leg.To)
}

// known says whether a caller is recognised by a number.
func (c Charges) known(n phone.Number) bool {
	_, known, err := c.store.ByANI(n)
	return known && err == nil
}

// ani is the caller's number, or what was signalled in its place.
func ani(number phone.Number, signalled string) string {
	return cmp.Or(string(number), phone.Signalled(signalled))
}

// trunks are those a call may leave by, best first: the one named, if one is.
func (c Charges) trunks(call pricedCall, named string, at time.Time) ([]routing.Candidate, error) {
	if named != "" {
		if _, err := c.store.Trunks.Get(named); err != nil {
			return nil, err
		}
	}
	selection, err := c.store.Routes(routing.Request{
		Offering: call.who.Offering, Sell: call.Tariff, Currency: call.who.Owner.Currency, To: call.to, At: at,
	})
	if err != nil {
		return nil, err
	}
	if named != "" {
		other := func(c routing.Candidate) bool { return c.Name != named }
		selection.Candidates = slices.DeleteFunc(selection.Candidates, other)
	}
	return selection.Candidates, selection.Refusal()
}

// Answer keeps when a call was answered. The same answer may be told again; another is
// refused with ErrConflict, except where the first was only guessed (see [Charges.Extend]).
func (c Charges) Answer(ctx context.Context, id string, answered, now time.Time) error {
	leg, err := c.store.OpenLeg(legOf(id))
	if err == nil {
		err = happened("answered", answered, leg, now)
	}
	if err != nil {
		return err
	}
	return c.store.Answer(ctx, leg.Leg, answered)
}

// More asks for more talk time of a call.
type More struct {
	ID string
	// UsedS is from the answer to where more begins, AheadS what is asked for from then on;
	// in seconds.
	UsedS, AheadS int64
	// Answered is zero where it was told before.
	Answered time.Time
}

// Extend holds money for some seconds more than a call has used. A call that has used some
// was answered: where nobody told when, it is taken for so long ago, so that it is charged
// though its program may never be heard of again.
func (c Charges) Extend(ctx context.Context, m More, now time.Time) (billing.OpenLeg, error) {
	claim := billing.Claim{Leg: legOf(m.ID), UsedS: m.UsedS, Answered: m.Answered}
	leg, err := c.store.OpenLeg(claim.Leg)
	switch {
	case err != nil:
		return billing.OpenLeg{}, err
	case !m.Answered.IsZero():
		err = happened("answered", m.Answered, leg, now)
	case m.UsedS > 0:
		claim.Answered, claim.Guessed = now.Add(-time.Duration(m.UsedS)*time.Second), true
		if claim.Answered.Before(leg.Opened) {
			claim.Answered = leg.Opened
		}
	}
	if err != nil {
		return billing.OpenLeg{}, err
	}
	legs, err := c.store.Extend(ctx, m.AheadS, claim)
	if err != nil {
		return billing.OpenLeg{}, err
	}
	return legs[0], nil
}

// happened refuses a moment of a leg that cannot be: long before it was held for, or in the
// future.
func happened(what string, at time.Time, leg billing.OpenLeg, now time.Time) error {
	if at.Before(leg.Opened.Add(-clocksDiffer)) || at.After(now.Add(clocksDiffer)) {
		return fmt.Errorf("%w: %s %s is not between %s, when money was held, and now: "+
			"see the clock of the other switch",
			billing.ErrInvalid, what, at.Format(time.RFC3339Nano), leg.Opened.UTC().Format(time.RFC3339))
	}
	return nil
}

// End is how a call ended.
type End struct {
	ID string
	// Answered is zero where nobody answered, or where that was told before. Of two answers
	// the one told first counts: the call is over, and refusing its end would have it charged
	// for all it was granted.
	Answered, Ended time.Time
	// Cause is by ITU-T Q.850.
	Cause int
}

// Settle closes a call; of one that is closed it answers the record. An answer that was
// told before is one, whether or not it is told again.
func (c Charges) Settle(ctx context.Context, e End, now time.Time) (billing.CDR, error) {
	leg := legOf(e.ID)
	if err := inOrder(e.Answered, e.Ended); err != nil {
		return billing.CDR{}, err
	}
	cdr, err := c.store.SettleAs(ctx, leg, func(l billing.OpenLeg) (billing.Settlement, error) { return e.of(l, now) })
	if errors.Is(err, billing.ErrNotOpen) {
		cdr, err = c.store.Settled(ctx, leg)
	}
	if err == nil && cdr.Answered.IsZero() && !e.Answered.IsZero() {
		return billing.CDR{}, tooLate(e, cdr)
	}
	return cdr, err
}

// of is how a leg ended, by what was told of it until then.
func (e End) of(leg billing.OpenLeg, now time.Time) (billing.Settlement, error) {
	end := billing.Settlement{Leg: leg.Leg, Answered: leg.AnswerOf(e.Answered), Ended: e.Ended}
	err := happened("ended", e.Ended, leg, now)
	if !e.Answered.IsZero() {
		err = errors.Join(err, happened("answered", e.Answered, leg, now))
	}
	if leg.Guessed && e.Answered.IsZero() {
		end.Estimated = true
		if end.Answered.After(end.Ended) {
			end.Answered = end.Ended
		}
	}
	if end.Outcome = routing.OutcomeOf(e.Cause); !end.Answered.IsZero() {
		end.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: e.Cause}
	}
	return end, errors.Join(err, inOrder(end.Answered, end.Ended))
}

// inOrder refuses an end before the answer.
func inOrder(answered, ended time.Time) error {
	if ended.Before(answered) {
		return fmt.Errorf("%w: ended %s is before answered %s",
			billing.ErrInvalid, ended.Format(time.RFC3339Nano), answered.Format(time.RFC3339Nano))
	}
	return nil
}

// tooLate says of a call that was answered, but is settled as one that was not, that it was
// charged nothing: its money has been released, and may be spent.
func tooLate(e End, cdr billing.CDR) error {
	return fmt.Errorf("%w: charge %s was closed as unanswered (%s) and its money released: the answer was told too "+
		"late, and %.3f s are not charged. Tell the answer while the call goes on, and charge this one with "+
		"ccctl balance debit %s",
		billing.ErrConflict, e.ID, cdr.Reason, e.Ended.Sub(e.Answered).Seconds(), cdr.Account)
}

// AbandonedAfter is how long after what it was granted is over a call is given up.
const AbandonedAfter = 10 * time.Minute

// SettleAbandoned ends calls that nobody has ended: the program that charged them has died,
// and the money must not stay held for ever. An answered call is charged for all it was
// granted: nobody saw its end. What cannot be settled does not keep the others from it.
func (c Charges) SettleAbandoned(ctx context.Context, at time.Time) (settled []billing.CDR, err error) {
	legs, err := c.Open()
	if err != nil {
		return nil, err
	}
	abandon := func(leg billing.OpenLeg) (billing.Settlement, error) { return abandoned(leg, at) }
	for _, leg := range legs {
		if _, err := abandon(leg); err != nil {
			continue // which spares a transaction
		}
		cdr, settleErr := c.store.SettleAs(ctx, leg.Leg, abandon)
		switch {
		case settleErr == nil:
			settled = append(settled, cdr)
		case !errors.Is(settleErr, errGoesOn) && !errors.Is(settleErr, billing.ErrNotOpen): // heard of meanwhile
			err = errors.Join(err, settleErr)
		}
	}
	return settled, err
}

// errGoesOn is of a call that is not given up.
var errGoesOn = errors.New("the call goes on")

// abandoned is how a call ended that nobody has ended, or errGoesOn.
func abandoned(leg billing.OpenLeg, at time.Time) (billing.Settlement, error) {
	end := billing.Settlement{
		Leg: leg.Leg, Answered: leg.Answered, Ended: at, Estimated: true,
		Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned},
	}
	if leg.AbandonedFor(at) < AbandonedAfter {
		return end, errGoesOn
	}
	if !leg.Answered.IsZero() {
		end.Ended = leg.Answered.Add(time.Duration(leg.GrantedS) * time.Second)
		end.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.Recovered}
	}
	return end, nil
}
