package routing

import (
	"errors"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/internal/phone"
)

func TestNumbersLeaveAsTheCarrierWants(t *testing.T) {
	const montreal, london = phone.Number("15149072508"), phone.Number("442079460000")
	for _, c := range []struct {
		name           string
		forms          NumberForms
		number         phone.Number
		called, caller string
	}{
		{"nothing said", NumberForms{}, montreal, "15149072508", "+15149072508"},
		{"national", NumberForms{Country: "CA", CalledForm: phone.National, CallerForm: phone.National}, montreal, "5149072508", "5149072508"},
		{"national, abroad", NumberForms{Country: "CA", CalledForm: phone.National, CallerForm: phone.National}, london, "011442079460000", "011442079460000"},
		{"with plus, without", NumberForms{CalledForm: phone.E164Plus, CallerForm: phone.E164}, london, "+442079460000", "442079460000"},
		{"stripped", NumberForms{CalledStrip: 1, CallerStrip: 1}, montreal, "5149072508", "5149072508"},
		{"prefixed", NumberForms{CalledPrefix: "99#", CallerPrefix: "00"}, london, "99#442079460000", "00442079460000"},
		{"stripped, then prefixed", NumberForms{CalledStrip: 2, CalledPrefix: "0", CallerStrip: 2, CallerPrefix: "0"}, london, "02079460000", "02079460000"},
		{"no more than there is", NumberForms{CalledStrip: 8}, "1234567", "1234567", "+1234567"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trunk := Trunk{Name: "x", Endpoint: "PJSIP/{number}@x", Priority: 1, NumberForms: c.forms}
			if err := trunk.Validate(); err != nil {
				t.Fatal(err)
			}
			if got := trunk.DialString(c.number); got != "PJSIP/"+c.called+"@x" {
				t.Errorf("dials %s, want %s", got, c.called)
			}
			if got := trunk.CallerNumber(c.number); got != c.caller {
				t.Errorf("shows %s, want %s", got, c.caller)
			}
		})
	}
}

func TestFormsAreChecked(t *testing.T) {
	for says, forms := range map[string]NumberForms{
		`country "XX"`:                   {Country: "XX"},
		`signalled_form "dotted"`:        {SignalledForm: "dotted"},
		`called_form "auto"`:             {CalledForm: phone.Auto},
		`caller_form "dotted"`:           {CallerForm: "dotted"},
		"called_form national: give the": {CalledForm: phone.National},
		"called_strip 9":                 {CalledStrip: 9},
		"caller_strip -1":                {CallerStrip: -1},
		`called_prefix "a"`:              {CalledPrefix: "a"},
		"caller_form e164_plus: with":    {CallerForm: phone.E164Plus, CallerStrip: 1},
		"called_form e164_plus: with":    {CalledForm: phone.E164Plus, CalledPrefix: "9"},
		`forced_caller_id "+1"`:          {ForcedCallerID: "+1"},
	} {
		err := Trunk{Name: "x", Endpoint: "PJSIP/{number}@x", Priority: 1, NumberForms: forms}.Validate()
		if !errors.Is(err, billing.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
	err := Trunk{Name: "x", Endpoint: "PJSIP/{e164}@x", Priority: 1, NumberForms: NumberForms{CalledStrip: 1}}.Validate()
	if !errors.Is(err, billing.ErrInvalid) || !strings.Contains(err.Error(), "write {number}") {
		t.Error(err)
	}
}
