// Package ivr serves callers from arrival to hang-up, as straight-line scripts.
//
// One caller is one goroutine is one script: Handle reads from top to bottom like
// the call itself. The caller hanging up is the context being done; every wait ends
// with it. What belongs to money after that (hanging up the other leg, settling,
// the CDR) runs on a detached, bounded context, so it is never left half done.
//
// A call is priced once, when its number is accepted (Routes.Price). A price that depends
// on the time of week is held at the dearest an answer could make it, and settled by the
// moment of the answer.
//
// The package declares what it needs: a Line (the caller's channel), a Callee (the
// other one), a Directory (who may call), Routes (where, and at what price), a Bank
// (holds), a Desk (vouchers, speed dials, the last call), a Guard (wrong PINs), and for
// callbacks a Switch that places their A legs. It knows nothing of Asterisk or of databases.
//
// # Where to begin reading
//
//	access.go     a caller dialled an access number: viaAccessNumber
//	trigger.go    … a callback number: never answered
//	callback.go   the platform calls back: MakeCallback
//	direct.go     a subscriber's own phone; disa.go: a DISA of the dialplan
//	serve.go      one call after another: destination.go, dialthrough.go, talk.go
//	outbound.go   what every leg we dial has in common: hold, dial, failover, ring
//	services.go   what the codes ask for; transfer.go: another card's money
//	resume.go     a conversation that outlived its script
//
// # Digits
//
// A caller may type ahead: digits wait in the line's buffer until a question asks
// for them, and a question whose answer is already being typed is not spoken. Any
// digit interrupts a prompt, save the one that says goodbye. Digits pressed during ringing
// or talk belong to the callee and answer nothing here, except the code that ends the call
// to make another. Where an entry is complete by itself, a "#" typed after it out of habit
// is not taken for an empty answer to the next question.
//
// # Which end counts
//
// Answer is the B leg going Up; the end is whichever leg left first. Both are
// Asterisk's event times, so our own delays cost the caller nothing.
//
// # Two legs that cost money
//
// A subscriber who was called back pays for his A leg as long as he stays. It is paid ahead
// before every step of the script (payAhead), and the switch ends it where that money
// ends. During a call the talk time of both legs is reckoned together: one claim asks for
// as much as lasts for both at once, so neither takes what the other needs. What the A leg
// was granted alone is shared out anew when the B leg is held; the switch is told a
// shorter limit of the A leg first, so that it never lets it live beyond what the books
// hold.
package ivr
