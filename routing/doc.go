// Package routing decides whether and where a call may leave. It is pure: the
// rules of a destination, the order of trunks, what a failed attempt means, and when a
// call is suspicious.
//
// # Causes
//
// Every leg ends with an ITU-T Q.850 cause; OutcomeOf is the one table from cause
// to outcome. Asterisk turns SIP finals into causes before we see them: measured
// on chan_pjsip 22, 486 is 17, 404 is 1, 480 is 19, 503 is 34, 603 is 21, 484 is
// 28, 408 is 18, 500 is 38, and a ring timeout is 19.
//
// # Where a call leaves
//
// Select takes all trunks there are and one call, and answers which of them are tried in
// which order and why the others are not: the carrier an offering selects, the buy prices
// of a trunk's deck, and what the caller pays. Prices are compared by what a call of
// ReferenceS costs, connection fees included, in one currency. Whether a trunk has a free
// line, and a call left in this second, is known only where calls are counted: in the hold.
//
// # Fraud
//
// A FraudRule judges a Velocity: how many calls an account began within the last 60
// seconds, how many it has at once, and how long it talked on this day of UTC. Moments are
// given to it; it asks no clock.
package routing
