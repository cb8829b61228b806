package billing

import (
	"slices"
	"time"
)

// Group is a set of accounts that are credited an amount once a month, a number of times
// (seed 004).
type Group struct {
	Name     string `json:"name" doc:"unique name"`
	Provider string `json:"provider" doc:"provider the group belongs to; its time zone says when a day begins"`
	// Amount is credited to every member each time.
	Amount Money `json:"amount" doc:"money credited to every member each time"`
	// Day is the date of the first credit, such as 2027-01-31; the next ones are on the
	// same day of the months after, or on the last where a month is shorter.
	Day string `json:"day" doc:"date of the first credit, such as 2027-01-31"`
	// Count is how many credits there are, Done how many have been made.
	Count int `json:"count" doc:"how many monthly credits there are"`
	Done  int `json:"done,omitempty" doc:"how many have been made"`
	// Skipped are months that passed between the last credit of a finished group and its being
	// given more: they are not made up for.
	Skipped int `json:"skipped,omitempty" doc:"months not credited, after which more credits were given"`
	// Next is the date of the next credit; empty where all are made.
	Next string `json:"next,omitempty" doc:"date of the next credit"`
	// Series tells the group from others of its name before it: credits are made once in
	// each.
	Series uint64 `json:"series,omitempty" doc:"number of the group among all there ever were"`
	// Members are accounts of the provider.
	Members []string `json:"members,omitempty" doc:"accounts that are credited"`
}

// Bounds of a group.
const (
	MaxGroupCount   = 1200
	MaxGroupMembers = 10_000
)

// Due is the date of the nth credit, from 0, at midnight in a zone; of one that has not been
// made yet.
func (g Group) Due(n int, zone *time.Location) time.Time {
	first, _ := time.Parse(time.DateOnly, g.Day)
	month := time.Date(first.Year(), first.Month()+time.Month(n+g.Skipped), 1, 0, 0, 0, 0, zone)
	last := month.AddDate(0, 1, -1).Day()
	return month.AddDate(0, 0, min(first.Day(), last)-1)
}

// ToCome is the date of the next credit, or "".
func (g Group) ToCome() string {
	if g.Done >= g.Count {
		return ""
	}
	return g.Due(g.Done, time.UTC).Format(time.DateOnly)
}

// Validate refuses a group that credits nothing.
func (g Group) Validate() error {
	_, err := time.Parse(time.DateOnly, g.Day)
	switch {
	case err != nil:
		return invalid("day %q: give a date such as 2027-01-31", g.Day)
	case g.Amount <= 0:
		return invalid("amount %s: give more than 0", g.Amount)
	case g.Count < 1 || g.Count > MaxGroupCount:
		return invalid("count %d: give 1 to %d", g.Count, MaxGroupCount)
	case g.Done < 0 || g.Done > g.Count:
		return invalid("done %d is not within 0..count", g.Done)
	case len(g.Members) > MaxGroupMembers:
		return invalid("%d members: a group may have %d", len(g.Members), MaxGroupMembers)
	}
	for i, m := range g.Members {
		if err := CheckName("member", m); err != nil {
			return err
		}
		if slices.Contains(g.Members[:i], m) {
			return invalid("member %s stands twice", m)
		}
	}
	return firstOf(CheckName("group", g.Name), CheckName("provider", g.Provider))
}
