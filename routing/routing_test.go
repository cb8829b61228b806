package routing

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cccp/billing"
	"cccp/internal/phone"
)

func TestOutcomeOf(t *testing.T) {
	for _, c := range []struct {
		sip      string
		cause    int
		reason   billing.Reason
		failover bool
	}{
		{"404", 1, billing.NumberUnassigned, false},
		{"no route to transit network", 2, billing.SwitchUnavailable, false},
		{"no route to destination", 3, billing.SwitchUnavailable, true},
		{"normal clearing before answer", 16, billing.Unavailable, false},
		{"486", 17, billing.Busy, false},
		{"408", 18, billing.NoAnswer, false},
		{"480, ring timeout", 19, billing.NoAnswer, false},
		{"subscriber absent", 20, billing.Unavailable, false},
		{"603", 21, billing.CalleeRejected, false},
		{"410", 22, billing.NumberUnassigned, false},
		{"502", 27, billing.SwitchUnavailable, true},
		{"484", 28, billing.NumberIncomplete, false},
		{"503", 34, billing.Congestion, true},
		{"500", 38, billing.NetworkFailure, true},
		{"temporary failure", 41, billing.NetworkFailure, true},
		{"switch congestion", 42, billing.Congestion, true},
		{"requested channel not available", 44, billing.Congestion, true},
		{"interworking", 127, billing.NetworkFailure, false},
		{"none", 0, billing.NetworkFailure, false},
	} {
		t.Run(c.sip, func(t *testing.T) {
			want := billing.Outcome{Result: billing.Failed, Reason: c.reason, Cause: c.cause}
			if got := OutcomeOf(c.cause); got != want {
				t.Errorf("OutcomeOf(%d) = %+v, want %+v", c.cause, got, want)
			}
			if got := Failover(c.cause); got != c.failover {
				t.Errorf("Failover(%d) = %v", c.cause, got)
			}
		})
	}
}

func TestPermit(t *testing.T) {
	for _, c := range []struct {
		name     string
		offering billing.Offering
		to       phone.Number
		want     billing.Reason
	}{
		{"home country", billing.Offering{}, "15149072508", ""},
		{"neighbour under the same country code", billing.Offering{}, "12125550123", billing.CountryNotAllowed},
		{"Caribbean toll fraud", billing.Offering{}, "18765550123", billing.CountryNotAllowed},
		{"abroad", billing.Offering{}, "78122404700", billing.CountryNotAllowed},
		{"abroad, opened", billing.Offering{AllowedCountries: []string{"RU"}}, "78122404700", ""},
		{"abroad, other opened", billing.Offering{AllowedCountries: []string{"US"}}, "78122404700", billing.CountryNotAllowed},
		{"everything opened", billing.Offering{AllowedCountries: []string{"*"}}, "78122404700", ""},
		{"place unknown", billing.Offering{}, "15141115555", billing.CountryNotAllowed},
		{"too short for the default pattern", billing.Offering{AllowedCountries: []string{"*"}}, "4512345678", billing.CalleeNotAllowed},
		{"own pattern", billing.Offering{AllowedCallee: `^\+1514`}, "15149072508", ""},
		{"own pattern misses", billing.Offering{AllowedCallee: `^\+1514`}, "16139072508", billing.CalleeNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules, err := NewRules(c.offering, "CA")
			if err != nil {
				t.Fatal(err)
			}
			var refusal billing.Refusal
			if err := rules.Permit(c.to); errors.As(err, &refusal) != (c.want != "") || refusal.Reason != c.want {
				t.Errorf("Permit(%s) = %v, want %q", c.to, err, c.want)
			}
		})
	}
	if _, err := NewRules(billing.Offering{AllowedCallee: "("}, "CA"); err == nil {
		t.Error("a broken pattern was compiled")
	}
}

func TestOrder(t *testing.T) {
	got := Order([]Trunk{{Name: "c", Priority: 2}, {Name: "b", Priority: 1}, {Name: "x", Priority: 1, Inactive: true}, {Name: "a", Priority: 1, MaxConcurrentCalls: 3}})
	want := []billing.TrunkLimit{{Name: "a", MaxConcurrentCalls: 3}, {Name: "b"}, {Name: "c"}}
	if diff := cmp.Diff(want, Limits(got)); diff != "" {
		t.Error(diff)
	}
}

func TestTrunkValidate(t *testing.T) {
	good := Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@carrier", Priority: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Trunk{
		"no number":    {Name: "c", Endpoint: "PJSIP/carrier", Priority: 1},
		"two numbers":  {Name: "c", Endpoint: "PJSIP/{number}{e164}@carrier", Priority: 1},
		"no tech":      {Name: "c", Endpoint: "{number}", Priority: 1},
		"forked":       {Name: "c", Endpoint: "PJSIP/{number}@a&PJSIP/1@b", Priority: 1},
		"no priority":  {Name: "c", Endpoint: "PJSIP/{number}@a"},
		"bad name":     {Name: "c d", Endpoint: "PJSIP/{number}@a", Priority: 1},
		"bad capacity": {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, MaxConcurrentCalls: -1},
	} {
		if err := bad.Validate(); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (Trunk{Endpoint: "PJSIP/{e164}@c"}).DialString("1514"); got != "PJSIP/+1514@c" {
		t.Error(got)
	}
}
