package billing

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestConstraintText(t *testing.T) {
	for text, want := range map[string]Constraint{
		`block:^\+1900`:        {Block, `^\+1900`},
		`require:^\+1514`:      {Require, `^\+1514`},
		`block:a:b`:            {Block, "a:b"},
		`allow:^\+1`:           {},
		`Block:^\+1`:           {},
		`^\+1`:                 {},
		`block:`:               {},
		`block:(`:              {},
		``:                     {},
		`require:^\+1(?=514)`:  {}, // no lookahead in RE2
		`require:` + "\xff":    {},
		`block:^\+(1900|1976)`: {Block, `^\+(1900|1976)`},
	} {
		var got Constraint
		err := got.UnmarshalText([]byte(text))
		if got != want || (err == nil) != (want != Constraint{}) || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
		if back, _ := want.MarshalText(); err == nil && string(back) != text {
			t.Errorf("%q is written %q", text, back)
		}
	}
}

// In JSON, and so in the file, in requests and in configuration, a constraint is a string.
func TestConstraintsAreStrings(t *testing.T) {
	text := `["block:^\\+1900","require:^\\+1"]`
	var all Constraints
	if err := json.Unmarshal([]byte(text), &all); err != nil || !slices.Equal(all, Constraints{{Block, `^\+1900`}, {Require, `^\+1`}}) {
		t.Errorf("%+v, %v", all, err)
	}
	if b, err := json.Marshal(all); err != nil || string(b) != text {
		t.Errorf("%s, %v", b, err)
	}
}

func TestConstraintsValidate(t *testing.T) {
	offering := Offering{Name: "basic", Provider: "fox", Deck: "world"}
	account := Account{ID: "alice", Provider: "fox", Offering: "basic", Status: Activated}
	for _, c := range []struct {
		name string
		all  Constraints
		good bool
	}{
		{"none", nil, true},
		{"some", Constraints{{Block, `^\+1900`}, {Require, `^\+1`}}, true},
		{"as many as may be", slices.Repeat(Constraints{{Block, `^\+1900`}}, MaxConstraints), true},
		{"one more", slices.Repeat(Constraints{{Block, `^\+1900`}}, MaxConstraints+1), false},
		{"unknown action", Constraints{{"allow", `^\+1`}}, false},
		{"no action", Constraints{{"", `^\+1`}}, false},
		{"broken", Constraints{{Block, `^\+1`}, {Require, `(`}}, false},
		{"empty", Constraints{{Block, ""}}, false},
	} {
		offering.Constraints, account.Constraints = c.all, c.all
		for what, err := range map[string]error{"constraints": c.all.Validate(), "offering": offering.Validate(), "account": account.Validate()} {
			if (err == nil) != c.good || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %s: %v", c.name, what, err)
			}
		}
	}
	if err := (Constraints{{Require, "("}}).Validate(); err == nil || !strings.Contains(err.Error(), "require:(") {
		t.Errorf("%v does not say which", err)
	}
}
