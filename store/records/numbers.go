package records

import (
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
)

// Numbers reads the numbers that operators type.
type Numbers struct{ phone.Plan }

// ReadNumber brings a number an operator typed into the form calls are matched by.
func (p Numbers) ReadNumber(what string, n *phone.Number, country string) error {
	if *n == "" {
		return nil
	}
	parsed, err := p.Typed(string(*n), country)
	if err != nil {
		return fmt.Errorf("%w: %s %q: give a number of %s, or an international one with +",
			billing.ErrInvalid, what, *n, country)
	}
	*n = parsed
	return nil
}

// ReadNew reads numbers, but leaves those alone that were kept before: 15149072508 is a
// number in Montreal, but typed in Germany it is one in Germany.
func (p Numbers) ReadNew(what string, numbers []*phone.Number, kept []phone.Number, country string) error {
	for _, n := range numbers {
		if slices.Contains(kept, *n) {
			continue
		}
		if err := p.ReadNumber(what, n, country); err != nil {
			return err
		}
	}
	return nil
}

// Each points at every number of a list.
func Each(numbers []phone.Number) (all []*phone.Number) {
	for i := range numbers {
		all = append(all, &numbers[i])
	}
	return all
}
