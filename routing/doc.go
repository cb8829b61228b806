// Package routing decides whether and where a call may leave. It is pure: the
// rules of a destination, the order of trunks, what a failed attempt means.
//
// # Causes
//
// Every leg ends with an ITU-T Q.850 cause; OutcomeOf is the one table from cause
// to outcome. Asterisk turns SIP finals into causes before we see them: measured
// on chan_pjsip 22, 486 is 17, 404 is 1, 480 is 19, 503 is 34, 603 is 21, 484 is
// 28, 408 is 18, 500 is 38, and a ring timeout is 19.
package routing
