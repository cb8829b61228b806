package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

func (s server) vouchers(d *Door) {
	const at = "/v1/vouchers"
	Answer(d, Endpoint{
		ID: "add-voucher", Method: http.MethodPost, Path: at,
		Summary: "Add a voucher", May: staff.Money, Shared: true,
	}, func(ctx context.Context, in *body[wire.NewVoucher]) (billing.Voucher, error) {
		return s.addVoucher(ctx, in.Body)
	})
	Answer(d, Endpoint{
		ID: "find-voucher", Method: http.MethodPost, Path: at + "/find",
		Summary: "Find a voucher by its code", May: Open, Shared: true,
	}, func(ctx context.Context, in *body[wire.VoucherCode]) (billing.Voucher, error) {
		return s.Store.FindVoucher(ctx, in.Body.Code)
	})
	Answer(d, Endpoint{
		ID: "redeem-voucher", Method: http.MethodPost, Path: at + "/redeem",
		Summary: "Put a voucher's money on an account", May: staff.Money, Shared: true,
	}, func(ctx context.Context, in *body[wire.Redemption]) (billing.LedgerEntry, error) {
		return s.Store.Redeem(ctx, billing.Redemption{
			Code: in.Body.Code, Account: in.Body.Account, Ref: in.Body.Ref, Actor: staff.From(ctx).String(),
			At: time.Now(),
		})
	})
	readable(d, noun{"voucher", "vouchers", staff.Money, true}, s.Store.Vouchers)
}

func (s server) addVoucher(ctx context.Context, n wire.NewVoucher) (billing.Voucher, error) {
	v, err := s.Store.NewVoucher(n.Code)
	if err != nil {
		return v, err
	}
	v.Provider, v.Amount, v.Expires = n.Provider, n.Amount, n.Expires
	added, err := s.Store.Vouchers.Add(ctx, v)
	if isExisting(err) {
		err = fmt.Errorf("a voucher with this code %w: choose another", billing.ErrExists)
	}
	return added, err
}
