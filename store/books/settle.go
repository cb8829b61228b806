package books

import (
	"context"
	"errors"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// Settle closes a leg: it posts the charge, releases the rest of the hold and leaves
// the CDR. Settling again returns the first CDR and changes nothing.
func (b *Books) Settle(ctx context.Context, st billing.Settlement) (cdr billing.CDR, err error) {
	watched := false
	err = b.db.Update(ctx, func(tx kv.Tx) error {
		leg, err := findOpen(tx, st.Leg)
		if errors.Is(err, billing.ErrNotOpen) {
			if cdr, err = cdrOfLeg(tx, st.Leg); err == nil {
				err = staff.From(ctx).Reach(cdr.Provider, "account "+cdr.Account)
			}
			return err
		}
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
