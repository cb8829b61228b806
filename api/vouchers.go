package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

func (s server) vouchers(h huma.API) {
	const at = "/v1/vouchers"
	huma.Register(h, operation("add-voucher", http.MethodPost, at, "Add a voucher"), func(ctx context.Context, in *body[wire.NewVoucher]) (*answer[billing.Voucher], error) {
		return reply(s.addVoucher(ctx, in.Body))
	})
	huma.Register(h, operation("find-voucher", http.MethodPost, at+"/find", "Find a voucher by its code"), func(ctx context.Context, in *body[wire.VoucherCode]) (*answer[billing.Voucher], error) {
		return reply(s.Store.FindVoucher(ctx, in.Body.Code))
	})
	huma.Register(h, operation("redeem-voucher", http.MethodPost, at+"/redeem", "Put a voucher's money on an account"), func(ctx context.Context, in *body[wire.Redemption]) (*answer[billing.LedgerEntry], error) {
		if err := s.Store.WithinReach(ctx, in.Body.Account); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.Redeem(ctx, billing.Redemption{
			Code: in.Body.Code, Account: in.Body.Account, Ref: in.Body.Ref, Actor: staff.From(ctx).String(), At: time.Now(),
		}))
	})
	readable(h, noun{"voucher", "vouchers"}, s.Store.Vouchers)
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
