package billing

import (
	"regexp"
	"slices"
	"time"

	"cccp/internal/phone"
)

// Provider is a tenant: whose numbers, country, currency and customers these are.
type Provider struct {
	Name string `json:"name" doc:"unique name"`
	// Country is ISO 3166-1 alpha-2; callers' national numbers are read in it.
	Country string `json:"country" doc:"ISO 3166-1 alpha-2 country in which national numbers are read"`
	// Currency is ISO 4217; every account of the provider is kept in it.
	Currency     string `json:"currency" doc:"ISO 4217 currency of the provider's accounts"`
	MinPINDigits int    `json:"min_pin_digits,omitempty" doc:"shortest PIN allowed; 10 unless lowered"`
	// OwnedNumbers may be shown as caller ID by the provider's accounts (E.164 digits).
	OwnedNumbers []phone.Number `json:"owned_numbers,omitempty" doc:"E.164 numbers that accounts may show as caller ID"`
	// AnyCallerID turns off the check of outbound caller IDs against OwnedNumbers
	// (the seed's ensure_valid_caller_id, which is on unless switched off).
	AnyCallerID bool `json:"any_caller_id,omitempty" doc:"do not check outbound caller IDs against owned_numbers"`
	// DefaultCallerID is shown if no other is; empty is anonymous.
	DefaultCallerID phone.Number `json:"default_caller_id,omitempty" doc:"shown if no other is; empty is anonymous"`
	// MaxConcurrentCalls is counted over all of the provider's accounts; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls of all accounts at a time; 0 is no limit"`
	// TimeZone (IANA) says when its days begin and what time of week it is; UTC if not given.
	TimeZone    string `json:"time_zone,omitempty" doc:"IANA time zone, such as America/Toronto; UTC if not given"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Person
	Address string `json:"address,omitempty" doc:"postal address"`
	Phone   string `json:"phone,omitempty" doc:"phone number of the provider"`
	Notes   string `json:"notes,omitempty" doc:"free notes"`
}

// Zone is the provider's time zone.
func (p Provider) Zone() (*time.Location, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "Local" {
		return nil, invalid("time_zone %q: give a name of the IANA database, such as America/Toronto", p.TimeZone)
	}
	return zone, nil
}

// Validate refuses contents no call could be made under.
func (p Provider) Validate() error {
	if err := CheckName("provider name", p.Name); err != nil {
		return err
	}
	if !phone.KnownCountry(p.Country) {
		return invalid("country %q: give an ISO 3166-1 code of two capital letters, such as CA", p.Country)
	}
	if err := CheckCurrency(p.Currency); err != nil {
		return err
	}
	if p.MinPINDigits != 0 && (p.MinPINDigits < LowestMinPINDigits || p.MinPINDigits > MaxPINDigits) {
		return invalid("min_pin_digits %d: give %d to %d", p.MinPINDigits, LowestMinPINDigits, MaxPINDigits)
	}
	for _, n := range slices.Concat(p.OwnedNumbers, []phone.Number{p.DefaultCallerID}) {
		if n != "" {
			if err := CheckNumber("number", n); err != nil {
				return err
			}
		}
	}
	if _, err := p.Zone(); err != nil {
		return err
	}
	return firstOf(
		checkConcurrency("max_concurrent_calls", p.MaxConcurrentCalls), p.Person.Validate(),
		checkText("display_name", p.DisplayName, MaxTextChars), checkText("address", p.Address, MaxTextChars),
		checkText("phone", p.Phone, MaxTextChars), checkText("notes", p.Notes, MaxNotesChars),
	)
}

// CheckCurrency refuses anything but an ISO 4217 code.
func CheckCurrency(code string) error {
	if !currencyPattern.MatchString(code) {
		return invalid("currency %q: give an ISO 4217 code of three capital letters, such as USD", code)
	}
	return nil
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// ShortestPIN is the fewest digits a PIN of this provider may have.
func (p Provider) ShortestPIN() int {
	if p.MinPINDigits == 0 {
		return DefaultMinPINDigits
	}
	return p.MinPINDigits
}
