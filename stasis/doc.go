// Package stasis is the only room that knows ARI, the Asterisk REST Interface.
//
// Native is the link: commands over HTTP, events over a WebSocket. Server turns
// events into callers' lines and runs one script for each. Line and callee are the two
// channels as a script sees them. The sweep brings the books and the switch back
// together after a crash or a broken connection.
//
// # Why a link of our own
//
// CyCoreSystems/ari v5.3.1 decodes our events and gives us its types, and nothing
// else. Its client ends the whole process on any event type it does not know
// (StasisBroadcast, tone detection), drops events beyond 100 per subscription without
// a word, blocks for ever while Asterisk is down, never tells of a reconnect or of
// ApplicationReplaced, takes no context, and cannot create a channel with variables.
// A call that carries money survives none of these.
//
// # What is where
//
//	link.go      Link, the seam: what any connection to Asterisk must do
//	native.go    HTTP commands: bounded connections, deadlines, safe repetition
//	events.go    WebSocket: reconnect with backoff, events the library refuses
//	server.go    admission, drain, one goroutine for each caller
//	dispatch.go  which event belongs to which channel
//	line.go      the caller's channel, callee.go the callee's
//	unattended.go the limit of a caller at prompts, should we die
//	outgoing.go  the A leg of a callback: a callee at first, then a caller
//	sweep.go     open legs of the books against live channels of the switch
//
// # Mailboxes
//
// Events are handed over by the one goroutine that reads the socket, and it never
// waits. All that a channel can be told fits into a bounded place of its own: an
// answer and an end are told once, playbacks are named beforehand, and digits wait in
// a buffer of DigitBuffer. A caller who overflows it is hung up and counted.
//
// # Orders that matter (measured on Asterisk 22)
//
// channels/create returns before the new channel has entered Stasis: bridging it at
// once is now and then refused with 422, so its StasisStart is waited for.
//
// Entering a bridge presents its members to each other, from another thread and at no
// known moment: a connected line set in between is overwritten now and then, and the
// callee is shown the caller's own number without privacy. Setting it after the
// bridge is therefore no protection. We join with inhibitConnectedLineUpdates and give
// the B leg's channel its identity as variables of its creation; a channel that was given
// none shows nobody. It is dialled without a caller, which would undo all this.
//
// The A leg of a callback is dialled from inside the bridge it will stay in. Outside of one
// Asterisk puts the channel into a dial bridge of its own (and without bridge_holding.so
// says 204 and dials nothing), and keeps it there after the answer: no keys are told.
//
// Redirecting data set on a channel that is dialled over ARI makes no Diversion header;
// PJSIP_HEADER given at creation does.
//
// Playing to one channel of a bridge takes it out for the time of the sound: the callee
// hears silence and no word of it, which recordings at both ends have proven.
//
// A key whose end comes within 45 ms of the one before is told twice by Asterisk. The
// same key again, sooner than it was held, is therefore no second press.
//
// A playback must be stopped before the channel is answered, bridged or given a
// variable, since those wait for it to end.
package stasis
