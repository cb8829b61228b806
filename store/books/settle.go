package books

import (
	"context"
	"errors"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// Settle closes a leg as its script says: it posts the charge, releases the rest of the hold
// and leaves the CDR. Settling again returns the first CDR and changes nothing. An answer
// that was told before is the one that counts; only a settlement without any is of a call
// nobody answered.
func (b *Books) Settle(ctx context.Context, st billing.Settlement) (billing.CDR, error) {
	cdr, err := b.SettleAs(ctx, st.Leg, func(billing.OpenLeg) (billing.Settlement, error) { return st, nil })
	if errors.Is(err, billing.ErrNotOpen) {
		return b.Settled(ctx, st.Leg)
	}
	return cdr, err
}

// Settled is the record of a leg that the actor may see, or ErrNotOpen if there is none.
func (b *Books) Settled(ctx context.Context, id billing.LegID) (cdr billing.CDR, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		if cdr, err = cdrOfLeg(tx, id); err == nil {
			err = staff.From(ctx).Reach(cdr.Provider, "account "+cdr.Account)
		}
		return err
	})
	return cdr, err
}

// SettleAs closes a leg by what is made of it as it stands, with all that was told of it
// until then; whoever tells more finds it closed. how is asked within the transaction, maybe
// more than once: it has no effects, and its error leaves the leg open. A leg that is not
// open is refused with ErrNotOpen.
func (b *Books) SettleAs(
	ctx context.Context, id billing.LegID, how func(billing.OpenLeg) (billing.Settlement, error),
) (cdr billing.CDR, err error) {
	watched := false
	err = b.db.Update(ctx, func(tx kv.Tx) error {
		leg, err := seenOpen(ctx, tx, id)
		if err != nil {
			return err
		}
		st, err := how(leg)
		if err != nil {
			return err
		}
		watched = len(leg.Watched) > 0
		cdr, err = b.settle(ctx, tx, leg, st)
		return err
	})
	if err == nil {
		b.funds.tell(cdr.Account)
	}
	if err == nil && watched {
		b.alerted.Ring()
	}
	return cdr, err
}

func (b *Books) settle(
	ctx context.Context, tx kv.Tx, leg billing.OpenLeg, st billing.Settlement) (cdr billing.CDR, err error,
) {
	account, balance, err := seen(ctx, tx, leg.Account)
	if err != nil {
		return cdr, err
	}
	if !st.Answered.IsZero() {
		st.Answered = leg.AnswerOf(st.Answered)
		leg.Tariff = leg.Tariff.Answered(st.Answered)
	}
	if err := useFree(tx, &leg, leg.ChargedSeconds(st)); err != nil {
		return cdr, err
	}
	cdr = leg.Settle(st)
	cdr.Currency = balance.Currency
	balance.Held -= leg.Held
	balance.Open--
	countIn(tx, leg, -1)
	open.Delete(tx, string(leg.Leg))
	if cdr.Charge != 0 {
		Post(tx, &balance, billing.LedgerEntry{
			At: st.Ended, Kind: billing.Charge, Amount: -cdr.Charge, Ref: string(leg.Leg),
			Actor: "ccd", Origin: billing.FromCall, Job: leg.Job,
		})
	}
	PutBalance(tx, balance)
	called(tx, account, balance, leg, cdr)
	if err := b.leaveVelocity(tx, leg, cdr); err != nil { // it may block the account
		return cdr, err
	}
	cdr = appendCDR(tx, cdr)
	if !cdr.Leg.Caller() {
		lastCall.Set(tx, cdr.Seq, cdr.Account)
	}
	return cdr, nil
}
