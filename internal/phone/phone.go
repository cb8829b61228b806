// Package phone turns what people dial and what networks send into E.164
// numbers (ITU-T E.164) and says which country a number belongs to.
//
// The numbering plans themselves come from nyaruka/phonenumbers, a port of
// Google's libphonenumber; this package only fixes the order in which its
// answers are believed, because callers of a calling card dial all forms:
// national, 00, 011 and the bare country code.
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

// Parse reads a dialled or signalled number in the national forms of country
// (ISO 3166-1 alpha-2) or in any international form: +, 00, the country's own
// international prefix (011 in North America), or the bare country code.
//
// Digits that can be a national number are one: a caller's typing error must not end up in
// the country whose code it happens to begin with.
func Parse(dialled, country string) (Number, error) {
	digits, international := strip(dialled)
	if digits == "" {
		return "", fmt.Errorf("parse number %q: %w", dialled, ErrNotANumber)
	}
	readings := []reading{{digits, country}, {"+" + digits, ""}}
	if international {
		readings = readings[1:]
	}
	for _, r := range readings {
		n, err := phonenumbers.Parse(r.digits, r.country)
		if err == nil && phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE {
			return Number(strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")), nil
		}
	}
	return "", fmt.Errorf("parse number %q for country %s: %w", dialled, country, ErrNotANumber)
}

type reading struct{ digits, country string }

// strip removes punctuation people type, and says whether the number was
// written in an international form that holds in every country.
func strip(s string) (digits string, international bool) {
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(s)
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		s, international = rest, true
	} else if rest, ok := strings.CutPrefix(s, "00"); ok {
		s, international = rest, true
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return s, international
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

// Country is the ISO 3166-1 alpha-2 country the number belongs to, "001" for
// numbers that belong to no country (ITU-T E.164, global services), or "" when
// the numbering plan does not know.
func (n Number) Country() string {
	parsed, err := phonenumbers.Parse(n.E164(), "")
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(parsed); region != "" {
		return region
	}
	// Possible but unassigned: the main country of its code is all that is known,
	// and only where the code is not shared (sharing is how toll fraud travels).
	regions := phonenumbers.GetRegionCodesForCountryCode(int(parsed.GetCountryCode()))
	if len(regions) == 1 {
		return regions[0]
	}
	return ""
}

// KnownCountry says whether code is an ISO 3166-1 alpha-2 country with a numbering plan.
func KnownCountry(code string) bool {
	return phonenumbers.GetCountryCodeForRegion(code) != 0
}
