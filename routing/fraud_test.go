package routing

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
)

// noon is 12:00 UTC of a day.
const noon = 20_000*secondsPerDay + 12*3600

func TestJudge(t *testing.T) {
	calls := func(at ...int64) (v Velocity) {
		for _, s := range at {
			v.Enter(s, 0)
		}
		v.Open = 0
		return v
	}
	warning := func(m Measure, value, limit int64) Verdict {
		return Verdict{Rule: "r", Level: Warning, Measure: m, Value: value, Limit: limit}
	}
	critical := func(m Measure, value, limit int64) Verdict {
		return Verdict{Rule: "r", Level: Critical, Measure: m, Value: value, Limit: limit}
	}
	pace := FraudRule{WarnCallsPerMinute: 2, MaxCallsPerMinute: 3}
	together := FraudRule{WarnConcurrent: 2, MaxConcurrent: 3}
	minutes := FraudRule{WarnMinutesPerDay: 5, MaxMinutesPerDay: 10}
	today := int64(noon) / secondsPerDay
	for _, c := range []struct {
		name string
		rule FraudRule
		v    Velocity
		want []Verdict
	}{
		{"first call of a minute", pace, calls(), nil},
		{"warned", pace, calls(noon - 59), []Verdict{warning(CallsPerMinute, 2, 2)}},
		{"as many as there may be", pace, calls(noon-30, noon), []Verdict{warning(CallsPerMinute, 3, 2)}},
		{"one too many", pace, calls(noon-30, noon, noon), []Verdict{critical(CallsPerMinute, 4, 3)}},
		{"over a full minute", pace, calls(noon-60, noon-60, noon-60), nil},
		{"a little ahead", pace, calls(noon+1, noon+1, noon+1), []Verdict{critical(CallsPerMinute, 4, 3)}},
		{"of a clock that was wrong", pace, calls(noon+3600, noon+3600, noon+3600), nil},
		{"alone", together, Velocity{}, nil},
		{"two at once", together, Velocity{Open: 1}, []Verdict{warning(ConcurrentCalls, 2, 2)}},
		{"four at once", together, Velocity{Open: 3}, []Verdict{critical(ConcurrentCalls, 4, 3)}},
		{"little talked", minutes, Velocity{Day: today, TalkedS: 299}, nil},
		{"much talked", minutes, Velocity{Day: today, TalkedS: 300}, []Verdict{warning(MinutesPerDay, 5, 5)}},
		{"much granted", minutes, Velocity{GrantedS: 300}, []Verdict{warning(MinutesPerDay, 5, 5)}},
		{"a second left", minutes, Velocity{Day: today, TalkedS: 599}, []Verdict{warning(MinutesPerDay, 9, 5)}},
		{"all talked or granted", minutes, Velocity{Day: today, TalkedS: 400, GrantedS: 200}, []Verdict{critical(MinutesPerDay, 10, 10)}},
		{"talked yesterday", minutes, Velocity{Day: today - 1, TalkedS: 6000}, nil},
		{"denied", FraudRule{Deny: true, MaxCallsPerMinute: 1}, calls(noon, noon), []Verdict{critical(Destination, 0, 0)}},
		{"nothing watched", FraudRule{MaxCallSeconds: 60}, Velocity{Open: 100}, nil},
		{
			"two warnings", FraudRule{WarnCallsPerMinute: 1, WarnConcurrent: 1}, Velocity{},
			[]Verdict{warning(CallsPerMinute, 1, 1), warning(ConcurrentCalls, 1, 1)},
		},
		{
			"critical alone", FraudRule{WarnCallsPerMinute: 1, MaxConcurrent: 1}, Velocity{Open: 1},
			[]Verdict{critical(ConcurrentCalls, 2, 1)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Name = "r"
			if diff := cmp.Diff(c.want, c.rule.Judge(c.v, noon)); diff != "" {
				t.Error(diff)
			}
		})
	}
	blocking := FraudRule{Name: "r", MaxConcurrent: 1, WarnConcurrent: 1, BlockAccount: true}
	if v := blocking.Judge(Velocity{}, noon); v[0].Block {
		t.Error("a warning blocks")
	}
	if v := blocking.Judge(Velocity{Open: 1}, noon); !v[0].Block || v[0].Reason() != billing.VelocityExceeded {
		t.Errorf("%+v does not block", v)
	}
	if r := (Verdict{Measure: Destination}).Reason(); r != billing.HighRiskDestination {
		t.Errorf("denied by %s", r)
	}
}

func TestVelocity(t *testing.T) {
	var v Velocity
	v.Enter(noon, 60)
	v.Enter(noon, 30)
	v.Enter(noon+59, 10)
	if v.CallsAt(noon+59) != 3 || v.CallsAt(noon+60) != 1 || v.Open != 3 || v.GrantedS != 100 {
		t.Errorf("%+v", v)
	}
	v.Enter(noon+61, 0)
	if len(v.Calls) != 2 {
		t.Errorf("what is over is kept: %+v", v.Calls)
	}
	v.Leave(noon+70, 60, 45)
	v.Leave(noon+80, 30, 15)
	if v.TalkedAt(noon+90) != 60 || v.TalkedAt(noon+secondsPerDay) != 0 || v.Open != 2 || v.GrantedS != 10 {
		t.Errorf("%+v", v)
	}
	v.Leave(noon+secondsPerDay, 10, 7)
	v.Leave(noon, 0, 1000) // of a day that is over
	if v.TalkedAt(noon+secondsPerDay) != 7 || v.TalkedAt(noon) != 0 {
		t.Errorf("%+v", v)
	}
	v.Day = noon // a clock said so
	v.Leave(noon, 0, 5)
	if v.TalkedAt(noon) != 5 {
		t.Errorf("%+v", v)
	}
}

// Copies of a velocity share no memory: a transaction may be given up.
func TestVelocityIsAValue(t *testing.T) {
	var v Velocity
	v.Enter(noon, 60)
	v.Raise(Verdict{Measure: CallsPerMinute}, noon)
	before := v
	v.Enter(noon, 60)
	v.Raise(Verdict{Measure: CallsPerMinute}, noon+100)
	if before.CallsAt(noon) != 1 || before.Raised[0].S != noon {
		t.Errorf("%+v", before)
	}
}

func TestRaise(t *testing.T) {
	for _, c := range []struct {
		measure Measure
		window  int64
	}{{CallsPerMinute, 60}, {ConcurrentCalls, 3600}, {Destination, 3600}, {MinutesPerDay, secondsPerDay / 2}} {
		t.Run(string(c.measure), func(t *testing.T) {
			var v Velocity
			warning, critical := Verdict{Measure: c.measure, Level: Warning}, Verdict{Measure: c.measure, Level: Critical}
			for _, s := range []struct {
				what string
				of   Verdict
				at   int64
				want bool
			}{
				{"the first", warning, noon, true},
				{"the same again", warning, noon, false},
				{"the other level", critical, noon, true},
				{"just before the window ends", warning, noon + c.window - 1, false},
				{"after it", warning, noon + c.window, true},
				{"at once again", warning, noon + c.window, false},
			} {
				if got := v.Raise(s.of, s.at); got != s.want {
					t.Errorf("%s: %v", s.what, got)
				}
			}
		})
	}
}

func TestLeftS(t *testing.T) {
	r := FraudRule{MaxMinutesPerDay: 10}
	day := int64(noon) / secondsPerDay
	for want, v := range map[int64]Velocity{600: {}, 599: {Day: day, TalkedS: 1}, 100: {Day: day, TalkedS: 300, GrantedS: 200}, 0: {GrantedS: 700}} {
		if got := r.LeftS(v, noon); got != want {
			t.Errorf("%+v leaves %d s, want %d", v, got, want)
		}
	}
	if got := (FraudRule{}).LeftS(Velocity{GrantedS: 1 << 40}, noon); got != billing.Unbounded {
		t.Errorf("without a maximum %d s are left", got)
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		name string
		rule FraudRule
		to   phone.Number
		want bool
	}{
		{"everybody", FraudRule{}, "15145550123", true},
		{"inactive", FraudRule{Inactive: true}, "15145550123", false},
		{"its provider", FraudRule{Provider: "fox"}, "15145550123", true},
		{"another provider", FraudRule{Provider: "eiffel"}, "15145550123", false},
		{"its offering", FraudRule{Provider: "fox", Offering: "basic"}, "15145550123", true},
		{"another offering", FraudRule{Offering: "gold"}, "15145550123", false},
		{"one of its prefixes", FraudRule{Prefixes: []string{"44", "1514"}}, "15145550123", true},
		{"none of its prefixes", FraudRule{Prefixes: []string{"44", "1515"}}, "15145550123", false},
		{"a longer prefix", FraudRule{Prefixes: []string{"151455501234"}}, "15145550123", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.rule.Covers("fox", "basic", c.to); got != c.want {
				t.Errorf("covered: %v", got)
			}
		})
	}
}

func TestFraudRuleValidate(t *testing.T) {
	for _, good := range []FraudRule{
		{WarnConcurrent: 2}, {MaxCallsPerMinute: 1, BlockAccount: true}, {MaxCallSeconds: 60},
		{Deny: true, Prefixes: []string{"1900", "44"}, BlockAccount: true}, {WarnMinutesPerDay: 5, MaxMinutesPerDay: 5},
	} {
		good.Name = "r"
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for name, bad := range map[string]FraudRule{
		"no name":           {MaxConcurrent: 1},
		"watches nothing":   {Name: "r"},
		"only blocks":       {Name: "r", BlockAccount: true, WarnConcurrent: 1},
		"denies everything": {Name: "r", Deny: true},
		"warns too late":    {Name: "r", WarnConcurrent: 3, MaxConcurrent: 2},
		"negative":          {Name: "r", WarnConcurrent: 1, MaxMinutesPerDay: -1},
		"too many":          {Name: "r", MaxCallsPerMinute: MaxFraudCalls + 1},
		"too long":          {Name: "r", MaxCallSeconds: billing.MaxCallSeconds + 1},
		"no prefix":         {Name: "r", MaxConcurrent: 1, Prefixes: []string{""}},
		"letters":           {Name: "r", MaxConcurrent: 1, Prefixes: []string{"1-900"}},
		"long prefix":       {Name: "r", MaxConcurrent: 1, Prefixes: []string{"1234567890123456"}},
		"many prefixes":     {Name: "r", MaxConcurrent: 1, Prefixes: make([]string, MaxFraudPrefixes+1)},
	} {
		if err := bad.Validate(); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%s: %v", fmt.Sprint(name), err)
		}
	}
}
