// Package callerid chooses the caller ID that the callee is shown. It is pure, and strict in
// two things: a number that the provider does not own is shown only where its holder
// called from it himself, and the number of a caller who withheld it is never shown
// (seed 000 ensure_valid_caller_id, RFC 3323).
package callerid

import (
	"slices"

	"cccp/internal/phone"
)

// Request is what a choice depends on.
type Request struct {
	// Override is the account's caller ID, Wanted the credential's; empty for none.
	Override, Wanted phone.Number
	// Owned are the numbers the provider may show; AnyAllowed switches the check off.
	Owned      []phone.Number
	AnyAllowed bool
	// Default is shown where no other may be; empty means anonymous.
	Default phone.Number
	// Retain shows Caller, the number the caller called from, and says that Diverting
	// sent the call on (RFC 5806).
	Retain            bool
	Caller, Diverting phone.Number
	// Withheld says that the caller asked not to be shown (CLIR).
	Withheld bool
}

// Identity is the caller ID that a callee is shown.
type Identity struct {
	// Number is shown; empty is anonymous.
	Number phone.Number
	// Private keeps the number from the callee: it goes no further than the trunk,
	// which may need it (RFC 3325 with Privacy: id).
	Private bool
	// Diverting is the number that sent the call on (Diversion); empty where none is told.
	Diverting phone.Number
}

// Text is the identity as records keep it: the number, or nothing where none is shown.
func (i Identity) Text() string {
	if i.Private {
		return ""
	}
	return string(i.Number)
}

// Choose decides which number is shown: the account's own caller ID before the
// credential's, where it may be shown, else the provider's default, else none. A caller who
// retains his ANI shows that instead; one who withheld it shows nothing, and the ANI does
// not even reach the trunk.
func Choose(r Request) Identity {
	if r.Retain && r.Caller != "" && !r.Withheld {
		return Identity{Number: r.Caller, Diverting: r.Diverting}
	}
	return Identity{Number: r.permitted(), Private: r.Withheld}
}

func (r Request) permitted() phone.Number {
	for _, n := range []phone.Number{r.Override, r.Wanted} {
		if n != "" && (r.AnyAllowed || slices.Contains(r.Owned, n)) {
			return n
		}
	}
	return r.Default
}
