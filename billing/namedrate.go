package billing

import (
	"slices"
	"strings"
	"time"
)

// NamedRate is a rate as an operator keeps it by name (seed 003, rates): what one
// prefix costs, or a group of rates. Rate plans are made of them.
type NamedRate struct {
	Provider string `json:"provider" doc:"provider the rate belongs to"`
	// Name is the prefix it prices where it is digits only; otherwise it is a group, which
	// stands for its child rates, and with use_parent prices every other number.
	Name        string `json:"name" doc:"prefix in digits, or the name of a group of rates"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Description string `json:"description,omitempty" doc:"what it is"`
	// Type is read from Name where it is not given; given, it must agree.
	Type RateType `json:"type,omitempty" doc:"prefix or group"`
	// Effective is the moment from which the rate holds, End that from which it does so no
	// more. Rates of one name may follow each other.
	Effective    time.Time    `json:"effective,omitzero" doc:"moment from which the rate holds"`
	End          time.Time    `json:"end,omitzero" doc:"moment from which it holds no more"`
	ChargeMethod ChargeMethod `json:"charge_method,omitempty" doc:"per_minute or flat"`
	// Amount is the price of a minute, or of a call; Surcharge the connection fee.
	Amount    Decimal `json:"amount" doc:"price of a minute, or of a call where charged flat"`
	Surcharge Decimal `json:"surcharge,omitzero" doc:"connection fee of answered calls"`
	// NoSubRate says what becomes of a number that the rate matches and no child rate does.
	// None at all is UseParent for a prefix, Deny for a group: that one matches every
	// number, and is not meant to sell it at a price nobody thought of.
	NoSubRate NoSubRate `json:"if_no_sub_rates_exist,omitempty" doc:"use_parent or deny, where no child rate matches"`
	// Children are names of rates of the same provider, with longer prefixes. They hold
	// by their own dates, whatever those of their parents.
	Children []string `json:"child_rates,omitempty" doc:"names of the rates below this one"`
}

// RateType says how a rate's name is read.
type RateType string

// The types of rates.
const (
	PrefixRate RateType = "prefix"
	GroupRate  RateType = "group"
)

// ChargeMethod says what a rate's amount buys.
type ChargeMethod string

// The charge methods; none at all is PerMinute.
const (
	PerMinute ChargeMethod = "per_minute"
	Flat      ChargeMethod = "flat"
)

// NoSubRate says what becomes of numbers without a child rate.
type NoSubRate string

// The sub-rate rules.
const (
	UseParent NoSubRate = "use_parent"
	Deny      NoSubRate = "deny"
)

// ID names the rate: its provider, its name, and where it has one the moment from which
// it holds, since rates of one name may follow each other.
func (r NamedRate) ID() string {
	if r.Effective.IsZero() {
		return r.Provider + ":" + r.Name
	}
	return r.Provider + ":" + r.Name + "@" + r.Effective.UTC().Format(time.RFC3339Nano)
}

// Prefix is the prefix the rate prices: "" for a group, which prices every number that
// no other rate does.
func (r NamedRate) Prefix() string {
	if r.Name != "" && digitsOnly(r.Name) {
		return r.Name
	}
	return ""
}

// Validate refuses a rate nothing could be charged by.
func (r NamedRate) Validate() error {
	kind := GroupRate
	if r.Prefix() != "" {
		kind = PrefixRate
		if err := checkPrefix(r.Name); err != nil {
			return invalid("%v", err)
		}
	}
	switch {
	case r.Type != "" && r.Type != kind:
		return invalid("type %q: rate %s is a %s: its name says so", r.Type, r.Name, kind)
	case !slices.Contains([]ChargeMethod{"", PerMinute, Flat}, r.ChargeMethod):
		return invalid("charge_method %q: give %s or %s", r.ChargeMethod, PerMinute, Flat)
	case !slices.Contains([]NoSubRate{"", UseParent, Deny}, r.NoSubRate):
		return invalid("if_no_sub_rates_exist %q: give %s or %s", r.NoSubRate, UseParent, Deny)
	case !r.End.IsZero() && !r.Effective.Before(r.End):
		return invalid("end %s is not after effective %s", r.End.Format(time.RFC3339), r.Effective.Format(time.RFC3339))
	}
	for _, child := range r.Children {
		if err := CheckName("child rate", child); err != nil {
			return err
		}
		if child == r.Name || !strings.HasPrefix((NamedRate{Name: child}).Prefix(), r.Prefix()) {
			return invalid("child rate %s of %s: give a prefix that begins with it and is longer", child, r.Name)
		}
	}
	return firstOf(
		CheckName("rate", r.Name), CheckName("provider", r.Provider),
		checkMoment("effective", r.Effective), checkMoment("end", r.End),
		checkText("display_name", r.DisplayName, MaxTextChars), checkText("description", r.Description, MaxNotesChars),
	)
}
