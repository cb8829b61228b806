// Package ivr is what a caller lives through, as straight-line scripts.
//
// One caller is one goroutine is one script: Handle reads from top to bottom like
// the call itself. The caller hanging up is the context being done; every wait ends
// with it. What belongs to money after that (hanging up the other leg, settling,
// the CDR) runs on a detached, bounded context, so it is never left half done.
//
// The package declares what it needs: a Line (the caller's channel), a Callee (the
// other one), a Directory (who may call, and at what price) and a Bank (holds).
// It knows nothing of Asterisk or of databases.
//
// # Digits
//
// A caller may type ahead: digits wait in the line's buffer until a question asks
// for them, and a question whose answer is already being typed is not spoken. Any
// digit interrupts a prompt, save the message that takes leave. What is pressed while
// it rings or during the talk is the far end's and answers nothing here. Where an entry
// ends by its length, a "#" typed after it out of habit is not taken for an empty
// answer to the next question.
//
// # Which end counts
//
// Answer is the far leg going Up; the end is whichever leg left first. Both are
// Asterisk's event times, so our own delays cost the caller nothing.
package ivr
