package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/routing"
	"cccp/test/ariserver"
)

// An Asterisk that gives no cause where its own ring time ran out means nobody who answered;
// a channel that ended sooner without a cause, and never rang, failed.
func TestEndWithoutCause(t *testing.T) {
	noAnswer := billing.Outcome{Result: billing.Failed, Reason: billing.NoAnswer, Cause: billing.CauseNoAnswer}
	for _, tt := range []struct {
		name string
		far  ariserver.Script
		want billing.Outcome
	}{
		{"while ringing", func(d *ariserver.Dialed) { d.Ring(); d.Hangup(0) }, noAnswer},
		{"when the ring time was over, silent", ariserver.Silent, noAnswer},
		{"when the ring time was over, with early media", (*ariserver.Dialed).Progress, noAnswer},
		{"when the ring time was over, ringing", ariserver.Rings, noAnswer},
		{"at once", ariserver.Declines(0), routing.OutcomeOf(0)},
		{"at once, with early media", func(d *ariserver.Dialed) { d.Progress(); d.Hangup(0) }, routing.OutcomeOf(0)},
		{"with a cause, while ringing", func(d *ariserver.Dialed) { d.Ring(); d.Hangup(38) }, routing.OutcomeOf(38)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.settings.Ring, p.settings.CallbackRing = time.Second, time.Second
			p.start()
			p.ari.SetRingOutCause(0)
			p.ari.OnEndpoint("PJSIP/*@far", tt.far)
			if got := p.outcome(p.callBack("cb", toAlice)); got != tt.want {
				t.Errorf("A leg: %+v, want %+v", got, tt.want)
			}
			p.wantCDR(backALeg, tt.want, 0)
			caller := p.dial()
			p.wantCDR("v1-1b", tt.want, 0)
			caller.Hangup(ariserver.CauseNormal)
			p.cdr("v1-a")
		})
	}
}

// The first sign of a callee is told, whatever it is; a callee of which nothing is heard has the
// caller play the comfort, and the ringback waits until that is over.
func TestComfortUntilTheFirstSign(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sign  func(*ariserver.Dialed)
		rings bool
	}{
		{"ringing", (*ariserver.Dialed).Ring, true},
		{"early media", (*ariserver.Dialed).Progress, false},
		{"answer", (*ariserver.Dialed).Answer, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.start()
			p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
			silent := make(chan struct{})
			p.ari.OnDial(func(d *ariserver.Dialed) {
				select {
				case <-silent:
					tt.sign(d)
				case <-d.Done():
				}
			})
			caller := p.dial()
			p.callee("v1")
			comfort := p.script.Voices.Default().Say(prompts.PleaseHold)[0]
			p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing == comfort }))
			if caller.Snapshot().RingIndicated {
				t.Error("ringing is pretended")
			}
			close(silent)
			p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool {
				return now.Playing == "" && now.RingIndicated == tt.rings
			}))
			caller.Hangup(ariserver.CauseNormal)
			p.cdr("v1-a")
		})
	}
}
