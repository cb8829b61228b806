// Package charging charges calls that other switches make: it says whether an account may
// call (authorise), holds money, extends the hold and settles it, by the rules that hold
// for callers of our own.
//
// The other switch gives each call an ID. Every step is done once for it: asked again, it
// answers what was done. The moments of a call are by the other switch's clock, which may
// differ a little from ours.
//
// A call is answered once: the first answer that is told stays, and price, duration and
// record are reckoned from it. Where talk time was asked for and nobody told of an answer, it
// is guessed, and gives way to the first that is told. Of two answers one is refused with
// ErrConflict, but at the end of the call the first one counts: it is over, and must not stay
// open for them.
//
// A program may die and never end its call. [Charges.SettleAbandoned] settles what nobody
// has ended for long enough: an answered call for all it was granted, any other for
// nothing.
package charging
