package wire

import (
	"time"

	"cccp/billing"
)

// NewEntry is an operator's change of a balance.
type NewEntry struct {
	Kind   billing.LedgerKind `json:"kind" enum:"credit,debit"`
	Amount billing.Money      `json:"amount" doc:"decimal amount, more than 0, at most 6 places"`
	Reason string             `json:"reason" minLength:"1" maxLength:"250" doc:"why the balance changes"`
	// Ref makes it safe to send the same request again.
	Ref string `json:"ref" minLength:"1" maxLength:"64" doc:"the request's own ID: the same one is booked once"`
}

// NewTransfer is an order to move money of the account in the path to another.
type NewTransfer struct {
	To string `json:"to" minLength:"1" maxLength:"128" doc:"account that gets the money"`
	// Amount is a pointer so that 0 is refused: it must not come to mean everything.
	Amount *billing.Money `json:"amount,omitempty" doc:"decimal amount, more than 0; all there is if not given"`
	Reason string         `json:"reason" minLength:"1" maxLength:"250" doc:"why the money is moved"`
	// Ref makes it safe to send the same request again.
	Ref string `json:"ref" minLength:"1" maxLength:"64" doc:"the request's own ID: the same one is booked once"`
}

// NewVoucher is a voucher as an operator gives it: of its code only a keyed hash is kept.
type NewVoucher struct {
	Code     string        `json:"code" maxLength:"32" doc:"10 to 20 digits, typed to redeem it"`
	Provider string        `json:"provider" doc:"provider whose accounts may redeem it"`
	Amount   billing.Money `json:"amount" doc:"money it is worth, in the provider's currency"`
	Expires  time.Time     `json:"expires,omitzero" doc:"worth nothing from then on; never if not given"`
}

// VoucherCode asks for the voucher of a code.
type VoucherCode struct {
	Code string `json:"code" maxLength:"32"`
}

// Redemption puts a voucher's money on an account.
type Redemption struct {
	Code    string `json:"code" maxLength:"32" doc:"the voucher's code"`
	Account string `json:"account" maxLength:"128" doc:"account that gets the money"`
	Ref     string `json:"ref" minLength:"1" maxLength:"64" doc:"the request's own ID: the same one is booked once"`
}

// Quote is what a call costs under an offering, and by what.
type Quote struct {
	billing.Quote
	// Deck and Version are what priced it: a rate deck or a rate plan.
	Deck    string `json:"deck"`
	Version uint64 `json:"deck_version"`
	Service string `json:"service,omitempty"`
	Plan    string `json:"plan,omitempty"`
	// Modifiers are those that hold one after the other while it lasts.
	Modifiers []billing.Modifier `json:"modifiers,omitempty"`
	// Leg of a callback: A to the caller, B to the number called.
	Leg string `json:"leg,omitempty"`
}
