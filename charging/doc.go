// Package charging charges calls that other switches make: it says whether an account may
// call (authorise), holds money, extends the hold and settles it, by the rules that hold
// for callers of our own.
//
// The other switch gives each call an ID. Every step is done once for it: asked again, it
// answers what was done. The moments of a call are by the other switch's clock, which may
// differ a little from ours.
//
// A program may die and never end its call. [Charges.SettleAbandoned] settles what nobody
// has ended for long enough: an answered call for all it was granted, any other for
// nothing.
package charging
