package billing

import (
	"slices"
	"strings"
	"time"

	"cccp/internal/phone"
)

// Bundle is free talk time or free calls in each period, for the accounts of the
// offerings that name it.
type Bundle struct {
	Name        string `json:"name" doc:"unique name"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Provider    string `json:"provider" doc:"provider the bundle belongs to"`
	// FreeMinutes or FreeCalls are given in each period: one of the two.
	FreeMinutes int `json:"free_minutes,omitempty" doc:"minutes that are free in each period"`
	FreeCalls   int `json:"free_calls,omitempty" doc:"calls that are free in each period"`
	// Prefixes are the E.164 prefixes it is good for; none is every number.
	Prefixes []string `json:"prefixes,omitempty" doc:"prefixes it is good for; none is every number"`
	// Period begins anew in the provider's time zone.
	Period Period `json:"period" doc:"day, week, month or once"`
	// Series tells the bundle from others of its name before it: what was used of those is
	// none of it.
	Series uint64 `json:"series,omitempty" doc:"number of the bundle among all there ever were"`
}

// Period is how often a bundle begins anew: at midnight, on Monday, on the first of the
// month, or never, in the provider's time zone.
type Period string

// The periods.
const (
	Daily   Period = "day"
	Weekly  Period = "week"
	Monthly Period = "month"
	Once    Period = "once"
)

// MaxFree bounds the free minutes and calls of a bundle.
const MaxFree = 1_000_000

// Validate refuses a bundle that gives nothing.
func (b Bundle) Validate() error {
	for _, p := range b.Prefixes {
		if err := checkPrefix(p); err != nil {
			return invalid("%v", err)
		}
	}
	switch {
	case (b.FreeMinutes == 0) == (b.FreeCalls == 0):
		return invalid("give free_minutes or free_calls: one of the two")
	case b.FreeMinutes < 0 || b.FreeMinutes > MaxFree || b.FreeCalls < 0 || b.FreeCalls > MaxFree:
		return invalid("give 1 to %d free minutes or calls", MaxFree)
	case !slices.Contains([]Period{Daily, Weekly, Monthly, Once}, b.Period):
		return invalid("period %q: give %s, %s, %s or %s", b.Period, Daily, Weekly, Monthly, Once)
	}
	return firstOf(
		CheckName("bundle", b.Name),
		CheckName("provider", b.Provider),
		checkText("display_name", b.DisplayName, MaxTextChars),
	)
}

// Covers says whether calls to a number are free under the bundle, as long as it lasts.
func (b Bundle) Covers(to phone.Number) bool {
	return len(b.Prefixes) == 0 ||
		slices.ContainsFunc(b.Prefixes, func(p string) bool { return strings.HasPrefix(string(to), p) })
}

// Begin is when the period began that a moment is in; a bundle that is given once has
// but one, since ever.
func (p Period) Begin(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	switch p {
	case Daily:
		return day
	case Weekly:
		return day.AddDate(0, 0, -(int(at.Weekday())+6)%7)
	case Monthly:
		return day.AddDate(0, 0, 1-at.Day())
	}
	return time.Time{}
}

// BundleUse is an account's use of a bundle in its present period.
type BundleUse struct {
	Account string `json:"account"`
	Bundle  string `json:"bundle"`
	// Series is the bundle's, Since when the period began, in the provider's time zone.
	Series uint64    `json:"series,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// UsedS and Calls are what was used up, HeldS and HeldCalls what calls in progress may
	// use.
	UsedS     int64 `json:"used_s"`
	Calls     int   `json:"calls"`
	HeldS     int64 `json:"held_s,omitempty"`
	HeldCalls int   `json:"held_calls,omitempty"`
}

// Left is what a call may still have: seconds, of which a free call has as many as the
// longest call lasts.
func (u BundleUse) Left(b Bundle, longestS int64) int64 {
	if b.FreeCalls > 0 {
		if u.Calls+u.HeldCalls < b.FreeCalls {
			return longestS
		}
		return 0
	}
	return max(0, min(longestS, int64(b.FreeMinutes)*60-u.UsedS-u.HeldS))
}
