package routing

import (
	"fmt"
	"regexp"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
)

// Rules are an offering's rules on destinations, ready to be asked.
type Rules struct {
	callee    *regexp.Regexp
	account   constraints
	offering  constraints
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
	if err != nil {
		return Rules{}, err
	}
	offering := compile(o.Constraints)
	return Rules{callee: callee, offering: offering, home: country, countries: o.AllowedCountries}, offering.err
}

// ForAccount are the same rules with the account's constraints asked first.
func (r Rules) ForAccount(a billing.Account) Rules {
	r.account = compile(a.Constraints)
	return r
}

// Permit refuses a destination that may not be called: first by the offering's pattern,
// then by the account's constraints, by the offering's where the account's do not speak
// for it, and last by country, where everything abroad is refused unless it was opened.
func (r Rules) Permit(to phone.Number) error {
	e164 := to.E164()
	if !r.callee.MatchString(e164) {
		return billing.Refusal{Reason: billing.CalleeNotAllowed}
	}
	decided, err := r.account.permit(e164)
	if !decided && err == nil {
		_, err = r.offering.permit(e164)
	}
	if err != nil {
		return err
	}
	if slices.Contains(r.countries, billing.EveryCountry) {
		return nil
	}
	if c := to.Country(); c != "" && (c == r.home || slices.Contains(r.countries, c)) {
		return nil
	}
	return billing.Refusal{Reason: billing.CountryNotAllowed}
}

// constraints are billing.Constraints with their expressions compiled once.
type constraints struct {
	block, require []*regexp.Regexp
	err            error // what cannot be asked lets nobody through
}

func compile(all billing.Constraints) (c constraints) {
	for _, one := range all {
		pattern, err := regexp.Compile(one.Pattern)
		switch {
		case err != nil:
			return constraints{err: fmt.Errorf("%w: constraint %q: %w", billing.ErrInvalid, one.Pattern, err)}
		case one.Action == billing.Block:
			c.block = append(c.block, pattern)
		default:
			c.require = append(c.require, pattern)
		}
	}
	return c
}

// permit refuses what is blocked, and what matches none of the requirements, if there
// are any. decided says that a requirement was met, so that no weaker ones are asked.
func (c constraints) permit(e164 string) (decided bool, err error) {
	matches := func(p *regexp.Regexp) bool { return p.MatchString(e164) }
	switch {
	case c.err != nil:
		return false, c.err
	case slices.ContainsFunc(c.block, matches):
		return false, billing.Refusal{Reason: billing.CalleeBlocked}
	case len(c.require) > 0 && !slices.ContainsFunc(c.require, matches):
		return false, billing.Refusal{Reason: billing.CalleeNotOnList}
	}
	return len(c.require) > 0, nil
}
