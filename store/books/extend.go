package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// Extend grants legs of one account that run side by side aheadS seconds more than each
// has used, or as many of them as the money reaches for, and returns them as they then
// stand. What was granted before stays granted, unless it is claimed anew.
func (b *Books) Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) (legs []billing.OpenLeg, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	err = b.db.Update(ctx, func(tx kv.Tx) (err error) {
		if legs, err = claimed(tx, claims); err != nil {
			return err
		}
		account, balance, err := seen(ctx, tx, legs[0].Account)
		if err != nil || !account.Status.Calls() {
			return err // blocked meanwhile: what was granted is the last there is
		}
		ahead, err := b.watchedAhead(tx, beforeExpiry(legs, claims, aheadS), legs, claims)
		if err != nil {
			return err
		}
		available := balance.Available() + heldBy(legs)
		d, grants, costs := billing.Together(available, ahead, shares(legs, claims)...)
		if d <= 0 {
			return nil
		}
		before := slices.Clone(legs)
		setGrants(legs, grants, costs, &balance)
		for i, leg := range legs {
			putLeg(tx, leg, balance)
			err = errors.Join(err, regrantVelocity(tx, leg, before[i].GrantedS))
		}
		return err
	})
	return legs, err
}

// beforeExpiry is how many of the seconds that legs are to be granted ahead lie before
// their account expires.
func beforeExpiry(legs []billing.OpenLeg, claims []billing.Claim, aheadS int64) int64 {
	for i, leg := range legs {
		if !leg.Expires.IsZero() {
			aheadS = min(aheadS, leg.LeftS()-claims[i].UsedS)
		}
	}
	return aheadS
}

// claimed are the open legs of claims, each of them once and all of one account: their
// money is reckoned together.
func claimed(tx kv.Tx, claims []billing.Claim) (legs []billing.OpenLeg, err error) {
	for i, c := range claims {
		leg, err := findOpen(tx, c.Leg)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(claims[:i], func(before billing.Claim) bool { return before.Leg == c.Leg }) {
			return nil, fmt.Errorf("%w: leg %s is claimed for twice", billing.ErrConflict, c.Leg)
		}
		if i > 0 && leg.Account != legs[0].Account {
			return nil, ofTwoAccounts(legs[0].Leg, leg.Leg)
		}
		legs = append(legs, leg)
	}
	return legs, nil
}

func ofTwoAccounts(a, b billing.LegID) error {
	return fmt.Errorf("%w: legs %s and %s are of two accounts", billing.ErrConflict, a, b)
}

// Answer records when a leg was answered, so that a crash cannot forget it.
func (b *Books) Answer(ctx context.Context, id billing.LegID, at time.Time) error {
	var released string
	err := b.db.Update(ctx, func(tx kv.Tx) error {
		leg, err := seenOpen(ctx, tx, id)
		if err != nil {
			return err
		}
		leg.Answered = at
		released, err = anchor(tx, &leg)
		open.Put(tx, leg, string(id))
		return err
	})
	if err == nil && released != "" {
		b.funds.tell(released)
	}
	return err
}

// anchor has the leg's tariff begin at its answer, where its price depends on that, and
// releases what was held in case of a dearer one. It answers the account that has more.
func anchor(tx kv.Tx, leg *billing.OpenLeg) (released string, err error) {
	tariff := leg.Tariff.Answered(leg.Answered)
	if tariff.Terms == leg.Tariff.Terms {
		return "", nil
	}
	_, balance, err := AccountMoney(tx, leg.Account)
	if err != nil {
		return "", err
	}
	held := tariff.Cost(leg.GrantedS)
	balance.Held += held - leg.Held
	leg.Tariff, leg.Held = tariff, held
	PutBalance(tx, balance)
	return leg.Account, nil
}
