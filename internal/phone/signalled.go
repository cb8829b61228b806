package phone

import (
	"slices"
	"strings"
)

// Form is how a network writes numbers.
type Form string

// The forms. Whatever the form, a number with "+" is E.164.
const (
	// Auto is what a network signals of which nobody said how: see Signal.
	Auto Form = "auto"
	// E164 is the digits, country code first: 442079460000.
	E164 Form = "e164"
	// E164Plus is the same with "+"; a number without it is national.
	E164Plus Form = "e164_plus"
	// National is as dialled within the country: 020 7946 0000 in Britain. Numbers abroad
	// follow its international prefix.
	National Form = "national"
)

// Forms are all forms.
func Forms() []Form { return []Form{Auto, E164, E164Plus, National} }

// Known says whether this is a form; "" is none.
func (f Form) Known() bool { return slices.Contains(Forms(), f) }

// Signal is a number as a network signals it.
type Signal struct {
	// Digits are what was signalled, with or without "+".
	Digits string
	// Form is the one declared for where it came from; "" is Auto.
	Form Form
	// Country reads national forms (ISO 3166-1 alpha-2).
	Country string
}

// Called reads a DNIS. ours says which numbers are access numbers: of all ways to read the
// digits, one that is ours is right.
func (p Plan) Called(s Signal, ours func(Number) bool) (Number, error) {
	readings := p.signalled(s)
	for _, r := range readings {
		if ours(r.number) {
			return r.number, nil
		}
	}
	return p.guess(s, readings)
}

// Caller reads an ANI. Bare digits that are the exact E.164 number of a known credential are
// that; otherwise the likeliest reading counts, known or not: a foreign caller must not be
// taken for the subscriber whose national number has the same digits. A placeholder is no
// ANI.
func (p Plan) Caller(s Signal, known func(Number) bool) (Number, error) {
	n, err := p.caller(s, known)
	if err == nil && n.Placeholder() {
		err = notANumber(s.Digits, s.Country)
	}
	if err != nil {
		return "", err
	}
	return n, nil
}

func (p Plan) caller(s Signal, known func(Number) bool) (Number, error) {
	if s.auto() {
		digits, _ := strip(s.user())
		if exact, ok := p.international(digits); ok && string(exact.number) == digits && known(exact.number) {
			return exact.number, nil
		}
	}
	return p.guess(s, p.signalled(s))
}

// user is the number of a signal that came as a URI, or with parameters (RFC 3966, RFC 4904).
func (s Signal) user() string {
	digits := strings.TrimSpace(s.Digits)
	for _, scheme := range []string{"tel:", "sip:", "sips:"} {
		digits = strings.TrimPrefix(digits, scheme)
	}
	if i := strings.IndexAny(digits, ";@"); i >= 0 {
		digits = digits[:i]
	}
	return digits
}

func (s Signal) auto() bool { return s.Form == Auto || s.Form == "" }

// guess is the likeliest of the readings: the first that is in a range in use, else the
// first.
func (p Plan) guess(s Signal, readings []reading) (Number, error) {
	if len(readings) == 0 {
		return "", notANumber(s.Digits, s.Country)
	}
	if i := slices.IndexFunc(readings, func(r reading) bool { return r.valid }); i >= 0 {
		return readings[i].number, nil
	}
	return readings[0].number, nil
}

// signalled are the ways to read a signal, the likelier ones first.
func (p Plan) signalled(s Signal) (readings []reading) {
	digits, plus := strip(s.user())
	if digits == "" {
		return nil
	}
	add := func(r reading, ok bool) {
		if ok {
			readings = append(readings, r)
		}
	}
	switch {
	case plus || s.Form == E164:
		add(p.international(digits))
	case s.auto():
		return p.automatic(digits, s.Country)
	default:
		add(p.abroad(digits, s.Country))
		add(p.national(digits, s.Country))
	}
	return readings
}

// automatic are the ways to read digits of unknown form. Where they are in use both as a
// national number and as bare E.164 digits, they are national if people in the country write
// the number just so (ten digits in North America), else E.164 (491716783154 in Germany,
// where a national number would begin with 0).
func (p Plan) automatic(digits, country string) []reading {
	if r, ok := p.abroad(digits, country); ok {
		return []reading{r}
	}
	var readings []reading
	if r, ok := p.international(digits); ok {
		r.valid = r.valid && string(r.number) == digits // else somebody's typing, not E.164
		readings = append(readings, r)
	}
	if r, ok := p.national(digits, country); ok {
		if r.valid && r.number.In(National, country) == digits {
			return append([]reading{r}, readings...)
		}
		readings = append(readings, r)
	}
	return readings
}
