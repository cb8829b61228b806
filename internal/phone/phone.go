// Package phone turns what people dial and what networks signal into E.164 numbers
// (ITU-T E.164), says which country a number belongs to, and writes it as carriers want it.
//
// What a person types and what a network signals are two languages. A person types the
// national form, or dials abroad by the prefix of his country, by 00 or by +: Plan.Typed. A
// network signals the form it was set up for, and many signal bare E.164 digits, which in
// half of all countries could be a national number as well: Plan.Called and Plan.Caller.
//
// The numbering plans come from nyaruka/phonenumbers, a port of Google's libphonenumber.
// They age: no number has to be assigned, it has to be possible (of a length its country
// has). Ranges newer than the tables can be added from a file: ReadRanges.
//
// A number that was read is settled: read again, it is the same. Without that, zeros typed
// after the country code (+49 00 900…) would pass every block and price by prefix, and
// carriers connect them all the same.
package phone

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// MaxDigits is the longest E.164 number, country code included (ITU-T E.164, 6.1).
const MaxDigits = 15

// ErrNotANumber is returned for digits that no numbering plan can place.
var ErrNotANumber = errors.New("not a telephone number")

// Number is an E.164 number as digits only, without the leading "+".
type Number string

// E164 is the number with its leading "+", as people and headers write it.
func (n Number) E164() string {
	if n == "" {
		return ""
	}
	return "+" + string(n)
}

// MaxSignalledChars is how much is kept of what a network signals in place of a number.
const MaxSignalledChars = 32

// Signalled is what is kept of a caller's number that fits no numbering plan, such as 100
// or anonymous: its first 32 printable characters (unicode.IsPrint), with no space at either
// end and none of =, +, - and @ at the beginning, which a spreadsheet takes for a formula.
func Signalled(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return -1
	}, s)
	kept := []rune(strings.TrimLeft(s, "=+-@ "))
	return strings.TrimRight(string(kept[:min(len(kept), MaxSignalledChars)]), " ")
}

// KnownCountry says whether code is an ISO 3166-1 alpha-2 country with a numbering plan.
func KnownCountry(code string) bool {
	return phonenumbers.GetCountryCodeForRegion(code) != 0
}

// strip removes punctuation, and says whether the digits stood behind a "+". What holds
// anything else is no number: its digits are "".
func strip(s string) (digits string, plus bool) {
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "").Replace(s)
	digits, plus = strings.CutPrefix(s, "+")
	for _, c := range digits {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return digits, plus
}

// reading is one way to read digits: as the settled number and how well it fits.
type reading struct {
	number Number
	// abroad says that the digits began with an international prefix of the country.
	abroad bool
	// valid says that the number is in a range of its plan that is in use.
	valid bool
}

// digitsOf is a parsed number in E.164 form.
func digitsOf(n *phonenumbers.PhoneNumber) Number {
	return Number(strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+"))
}

// parsed is a number as the library has it.
func (n Number) parsed() (*phonenumbers.PhoneNumber, error) { return phonenumbers.Parse(n.E164(), "") }

// international reads E.164 digits.
func (p Plan) international(digits string) (reading, bool) { return p.read("+"+digits, "") }

// national reads digits as they are dialled in a country: national, by its international
// prefix, or with its own country code.
func (p Plan) national(digits, country string) (reading, bool) { return p.read(digits, country) }

func (p Plan) read(s, country string) (r reading, possible bool) {
	n, err := phonenumbers.ParseAndKeepRawInput(s, country)
	if err != nil {
		return r, false
	}
	if r.number, possible = p.settle(digitsOf(n)); !possible {
		return reading{}, false
	}
	r.abroad = n.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD
	r.valid = p.assigned(r.number)
	return r, true
}

// settle brings a number into the one form that is read as itself, and says whether it is
// possible. The zeros and ones people leave after a country code are national prefixes, and
// go; forms that were in use before a plan was changed become those of today.
func (p Plan) settle(n Number) (Number, bool) {
	for range MaxDigits {
		n = ofToday(n)
		parsed, err := n.parsed()
		if err != nil {
			return "", false
		}
		again := digitsOf(parsed)
		if again == n {
			return n, p.possible(n, parsed)
		}
		n = again
	}
	return "", false
}

// Settled is a number that was kept, as it would be read today: earlier versions kept zeros
// after the country code.
func (p Plan) Settled(n Number) (Number, error) {
	if r, ok := p.international(string(n)); ok {
		return r.number, nil
	}
	return "", notANumber(n.E164(), "")
}

// notANumber says what could not be read, and where.
func notANumber(s, country string) error {
	return fmt.Errorf("read number %q in country %s: %w", s, country, ErrNotANumber)
}
