package routing

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
)

// Rules are an offering's rules on destinations, ready to be asked.
type Rules struct {
	numbers   phone.Plan
	callee    *regexp.Regexp // nil lets every number through
	account   constraints
	offering  constraints
	home      string
	countries []string
}

// NewRules compiles an offering's rules. country is the provider's own; numbers tells which
// country a destination is in.
func NewRules(numbers phone.Plan, o billing.Offering, country string) (Rules, error) {
	offering := compile(o.Constraints)
	r := Rules{numbers: numbers, offering: offering, home: country, countries: o.AllowedCountries}
	if o.AllowedCallee == "" {
		return r, offering.err
	}
	var err error
	if r.callee, err = regexp.Compile(o.AllowedCallee); err != nil {
		return Rules{}, err
	}
	return r, offering.err
}

// ForAccount are the same rules with the account's constraints asked first.
func (r Rules) ForAccount(a billing.Account) Rules {
	r.account = compile(a.Constraints)
	return r
}

// Permit refuses a destination that may not be called: emergency numbers, which are never
// sold; what the offering's pattern does not match; what the account or the offering blocks;
// what is not among those the account requires or, where it requires none, the offering; and
// last by country, where everything abroad is refused unless it was opened.
func (r Rules) Permit(to phone.Number) error {
	e164 := to.E164()
	if to.Emergency() || r.callee != nil && !r.callee.MatchString(e164) {
		return billing.Refusal{Reason: billing.CalleeNotAllowed}
	}
	if err := r.constrained(e164); err != nil {
		return err
	}
	if slices.Contains(r.countries, billing.EveryCountry) {
		return nil
	}
	if c := r.numbers.Country(to, r.home); c != "" && (c == r.home || slices.Contains(r.countries, c)) {
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

// constrained refuses a number by the constraints of the account and of the offering. A
// block holds whoever set it; of requirements the account's replace the offering's.
func (r Rules) constrained(e164 string) error {
	matches := func(p *regexp.Regexp) bool { return p.MatchString(e164) }
	if err := cmp.Or(r.account.err, r.offering.err); err != nil {
		return err
	}
	if slices.ContainsFunc(r.account.block, matches) || slices.ContainsFunc(r.offering.block, matches) {
		return billing.Refusal{Reason: billing.CalleeBlocked}
	}
	required := r.account.require
	if len(required) == 0 {
		required = r.offering.require
	}
	if len(required) > 0 && !slices.ContainsFunc(required, matches) {
		return billing.Refusal{Reason: billing.CalleeNotOnList}
	}
	return nil
}
