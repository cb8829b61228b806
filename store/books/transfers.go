package books

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// Transfer moves money from one account to another of the same provider, in one
// transaction: an entry in each ledger, under the same Ref, that name each other. What is
// not allowed is refused with a billing.Refusal that says why. Where the offering has it
// so, the account the money came from is blocked at once. Asked again with the same Ref it
// answers the first entries.
func (b *Books) Transfer(ctx context.Context, t billing.Transfer) (done billing.Transferred, err error) {
	if err := checkTransferred(t); err != nil {
		return done, err
	}
	err = b.db.Update(ctx, func(tx kv.Tx) (err error) {
		var from, to purse
		if from.account, from.balance, err = seen(ctx, tx, t.From); err != nil {
			return err
		}
		if to.account, to.balance, err = seen(ctx, tx, t.To); err != nil {
			return err
		}
		if seq := booked.Of(tx, t.From, t.Ref); seq > 0 {
			done, err = transferred(tx, t, seq)
			return err
		}
		if booked.Of(tx, t.To, t.Ref) > 0 {
			return otherRequest(t.Ref)
		}
		amount, err := movable(tx, t, from, to)
		if err != nil {
			return err
		}
		moved := t
		moved.Amount = amount
		done = move(tx, moved, &from, &to)
		for _, end := range []billing.LedgerEntry{done.Out, done.In} {
			records.Audit(ctx, tx, records.Deed{
				Action: "transfer", Kind: "balance", ID: end.Account, Before: end.Before, After: end.After,
			})
		}
		reactivate(tx, to.account, to.balance, t.At)
		return emptied(tx, from)
	})
	if err == nil {
		b.funds.tell(t.To)
	}
	return done, err
}

// purse is an account with its money.
type purse struct {
	account billing.Account
	balance billing.Balance
}

// move books both ends of a transfer.
func move(tx kv.Tx, t billing.Transfer, from, to *purse) (done billing.Transferred) {
	e := billing.LedgerEntry{
		At: t.At, Ref: t.Ref, Actor: t.Actor, Reason: t.Reason, Origin: billing.FromTransfer, Job: t.Job,
	}
	e.Kind, e.Amount, e.Other = billing.TransferOut, -t.Amount, t.To
	done.Out = bookOnce(tx, &from.balance, e)
	e.Kind, e.Amount, e.Other = billing.TransferIn, t.Amount, t.From
	done.In = bookOnce(tx, &to.balance, e)
	return done
}

func checkTransferred(t billing.Transfer) error {
	switch {
	case t.From == t.To:
		return fmt.Errorf("%w: account %s is both ends: name another one to move its money to",
			billing.Refusal{Reason: billing.TransferNotAllowed}, t.From)
	case t.Amount < 0 || t.Amount > billing.MaxMoney:
		return fmt.Errorf("%w: amount %s: give more than 0 and at most %s, or none to move all there is",
			billing.ErrInvalid, t.Amount, billing.MaxMoney)
	case t.Reason == "" || len(t.Reason) > MaxReasonBytes:
		return fmt.Errorf("%w: a reason of 1 to %d characters is needed: say why the money is moved",
			billing.ErrInvalid, MaxReasonBytes)
	}
	return checkRef(t.Ref)
}

// movable is how much a transfer moves, if both accounts may have it so.
func movable(tx kv.Tx, t billing.Transfer, from, to purse) (billing.Money, error) {
	if a, b := from.account, to.account; a.Provider != b.Provider {
		return 0, fmt.Errorf("%w: account %s belongs to provider %s, account %s to %s: money stays with its provider",
			billing.Refusal{Reason: billing.TransferNotAllowed}, a.ID, a.Provider, b.ID, b.Provider)
	}
	giving, givingErr := records.Offerings.Find(tx, from.account.Offering)
	taking, takingErr := records.Offerings.Find(tx, to.account.Offering)
	if err := errors.Join(givingErr, takingErr); err != nil {
		return 0, err
	}
	if reason := billing.Refillable(to.account, taking, t.At); reason != "" {
		return 0, fmt.Errorf("%w: account %s takes no money: see ccctl account show %s",
			billing.Refusal{Reason: reason}, t.To, t.To)
	}
	amount, err := billing.Movable(t, from.account, giving, from.balance)
	if has, most := to.balance.Amount, taking.MostMoney(); err == nil && has > most-amount {
		err = fmt.Errorf("%w: account %s has %s and would have %s: under offering %s it may have at most %s",
			billing.Refusal{Reason: billing.TransferTooMuch}, t.To, has, has+amount, taking.Name, most)
	}
	return amount, err
}

// emptied leaves an account as its offering has it whose money was moved away: blocked, or
// empty if nothing is left.
func emptied(tx kv.Tx, from purse) error {
	a, b := from.account, from.balance
	o, err := records.Offerings.Find(tx, a.Offering)
	switch {
	case err != nil:
		return err
	case o.DisableAfterTransfer:
		a.Status = billing.Blocked
	case a.Status == billing.Activated && b.Spent() && b.Open == 0:
		a.Status = billing.Empty
	default:
		return nil
	}
	PutAccount(tx, a)
	return nil
}

// transferred is what a repeated request moved the first time. The same ID for another
// transfer is no repetition.
func transferred(tx kv.Tx, t billing.Transfer, seq uint64) (done billing.Transferred, err error) {
	out, _, err := ledger.Load(tx, t.From, records.Sequence(seq))
	if err != nil {
		return done, err
	}
	if out.Kind != billing.TransferOut || out.Other != t.To || t.Amount != 0 && t.Amount != -out.Amount {
		return done, otherRequest(t.Ref)
	}
	in, _, err := ledger.Load(tx, t.To, records.Sequence(booked.Of(tx, t.To, t.Ref)))
	return billing.Transferred{Out: out, In: in}, err
}

func otherRequest(ref string) error {
	return fmt.Errorf("%w: request %s was booked for something else: give another request an ID of its own",
		billing.ErrConflict, ref)
}
