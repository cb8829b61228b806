// Package dialer places the calls that the platform makes by itself: callbacks that callers
// triggered, or that operators or programs ordered.
//
// # Neither lost nor doubled
//
// An order is a durable job before the caller who triggered it is hung up. The number of the
// attempt is written down before anything is done, and names all that is done: the leg, its
// hold, its channel. After a crash the job is taken up again under the same attempt, and
// the books say what came of it: nothing was held, so nothing was dialled, and it is dialled
// now; the leg is still open, so it has a script or will be swept; or it is settled, and its
// record says how it ended.
//
// # Who is called, and when
//
// A number has one job at a time, from any source. Callbacks that callers trigger have a
// cooldown and a daily cap for each number. A callback that failed is tried again as often
// as the configuration says, where that may help: not after a refusal by the account's
// rules. One that is overdue by StaleAfter, since no daemon ran, is dropped: hours later it
// is not wanted.
package dialer
