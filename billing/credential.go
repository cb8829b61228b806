package billing

import (
	"strings"

	"cccp/internal/phone"
)

// PIN lengths in digits. Shorter than DefaultMinPINDigits only where the provider
// lowers it; any PIN matches any caller, so short ones can be guessed.
const (
	DefaultMinPINDigits = 10
	LowestMinPINDigits  = 4
	MaxPINDigits        = 20
)

// CredentialKind says how a credential recognises its holder.
type CredentialKind string

// The ways into an account: from a known number, with a PIN, or from a subscriber's own
// phone, which Asterisk has authenticated (its SIP user, or an IMSI in that place).
const (
	ANI CredentialKind = "ani"
	PIN CredentialKind = "pin"
	SIP CredentialKind = "sip"
)

// CredentialKinds are all of them.
func CredentialKinds() []CredentialKind { return []CredentialKind{ANI, PIN, SIP} }

// Credential is one way into an account.
type Credential struct {
	Kind CredentialKind `json:"kind" doc:"ani, pin or sip"`
	// ID is the E.164 number of an ANI, the name of a SIP user, or the keyed hash of a
	// PIN in hexadecimal: a PIN itself is never stored in clear.
	ID string `json:"id" doc:"number of an ANI, SIP user, or keyed hash of a PIN"`
	// KeyID names the key a PIN was hashed with.
	KeyID   string `json:"key_id,omitempty" doc:"key that hashed the PIN"`
	Account string `json:"account" doc:"account it opens"`
	// OutboundCID is the number its calls show, if it may be shown.
	OutboundCID phone.Number `json:"outbound_cid,omitempty" doc:"E.164 number its calls show, where owned"`
	// RetainCID shows the caller's own number instead, with a Diversion (RFC 5806) that
	// says who sent the call on.
	RetainCID bool `json:"retain_cid,omitempty" doc:"show the caller's own number, with a Diversion"`
	Inactive  bool `json:"inactive,omitempty" doc:"kept but not accepted"`
	// MaxConcurrentCalls is counted over calls made with this credential; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
}

// Validate refuses contents no caller could be recognised by.
func (c Credential) Validate() error {
	switch c.Kind {
	case ANI:
		if err := CheckNumber("ANI", phone.Number(c.ID)); err != nil {
			return err
		}
	case SIP:
		if !namePattern.MatchString(c.ID) || len(c.ID) > MaxNameBytes {
			return invalid("SIP user %q: give the endpoint's name in Asterisk, or IMSI and 15 digits", c.ID)
		}
	case PIN:
	default:
		return invalid("credential kind %q: give one of %s", c.Kind, listed(CredentialKinds()))
	}
	return checkConcurrency("max_concurrent_calls", c.MaxConcurrentCalls)
}

// CheckPIN refuses a PIN that is not between shortest (at least 1) and 20 digits.
func CheckPIN(pin string, shortest int) error {
	if !digitsOnly(pin) {
		return invalid("PIN: digits only")
	}
	if len(pin) < max(shortest, 1) || len(pin) > MaxPINDigits {
		return invalid("PIN of %d digits: the provider takes %d to %d", len(pin), shortest, MaxPINDigits)
	}
	if strings.Count(pin, pin[:1]) == len(pin) {
		return invalid("PIN of one repeated digit: too easy to guess")
	}
	return nil
}
