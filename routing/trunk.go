package routing

import (
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
)

// Trunk is where calls leave.
type Trunk struct {
	Name string `json:"name" doc:"unique name"`
	// Endpoint is Asterisk's dial string with {number} where the E.164 digits go,
	// or {e164} for the form with "+": PJSIP/{number}@carrier.
	Endpoint string `json:"endpoint" doc:"Asterisk dial string with {number} or {e164}, such as PJSIP/{number}@carrier"`
	// Priority orders trunks: 1 is tried before 2.
	Priority int `json:"priority,omitempty" doc:"1 is tried first"`
	// MaxConcurrentCalls is counted from open holds; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	// CallsPerSecond counts tries, those that fail included, by the clock's seconds; a call
	// beyond it goes by the next trunk.
	CallsPerSecond int `json:"calls_per_second,omitempty" doc:"calls begun within a second; 0 is no limit"`
	// Carrier is whose trunk it is, for offerings that select a carrier. What is selected
	// is the offering's business: a trunk has no selection.
	billing.Carrier
	// Deck has what the carrier charges, in Currency: the trunk then takes only numbers that
	// the deck prices. Without one the trunk takes any, and nobody knows what that costs.
	Deck     string `json:"deck,omitempty" doc:"rate deck of buy prices; the trunk takes only numbers it prices"`
	Currency string `json:"currency,omitempty" doc:"ISO 4217 currency of the buy prices; needed with a deck"`
	Inactive bool   `json:"inactive,omitempty" doc:"kept but not used"`
	NumberForms
}

// MaxPriority bounds Trunk.Priority.
const MaxPriority = 1000

// MaxCallsPerSecond bounds Trunk.CallsPerSecond.
const MaxCallsPerSecond = 10_000

// Validate refuses a trunk no call could leave by.
func (t Trunk) Validate() error {
	if err := billing.CheckName("trunk name", t.Name); err != nil {
		return err
	}
	digits := strings.Count(t.Endpoint, "{number}") + strings.Count(t.Endpoint, "{e164}")
	tech, _, ok := strings.Cut(t.Endpoint, "/")
	if !ok || tech == "" || digits != 1 || strings.ContainsAny(t.Endpoint, " \t\r\n&") {
		return fmt.Errorf("%w: endpoint %q: write an Asterisk dial string with {number} or {e164} once, such as "+
			"PJSIP/{number}@carrier", billing.ErrInvalid, t.Endpoint)
	}
	if t.Priority < 1 || t.Priority > MaxPriority {
		return fmt.Errorf("%w: priority %d: give 1 to %d", billing.ErrInvalid, t.Priority, MaxPriority)
	}
	if t.MaxConcurrentCalls < 0 || t.MaxConcurrentCalls > billing.MaxConcurrency {
		return fmt.Errorf("%w: max_concurrent_calls %d: give 0 (no limit) to %d",
			billing.ErrInvalid, t.MaxConcurrentCalls, billing.MaxConcurrency)
	}
	if t.CallsPerSecond < 0 || t.CallsPerSecond > MaxCallsPerSecond {
		return fmt.Errorf("%w: calls_per_second %d: give 0 (no limit) to %d",
			billing.ErrInvalid, t.CallsPerSecond, MaxCallsPerSecond)
	}
	if t.CarrierSelection != "" {
		return fmt.Errorf("%w: carrier_selection %q: a trunk selects nothing: give it carrier_digits, and an "+
			"offering the selection", billing.ErrInvalid, t.CarrierSelection)
	}
	return errors.Join(t.Carrier.Validate(), t.checkBuying(), t.NumberForms.validate(t.Endpoint))
}

// checkBuying refuses buy prices without a currency.
func (t Trunk) checkBuying() error {
	if t.Deck != "" {
		if err := billing.CheckName("deck", t.Deck); err != nil {
			return err
		}
		if t.Currency == "" {
			return fmt.Errorf("%w: a trunk with a deck needs the currency of its prices: give it, such as USD",
				billing.ErrInvalid)
		}
	}
	if t.Currency == "" {
		return nil
	}
	return billing.CheckCurrency(t.Currency)
}

// DialString is the endpoint for one number.
func (t Trunk) DialString(n phone.Number) string {
	return strings.NewReplacer("{number}", t.called(n), "{e164}", n.E164()).Replace(t.Endpoint)
}

// Peer is the endpoint of Asterisk that calls by this trunk come in from: carrier of
// PJSIP/{number}@carrier, and of PJSIP/carrier/sip:{number}@host.
func (t Trunk) Peer() string {
	_, peer, _ := strings.Cut(t.Endpoint, "/")
	if first, _, ok := strings.Cut(peer, "/"); ok && !strings.Contains(first, "{") {
		return first
	}
	if i := strings.LastIndex(peer, "@"); i >= 0 {
		return peer[i+1:]
	}
	return ""
}
