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

// Statement is the statement of an account that the actor may see, from one time until
// just before another, on one snapshot. A zero time is no bound.
func (b *Books) Statement(ctx context.Context, account string, from, to time.Time) (st billing.Statement, err error) {
	if !to.IsZero() && to.Before(from) {
		return st, fmt.Errorf("%w: the statement ends at %s, before it begins: give a to after from",
			billing.ErrInvalid, to.Format(time.RFC3339))
	}
	err = b.db.View(func(tx kv.Tx) error {
		a, balance, err := seen(ctx, tx, account)
		if err != nil {
			return err
		}
		seller, err := records.Providers.Find(tx, a.Provider)
		if err != nil {
			return err
		}
		st = billing.Statement{
			Account: a.ID, Provider: a.Provider, Currency: balance.Currency, From: from, To: to,
			TimeZone: cmp.Or(seller.TimeZone, time.UTC.String()), Entries: []billing.StatementEntry{},
		}
		for e, err := range ledger.All(tx, account) {
			if err != nil {
				return err
			}
			if !st.Add(e) {
				continue
			}
			row, err := withCall(tx, e)
			if err != nil {
				return err
			}
			st.Entries = append(st.Entries, row)
		}
		return nil
	})
	return st, err
}

// withCall adds to a charge the call it is for.
func withCall(tx kv.Tx, e billing.LedgerEntry) (billing.StatementEntry, error) {
	row := billing.StatementEntry{LedgerEntry: e}
	if e.Kind != billing.Charge {
		return row, nil
	}
	cdr, err := cdrOfLeg(tx, billing.LegID(e.Ref))
	row.To, row.AnsweredMS, row.BilledS = cdr.To, cdr.AnsweredMS, cdr.BilledS
	return row, err
}
