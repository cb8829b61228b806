package routing

import (
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
)

// NumberForms is how a carrier writes numbers, and wants them written: in the request line,
// From, P-Asserted-Identity and Diversion alike.
type NumberForms struct {
	// Country is where the carrier is: national forms are those of its numbering plan.
	Country string `json:"country,omitempty" doc:"country whose national forms the carrier uses, such as US"`
	// CalledForm is that of the number called, as {number} of the endpoint. Digits are taken
	// off its front first, then the prefix is put before it.
	CalledForm   phone.Form `json:"called_form,omitempty" doc:"number called: e164 (default), e164_plus or national"`
	CalledStrip  int        `json:"called_strip,omitempty" doc:"digits taken off the front of the number called"`
	CalledPrefix string     `json:"called_prefix,omitempty" doc:"put before the number called: digits, *, # or +"`
	// The same of the caller ID, and of the number that sent the call on.
	CallerForm   phone.Form `json:"caller_form,omitempty" doc:"caller ID: e164_plus (default), e164 or national"`
	CallerStrip  int        `json:"caller_strip,omitempty" doc:"digits taken off the front of the caller ID"`
	CallerPrefix string     `json:"caller_prefix,omitempty" doc:"put before the caller ID: digits or +"`
	// ForcedCallerID replaces every caller ID: some carriers take only their own.
	ForcedCallerID phone.Number `json:"forced_caller_id,omitempty" doc:"caller ID of every call by this trunk"`
	// SignalledForm is how the carrier signals the numbers of calls that come in.
	SignalledForm phone.Form `json:"signalled_form,omitempty" doc:"calls in: auto, e164, e164_plus or national"`
}

// MaxStrip bounds the digits taken off a number: more than a country code and a carrier's
// prefix would leave numbers without an area.
const MaxStrip = 8

// MaxFormPrefix bounds the characters put before a number.
const MaxFormPrefix = 16

// called is the number called as the carrier wants it.
func (f NumberForms) called(n phone.Number) string {
	return f.CalledPrefix + strip(n.In(f.CalledForm, f.Country), f.CalledStrip)
}

// CallerNumber is a caller ID as the carrier wants it.
func (f NumberForms) CallerNumber(n phone.Number) string {
	form := f.CallerForm
	if form == "" {
		form = phone.E164Plus
		if f.CallerStrip > 0 || f.CallerPrefix != "" {
			form = phone.E164
		}
	}
	return f.CallerPrefix + strip(n.In(form, f.Country), f.CallerStrip)
}

// strip takes digits off the front; a number that has no more than those keeps them.
func strip(number string, digits int) string {
	if digits >= len(number) {
		return number
	}
	return number[digits:]
}

func (f NumberForms) validate(endpoint string) error {
	if f.Country != "" && !phone.KnownCountry(f.Country) {
		return fmt.Errorf("%w: country %q: give an ISO 3166-1 code, such as US", billing.ErrInvalid, f.Country)
	}
	if f.SignalledForm != "" && !f.SignalledForm.Known() {
		return fmt.Errorf("%w: signalled_form %q: give auto, e164, e164_plus or national",
			billing.ErrInvalid, f.SignalledForm)
	}
	if f.ForcedCallerID != "" {
		if err := billing.CheckNumber("forced_caller_id", f.ForcedCallerID); err != nil {
			return err
		}
	}
	if strings.Contains(endpoint, "{e164}") && (f.CalledForm != "" || f.CalledStrip > 0 || f.CalledPrefix != "") {
		return fmt.Errorf("%w: endpoint %q: write {number} for a number in another form than {e164}",
			billing.ErrInvalid, endpoint)
	}
	if err := f.outgoing("called", f.CalledForm, f.CalledStrip, f.CalledPrefix); err != nil {
		return err
	}
	return f.outgoing("caller", f.CallerForm, f.CallerStrip, f.CallerPrefix)
}

// outgoing refuses a form no number can be written in.
func (f NumberForms) outgoing(what string, form phone.Form, digits int, prefix string) error {
	switch form {
	case "", phone.E164:
	case phone.E164Plus:
		if digits > 0 || prefix != "" {
			return fmt.Errorf("%w: %s_form e164_plus: with %s_strip or %s_prefix give e164, and + as the prefix where "+
				"it is wanted", billing.ErrInvalid, what, what, what)
		}
	case phone.National:
		if f.Country == "" {
			return fmt.Errorf("%w: %s_form national: give the country as well, such as US", billing.ErrInvalid, what)
		}
	default:
		return fmt.Errorf("%w: %s_form %q: give e164, e164_plus or national", billing.ErrInvalid, what, form)
	}
	if digits < 0 || digits > MaxStrip {
		return fmt.Errorf("%w: %s_strip %d: give 0 to %d", billing.ErrInvalid, what, digits, MaxStrip)
	}
	if len(prefix) > MaxFormPrefix || strings.Trim(prefix, "0123456789*#+") != "" {
		return fmt.Errorf("%w: %s_prefix %q: give up to %d digits, *, # or +",
			billing.ErrInvalid, what, prefix, MaxFormPrefix)
	}
	return nil
}
