package routing

import (
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
)

// FraudRule watches how fast accounts call. Every leg the platform dials
// counts by the number dialled: a callback is two. All is counted per account, over the
// numbers the rule covers.
//
// A warning is raised when a figure is reached, and changes nothing for the caller. The
// maximum may be reached too: the call that would pass it is critical and refused. Where
// 0 stands, that measure is not watched.
type FraudRule struct {
	Name string `json:"name" doc:"unique name"`
	// Provider and Offering, where given, are the only ones whose accounts are watched.
	Provider string `json:"provider,omitempty" doc:"watch only accounts of this provider"`
	Offering string `json:"offering,omitempty" doc:"watch only calls under this offering"`
	// Prefixes are E.164 digits without "+", 1 to 15 of them.
	Prefixes []string `json:"prefixes,omitempty" doc:"watch only numbers with these prefixes; none is all"`
	// Calls begun within the last 60 seconds.
	WarnCallsPerMinute int `json:"warn_calls_per_minute,omitempty" doc:"calls within a minute that raise a warning"`
	MaxCallsPerMinute  int `json:"max_calls_per_minute,omitempty" doc:"most calls within a minute"`
	// Calls at the same time.
	WarnConcurrent int `json:"warn_concurrent,omitempty" doc:"calls at the same time that raise a warning"`
	MaxConcurrent  int `json:"max_concurrent,omitempty" doc:"most calls at the same time"`
	// Minutes talked on a day of UTC; a call counts on the day it ends. What calls in
	// progress are granted counts already, so talk time ends with the maximum.
	WarnMinutesPerDay int `json:"warn_minutes_per_day,omitempty" doc:"minutes a day (UTC) that raise a warning"`
	MaxMinutesPerDay  int `json:"max_minutes_per_day,omitempty" doc:"most minutes a day (UTC); calls end there"`
	MaxCallSeconds    int `json:"max_call_seconds,omitempty" doc:"longest call in seconds"`
	// Deny refuses every call to the prefixes: those of known frauds.
	Deny bool `json:"deny,omitempty" doc:"refuse every call to the prefixes"`
	// BlockAccount blocks an account with the first call that is refused.
	BlockAccount bool `json:"block_account,omitempty" doc:"block the account at a maximum, or at a denied number"`
	Inactive     bool `json:"inactive,omitempty" doc:"kept but not asked"`
}

// Most that a rule may say.
const (
	MaxFraudPrefixes  = 1000
	MaxFraudCalls     = 10_000
	MaxFraudMinutes   = 1_000_000
	maxPrefixDigits   = 15 // ITU-T E.164
	secondsPerMinute  = 60
	secondsPerDay     = 86400
	rollingSeconds    = secondsPerMinute // over which calls per minute are counted
	alertAgainSeconds = 3600             // where a measure has no window of its own
)

// Validate refuses a rule that watches nothing, or nobody could obey.
func (r FraudRule) Validate() error {
	if err := billing.CheckName("fraud rule", r.Name); err != nil {
		return err
	}
	for _, check := range []struct {
		what      string
		warn, max int
		most      int
	}{
		{"calls_per_minute", r.WarnCallsPerMinute, r.MaxCallsPerMinute, MaxFraudCalls},
		{"concurrent", r.WarnConcurrent, r.MaxConcurrent, MaxFraudCalls},
		{"minutes_per_day", r.WarnMinutesPerDay, r.MaxMinutesPerDay, MaxFraudMinutes},
		{"call_seconds", 0, r.MaxCallSeconds, billing.MaxCallSeconds},
	} {
		if err := checkLevels(check.what, check.warn, check.max, check.most); err != nil {
			return err
		}
	}
	refuses := r.Deny || r.MaxCallsPerMinute+r.MaxConcurrent+r.MaxMinutesPerDay > 0
	switch {
	case r.Deny && len(r.Prefixes) == 0:
		return fmt.Errorf("%w: deny without prefixes would refuse every call: give prefixes", billing.ErrInvalid)
	case !refuses && !r.Counts() && r.MaxCallSeconds == 0:
		return fmt.Errorf("%w: the rule watches nothing: give a warning level, a maximum, or deny", billing.ErrInvalid)
	case r.BlockAccount && !refuses:
		return fmt.Errorf("%w: block_account needs a maximum of calls or minutes, or deny", billing.ErrInvalid)
	}
	return r.checkPrefixes()
}

func checkLevels(what string, warn, highest, most int) error {
	if warn < 0 || warn > most || highest < 0 || highest > most {
		return fmt.Errorf("%w: %s: give 0 (not watched) to %d", billing.ErrInvalid, what, most)
	}
	if highest > 0 && warn > highest {
		return fmt.Errorf("%w: warn_%s %d is above max_%s %d: warn before",
			billing.ErrInvalid, what, warn, what, highest)
	}
	return nil
}

func (r FraudRule) checkPrefixes() error {
	if len(r.Prefixes) > MaxFraudPrefixes {
		return fmt.Errorf("%w: %d prefixes: a rule may have %d", billing.ErrInvalid, len(r.Prefixes), MaxFraudPrefixes)
	}
	for _, p := range r.Prefixes {
		if p == "" || len(p) > maxPrefixDigits || strings.Trim(p, "0123456789") != "" {
			return fmt.Errorf("%w: prefix %q: give the first 1 to %d digits of E.164 numbers, such as 1900",
				billing.ErrInvalid, p, maxPrefixDigits)
		}
	}
	return nil
}

// Covers says whether the rule watches a call to a number, made by an account of the
// provider under the offering.
func (r FraudRule) Covers(provider, offering string, to phone.Number) bool {
	return !r.Inactive &&
		(r.Provider == "" || r.Provider == provider) &&
		(r.Offering == "" || r.Offering == offering) &&
		(len(r.Prefixes) == 0 ||
			slices.ContainsFunc(r.Prefixes, func(p string) bool { return strings.HasPrefix(string(to), p) }))
}

// Counts says whether the rule needs counters.
func (r FraudRule) Counts() bool {
	return r.WarnCallsPerMinute+r.MaxCallsPerMinute > 0 ||
		r.WarnConcurrent+r.MaxConcurrent > 0 ||
		r.WarnMinutesPerDay+r.MaxMinutesPerDay > 0
}

// Level is how bad it is.
type Level string

// The two levels.
const (
	Warning  Level = "warning"
	Critical Level = "critical"
)

// Measure is the quantity a rule limits.
type Measure string

// The measures.
const (
	CallsPerMinute  Measure = "calls_per_minute"
	ConcurrentCalls Measure = "concurrent"
	MinutesPerDay   Measure = "minutes_per_day"
	Destination     Measure = "destination" // denied, whatever the figures
)

// Verdict is a rule's judgement of a call.
type Verdict struct {
	Rule    string
	Level   Level
	Measure Measure
	// Value is the figure with the call counted, Limit that of the rule.
	Value, Limit int64
	// Block says that the account is to be blocked.
	Block bool
}

// Reason is the refusal of a critical verdict.
func (v Verdict) Reason() billing.Reason {
	if v.Measure == Destination {
		return billing.HighRiskDestination
	}
	return billing.VelocityExceeded
}

// Judge is the rule's verdict on one more call now, a moment in Unix seconds: nothing, a
// warning for every measure that reaches its level, or one critical verdict alone.
func (r FraudRule) Judge(v Velocity, now int64) []Verdict {
	if r.Deny {
		return []Verdict{{Rule: r.Name, Level: Critical, Measure: Destination, Block: r.BlockAccount}}
	}
	var warnings []Verdict
	for _, m := range []struct {
		measure         Measure
		value, warn, of int64
	}{
		{CallsPerMinute, v.CallsAt(now) + 1, int64(r.WarnCallsPerMinute), int64(r.MaxCallsPerMinute)},
		{ConcurrentCalls, v.Open + 1, int64(r.WarnConcurrent), int64(r.MaxConcurrent)},
	} {
		if m.of > 0 && m.value > m.of {
			return []Verdict{r.critical(m.measure, m.value, m.of)}
		}
		if m.warn > 0 && m.value >= m.warn {
			warnings = append(warnings, Verdict{
				Rule: r.Name, Level: Warning, Measure: m.measure, Value: m.value, Limit: m.warn,
			})
		}
	}
	if minutes := r.judgeMinutes(v.TalkedAt(now) + v.GrantedS); len(minutes) > 0 {
		if minutes[0].Level == Critical {
			return minutes
		}
		warnings = append(warnings, minutes...)
	}
	return warnings
}

func (r FraudRule) critical(m Measure, value, of int64) Verdict {
	return Verdict{Rule: r.Name, Level: Critical, Measure: m, Value: value, Limit: of, Block: r.BlockAccount}
}

// judgeMinutes is the rule's verdict on so much talk time of a day. Where it is all spent,
// a call more would pass it.
func (r FraudRule) judgeMinutes(talkedS int64) []Verdict {
	minutes := talkedS / secondsPerMinute
	switch {
	case r.MaxMinutesPerDay > 0 && minutes >= int64(r.MaxMinutesPerDay):
		return []Verdict{r.critical(MinutesPerDay, minutes, int64(r.MaxMinutesPerDay))}
	case r.WarnMinutesPerDay > 0 && minutes >= int64(r.WarnMinutesPerDay):
		return []Verdict{{
			Rule: r.Name, Level: Warning, Measure: MinutesPerDay,
			Value: minutes, Limit: int64(r.WarnMinutesPerDay),
		}}
	}
	return nil
}

// JudgeTalked is the rule's verdict once a call has ended: of the minutes that were
// really talked on the day of now.
func (r FraudRule) JudgeTalked(v Velocity, now int64) []Verdict {
	return r.judgeMinutes(v.TalkedAt(now))
}

// LeftS is how much talk time the rule leaves calls that begin or go on now, beside what
// is granted already, in seconds; billing.Unbounded where it sets no maximum.
func (r FraudRule) LeftS(v Velocity, now int64) int64 {
	if r.MaxMinutesPerDay == 0 {
		return billing.Unbounded
	}
	return max(0, int64(r.MaxMinutesPerDay)*secondsPerMinute-v.TalkedAt(now)-v.GrantedS)
}
