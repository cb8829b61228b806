package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store/kv"
)

func lot(name string) ref { return ref{"lot", "lot", name} }

func lotRefs(l billing.Lot) []ref { return []ref{provider(l.Provider), offering(l.Offering)} }

// checkLot fills in what a lot takes from its offering, and refuses PINs shorter than its
// provider takes.
func (s *Store) checkLot(tx kv.Tx, l *billing.Lot) error {
	sold, err := s.Offerings.find(tx, l.Offering)
	if err != nil {
		return err
	}
	l.Provider = cmp.Or(l.Provider, sold.Provider)
	l.PINDigits = cmp.Or(l.PINDigits, billing.DefaultLotPINDigits)
	seller, err := s.Providers.find(tx, l.Provider)
	if err != nil {
		return err
	}
	if l.PINDigits < seller.ShortestPIN() {
		return fmt.Errorf("%w: pin_digits %d: provider %s takes %d to %d", billing.ErrInvalid, l.PINDigits, seller.Name, seller.ShortestPIN(), billing.MaxPINDigits)
	}
	owner, err := s.Providers.find(tx, sold.Provider)
	if err == nil && owner.Currency != seller.Currency {
		err = fmt.Errorf("%w: offering %s is priced in %s, provider %s keeps accounts in %s", billing.ErrConflict, sold.Name, owner.Currency, seller.Name, seller.Currency)
	}
	if err != nil {
		return err
	}
	if l.First == "" {
		if l.First, err = s.nextCard(tx); err != nil {
			return err
		}
	}
	return l.Validate()
}

// nextCard is the number after the greatest that any lot has.
func (s *Store) nextCard(tx kv.Tx) (string, error) {
	next := billing.FirstCard
	from, to := under("lot")
	for _, b := range tx.Ascend(from, to) {
		l, err := decode[billing.Lot](b)
		if err != nil {
			return "", err
		}
		if after := l.Card(l.Count); len(after) > len(next) || len(after) == len(next) && after > next {
			next = after
		}
	}
	return next, nil
}

// OrderLot keeps a new lot together with the job that generates it. It is refused with
// ErrExists where one of its cards' numbers is taken.
func (s *Store) OrderLot(ctx context.Context, l billing.Lot, j jobs.Bulk) (kept billing.Lot, _ jobs.Bulk, err error) {
	j, err = s.addBulk(ctx, j, func(tx kv.Tx) error {
		given := l
		given.Made = 0
		if kept, err = s.Lots.add(tx, given); err == nil {
			err = s.Lots.reached(ctx, tx, kept)
		}
		if err != nil {
			return err
		}
		j.Rows, j.Object, j.Provider = kept.Count, kept.Name, kept.Provider
		j.State = jobs.Waiting
		putBulk(tx, j)
		return checkCardsFree(tx, kept)
	})
	return kept, j, err
}

// checkCardsFree refuses numbers that accounts have, or had: what they were given is in
// the ledger under their number for ever.
func checkCardsFree(tx kv.Tx, l billing.Lot) error {
	for _, table := range [][]byte{key("account", ""), key("balance", "")} {
		from, last := append(bytes.Clone(table), l.First...), l.Card(l.Count-1)
		for k := range tx.Ascend(from, append(append(bytes.Clone(table), last...), 0)) {
			if taken := string(k[len(table):]); len(taken) == len(l.First) && strings.Trim(taken, "0123456789") == "" {
				return cardTaken(taken)
			}
		}
	}
	return nil
}

func cardTaken(id string) error {
	return fmt.Errorf("account %s %w: begin the lot with another number: --first", id, billing.ErrExists)
}

// LotAccounts lists up to limit accounts of a lot after an ID, in the order of their
// numbers.
func (s *Store) LotAccounts(name, after string, limit int) (list []billing.Account, err error) {
	list = []billing.Account{}
	err = s.db.View(func(tx kv.Tx) error {
		return eachOfLot(tx, name, after, "", func(id string) (bool, error) {
			if len(list) >= min(limit, MaxListed) {
				return false, nil
			}
			a, err := s.Accounts.find(tx, id)
			list = append(list, a)
			return true, err
		})
	})
	return list, err
}

// eachOfLot walks the accounts of a lot after one number up to another; "" is either end.
func eachOfLot(tx kv.Tx, name, after, last string, do func(id string) (bool, error)) error {
	from, to := under("use", "lot", name, "account")
	head := len(from)
	if after != "" {
		from = append(append(from, after...), 0)
	}
	if last != "" {
		to = append(append(bytes.Clone(from[:head]), last...), 0)
	}
	for k := range tx.Ascend(from, to) {
		if more, err := do(string(k[head:])); err != nil || !more {
			return err
		}
	}
	return nil
}

// StatusChange is the accounts of a lot that are to have another status.
type StatusChange struct {
	Lot string `json:"lot"`
	// After is the number before the first of them, Last that of the last; "" is no bound.
	After  string         `json:"after,omitempty"`
	Last   string         `json:"last,omitempty"`
	Status billing.Status `json:"status"`
}

// StatusOutcome is what became of one account of a StatusChange. Err is why it stays as
// it was.
type StatusOutcome struct {
	ID      string
	Changed bool
	Err     error
}

// SetStatus changes up to limit accounts of a lot that may have the status.
func (b *Batch) SetStatus(c StatusChange, limit int, at time.Time) (outcomes []StatusOutcome, err error) {
	err = eachOfLot(b.tx, c.Lot, c.After, c.Last, func(id string) (bool, error) {
		if len(outcomes) >= limit {
			return false, nil
		}
		a, err := b.s.Accounts.find(b.tx, id)
		if err != nil {
			return false, err
		}
		o := StatusOutcome{ID: id, Changed: a.Status != c.Status}
		if o.Changed {
			o.Err = b.become(a, c.Status, at)
		}
		outcomes = append(outcomes, o)
		return true, nil
	})
	return outcomes, err
}

// become gives an account another status, if an operator may.
func (b *Batch) become(a billing.Account, to billing.Status, at time.Time) error {
	o, err := b.s.Offerings.find(b.tx, a.Offering)
	if err != nil {
		return err
	}
	_, balance, err := accountMoney(b.tx, a.ID)
	if err == nil {
		err = a.CheckTransition(to, o, balance, at)
	}
	if err != nil {
		return err
	}
	if a.Status = to; to == billing.Activated && a.ActivatedAt.IsZero() {
		a.ActivatedAt = at
	}
	putAccount(b.tx, a)
	return nil
}
