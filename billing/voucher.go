package billing

import (
	"time"
)

// Voucher is prepaid money: its code puts it on an account, once.
type Voucher struct {
	// ID is the keyed hash of the code in hexadecimal; the code is never stored in clear.
	ID    string `json:"id" doc:"keyed hash of the code"`
	KeyID string `json:"key_id" doc:"key that hashed the code"`
	// Provider's accounts alone can redeem it, in the provider's currency.
	Provider string `json:"provider" doc:"provider whose accounts may redeem it"`
	Amount   Money  `json:"amount" doc:"money it is worth"`
	// Expires is the moment from which it is worth nothing; zero is never.
	Expires time.Time `json:"expires,omitzero" doc:"worth nothing from then on; never if not given"`
	// Account and Redeemed say who had it, and when.
	Account  string    `json:"account,omitempty" doc:"account that redeemed it"`
	Redeemed time.Time `json:"redeemed,omitzero" doc:"when it was redeemed"`
}

// How many digits a voucher's code may have. They are guessed at like PINs.
const (
	MinVoucherDigits = 10
	MaxVoucherDigits = 20
)

// Validate refuses a voucher worth nothing, or more than an account can hold.
func (v Voucher) Validate() error {
	if v.Amount <= 0 || v.Amount > MaxMoney {
		return invalid("voucher amount %s: give more than 0 and at most %s", v.Amount, MaxMoney)
	}
	return CheckName("provider", v.Provider)
}

// Redeemable refuses a voucher that an account of a provider cannot have at a time.
func (v Voucher) Redeemable(provider string, at time.Time) error {
	switch {
	case v.Provider != provider:
		return Refusal{VoucherUnknown} // of another tenant: that it exists is nobody's business here
	case !v.Redeemed.IsZero():
		return Refusal{VoucherUsed}
	case !v.Expires.IsZero() && !at.Before(v.Expires):
		return Refusal{VoucherExpired}
	}
	return nil
}

// Redemption asks for a voucher's money to be put on an account.
type Redemption struct {
	Code    string
	Account string
	// Ref is the request's own ID, made beforehand: asked again, it is booked once.
	Ref   string
	Actor string
	// Job is the order under which the caller was called back, if he was.
	Job string
	At  time.Time
}
