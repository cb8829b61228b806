// Package ariserver is a fake Asterisk: it speaks ARI over HTTP and WebSocket on
// a TCP port of the loopback interface, plays callers and callees as a test
// scripts them, and goes wrong on demand.
//
//	ari := ariserver.New(ariserver.Options{App: "cccp"})
//	defer ari.Close()
//	ari.OnEndpoint("PJSIP/*@far", ariserver.Busy)
//	// … start the client on ari.URL(), then:
//	err := ari.WaitConnected(ctx)
//	caller := ari.Call(ariserver.CallOptions{Number: "15149072508", Exten: "15141115555"})
//	err = caller.WaitAnswered(ctx)
//	err = caller.WaitPlayed(ctx, "sound:cccp/enter-pin")
//	caller.Press("1506747290#")
//	cause, err := caller.WaitGone(ctx)
//
// All methods may be called from any goroutine. Nothing sleeps: time passes only
// where a test asks for it (SetPlayTime, a dial timeout, TIMEOUT(absolute),
// Fault.Delay). Options.Now sets the clock of the event timestamps, so that a
// test can have a call of an hour without waiting.
//
// # What it does as Asterisk does
//
// Replies and events were recorded from Asterisk 22.10.1; testdata holds samples,
// and a test compares their shape with what this package sends.
//
//   - A channel made with POST /channels/create enters Stasis at once, undialled
//     and Down, and StasisStart is sent for it. The reply to create may be there
//     before it has entered: until then commands are refused with 409 "Channel
//     not in Stasis application" (addChannel: 422). HoldEntry stretches that gap.
//   - POST dial on a channel that is being dialled but still Down is accepted with
//     204 and ends the channel with cause 16. It is not safe to repeat. Once the
//     channel rings it gives 409.
//   - A channel dialled outside of a bridge is put into one of Asterisk's own, and
//     stays there when it answers: no digits are told from it.
//   - Dial events come with the status "", RINGING or PROGRESS, ANSWER. A failed
//     dial has no final one; the cause is in ChannelDestroyed.
//   - Answer, set variable, addChannel and removeChannel wait behind a running
//     playback and are answered only when it ends. Hang-up lets them go: answer
//     then fails with 500, the others succeed.
//   - Playback with several media sends PlaybackStarted for each, PlaybackContinuing
//     between them and one PlaybackFinished. Of a repeated media parameter only the
//     last counts; separate by commas. A playback ID used twice plays twice.
//   - A hang-up ends running and queued playbacks with PlaybackFinished, state failed.
//   - Subscriptions are counted. Stasis itself holds one from StasisStart to
//     StasisEnd, create holds one more. So ChannelDestroyed of an inbound channel,
//     bridged or not, is sent only if it was subscribed to explicitly.
//   - TIMEOUT(absolute) ends a channel without ChannelHangupRequest.
//   - Joining a bridge replaces the connected line by the caller ID of the other
//     channel, unless that one joined with inhibitConnectedLineUpdates. In a bridge
//     without dtmf_events no digits are reported.
//   - A second WebSocket for the same application takes over. The first one gets
//     ApplicationReplaced and no event ever after; Asterisk does not close it.
//   - When the WebSocket is gone, channels stay in Stasis and obey commands, events
//     are lost, and no StasisStart is repeated. New calls are turned away.
//
// # What it leaves out
//
// Most of the ChannelVarset events (RTPAUDIOQOS…, BRIDGEPEER…), originate,
// recordings, endpoints, device states, REST over the WebSocket. POST continue
// leads into a dialplan that hangs up. BridgeDestroyed is always sent for a
// bridge that had channels; Asterisk's depends on a race. Commands to a channel that
// is gone get 404 at once, where Asterisk may say 409 for a moment.
package ariserver
