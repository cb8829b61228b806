// Package phone is a SIP telephone in Go, for tests, the demo and benchmarks.
// It places and receives calls over UDP with µ-law audio, presses keys, keeps
// what it heard, and notes on its own clock when each SIP message came and
// went, so that what a caller lived through can be told, and a charge be
// computed, without asking the platform under test.
//
// # Calling
//
//	p, err := phone.New(ctx, phone.Options{Number: "15149072508", Record: true})
//	c, err := p.Call(ctx, phone.CallOptions{To: "15141115555", Via: "127.0.0.1:5062"})
//	_, err = c.WaitEarlyMedia(ctx)                      // or WaitAnswered
//	err = c.Press(ctx, "1506747290#", phone.Timing{})   // RFC 4733, also before the answer
//	at, err := c.WaitAnswered(ctx)
//	err = c.Hangup(ctx)                                 // CANCEL or BYE, as the moment asks
//	c.FinalStatus(); c.Audio(); c.Digits(); c.EndedAt()
//
// [Phone.Call] returns when the INVITE is out. Its ctx bounds only that; a call
// lasts until a side hangs up, or [Phone.Close], which hangs up everything and
// waits until no goroutine and no socket of the phone is left. A phone closes
// by itself when the ctx of [New] is done.
//
// # Being called
//
// [Phone.Accept] hands out incoming calls one by one, [Phone.Serve] gives each
// a goroutine, and [Callee] treats them by a [Script] per dialled number: answer
// after a while, refuse, ring for ever, play early media, say something, hang
// up first. [Incoming.Invite] is the INVITE as it arrived, with the caller's
// number wherever a trunk may show it.
//
// # Audio
//
// While a call has audio, the phone sends a packet every 20 ms as a real one
// does: what [Call.PlayPCM] says or [Call.Press] presses, else the background
// ([Call.SetBackground]), else silence. Only one of PlayPCM and Press is heard
// at a time; the next waits its turn.
//
// Received audio is laid out by time. Position 0 of [Call.Audio] is the first
// packet, at [Call.AudioStart]; where nothing arrived there is silence. The RTP
// timestamps place packets within a run, the wall clock where a new source
// takes over with timestamps of its own. Package ear tells what it was: what
// ear.Heard puts at At was heard at AudioStart().Add(At).
//
// A phone with Options.Quiet sends RTP only while it presses or plays, and
// receives none: no goroutine and next to no CPU per call, which is what
// benchmarks of thousands of calls want. An Asterisk with rtp_timeout hangs up
// on it.
//
// # What it does not do
//
// TCP, TLS, registration, authentication other than by MD5 digest of its own
// calls (Options.Password), Record-Route (nothing but Asterisk or another phone
// may be at the other end), SRTP, RTCP, hold, transfer, codecs other than µ-law,
// INVITE without SDP.
//
// # What it is made of
//
// sipgo parses and writes the messages; transactions, dialogs and RTP are of
// this package. sipgo's own transactions, on which diago rests too, were tried
// first. They give each message a goroutine, so that neither order nor time of
// arrival is kept; where the process is short of CPU, a late 100 can take the
// place of the final response (timer_1xx in transaction_server_tx.go), after
// which a repeated INVITE is a second call; and a message that comes while the
// user agent closes can leave a socket behind.
package phone
