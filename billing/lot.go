package billing

import (
	"fmt"
	"strconv"
	"time"
)

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

// FirstCard is the number lots begin with unless told otherwise.
const FirstCard = "10000001"

// Card is the number of a card of the lot; the first is 0.
func (l Lot) Card(i int) string {
	first, _ := strconv.ParseInt(l.First, 10, 64) // Validate has read it
	return fmt.Sprintf("%0*d", len(l.First), first+int64(i))
}

// Validate refuses a lot that could not be printed, or whose PINs could be guessed.
func (l Lot) Validate() error {
	switch {
	case !digitsOnly(l.First) || len(l.First) < MinCardDigits || len(l.First) > MaxCardDigits:
		return invalid("first %q: give a number of %d to %d digits", l.First, MinCardDigits, MaxCardDigits)
	case l.Count < 1 || l.Count > MaxLotCount:
		return invalid("count %d: give 1 to %d", l.Count, MaxLotCount)
	case len(l.Card(l.Count-1)) > len(l.First):
		return invalid("%d cards from %s on do not all have %d digits: begin lower, or with more digits",
			l.Count, l.First, len(l.First))
	case l.PINDigits < LowestMinPINDigits || l.PINDigits > MaxPINDigits:
		return invalid("pin_digits %d: give %d to %d", l.PINDigits, LowestMinPINDigits, MaxPINDigits)
	case !l.sparse():
		return invalid("pin_digits %d: among %d cards a PIN would be guessed too easily: give more digits",
			l.PINDigits, l.Count)
	case l.Balance < 0 || l.Balance > MaxMoney:
		return invalid("balance %s: give 0 to %s", l.Balance, MaxMoney)
	}
	return firstOf(CheckName("lot", l.Name), CheckName("provider", l.Provider), CheckName("offering", l.Offering))
}

// lotSparseness is how many PINs there are at least for each that is given out: whoever
// guesses must miss that often on the average.
const lotSparseness = 1000

// sparse says whether the lot takes few enough of the PINs of its length.
func (l Lot) sparse() bool {
	pins := int64(1)
	for range min(l.PINDigits, MaxCardDigits) {
		pins *= 10
	}
	return int64(l.Count)*lotSparseness <= pins
}
