package books

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
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
// may not pass the offering's greatest balance. Booking the same Ref again returns the first
// entry.
func (b *Books) Book(ctx context.Context, e Entry) (entry billing.LedgerEntry, err error) {
	if err := checkEntry(e); err != nil {
		return entry, err
	}
	err = b.db.Update(ctx, func(tx kv.Tx) error {
		account, balance, err := seen(ctx, tx, e.Account)
		if err != nil {
			return err
		}
		if seq := booked.Of(tx, e.Account, e.Ref); seq > 0 {
			entry, err = bookedBefore(tx, e, seq)
			return err
		}
		amount, err := signed(e, balance)
		if err == nil && amount > 0 {
			err = RoomFor(tx, amount, account, balance)
		}
		if err != nil {
			return err
		}
		entry = bookOnce(tx, &balance, billing.LedgerEntry{
			At: e.At, Kind: e.Kind, Amount: amount, Ref: e.Ref, Actor: e.Actor, Reason: e.Reason,
			Origin: cmp.Or(e.Origin, billing.FromOperator), Job: e.Job,
		})
		records.Audit(ctx, tx, records.Deed{
			Action: string(e.Kind), Kind: "balance", ID: e.Account, Before: entry.Before, After: entry.After,
		})
		if e.Kind == billing.Credit {
			reactivate(tx, account, balance, e.At)
		}
		return nil
	})
	if err == nil && e.Kind == billing.Credit {
		b.funds.tell(e.Account)
	}
	return entry, err
}

// bookedBefore is the entry a repeated request made the first time. The same ID with
// another amount is no repetition.
func bookedBefore(tx kv.Tx, e Entry, seq uint64) (billing.LedgerEntry, error) {
	first, _, err := ledger.Load(tx, e.Account, records.Sequence(seq))
	if amount := max(first.Amount, -first.Amount); err == nil && (first.Kind != e.Kind || amount != e.Amount) {
		return billing.LedgerEntry{}, fmt.Errorf(
			"%w: request %s was booked as a %s of %s: give another request an ID of its own",
			billing.ErrConflict, e.Ref, first.Kind, amount)
	}
	return first, err
}

func checkEntry(e Entry) error {
	switch {
	case e.Kind != billing.Credit && e.Kind != billing.Debit:
		return fmt.Errorf("%w: kind %q: give credit or debit", billing.ErrInvalid, e.Kind)
	case e.Amount <= 0 || e.Amount > billing.MaxMoney:
		return fmt.Errorf("%w: amount %s: give more than 0 and at most %s",
			billing.ErrInvalid, e.Amount, billing.MaxMoney)
	case e.Reason == "" || len(e.Reason) > MaxReasonBytes:
		return fmt.Errorf("%w: a reason of 1 to %d characters is needed: say why the balance changes",
			billing.ErrInvalid, MaxReasonBytes)
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
			return 0, fmt.Errorf(
				"%w: account %s has %s of its own available (%s held by open calls): it cannot be debited %s",
				billing.ErrConflict, e.Account, b.Own(), b.Held, e.Amount)
		}
		return -e.Amount, nil
	}
	return e.Amount, nil
}

// Post appends an entry and moves the balance with it: the only place that does. The
// balance is still to be kept.
func Post(tx kv.Tx, b *billing.Balance, e billing.LedgerEntry) billing.LedgerEntry {
	b.Entries++
	e.Account, e.Seq = b.Account, b.Entries
	e.Before, e.After = b.Amount, b.Amount+e.Amount
	b.Amount = e.After
	ledger.Put(tx, e, e.Account, records.Sequence(e.Seq))
	return e
}

// bookOnce posts an entry, keeps the balance, and remembers the request by its Ref.
func bookOnce(tx kv.Tx, b *billing.Balance, e billing.LedgerEntry) billing.LedgerEntry {
	e = Post(tx, b, e)
	booked.Set(tx, e.Seq, e.Account, e.Ref)
	PutBalance(tx, *b)
	return e
}

// Balance reads an account's money.
func (b *Books) Balance(account string) (billing.Balance, error) {
	return b.SeeBalance(context.Background(), account)
}

// SeeBalance reads an account's money, if the actor may see it.
func (b *Books) SeeBalance(ctx context.Context, account string) (balance billing.Balance, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		_, balance, err = seen(ctx, tx, account)
		return err
	})
	return balance, err
}

// Ledger lists up to limit entries of an account that the actor may see, after a
// sequence number, oldest first.
func (b *Books) Ledger(
	ctx context.Context, account string, after uint64, limit int) (entries []billing.LedgerEntry, err error,
) {
	entries = []billing.LedgerEntry{}
	err = b.db.View(func(tx kv.Tx) error {
		if _, _, err := seen(ctx, tx, account); err != nil {
			return err
		}
		for e, err := range ledger.From(tx, records.Sequence(after+1), account) {
			if err != nil || len(entries) >= min(limit, records.MaxListed) {
				return err
			}
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}
