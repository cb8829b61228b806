package billing

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount of some currency in micro-units: 1.00 is 1,000,000.
type Money int64

// MoneyPlaces is the number of decimal places Money carries.
const MoneyPlaces = 6

// MaxMoney bounds every amount an operator may enter: a thousand million units.
// It keeps the sum of nine thousand such accounts inside an int64.
const MaxMoney Money = 1_000_000_000 * 1_000_000

// ErrBadAmount is returned for text that is not an exact decimal amount.
var ErrBadAmount = errors.New("not a decimal amount")

// ParseMoney reads an amount such as "10", "10.00" or "-0.000001". More than 6
// decimal places are refused rather than rounded, as are exponents and grouping.
func ParseMoney(s string) (Money, error) {
	units, err := parseDecimal(s, MoneyPlaces)
	if err != nil {
		return 0, fmt.Errorf("parse money %q: %w", s, err)
	}
	if m := Money(units); m <= MaxMoney && m >= -MaxMoney {
		return m, nil
	}
	return 0, fmt.Errorf("parse money %q: %w: larger than %s", s, ErrBadAmount, MaxMoney)
}

// String writes the amount exactly, with at least two decimal places: "1.00", "0.086".
func (m Money) String() string { return formatDecimal(int64(m), MoneyPlaces, 2) }

// MarshalText writes the amount as a decimal, so JSON carries money as strings.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what ParseMoney reads.
func (m *Money) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMoney(string(text))
	return err
}

// Decimal is an exact rate or fee in pico-units (10^-12).
type Decimal int64

// DecimalPlaces is the number of decimal places a Decimal carries.
const DecimalPlaces = 12

// MaxDecimal bounds rates and fees: a million units.
const MaxDecimal Decimal = 1_000_000 * 1_000_000_000_000

// ParseDecimal reads a rate or fee such as "0.0083". It must not be negative and
// may have at most 12 decimal places.
func ParseDecimal(s string) (Decimal, error) {
	units, err := parseDecimal(s, DecimalPlaces)
	if err != nil {
		return 0, fmt.Errorf("parse rate %q: %w", s, err)
	}
	if units < 0 {
		return 0, fmt.Errorf("parse rate %q: %w: negative", s, ErrBadAmount)
	}
	if Decimal(units) > MaxDecimal {
		return 0, fmt.Errorf("parse rate %q: %w: larger than %s", s, ErrBadAmount, MaxDecimal)
	}
	return Decimal(units), nil
}

// String writes the decimal exactly, without trailing zeros: "0.0083", "1".
func (d Decimal) String() string { return formatDecimal(int64(d), DecimalPlaces, 0) }

// MarshalText writes the decimal as text, so JSON carries rates as strings.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDecimal reads.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

// parseDecimal reads an optional sign, digits, and at most places decimals, as a
// count of 10^-places.
func parseDecimal(s string, places int) (int64, error) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	whole, fraction, dotted := strings.Cut(unsigned, ".")
	if len(s)-len(unsigned) > 1 || whole == "" || dotted && fraction == "" ||
		!digitsOnly(whole) || !digitsOnly(fraction) {
		return 0, fmt.Errorf("%w: write it like 12.50", ErrBadAmount)
	}
	if len(fraction) > places {
		return 0, fmt.Errorf("%w: more than %d decimal places", ErrBadAmount, places)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", places-len(fraction)), 10, 64)
	if err != nil || n == math.MaxInt64 {
		return 0, fmt.Errorf("%w: too large", ErrBadAmount)
	}
	if strings.HasPrefix(s, "-") {
		n = -n
	}
	return n, nil
}

// formatDecimal writes n·10^-places with at least minPlaces decimals.
func formatDecimal(n int64, places, minPlaces int) string {
	sign, magnitude := "", uint64(n)
	if n < 0 {
		sign, magnitude = "-", uint64(-n)
	}
	digits := strconv.FormatUint(magnitude, 10)
	if len(digits) <= places {
		digits = strings.Repeat("0", places-len(digits)+1) + digits
	}
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	for len(fraction) > minPlaces && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

func digitsOnly(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
