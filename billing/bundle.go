package billing

import "slices"

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
	return firstOf(CheckName("bundle", b.Name), CheckName("provider", b.Provider), checkText("display_name", b.DisplayName, MaxTextChars))
}
