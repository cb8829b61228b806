package phone

import "strings"

// Typed reads what a person types in a country (ISO 3166-1 alpha-2): "+", the country's own
// international prefix (0011 in Australia, 001 in Singapore), 00, a national number, or else
// bare digits that begin with a country code.
//
// Digits that can be a national number are one: a caller's typing error must not end up in
// the country whose code it happens to begin with.
func (p Plan) Typed(s, country string) (Number, error) {
	digits, plus := strip(s)
	if digits == "" {
		return "", notANumber(s, country)
	}
	if plus {
		if r, ok := p.international(digits); ok {
			return r.number, nil
		}
		return "", notANumber(s, country)
	}
	if r, ok := p.abroad(digits, country); ok {
		return r.number, nil
	}
	if r, ok := p.national(digits, country); ok {
		return r.number, nil
	}
	if r, ok := p.international(digits); ok {
		return r.number, nil
	}
	return "", notANumber(s, country)
}

// anywhere is the international prefix that people know in every country (ITU-T E.164, 7.3.2).
const anywhere = "00"

// abroad reads digits that begin with an international prefix. The country's own comes
// before a bare 00, of which it often is a part: 001 673 234 5678 is Brunei in Singapore.
// Only where that is in no range in use, and the other reading is, the other was meant:
// 00 55 11 … is São Paulo for a Brazilian, too, whose own prefix may be 0055.
func (p Plan) abroad(digits, country string) (reading, bool) {
	own, isOwn := p.national(digits, country)
	isOwn = isOwn && own.abroad
	rest, isBare := strings.CutPrefix(digits, anywhere)
	if !isBare {
		return own, isOwn
	}
	bare, isBare := p.international(rest)
	if isOwn && (own.valid || !isBare || !bare.valid) {
		return own, true
	}
	return bare, isBare
}
