package billing

import (
	"errors"
	"fmt"
	"time"
)

// Rate is a deck's price of one prefix, from one date to another. Its tiers are rows
// of their own in a deck file.
type Rate struct {
	// Prefix is digits only, without "+"; 1 to 15 of them.
	Prefix string `json:"prefix"`
	Tariff Tariff `json:"tariff"`
	// Effective is the moment from which the rate holds, End that from which it does so no
	// more. Zero is since ever, or for ever. Both are whole microseconds.
	Effective time.Time `json:"effective,omitzero"`
	End       time.Time `json:"end,omitzero"`
	// Deny says that numbers of this prefix have no price unless a longer one gives them
	// one; a shorter one does not.
	Deny bool `json:"deny,omitempty"`
}

// validate leaves the prefix to others.
func (r Rate) validate() error {
	err := errors.Join(r.Tariff.Validate(), checkMoment("effective", r.Effective), checkMoment("end", r.End))
	if err != nil {
		return fmt.Errorf("prefix %s: %w", r.Prefix, err)
	}
	if !r.End.IsZero() && !r.Effective.Before(r.End) {
		return fmt.Errorf("prefix %s: %w", r.Prefix, errEndsEarly(r))
	}
	return nil
}

func errEndsEarly(r Rate) error {
	return fmt.Errorf("end %s is not after effective %s",
		r.End.Format(time.RFC3339Nano), r.Effective.Format(time.RFC3339Nano))
}

// checkMoment refuses what a deck cannot tell apart, or nobody can write down.
func checkMoment(column string, at time.Time) error {
	switch year := at.UTC().Year(); {
	case at.Nanosecond()%int(time.Microsecond) != 0:
		return fmt.Errorf("%s: %s is finer than a microsecond: give at most 6 decimals",
			column, at.Format(time.RFC3339Nano))
	case year < 1 || year > 9999:
		return fmt.Errorf("%s: %s is not within the years 1 to 9999", column, at.Format(time.RFC3339Nano))
	}
	return nil
}

// overlaps says whether a later rate of the same prefix begins before this one ends.
func (r Rate) overlaps(later Rate) bool { return r.End.IsZero() || later.Effective.Before(r.End) }
