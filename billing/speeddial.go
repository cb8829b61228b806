package billing

import (
	"cccp/internal/phone"
)

// SpeedDial is a number an account calls by one or two digits.
type SpeedDial struct {
	Account string       `json:"account" doc:"account that dials it"`
	Digits  string       `json:"digits" doc:"one or two digits"`
	Number  phone.Number `json:"number" doc:"E.164 number it stands for"`
}

// MaxSpeedDialDigits is how long the digits of a speed dial are at most: what is longer
// is a telephone number.
const MaxSpeedDialDigits = 2

// Validate refuses what cannot be dialled.
func (d SpeedDial) Validate() error {
	if err := CheckName("account", d.Account); err != nil {
		return err
	}
	if len(d.Digits) < 1 || len(d.Digits) > MaxSpeedDialDigits || !digitsOnly(d.Digits) {
		return invalid("speed dial %q: give 1 or %d digits", d.Digits, MaxSpeedDialDigits)
	}
	return CheckNumber("number", d.Number)
}
