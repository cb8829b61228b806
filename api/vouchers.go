package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/staff"
)

// newVoucher is a voucher as an operator gives it: of its code only a keyed hash is kept.
type newVoucher struct {
	Code     string        `json:"code" maxLength:"32" doc:"10 to 20 digits, which whoever redeems it types"`
	Provider string        `json:"provider" doc:"provider whose accounts may redeem it"`
	Amount   billing.Money `json:"amount" doc:"money it is worth, in the provider's currency"`
	Expires  time.Time     `json:"expires,omitzero" doc:"worth nothing from then on; never if not given"`
}

type voucherCode struct {
	Code string `json:"code" maxLength:"32"`
}

type redemption struct {
	Code    string `json:"code" maxLength:"32" doc:"the voucher's code"`
	Account string `json:"account" maxLength:"128" doc:"account that gets the money"`
	Ref     string `json:"ref" minLength:"1" maxLength:"64" doc:"the request's own ID: the same one is booked once"`
}

func (s server) vouchers(h huma.API) {
	const at = "/v1/vouchers"
	huma.Register(h, operation("add-voucher", http.MethodPost, at, "Add a voucher"), func(ctx context.Context, in *body[newVoucher]) (*answer[billing.Voucher], error) {
		return reply(s.addVoucher(ctx, in.Body))
	})
	huma.Register(h, operation("find-voucher", http.MethodPost, at+"/find", "Find a voucher by its code"), func(ctx context.Context, in *body[voucherCode]) (*answer[billing.Voucher], error) {
		return reply(s.Store.FindVoucher(ctx, in.Body.Code))
	})
	huma.Register(h, operation("redeem-voucher", http.MethodPost, at+"/redeem", "Put a voucher's money on an account"), func(ctx context.Context, in *body[redemption]) (*answer[billing.LedgerEntry], error) {
		if err := s.Store.WithinReach(ctx, in.Body.Account); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.Redeem(ctx, billing.Redemption{
			Code: in.Body.Code, Account: in.Body.Account, Ref: in.Body.Ref, Actor: staff.From(ctx).String(), At: time.Now(),
		}))
	})
	readable(h, noun{"voucher", "vouchers"}, s.Store.Vouchers)
}

func (s server) addVoucher(ctx context.Context, n newVoucher) (billing.Voucher, error) {
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
