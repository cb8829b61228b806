package store

import (
	"cmp"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// Statement is an account's statement from one time until just before another, on one
// snapshot. A zero time is no bound.
func (s *Store) Statement(account string, from, to time.Time) (st billing.Statement, err error) {
	if !to.IsZero() && to.Before(from) {
		return st, fmt.Errorf("%w: the statement ends at %s, before it begins: give a to after from", billing.ErrInvalid, to.Format(time.RFC3339))
	}
	err = s.db.View(func(tx kv.Tx) error {
		a, b, err := accountMoney(tx, account)
		if err != nil {
			return err
		}
		seller, err := s.Providers.find(tx, a.Provider)
		if err != nil {
			return err
		}
		st = billing.Statement{
			Account: a.ID, Provider: a.Provider, Currency: b.Currency, From: from, To: to,
			TimeZone: cmp.Or(seller.TimeZone, time.UTC.String()), Entries: []billing.StatementEntry{},
		}
		first, last := under("ledger", account)
		for _, v := range tx.Ascend(first, last) {
			e, err := decode[billing.LedgerEntry](v)
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
