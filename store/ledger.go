package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// Entry is an operator's change of a balance.
type Entry struct {
	Account string
	Kind    billing.LedgerKind
	// Amount is positive; Kind gives the direction.
	Amount billing.Money
	// Ref is the request's own ID, made beforehand: the same Ref is booked once.
	Ref    string
	Actor  string
	Reason string
	// Origin is where the change comes from; an operator, if not given. Job is the order
	// or import it is made by, if there is one.
	Origin billing.Origin
	Job    string
	At     time.Time
}

// Book credits or debits an account. A debit may not take more than the account has of its
// own: what open calls hold is theirs, and what it may borrow is for calls alone. A credit
// may not pass the offering's greatest balance. Booking the same Ref again returns the first entry.
func (s *Store) Book(ctx context.Context, e Entry) (entry billing.LedgerEntry, err error) {
	if err := checkEntry(e); err != nil {
		return entry, err
	}
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		account, balance, err := accountMoney(tx, e.Account)
		if err != nil {
			return err
		}
		at := key("ref", e.Account, e.Ref)
		if seq := counter(tx, at); seq > 0 {
			entry, err = booked(tx, e, seq)
			return err
		}
		amount, err := signed(e, balance)
		if err == nil && amount > 0 {
			err = s.roomFor(tx, amount, account, balance)
		}
		if err != nil {
			return err
		}
		entry = post(tx, &balance, billing.LedgerEntry{At: e.At, Kind: e.Kind, Amount: amount, Ref: e.Ref, Actor: e.Actor, Reason: e.Reason, Origin: cmp.Or(e.Origin, billing.FromOperator), Job: e.Job})
		setCounter(tx, at, entry.Seq)
		tx.Put(key("balance", e.Account), encode(balance))
		audit(ctx, tx, deed{string(e.Kind), "balance", e.Account, entry.Before, entry.After})
		if e.Kind == billing.Credit {
			reactivate(tx, account, balance, e.At)
		}
		return nil
	})
	if err == nil && e.Kind == billing.Credit {
		s.funds.tell(e.Account)
	}
	return entry, err
}

// booked is the entry a repeated request made the first time. The same ID with another
// amount is no repetition.
func booked(tx kv.Tx, e Entry, seq uint64) (billing.LedgerEntry, error) {
	first, _, err := load[billing.LedgerEntry](tx, ledgerKey(e.Account, seq))
	if amount := max(first.Amount, -first.Amount); err == nil && (first.Kind != e.Kind || amount != e.Amount) {
		return billing.LedgerEntry{}, fmt.Errorf("%w: request %s was booked as a %s of %s: give another request an ID of its own", billing.ErrConflict, e.Ref, first.Kind, amount)
	}
	return first, err
}

func checkEntry(e Entry) error {
	switch {
	case e.Kind != billing.Credit && e.Kind != billing.Debit:
		return fmt.Errorf("%w: kind %q: give credit or debit", billing.ErrInvalid, e.Kind)
	case e.Amount <= 0 || e.Amount > billing.MaxMoney:
		return fmt.Errorf("%w: amount %s: give more than 0 and at most %s", billing.ErrInvalid, e.Amount, billing.MaxMoney)
	case e.Reason == "" || len(e.Reason) > MaxReasonBytes:
		return fmt.Errorf("%w: a reason of 1 to %d characters is needed: say why the balance changes", billing.ErrInvalid, MaxReasonBytes)
	}
	return checkRef(e.Ref)
}

func checkRef(ref string) error {
	if ref == "" || len(ref) > billing.MaxNameBytes {
		return fmt.Errorf("%w: a request ID of 1 to %d characters is needed", billing.ErrInvalid, billing.MaxNameBytes)
	}
	return nil
}

// MaxReasonBytes bounds the reason of an operator's entry.
const MaxReasonBytes = 250

func signed(e Entry, b billing.Balance) (billing.Money, error) {
	if e.Kind == billing.Debit {
		if e.Amount > b.Own() {
			return 0, fmt.Errorf("%w: account %s has %s of its own available (%s held by open calls): it cannot be debited %s", billing.ErrConflict, e.Account, b.Own(), b.Held, e.Amount)
		}
		return -e.Amount, nil
	}
	return e.Amount, nil
}

// post appends an entry and moves the balance with it: the only place that does.
func post(tx kv.Tx, b *billing.Balance, e billing.LedgerEntry) billing.LedgerEntry {
	b.Entries++
	e.Account, e.Seq = b.Account, b.Entries
	e.Before, e.After = b.Amount, b.Amount+e.Amount
	b.Amount = e.After
	tx.Put(ledgerKey(e.Account, e.Seq), encode(e))
	return e
}

func ledgerKey(account string, seq uint64) []byte { return key("ledger", account, sequence(seq)) }

// Balance reads an account's money.
func (s *Store) Balance(account string) (b billing.Balance, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		_, b, err = accountMoney(tx, account)
		return err
	})
	return b, err
}

// Ledger lists up to limit entries of an account after a sequence number, oldest first.
func (s *Store) Ledger(account string, after uint64, limit int) (entries []billing.LedgerEntry, err error) {
	entries = []billing.LedgerEntry{}
	err = s.db.View(func(tx kv.Tx) error {
		if _, _, err := accountMoney(tx, account); err != nil {
			return err
		}
		_, to := under("ledger", account)
		for _, b := range tx.Ascend(ledgerKey(account, after+1), to) {
			if len(entries) >= min(limit, MaxListed) {
				return nil
			}
			e, err := decode[billing.LedgerEntry](b)
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}
