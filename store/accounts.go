package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// live has an account that is added or changed by an operator go through its life as it
// may: what time, money and calls make of it is not for an operator to say.
func live(tx kv.Tx, a *billing.Account, before billing.Account, o billing.Offering) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	kept := before.ID != ""
	if kept {
		if err := checkHistory(*a, before); err != nil {
			return err
		}
		b, _, err := load[billing.Balance](tx, key("balance", a.ID))
		if err != nil {
			return err
		}
		b.Credit = a.CreditLimit
		if a.Status == billing.Empty && a.CreditLimit > before.CreditLimit && !b.Spent() {
			a.Status = billing.Activated // it has something to call with again
		}
		from := *a // as it is to be, in the status it has: its expiry may be moved beside
		from.Status = before.Status
		if err := from.CheckTransition(a.Status, o, b, now); err != nil {
			return err
		}
	}
	if a.Status == billing.Activated && a.ActivatedAt.IsZero() {
		a.ActivatedAt = now
	}
	if kept && before.Offering == a.Offering && slices.Equal(before.PhoneMe, a.PhoneMe) {
		return nil
	}
	return o.CheckPhoneMe(*a)
}

// checkHistory refuses to rewrite when an account was first used.
func checkHistory(a, before billing.Account) error {
	for _, m := range []struct {
		name          string
		before, after time.Time
	}{
		{"activated_at", before.ActivatedAt, a.ActivatedAt},
		{"first_authenticated", before.FirstAuthenticated, a.FirstAuthenticated},
		{"first_charged", before.FirstCharged, a.FirstCharged},
	} {
		if !m.before.Equal(m.after) {
			return fmt.Errorf("%w: %s of account %s is kept by ccd: to move its expiry, set --expiration fixed and --expires-at", billing.ErrInvalid, m.name, a.ID)
		}
	}
	return nil
}

// keepCredit lays an account's credit limit into its balance. What is borrowed already, or
// held by open calls, cannot be taken back.
func keepCredit(tx kv.Tx, before, after billing.Account) error {
	if before.CreditLimit == after.CreditLimit {
		return nil
	}
	b, _, err := load[billing.Balance](tx, key("balance", after.ID))
	if err != nil {
		return err
	}
	b.Credit = after.CreditLimit
	if b.Available() < 0 && after.CreditLimit < before.CreditLimit {
		return fmt.Errorf("%w: account %s uses %s of its credit limit (balance %s, %s held by open calls): the limit cannot be lowered to %s", billing.ErrConflict, after.ID, b.Held-b.Amount, b.Amount, b.Held, after.CreditLimit)
	}
	tx.Put(key("balance", after.ID), encode(b))
	return nil
}

// mayBegin refuses a call that an account may not make, and says when the account expires.
func mayBegin(a billing.Account, o billing.Offering, b billing.Balance, h billing.Hold) (expires time.Time, err error) {
	if err := billing.MayBegin(a, o, b, h.Tariff, h.At); err != nil {
		return expires, err
	}
	expires, _ = a.Ends(o)
	return expires, nil
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

// called notes what a leg that was settled makes of its account: its first charged call,
// and that nothing is left of its money. Legs that held nothing leave it as it was.
func called(tx kv.Tx, a billing.Account, b billing.Balance, leg billing.OpenLeg, cdr billing.CDR) {
	changed := false
	if talked := !cdr.Answered.IsZero() && !leg.Leg.Caller(); a.FirstCharged.IsZero() && (cdr.Charge != 0 || talked) {
		a.FirstCharged, changed = cdr.Answered, true
	}
	if a.Status == billing.Activated && leg.Held > 0 && b.Open == 0 && b.Spent() {
		a.Status, changed = billing.Empty, true
	}
	if changed {
		putAccount(tx, a)
	}
}

func putAccount(tx kv.Tx, a billing.Account) { tx.Put(key("account", a.ID), encode(a)) }

// reactivate lets an account call again that was spent, once it has something to call with.
func reactivate(tx kv.Tx, a billing.Account, b billing.Balance, at time.Time) {
	if a.Status != billing.Empty || b.Spent() {
		return
	}
	a.Status = billing.Activated
	if a.ActivatedAt.IsZero() {
		a.ActivatedAt = at
	}
	putAccount(tx, a)
}

// roomFor refuses money that would bring an account above the greatest balance of its
// offering.
func (s *Store) roomFor(tx kv.Tx, amount billing.Money, a billing.Account, b billing.Balance) error {
	o, err := s.Offerings.find(tx, a.Offering)
	if most := o.MostMoney(); err == nil && b.Amount > most-amount {
		err = fmt.Errorf("%w: account %s has %s and would have %s: under offering %s it may have at most %s", billing.ErrConflict, a.ID, b.Amount, b.Amount+amount, o.Name, most)
	}
	return err
}

// Recognised keeps when an account was first recognised, and that it was found to have
// expired. After that it changes nothing.
func (s *Store) Recognised(ctx context.Context, account string, at time.Time) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		a, _, err := accountMoney(tx, account)
		if err != nil {
			return err
		}
		o, err := s.Offerings.find(tx, a.Offering)
		if err != nil {
			return err
		}
		switch standing := billing.Standing(a, o, at); {
		case standing == billing.AccountExpired && a.Status != billing.Expired:
			a.Status = billing.Expired
		case (standing == "" || standing == billing.AccountEmpty) && a.FirstAuthenticated.IsZero():
			a.FirstAuthenticated = at
		default:
			return nil
		}
		putAccount(tx, a)
		return nil
	})
}

// maxExpired is how many accounts one transaction marks as expired.
const maxExpired = 500

// Expire marks accounts whose life is over at a time as expired, so that lists show them
// so; they could not call any more before. It answers how many there were.
func (s *Store) Expire(ctx context.Context, at time.Time) (n int, err error) {
	due, err := s.due(at)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(due, maxExpired) {
		err := s.db.Update(ctx, func(tx kv.Tx) error {
			for _, id := range some {
				if err := s.expire(tx, id, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(some)
	}
	return n, nil
}

// expire marks one account, unless its expiry was moved meanwhile, or it is gone.
func (s *Store) expire(tx kv.Tx, id string, at time.Time) error {
	a, err := s.Accounts.find(tx, id)
	if err != nil {
		return ignoreMissing(err)
	}
	o, err := s.Offerings.find(tx, a.Offering)
	if err == nil && overdue(a, o, at) {
		a.Status = billing.Expired
		putAccount(tx, a)
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, billing.ErrNotFound) {
		return nil
	}
	return err
}

// overdue says whether an account is to be marked as expired. A blocked one stays blocked,
// and one that is not sold yet begins no life.
func overdue(a billing.Account, o billing.Offering, at time.Time) bool {
	return (a.Status == billing.Activated || a.Status == billing.Empty) && a.Expired(o, at)
}

// due are the accounts to be marked.
func (s *Store) due(at time.Time) (ids []string, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		offerings := map[string]billing.Offering{}
		from, to := under("account")
		for _, b := range tx.Ascend(from, to) {
			a, err := decode[billing.Account](b)
			if err != nil {
				return err
			}
			o, known := offerings[a.Offering]
			if !known {
				if o, err = s.Offerings.find(tx, a.Offering); err != nil {
					return err
				}
				offerings[a.Offering] = o
			}
			if overdue(a, o, at) {
				ids = append(ids, a.ID)
			}
		}
		return nil
	})
	return ids, err
}
