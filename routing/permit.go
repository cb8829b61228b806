package routing

import (
	"regexp"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
)

// Rules are an offering's rules on destinations, ready to be asked.
type Rules struct {
	callee    *regexp.Regexp
	home      string
	countries []string
}

// NewRules compiles an offering's rules. country is the provider's own.
func NewRules(o billing.Offering, country string) (Rules, error) {
	pattern := o.AllowedCallee
	if pattern == "" {
		pattern = billing.DefaultAllowedCallee
	}
	callee, err := regexp.Compile(pattern)
	return Rules{callee: callee, home: country, countries: o.AllowedCountries}, err
}

// Permit refuses a destination the offering does not allow: first by pattern, then
// by country, where everything abroad is refused unless it was opened.
func (r Rules) Permit(to phone.Number) error {
	if !r.callee.MatchString(to.E164()) {
		return billing.Refusal{Reason: billing.CalleeNotAllowed}
	}
	if slices.Contains(r.countries, billing.EveryCountry) {
		return nil
	}
	if c := to.Country(); c != "" && (c == r.home || slices.Contains(r.countries, c)) {
		return nil
	}
	return billing.Refusal{Reason: billing.CountryNotAllowed}
}
