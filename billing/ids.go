package billing

import (
	"strconv"
	"strings"
)

// VisitID names one caller's stay. IDs are made before anything is asked of
// Asterisk or the store, and they nest: visit, call, leg, attempt. Each is the
// idempotency key of what is done under it.
type VisitID string

// external begins the visits of calls that another switch makes; no ID of ours has a dot.
const external = "ext."

// ExternalVisit is the visit of a call that another switch makes, by that switch's ID.
func ExternalVisit(id string) VisitID { return VisitID(external + id) }

// External says whether another switch makes the call: ours knows nothing of it.
func (v VisitID) External() bool { return strings.HasPrefix(string(v), external) }

// LegID names one leg: hold, settlement and CDR go by it.
type LegID string

// AttemptID names one try of a leg over one trunk; it is also the channel's ID.
type AttemptID string

// CallerLeg is the A leg: inbound where the caller called us, outbound where we called him
// back.
func (v VisitID) CallerLeg() LegID { return LegID(string(v) + "-a") }

// OutboundLeg is the B leg of the visit's nth call (from 1).
func (v VisitID) OutboundLeg(n int) LegID { return LegID(string(v) + "-" + strconv.Itoa(n) + "b") }

// Attempt is the leg's nth try (from 1).
func (l LegID) Attempt(n int) AttemptID { return AttemptID(string(l) + strconv.Itoa(n)) }

// Caller says whether it is an A leg.
func (l LegID) Caller() bool { return strings.HasSuffix(string(l), "-a") }

// Visit is the visit a leg belongs to.
func (l LegID) Visit() VisitID {
	if end := strings.LastIndexByte(string(l), '-'); end >= 0 {
		return VisitID(l[:end])
	}
	return VisitID(l)
}
