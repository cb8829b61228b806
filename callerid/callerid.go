// Package callerid chooses which number the far end is shown. It is pure, and it
// is strict in one thing: a number the provider does not own never leaks
// (DOMAIN 2.14, seed 000 ensure_valid_caller_id).
package callerid

import (
	"slices"

	"cccp/internal/phone"
)

// Request is what a choice depends on.
type Request struct {
	// Wanted is the credential's outbound caller ID, empty for none.
	Wanted phone.Number
	// Owned are the numbers the provider may show; AnyAllowed switches the check off.
	Owned      []phone.Number
	AnyAllowed bool
	// Default is shown where Wanted may not be; empty means anonymous.
	Default phone.Number
}

// Choose is the number to show: the credential's own where it may be shown, else
// the provider's default, else none, which is anonymous (RFC 3323).
func Choose(r Request) phone.Number {
	if r.Wanted != "" && (r.AnyAllowed || slices.Contains(r.Owned, r.Wanted)) {
		return r.Wanted
	}
	return r.Default
}
