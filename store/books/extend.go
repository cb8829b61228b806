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
// stand. What was granted before stays granted, unless it is claimed anew. An answer that
// the books did not know is kept, whether or not there is more to be granted; another than
// they were told is refused with ErrConflict.
func (b *Books) Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) (legs []billing.OpenLeg, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	released := false
	err = b.db.Update(ctx, func(tx kv.Tx) (err error) {
		if legs, err = claimed(tx, claims); err != nil {
			return err
		}
		account, balance, err := seen(ctx, tx, legs[0].Account)
		if err != nil {
			return err
		}
		if released, err = noteAnswers(tx, legs, claims, &balance); err != nil {
			return err
		}
		if !account.Status.Calls() {
			return nil // blocked meanwhile: what was granted is the last there is
		}
		ahead, err := b.watchedAhead(tx, beforeExpiry(legs, claims, aheadS), legs, claims)
		if err != nil {
			return err
		}
		available := balance.Available() + heldBy(legs)
		g, err := reach(tx, available, ahead, legs, claims)
		if err != nil || g.d <= 0 {
			return err
		}
		before := legs
		legs = g.set(&balance)
		if err := keepFree(tx, legs, before); err != nil {
			return err
		}
		for i, leg := range legs {
			putLeg(tx, leg, balance)
			err = errors.Join(err, regrantVelocity(tx, leg, before[i].GrantedS))
		}
		return err
	})
	if err == nil && released {
		b.funds.tell(legs[0].Account)
	}
	return legs, err
}

// noteAnswers keeps the answers that legs of one account are claimed with, where they are
// news, and says whether that released money.
func noteAnswers(
	tx kv.Tx, legs []billing.OpenLeg, claims []billing.Claim, balance *billing.Balance,
) (released bool, err error) {
	for i, c := range claims {
		if c.Answered.IsZero() {
			continue
		}
		less, err := noteAnswer(tx, &legs[i], c, balance)
		if err != nil {
			return false, err
		}
		released = released || less
	}
	return released, nil
}

// noteAnswer keeps one answer, and says whether that released money: no price depends on a
// guess.
func noteAnswer(tx kv.Tx, leg *billing.OpenLeg, c billing.Claim, balance *billing.Balance) (released bool, err error) {
	news, err := leg.Answer(c.Answered, c.Guessed)
	if err != nil || !news {
		return false, err
	}
	if !leg.Guessed {
		released = anchor(leg, balance)
	}
	putLeg(tx, *leg, *balance)
	return released, nil
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

// Answer records when a leg was answered, so that a crash cannot forget it. The same answer
// again changes nothing; another than was told before is refused with ErrConflict.
func (b *Books) Answer(ctx context.Context, id billing.LegID, at time.Time) error {
	released, account := false, ""
	err := b.db.Update(ctx, func(tx kv.Tx) (err error) {
		leg, err := seenOpen(ctx, tx, id)
		if err != nil {
			return err
		}
		_, balance, err := AccountMoney(tx, leg.Account)
		if err != nil {
			return err
		}
		account = leg.Account
		released, err = noteAnswer(tx, &leg, billing.Claim{Answered: at}, &balance)
		return err
	})
	if err == nil && released {
		b.funds.tell(account)
	}
	return err
}

// anchor has the leg's tariff begin at its answer, where its price depends on that, and
// releases what was held in case of a dearer one. It says whether it did.
func anchor(leg *billing.OpenLeg, balance *billing.Balance) bool {
	tariff := leg.Tariff.Answered(leg.Answered)
	if tariff.Terms == leg.Tariff.Terms {
		return false
	}
	held := tariff.Cost(leg.GrantedS)
	balance.Held += held - leg.Held
	leg.Tariff, leg.Held = tariff, held
	return true
}
