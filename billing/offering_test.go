package billing

import (
	"testing"
)

func TestOfferingValidate(t *testing.T) {
	good := Offering{Name: "basic", Provider: "fox", Deck: "world"}
	checkValidate(t, good, []validateCase[Offering]{
		{"own pattern", func(o *Offering) { o.AllowedCallee = `^\+1514` }, ""},
		{"every country", func(o *Offering) { o.AllowedCountries = []string{EveryCountry} }, ""},
		{"some countries and global services", func(o *Offering) { o.AllowedCountries = []string{"US", "001", "FR"} }, ""},
		{"no name", func(o *Offering) { o.Name = "" }, "offering name"},
		{"no provider", func(o *Offering) { o.Provider = "" }, "provider"},
		{"no deck", func(o *Offering) { o.Deck = "" }, "deck"},
		{"broken pattern", func(o *Offering) { o.AllowedCallee = "(" }, "allowed_callee_regex"},
		{"unknown country", func(o *Offering) { o.AllowedCountries = []string{"US", "XX"} }, `"XX"`},
		{"country by name", func(o *Offering) { o.AllowedCountries = []string{"Canada"} }, `"Canada"`},
		{"empty country", func(o *Offering) { o.AllowedCountries = []string{""} }, "allowed country"},
	})
}
