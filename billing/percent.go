package billing

import (
	"fmt"
	"strings"
)

// Percent is an exact percentage in millionths of the whole: 100 % is 1,000,000.
type Percent int64

// Whole is 100 %.
const Whole Percent = 1_000_000

// MaxPercent bounds markups and modifiers: ten times the price.
const MaxPercent = 10 * Whole

// percentPlaces is the number of decimal places a percentage may have.
const percentPlaces = 4

// ParsePercent reads a percentage such as "12.5" or "12.5%", of 0 or more and with at
// most 4 decimal places.
func ParsePercent(s string) (Percent, error) {
	n, err := parseDecimal(strings.TrimSuffix(s, "%"), percentPlaces)
	if err != nil {
		return 0, fmt.Errorf("parse percentage %q: %w", s, err)
	}
	if n < 0 || Percent(n) > MaxPercent {
		return 0, fmt.Errorf("parse percentage %q: %w: give 0 to %s", s, ErrBadAmount, MaxPercent)
	}
	return Percent(n), nil
}

// String writes the percentage exactly, without the sign: "12.5", "100".
func (p Percent) String() string { return formatDecimal(int64(p), percentPlaces, 0) }

// MarshalText writes what String does, so JSON carries percentages as strings.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePercent reads.
func (p *Percent) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePercent(string(text))
	return err
}
