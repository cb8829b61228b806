package billing

import "time"

// Lot is accounts that were generated together (seed 003).
type Lot struct {
	Name     string `json:"name" doc:"unique name"`
	Provider string `json:"provider" doc:"provider the accounts belong to"`
	Offering string `json:"offering" doc:"offering the accounts are sold under"`
	// First is the number of the first account, in 8 to 14 digits; the others follow it.
	First string `json:"first" doc:"number of the first card, 8 to 14 digits"`
	Count int    `json:"count" doc:"how many cards there are"`
	// PINDigits is how long the PINs are.
	PINDigits int `json:"pin_digits" doc:"digits of a PIN"`
	// Balance is what each account is generated with.
	Balance Money `json:"balance,omitzero" doc:"money each card is generated with"`
	// Made counts the accounts that exist already: as many as Count once all do.
	Made    int       `json:"made" doc:"how many cards exist already"`
	Created time.Time `json:"created"`
	Actor   string    `json:"actor,omitempty"`
}

// Bounds of lots (seed 003: the number printed on the card).
const (
	MaxLotCount         = 10_000_000
	MinCardDigits       = 8
	MaxCardDigits       = 14
	DefaultLotPINDigits = 12
)
