package routing

import (
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// Velocity is how fast one account calls, by one rule. Moments are Unix seconds, days
// those of UTC.
type Velocity struct {
	// Calls are those begun within the last 60 seconds, as far as anybody has looked.
	Calls []Burst `json:"calls,omitempty"`
	// Open is the number of legs in progress, GrantedS the talk time they are granted.
	Open     int64 `json:"open,omitempty"`
	GrantedS int64 `json:"granted_s,omitempty"`
	// TalkedS was talked on Day by calls that have ended.
	Day     int64 `json:"day,omitempty"`
	TalkedS int64 `json:"talked_s,omitempty"`
	// Raised is when each kind of alert was raised last.
	Raised []Raised `json:"raised,omitempty"`
}

// Burst is the calls begun within one second.
type Burst struct {
	S int64 `json:"s"`
	N int64 `json:"n"`
}

// Raised is the last alert of a measure and level.
type Raised struct {
	Measure Measure `json:"measure"`
	Level   Level   `json:"level"`
	S       int64   `json:"s"`
}

// recent says whether a second counts among the last 60. One a little ahead does: the
// calls of two threads may come out of order. One far ahead is of a clock that was wrong.
func recent(s, now int64) bool { return s > now-rollingSeconds && s < now+rollingSeconds }

// CallsAt is the number of calls begun within the last 60 seconds.
func (v Velocity) CallsAt(now int64) (n int64) {
	for _, b := range v.Calls {
		if recent(b.S, now) {
			n += b.N
		}
	}
	return n
}

// TalkedAt is the talk time of the day of now, in seconds.
func (v Velocity) TalkedAt(now int64) int64 {
	if v.Day != now/secondsPerDay {
		return 0
	}
	return v.TalkedS
}

// Enter counts a leg that begins now.
func (v *Velocity) Enter(now, grantedS int64) {
	v.Calls = slices.DeleteFunc(slices.Clone(v.Calls), func(b Burst) bool { return !recent(b.S, now) })
	if i := slices.IndexFunc(v.Calls, func(b Burst) bool { return b.S == now }); i >= 0 {
		v.Calls[i].N++
	} else {
		v.Calls = append(v.Calls, Burst{now, 1})
	}
	v.Open++
	v.GrantedS += grantedS
}

// Leave counts a leg that ended now, after so much talk. What ended on a day that is over
// concerns nobody any more.
func (v *Velocity) Leave(now, grantedS, talkedS int64) {
	v.Open--
	v.GrantedS -= grantedS
	day := now / secondsPerDay
	if wrong := v.Day > day+1; day > v.Day || wrong { // a clock may have been wrong
		v.Day, v.TalkedS = day, 0
	}
	if day == v.Day {
		v.TalkedS += talkedS
	}
}

// Raise says whether an alert is due, and notes that it is raised now: one for each
// measure and level within a minute where calls per minute are counted, within a day where
// minutes are, within an hour elsewhere.
func (v *Velocity) Raise(d Verdict, now int64) bool {
	i := slices.IndexFunc(v.Raised, func(r Raised) bool { return r.Measure == d.Measure && r.Level == d.Level })
	if i < 0 {
		v.Raised = append(slices.Clone(v.Raised), Raised{d.Measure, d.Level, now})
		return true
	}
	if !again(d.Measure, v.Raised[i].S, now) {
		return false
	}
	v.Raised = slices.Clone(v.Raised)
	v.Raised[i].S = now
	return true
}

// again says whether an alert that was raised then is due again now.
func again(m Measure, then, now int64) bool {
	switch m {
	case CallsPerMinute:
		return !recent(then, now)
	case MinutesPerDay:
		return then/secondsPerDay != now/secondsPerDay
	}
	return now < then-alertAgainSeconds || now >= then+alertAgainSeconds
}

// Alert is a record of a fraud rule's verdict. Alerts are only ever appended.
type Alert struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Level   Level     `json:"level"`
	Rule    string    `json:"rule"`
	Measure Measure   `json:"measure"`
	// Value is the figure with the call counted, Limit that of the rule.
	Value   int64         `json:"value,omitempty"`
	Limit   int64         `json:"limit,omitempty"`
	Account string        `json:"account"`
	Leg     billing.LegID `json:"leg,omitempty"`
	To      phone.Number  `json:"to,omitempty"`
	Action  Action        `json:"action"`
}

// Action is the measure taken.
type Action string

// The actions.
const (
	Noted   Action = "noted"   // nothing
	Refused Action = "refused" // the call
	Barred  Action = "blocked" // the account; the call too, where there was one to refuse
)
