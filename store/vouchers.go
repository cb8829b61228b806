package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// voucherHash is the ID of a voucher. A PIN is digits alone, so that no code and no PIN
// ever share a hash.
func (k PINKey) voucherHash(code string) string { return k.Hash("cccp voucher:" + code) }

// NewVoucher makes the voucher of a code; whose it is and what it is worth is to be
// filled in.
func (s *Store) NewVoucher(code string) (billing.Voucher, error) {
	if len(code) < billing.MinVoucherDigits || len(code) > billing.MaxVoucherDigits || strings.Trim(code, "0123456789") != "" {
		return billing.Voucher{}, fmt.Errorf("%w: voucher code: give %d to %d digits", billing.ErrInvalid, billing.MinVoucherDigits, billing.MaxVoucherDigits)
	}
	k := s.pins().current()
	if v, err := s.FindVoucher(context.Background(), code); err == nil && v.KeyID != k.ID() {
		return billing.Voucher{}, fmt.Errorf("voucher %s %w", v.ID, billing.ErrExists)
	}
	return billing.Voucher{ID: k.voucherHash(code), KeyID: k.ID()}, nil
}

// FindVoucher finds a voucher by its code, if whoever asks may see it: one beyond his reach
// is as one that is not there.
func (s *Store) FindVoucher(ctx context.Context, code string) (billing.Voucher, error) {
	see := func(id string) (billing.Voucher, error) { return s.Vouchers.See(ctx, id) }
	v, ok, err := found(eachHash(s.pins(), func(k PINKey) string { return k.voucherHash(code) }, see))
	if err == nil && !ok || errors.Is(err, staff.ErrForbidden) {
		err = fmt.Errorf("voucher: %w: see ccctl voucher list", billing.ErrNotFound)
	}
	return v, err
}

// voucherID is the hash a code is kept under; vouchers stay under the key they were made
// with.
func (s *Store) voucherID(code string) string {
	if v, err := s.FindVoucher(context.Background(), code); err == nil {
		return v.ID
	}
	return s.pins().current().voucherHash(code)
}

// checkVoucher leaves vouchers that were redeemed as they are: they are part of the
// history of money. Redeem alone makes them so.
func (s *Store) checkVoucher(tx kv.Tx, v *billing.Voucher) error {
	if err := s.pins().checkHash("voucher", v.ID, v.KeyID); err != nil {
		return err
	}
	before, _, err := load[billing.Voucher](tx, key("voucher", v.ID))
	if err != nil {
		return err
	}
	if !before.Redeemed.IsZero() {
		return fmt.Errorf("%w: voucher %s was redeemed by account %s and cannot change", billing.ErrConflict, v.ID, before.Account)
	}
	if v.Account != "" || !v.Redeemed.IsZero() {
		return fmt.Errorf("%w: a voucher is redeemed with ccctl voucher redeem", billing.ErrInvalid)
	}
	return v.Validate()
}

func checkVoucherUnused(_ kv.Tx, v billing.Voucher) error {
	if !v.Redeemed.IsZero() {
		return fmt.Errorf("voucher %s is %w: account %s redeemed it, and its ledger is kept", v.ID, billing.ErrInUse, v.Account)
	}
	return nil
}

// Redeem puts a voucher's money on an account, once. What cannot be redeemed is refused
// with a billing.Refusal. Asked again with the same Ref it answers the first entry.
func (s *Store) Redeem(ctx context.Context, r billing.Redemption) (entry billing.LedgerEntry, err error) {
	if err := checkRef(r.Ref); err != nil {
		return entry, err
	}
	id := s.voucherID(r.Code)
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		account, balance, err := accountMoney(tx, r.Account)
		if err != nil {
			return err
		}
		if seq := counter(tx, key("ref", r.Account, r.Ref)); seq > 0 {
			entry, err = redeemed(tx, r, id, seq)
			return err
		}
		v, err := s.redeemable(tx, id, account, balance, r)
		if err != nil {
			return err
		}
		entry = post(tx, &balance, billing.LedgerEntry{At: r.At, Kind: billing.Recharge, Amount: v.Amount, Ref: r.Ref, Actor: r.Actor, Reason: redeemedReason(id), Origin: billing.FromVoucher, Job: r.Job})
		setCounter(tx, key("ref", r.Account, r.Ref), entry.Seq)
		v.Account, v.Redeemed = r.Account, r.At
		tx.Put(key("voucher", id), encode(v))
		tx.Put(key("balance", r.Account), encode(balance))
		audit(ctx, tx, deed{"redeem", "voucher", id, entry.Before, entry.After})
		reactivate(tx, account, balance, r.At)
		return nil
	})
	if err == nil {
		s.funds.tell(r.Account)
	}
	return entry, err
}

// redeemedReason is the reason of a voucher's ledger entry: it says which it was.
func redeemedReason(id string) string { return "voucher " + id }

// redeemed is the entry a repeated request made the first time. The same ID with another
// voucher is no repetition.
func redeemed(tx kv.Tx, r billing.Redemption, id string, seq uint64) (billing.LedgerEntry, error) {
	first, _, err := load[billing.LedgerEntry](tx, ledgerKey(r.Account, seq))
	if err == nil && (first.Kind != billing.Recharge || first.Reason != redeemedReason(id)) {
		return billing.LedgerEntry{}, fmt.Errorf("%w: request %s was booked for something else: give another request an ID of its own", billing.ErrConflict, r.Ref)
	}
	return first, err
}

// redeemable is the voucher, if the account may have its money.
func (s *Store) redeemable(tx kv.Tx, id string, a billing.Account, b billing.Balance, r billing.Redemption) (billing.Voucher, error) {
	offering, err := s.Offerings.find(tx, a.Offering)
	if err != nil {
		return billing.Voucher{}, err
	}
	if reason := billing.Refillable(a, offering, r.At); reason != "" {
		return billing.Voucher{}, billing.Refusal{Reason: reason}
	}
	v, ok, err := load[billing.Voucher](tx, key("voucher", id))
	if err == nil && !ok {
		err = billing.Refusal{Reason: billing.VoucherUnknown}
	}
	if err != nil {
		return v, err
	}
	if err := v.Redeemable(a.Provider, r.At); err != nil {
		return v, err
	}
	if b.Amount > offering.MostMoney()-v.Amount {
		return v, billing.Refusal{Reason: billing.BalanceFull}
	}
	return v, nil
}
