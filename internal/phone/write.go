package phone

import "github.com/nyaruka/phonenumbers"

// In is the number as a network writes it: E.164 with or without "+", or as dialled within a
// country. Auto is E164.
func (n Number) In(form Form, country string) string {
	switch form {
	case E164Plus:
		return n.E164()
	case National:
		return n.dialledIn(country)
	}
	return string(n)
}

// prefixesAbroad are international prefixes; the first that a country knows is used there.
// BR, CL, CO and others choose a carrier with it.
var prefixesAbroad = []string{
	anywhere, "011", "0011", "001", "010", "810", "119", "002", "009", "007", "000", "0014", "1230", "012",
}

// dialledIn is the number as it is dialled in a country: with the national prefix where there
// is one, or behind an international prefix, 00 where none is known.
func (n Number) dialledIn(country string) string {
	parsed, err := n.parsed()
	if err != nil {
		return string(n)
	}
	if int(parsed.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country) {
		return phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(parsed, phonenumbers.NATIONAL))
	}
	for _, prefix := range prefixesAbroad {
		again, err := phonenumbers.ParseAndKeepRawInput(prefix+string(n), country)
		if err == nil && again.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD &&
			digitsOf(again) == n {
			return prefix + string(n)
		}
	}
	return anywhere + string(n)
}
