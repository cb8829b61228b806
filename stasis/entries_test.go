package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/test/ariserver"
)

// Who comes in otherwise than through an access number.
const (
	sipUser = "alices-phone"
	disa    = "frontdesk"
	pin     = "1506747290"
)

// direct has a phone call a number by itself.
func (p *platform) direct(user, dialled string) *ariserver.Channel {
	return p.ari.Call(ariserver.CallOptions{Endpoint: user, Number: "100", Exten: dialled, Args: []string{"direct", dialled}})
}

// sip makes alice's phone known.
func (p *platform) sip() {
	p.t.Helper()
	p.check(add(p.ctx, p.books.Credentials, billing.Credential{Kind: billing.SIP, ID: sipUser, Account: "alice"}))
}

// A subscriber's own phone is recognised by its endpoint, and is answered when the callee
// answers: not before, and without a word.
func TestDirect(t *testing.T) {
	p := open(t)
	p.sip()
	lift := make(chan struct{})
	p.ari.OnDial(ariserver.AnswersWhen(lift))
	caller := p.direct(sipUser, number)
	p.callee("v1")
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.RingIndicated }))
	p.wantTimes(0, "POST /channels/"+caller.ID()+"/answer")
	close(lift)
	p.check(caller.WaitAnswered(p.ctx))
	p.answered("v1")
	if got := p.server.Callers(); len(got) != 1 || got[0].User != sipUser || got[0].Entry != "direct" || got[0].Dialled != number {
		t.Errorf("callers: %+v", got)
	}
	p.clock.pass(9 * time.Second)
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	if leg := p.wantCDR("v1-1b", callerHungUp, 2*cent); leg.Credential != "sip:"+sipUser || leg.From != "100" {
		t.Errorf("on behalf of %s, from %q", leg.Credential, leg.From)
	}
	if in := p.wantCDR("v1-a", callerHungUp, 0); in.AccessNumber != "" || in.Account != "alice" || in.From != "100" {
		t.Errorf("%+v", in)
	}
	if got := caller.Played(); len(got) != 0 {
		t.Errorf("played %q", got)
	}
}

// What goes wrong is told in signalling, unanswered.
func TestDirectInVain(t *testing.T) {
	for _, tt := range []struct {
		name, user, dialled string
		callee              ariserver.Script
		cause, cdrs         int
	}{
		{"nobody's phone", "stranger", number, ariserver.Answers, ariserver.CauseRejected, 0},
		{"no number", sipUser, "123", ariserver.Answers, ariserver.CauseUnallocated, 1},
		{"busy", sipUser, number, ariserver.Busy, ariserver.CauseBusy, 2},
		{"declined", sipUser, number, ariserver.Declines(ariserver.CauseRejected), ariserver.CauseRejected, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.sip()
			p.ari.OnDial(tt.callee)
			caller := p.direct(tt.user, tt.dialled)
			if cause := p.gone(caller); cause != tt.cause {
				t.Errorf("ended with cause %d, want %d", cause, tt.cause)
			}
			p.stop()
			p.wantTimes(0, "POST /channels/"+caller.ID()+"/answer")
			p.wantCDRs(tt.cdrs)
			p.wantSpent(0)
		})
	}
}

// A callee hanging up ends the call of a subscriber's own phone: there is no other to ask for.
func TestDirectCalleeHangsUp(t *testing.T) {
	p := open(t)
	p.sip()
	caller := p.direct(sipUser, number)
	p.answered("v1")
	p.clock.pass(9 * time.Second)
	p.callee("v1").Hangup(ariserver.CauseNormal)
	p.gone(caller)
	p.wantCDR("v1-1b", calleeHungUp, 2*cent)
	p.wantCDR("v1-a", calleeHungUp, 0)
}

// A DISA is opened by its PIN, and its calls are its account's.
func TestDISA(t *testing.T) {
	p := open(t)
	hashed, err := p.books.PINCredential(pin, 0)
	p.check(err)
	p.check(add(p.ctx, p.books.DISAs, billing.DISA{Name: disa, Account: "alice", PINHash: hashed.ID, KeyID: hashed.KeyID}))
	enter := func() *ariserver.Channel {
		return p.ari.Call(ariserver.CallOptions{Number: "15140001111", Exten: disa, Args: []string{"disa", disa}})
	}
	caller := enter()
	caller.Press(pin + number + "#")
	p.answered("v1")
	p.clock.pass(9 * time.Second)
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 2*cent)
	p.wantCDR("v1-a", callerHungUp, 0)

	guesser := enter()
	for range 3 {
		guesser.Press("1111111111")
	}
	if cause := p.gone(guesser); cause != ariserver.CauseRejected {
		t.Errorf("hung up with cause %d", cause)
	}
	nobodys := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: "none", Args: []string{"disa", "none"}})
	if cause := p.gone(nobodys); cause != ariserver.CauseUnallocated {
		t.Errorf("hung up with cause %d", cause)
	}
	p.stop()
	p.wantCDRs(3) // his too who guessed: the line belongs to the account
}
