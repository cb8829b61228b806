package billing

import (
	"encoding"
	"regexp"
	"strings"
)

// Constraint blocks or requires destinations by a regular expression (RE2) on the
// E.164 form with its "+". It is written block:PATTERN or require:PATTERN (seed 003,
// Constraints and Constraint Overrides).
type Constraint struct {
	Action  ConstraintAction
	Pattern string
}

// ConstraintAction is what a constraint does with a destination it matches.
type ConstraintAction string

// Block refuses what matches. As soon as there is one Require, one of them must match.
const (
	Block   ConstraintAction = "block"
	Require ConstraintAction = "require"
)

var (
	_ encoding.TextMarshaler   = Constraint{}
	_ encoding.TextUnmarshaler = &Constraint{}
)

// MarshalText writes action:pattern.
func (c Constraint) MarshalText() ([]byte, error) {
	return []byte(string(c.Action) + ":" + c.Pattern), nil
}

// UnmarshalText reads action:pattern.
func (c *Constraint) UnmarshalText(text []byte) error {
	action, pattern, ok := strings.Cut(string(text), ":")
	read := Constraint{ConstraintAction(action), pattern}
	if !ok || action != string(Block) && action != string(Require) {
		return invalid("constraint %q: write block:PATTERN or require:PATTERN, such as block:^\\+1900", text)
	}
	if _, err := regexp.Compile(pattern); err != nil || pattern == "" {
		return invalid("constraint %q: %q is not a regular expression", text, pattern)
	}
	*c = read
	return nil
}

// Constraints are asked all together: the order in which they stand means nothing.
type Constraints []Constraint

// MaxConstraints bounds the constraints of one offering or account.
const MaxConstraints = 100

// Validate refuses too many and any that cannot be asked.
func (all Constraints) Validate() error {
	if len(all) > MaxConstraints {
		return invalid("%d constraints: %d are possible", len(all), MaxConstraints)
	}
	for _, c := range all {
		text, _ := c.MarshalText()
		if err := new(Constraint).UnmarshalText(text); err != nil {
			return err
		}
	}
	return nil
}
