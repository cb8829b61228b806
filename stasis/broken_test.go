package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/test/ariserver"
)

// tries is how often a command is sent, and whatever it made looked up, when the
// connection breaks.
type tries struct{ commands, lookups int }

// When the connection breaks before the reply, nobody knows whether the command was
// carried out. What made something is looked for under the ID it was given; the rest is
// repeated, once. The call does not notice.
func TestBrokenConnection(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		method, path, lookup string
		before, after        tries // the break: before the command was carried out, or after
		late                 bool  // sent when the caller has gone
	}{
		{"answer", "POST", "/channels/caller/answer", "", tries{2, 0}, tries{2, 0}, false},
		{"play", "POST", "/channels/caller/play/v1-p1", "/playbacks/v1-p1", tries{2, 1}, tries{1, 1}, false},
		{"stop playback", "DELETE", "/playbacks/v1-p1", "", tries{2, 0}, tries{2, 0}, false},
		{"create", "POST", "/channels/create", "/channels/v1-1b1", tries{2, 1}, tries{1, 1}, false},
		{"bridge", "POST", "/bridges/v1-bridge", "/bridges/v1-bridge", tries{2, 1}, tries{1, 1}, false},
		{"add to bridge", "POST", "/bridges/v1-bridge/addChannel", "", tries{2, 0}, tries{2, 0}, false},
		{"limit of the callee", "POST", "/channels/v1-1b1/variable", "", tries{2, 0}, tries{2, 0}, false},
		{"ringback", "POST", "/channels/caller/ring", "", tries{2, 0}, tries{2, 0}, false},
		{"end of ringback", "DELETE", "/channels/caller/ring", "", tries{2, 0}, tries{2, 0}, false},
		{"hang-up of the callee", "DELETE", "/channels/v1-1b1", "", tries{2, 0}, tries{2, 0}, true},
		{"end of the bridge", "DELETE", "/bridges/v1-bridge", "", tries{2, 0}, tries{2, 0}, true},
	} {
		for name, c := range map[string]struct {
			fault ariserver.Fault
			want  tries
		}{
			", before": {ariserver.Fault{BreakBefore: true}, tt.before},
			", after":  {ariserver.Fault{Break: true}, tt.after},
		} {
			t.Run(tt.name+name, func(t *testing.T) {
				p := open(t)
				p.ari.Fail(ariserver.On(tt.method, tt.path), c.fault)
				p.wholeCall(func() {
					if !tt.late {
						_, err := p.ari.WaitRequest(p.ctx, nth(c.want.commands, ariserver.On(tt.method, tt.path)))
						p.check(err)
					}
				})
				p.stop()
				p.wantTimes(c.want.commands, tt.method+" "+tt.path)
				if tt.lookup != "" {
					p.wantTimes(c.want.lookups, "GET "+tt.lookup)
				}
				p.wantTimes(1, "POST /channels/v1-1b1/dial")
				p.wantSpent(2 * cent)
			})
		}
	}
}

// wholeCall is a call with everything: a prompt interrupted, ringing, 9 s of talk, and
// the caller hanging up; talking is done when everything of the talk has been asked for.
func (p *platform) wholeCall(talking func()) {
	p.t.Helper()
	p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
	lift := make(chan struct{})
	p.ari.OnDial(ariserver.AnswersWhen(lift))
	caller := p.ari.Call(ariserver.CallOptions{ID: "caller", Number: ani, Exten: access})
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing != "" }))
	caller.Press(number + "#")
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.RingIndicated }))
	close(lift)
	p.answered("v1")
	_, err := p.ari.WaitRequest(p.ctx, nth(2, ariserver.On("POST", "/channels/caller/variable"))) // the limits are set
	p.check(err)
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return !now.RingIndicated }))
	talking()
	p.clock.pass(9 * time.Second)
	caller.Hangup(ariserver.CauseNormal)
	p.clock.pass(time.Second)
	p.cdr("v1-1b")
	p.cdr("v1-a")
	if got := caller.Played(); len(got) != 1 {
		p.t.Errorf("played %q", got)
	}
}

// A second dial would end the leg: it is never sent, whatever became of the first. A
// channel that rings was dialled; of one that does not nobody knows, so it is given up.
func TestBrokenDial(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  ariserver.Fault
		callee ariserver.Script
		lives  bool
	}{
		{"before", ariserver.Fault{BreakBefore: true}, ariserver.Answers, false},
		{"after, and it rings", ariserver.Fault{Break: true}, ariserver.Rings, true},
		{"after, and it gives no sign", ariserver.Fault{Break: true}, ariserver.Silent, false},
		{"after, and it is busy", ariserver.Fault{Break: true}, ariserver.Busy, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			rung := make(chan struct{})
			p.ari.OnDial(func(d *ariserver.Dialed) { tt.callee(d); close(rung) })
			if tt.fault.Break { // reply when the callee has done what it does
				tt.fault.HoldReply = rung
			}
			p.ari.Fail(ariserver.On("POST", "/channels/*/dial"), tt.fault)
			caller := p.dial()
			if tt.lives {
				p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.RingIndicated }))
				caller.Hangup(ariserver.CauseNormal)
				p.wantCDR("v1-1b", abandoned, 0)
			} else {
				p.wantCDR("v1-1b", systemFailure, 0)
				p.gone(caller)
			}
			p.stop()
			p.wantTimes(1, "POST /channels/v1-1b1/dial")
			p.wantSpent(0)
		})
	}
}

// Where even the look-up is in vain, the repeated command may meet its own channel: that
// is given up with the call, or it would live on undialled.
func TestBrokenLookup(t *testing.T) {
	p := open(t)
	p.ari.Fail(ariserver.On("POST", "/channels/create"), ariserver.Fault{Break: true})
	p.ari.Fail(ariserver.On("GET", "/channels/v1-1b1"), ariserver.Fault{BreakBefore: true, Times: -1})
	caller := p.dial()
	if got := p.cdr("v1-1b"); got.Result != billing.Failed || got.Charge != 0 {
		t.Errorf("%+v", got)
	}
	p.gone(caller)
	p.wantTimes(2, "POST /channels/create")
	p.wantTimes(0, "POST /channels/v1-1b1/dial")
}

// A connection that breaks again ends the call: a command is repeated once, not for ever.
func TestConnectionThatBreaksAgain(t *testing.T) {
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			p := open(t)
			p.ari.Fail(s.match(), ariserver.Fault{BreakBefore: true, Times: -1})
			caller := s.begin(p)
			p.gone(caller)
			s.wantEnd(p, systemFailure)
			sent := 0
			for _, r := range p.ari.Requests() {
				if s.match()(r) {
					sent++
				}
			}
			want := map[string]int{"dial": 1, "play": 4}[s.name] // the failure is explained, in vain
			if want == 0 {
				want = 2
			}
			if sent != want {
				t.Errorf("sent %d times, want %d", sent, want)
			}
		})
	}
}
