package books

import (
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

var _ records.Follower[billing.Voucher] = vouchers{}

// vouchers is the kind of vouchers.
type vouchers struct{ *Books }

func (vouchers) ID(v billing.Voucher) string                      { return v.ID }
func (vouchers) Owner(_ kv.Tx, v billing.Voucher) (string, error) { return v.Provider, nil }
func (vouchers) Refs(v billing.Voucher) []records.Ref             { return records.Providers.To(v.Provider) }

// Check leaves vouchers that were redeemed as they are: they are part of the history of
// money. Redeem alone makes them so.
func (k vouchers) Check(tx kv.Tx, v *billing.Voucher) error {
	if err := k.pins.Ring().CheckHash("voucher", v.ID, v.KeyID); err != nil {
		return err
	}
	before, _, err := records.Vouchers.Load(tx, v.ID)
	if err != nil {
		return err
	}
	if !before.Redeemed.IsZero() {
		return fmt.Errorf("%w: voucher %s was redeemed by account %s and cannot change",
			billing.ErrConflict, v.ID, before.Account)
	}
	if v.Account != "" || !v.Redeemed.IsZero() {
		return fmt.Errorf("%w: a voucher is redeemed with ccctl voucher redeem", billing.ErrInvalid)
	}
	return v.Validate()
}

// Follow keeps a voucher that was redeemed from being taken away.
func (vouchers) Follow(_ kv.Tx, before, after *billing.Voucher) error {
	if after == nil && !before.Redeemed.IsZero() {
		return fmt.Errorf("voucher %s is %w: account %s redeemed it, and its ledger is kept",
			before.ID, billing.ErrInUse, before.Account)
	}
	return nil
}

// NewVoucher makes the voucher of a code; whose it is and what it is worth is to be
// filled in.
func (b *Books) NewVoucher(code string) (billing.Voucher, error) {
	made, err := b.pins.Ring().Voucher(code)
	if err != nil {
		return made, err
	}
	if kept, err := b.FindVoucher(context.Background(), code); err == nil && kept.KeyID != made.KeyID {
		return billing.Voucher{}, fmt.Errorf("voucher %s %w", kept.ID, billing.ErrExists)
	}
	return made, nil
}

// FindVoucher finds a voucher by its code, if the actor may see it: one beyond his reach
// is as one that is not there.
func (b *Books) FindVoucher(ctx context.Context, code string) (billing.Voucher, error) {
	v, err := pins.FindHash(b.pins.Ring(), func(k pins.Key) string { return k.VoucherHash(code) },
		func(id string) (billing.Voucher, error) { return b.Vouchers.See(ctx, id) })
	if errors.Is(err, billing.ErrNotFound) || errors.Is(err, staff.ErrForbidden) {
		err = fmt.Errorf("voucher: %w: see ccctl voucher list", billing.ErrNotFound)
	}
	return v, err
}

// voucherID is the hash a code is kept under; vouchers stay under the key they were made
// with.
func (b *Books) voucherID(code string) string {
	if v, err := b.FindVoucher(context.Background(), code); err == nil {
		return v.ID
	}
	return b.pins.Ring().Current().VoucherHash(code)
}

// Redeem puts a voucher's money on an account, once. What cannot be redeemed is refused
// with a billing.Refusal. Asked again with the same Ref it answers the first entry.
func (b *Books) Redeem(ctx context.Context, r billing.Redemption) (entry billing.LedgerEntry, err error) {
	if err := checkRef(r.Ref); err != nil {
		return entry, err
	}
	id := b.voucherID(r.Code)
	err = b.db.Update(ctx, func(tx kv.Tx) error {
		account, balance, err := seen(ctx, tx, r.Account)
		if err != nil {
			return err
		}
		if seq := booked.Of(tx, r.Account, r.Ref); seq > 0 {
			entry, err = redeemed(tx, r, id, seq)
			return err
		}
		v, err := redeemable(tx, id, account, balance, r)
		if err != nil {
			return err
		}
		entry = bookOnce(tx, &balance, billing.LedgerEntry{
			At: r.At, Kind: billing.Recharge, Amount: v.Amount, Ref: r.Ref, Actor: r.Actor,
			Reason: redeemedReason(id), Origin: billing.FromVoucher, Job: r.Job,
		})
		v.Account, v.Redeemed = r.Account, r.At
		records.Vouchers.Put(tx, v, id)
		records.Audit(ctx, tx, records.Deed{
			Action: "redeem", Kind: "voucher", ID: id, Before: entry.Before, After: entry.After,
		})
		reactivate(tx, account, balance, r.At)
		return nil
	})
	if err == nil {
		b.funds.tell(r.Account)
	}
	return entry, err
}

// redeemedReason is the reason of a voucher's ledger entry: it says which it was.
func redeemedReason(id string) string { return "voucher " + id }

// redeemed is the entry a repeated request made the first time. The same ID with another
// voucher is no repetition.
func redeemed(tx kv.Tx, r billing.Redemption, id string, seq uint64) (billing.LedgerEntry, error) {
	first, _, err := ledger.Load(tx, r.Account, records.Sequence(seq))
	if err == nil && (first.Kind != billing.Recharge || first.Reason != redeemedReason(id)) {
		return billing.LedgerEntry{}, otherRequest(r.Ref)
	}
	return first, err
}

// redeemable is the voucher, if the account may have its money.
func redeemable(
	tx kv.Tx, id string, a billing.Account, b billing.Balance, r billing.Redemption) (billing.Voucher, error,
) {
	offering, err := records.Offerings.Find(tx, a.Offering)
	if err != nil {
		return billing.Voucher{}, err
	}
	if reason := billing.Refillable(a, offering, r.At); reason != "" {
		return billing.Voucher{}, billing.Refusal{Reason: reason}
	}
	v, ok, err := records.Vouchers.Load(tx, id)
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
