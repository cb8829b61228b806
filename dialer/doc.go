// Package dialer is everything that makes the platform place a call by itself: callbacks
// that callers triggered, and those that operators or programs ordered.
//
// # Neither lost nor doubled
//
// An order is a durable job before the caller who triggered it is hung up. Whoever runs a
// job has written down which attempt it is before anything is done, and all that is done
// is named by that attempt: the leg, its hold, its channel. After a crash the job is taken
// up again under the same attempt, and the books say what came of it: nothing was held,
// so nothing was dialled, and it is dialled now; the leg is still open, so somebody looks
// after it; or it is settled, and its record says how it ended.
//
// # Who is called, and when
//
// One number is called by one job at a time, whoever ordered it. What callers trigger is
// bounded by a cooldown and a daily cap for each number. A callback that did not come to
// be is tried again as often as the configuration says, where trying again may help: not
// after a refusal for the account's sake. One that is overdue by StaleAfter, since nobody
// was there to make it, is not made any more: nobody wants to be called back hours later.
package dialer
