package routing

import (
	"errors"
	"testing"

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
		{"an exchange newer than the tables", billing.Offering{}, "15141115555", ""},
		{"one in the Caribbean", billing.Offering{}, "18761115555", billing.CountryNotAllowed},
		{"an area code newer than the tables", billing.Offering{}, "15652223333", ""},
		{"abroad, short, opened", billing.Offering{AllowedCountries: []string{"DK"}}, "4552345678", ""},
		{"too short for the pattern of CCCP", billing.Offering{AllowedCountries: []string{"*"}, AllowedCallee: billing.SeedAllowedCallee}, "4512345678", billing.CalleeNotAllowed},
		{"emergency, of the country", billing.Offering{AllowedCountries: []string{"*"}}, "44999", billing.CalleeNotAllowed},
		{"emergency, known everywhere", billing.Offering{AllowedCountries: []string{"*"}}, "49112", billing.CalleeNotAllowed},
		{"own pattern", billing.Offering{AllowedCallee: `^\+1514`}, "15149072508", ""},
		{"own pattern misses", billing.Offering{AllowedCallee: `^\+1514`}, "16139072508", billing.CalleeNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules, err := NewRules(phone.Plan{}, c.offering, "CA")
			if err != nil {
				t.Fatal(err)
			}
			var refusal billing.Refusal
			if err := rules.Permit(c.to); errors.As(err, &refusal) != (c.want != "") || refusal.Reason != c.want {
				t.Errorf("Permit(%s) = %v, want %q", c.to, err, c.want)
			}
		})
	}
	if _, err := NewRules(phone.Plan{}, billing.Offering{AllowedCallee: "("}, "CA"); err == nil {
		t.Error("a broken pattern was compiled")
	}
}

// Each level in its turn: pattern, the account's constraints, the offering's where the
// account's did not speak, countries.
func TestPermitByConstraints(t *testing.T) {
	const montreal, toronto, premium, newYork = phone.Number("15149072508"), phone.Number("14164390000"), phone.Number("19005550123"), phone.Number("12125550123")
	list := func(all ...string) (list billing.Constraints) {
		for _, text := range all {
			var c billing.Constraint
			if err := c.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	for _, c := range []struct {
		name              string
		account, offering billing.Constraints
		to                phone.Number
		want              billing.Reason
	}{
		{"none", nil, nil, montreal, ""},
		{"blocked by the offering", nil, list(`block:^\+1514`), montreal, billing.CalleeBlocked},
		{"another is blocked", nil, list(`block:^\+1514`), toronto, ""},
		{"required by the offering", nil, list(`require:^\+1514`), montreal, ""},
		{"one of several required", nil, list(`require:^\+1416`, `require:^\+1514`), montreal, ""},
		{"none of those required", nil, list(`require:^\+1416`, `require:^\+1613`), montreal, billing.CalleeNotOnList},
		{"block wins over require", nil, list(`require:^\+1514`, `block:^\+1514907`), montreal, billing.CalleeBlocked},
		{"whatever the order", nil, list(`block:^\+1514907`, `require:^\+1514`), montreal, billing.CalleeBlocked},
		{"blocked by the account", list(`block:^\+1514`), nil, montreal, billing.CalleeBlocked},
		{"not on the account's list", list(`require:^\+1416`), nil, montreal, billing.CalleeNotOnList},
		{"the account's list lifts no block of the offering", list(`require:^\+1514`), list(`block:^\+1514`), montreal, billing.CalleeBlocked},
		{"nor does its list with a block", list(`require:^\+1`, `block:^\+1416`), list(`block:^\+1514`), montreal, billing.CalleeBlocked},
		{"the account's list overrides the offering's list", list(`require:^\+1514`), list(`require:^\+1416`), montreal, ""},
		{"the account's block is not all there is", list(`block:^\+1416`), list(`block:^\+1514`), montreal, billing.CalleeBlocked},
		{"what the account does not speak of the offering may", list(`block:^\+1416`), list(`require:^\+1514`), montreal, ""},
		{"a list opens no country", list(`require:^\+1212`), list(`require:^\+1212`), newYork, billing.CountryNotAllowed},
		{"premium numbers", nil, list(`block:^\+1900`), premium, billing.CalleeBlocked},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules, err := NewRules(phone.Plan{}, billing.Offering{Constraints: c.offering}, "CA")
			if err != nil {
				t.Fatal(err)
			}
			var refusal billing.Refusal
			err = rules.ForAccount(billing.Account{Constraints: c.account}).Permit(c.to)
			if errors.As(err, &refusal) != (c.want != "") || refusal.Reason != c.want {
				t.Errorf("Permit(%s) = %v, want %q", c.to, err, c.want)
			}
		})
	}
}

// Rules for one account leave those of the offering as they are: they are shared.
func TestForAccountIsACopy(t *testing.T) {
	rules, err := NewRules(phone.Plan{}, billing.Offering{}, "CA")
	if err != nil {
		t.Fatal(err)
	}
	strict := rules.ForAccount(billing.Account{Constraints: billing.Constraints{{Action: billing.Block, Pattern: "."}}})
	if err := rules.Permit("15149072508"); err != nil {
		t.Error(err)
	}
	if err := strict.Permit("15149072508"); !errors.Is(err, billing.Refusal{Reason: billing.CalleeBlocked}) {
		t.Error(err)
	}
	if err := strict.ForAccount(billing.Account{}).Permit("15149072508"); err != nil {
		t.Error(err)
	}
}

// A constraint that cannot be asked refuses everything: it may have been a block.
func TestConstraintsThatCannotBeAsked(t *testing.T) {
	broken := billing.Constraints{{Action: billing.Block, Pattern: "("}}
	if _, err := NewRules(phone.Plan{}, billing.Offering{Constraints: broken}, "CA"); !errors.Is(err, billing.ErrInvalid) {
		t.Errorf("the offering's: %v", err)
	}
	rules, err := NewRules(phone.Plan{}, billing.Offering{}, "CA")
	if err != nil {
		t.Fatal(err)
	}
	if err := rules.ForAccount(billing.Account{Constraints: broken}).Permit("15149072508"); !errors.Is(err, billing.ErrInvalid) {
		t.Errorf("the account's: %v", err)
	}
}

func TestTrunkValidate(t *testing.T) {
	good := Trunk{Name: "carrier", Endpoint: "PJSIP/{number}@carrier", Priority: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Trunk{
		"no number":         {Name: "c", Endpoint: "PJSIP/carrier", Priority: 1},
		"two numbers":       {Name: "c", Endpoint: "PJSIP/{number}{e164}@carrier", Priority: 1},
		"no tech":           {Name: "c", Endpoint: "{number}", Priority: 1},
		"forked":            {Name: "c", Endpoint: "PJSIP/{number}@a&PJSIP/1@b", Priority: 1},
		"no priority":       {Name: "c", Endpoint: "PJSIP/{number}@a"},
		"bad name":          {Name: "c d", Endpoint: "PJSIP/{number}@a", Priority: 1},
		"bad capacity":      {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, MaxConcurrentCalls: -1},
		"bad pace":          {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, CallsPerSecond: -1},
		"selects a carrier": {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, Carrier: billing.Carrier{CarrierSelection: billing.AnyCarrier}},
		"carrier":           {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, Carrier: billing.Carrier{CarrierDigits: "12"}},
		"no currency":       {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, Deck: "buy"},
		"bad currency":      {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, Deck: "buy", Currency: "dollars"},
		"bad deck":          {Name: "c", Endpoint: "PJSIP/{number}@a", Priority: 1, Deck: "a b", Currency: "USD"},
	} {
		if err := bad.Validate(); !errors.Is(err, billing.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (Trunk{Endpoint: "PJSIP/{e164}@c"}).DialString("1514"); got != "PJSIP/+1514@c" {
		t.Error(got)
	}
}
