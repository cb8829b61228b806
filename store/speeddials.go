package store

import (
	"bytes"
	"context"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// SpeedDialID is the ID of a speed dial within its collection.
func SpeedDialID(account, digits string) string { return account + ":" + digits }

// checkSpeedDial reads the number in the country of the account's provider; one that is
// kept already is left as it is.
func (s *Store) checkSpeedDial(tx kv.Tx, d *billing.SpeedDial) error {
	account, err := s.Accounts.find(tx, d.Account)
	if err != nil {
		return err
	}
	seller, err := s.Providers.find(tx, account.Provider)
	if err != nil {
		return err
	}
	if err := s.hasSpeedDials(tx, account); err != nil {
		return err
	}
	before, _, err := load[billing.SpeedDial](tx, key("speed-dial", SpeedDialID(d.Account, d.Digits)))
	if err != nil {
		return err
	}
	if err := normaliseNew("number", []*phone.Number{&d.Number}, []phone.Number{before.Number}, seller.Country); err != nil {
		return err
	}
	return d.Validate()
}

// SpeedDial is the number an account's digits stand for.
func (s *Store) SpeedDial(account, digits string) (phone.Number, bool, error) {
	d, ok, err := found(s.SpeedDials.Get(SpeedDialID(account, digits)))
	return d.Number, ok, err
}

// SetSpeedDial adds a speed dial, or puts another number in its place.
func (s *Store) SetSpeedDial(ctx context.Context, d billing.SpeedDial) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		set := d
		if err := s.checkSpeedDial(tx, &set); err != nil {
			return err
		}
		return s.SpeedDials.put(tx, set)
	})
}

// speedDialKeys are the keys of all speed dials of an account.
func speedDialKeys(tx kv.Tx, account string) (keys [][]byte) {
	from := key("speed-dial", SpeedDialID(account, ""))
	to := bytes.Clone(from)
	to[len(to)-1]++ // what comes after the colon
	for k := range tx.Ascend(from, to) {
		keys = append(keys, bytes.Clone(k))
	}
	return keys
}
