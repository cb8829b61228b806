package stasis_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/test/ariserver"
)

// offline drops the event socket, does something that nobody hears of, and lets the
// socket come back.
func (p *platform) offline(meanwhile func()) {
	p.t.Helper()
	connected, lost := p.log.times("connected to Asterisk"), p.log.times("no connection to Asterisk")
	p.ari.RefuseSockets(true)
	p.ari.DropSocket()
	p.says("no connection to Asterisk", lost+1)
	if p.server.Online() {
		p.t.Error("online without a socket")
	}
	meanwhile()
	p.ari.RefuseSockets(false)
	p.says("connected to Asterisk", connected+1)
	p.online()
}

// A prompt whose end was missed is over; the call goes on from there.
func TestSocketDropsDuringPrompt(t *testing.T) {
	p := build(t)
	heard := make(chan error, 1)
	p.options.Script = func(ctx context.Context, line ivr.Line) {
		playback, err := line.Play(ctx, []string{"sound:one", "sound:two"})
		if err == nil {
			select {
			case <-playback.Done():
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		heard <- err
		<-ctx.Done()
	}
	p.start()
	p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
	caller := p.call()
	p.check(caller.WaitPlayed(p.ctx, "sound:one"))
	p.offline(func() { caller.EndSound(); caller.EndSound() })
	p.check(<-heard)
	caller.Hangup(ariserver.CauseNormal)
}

// A caller in a prompt stays, and finishes the call as if nothing had been.
func TestCallGoesOnAfterDropDuringPrompt(t *testing.T) {
	p := open(t)
	p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
	caller := p.call()
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing != "" }))
	caller.Press(number[:1])
	p.request("DELETE", "/playbacks/v1-p1")
	p.offline(func() {})
	caller.Press(number[1:] + "#")
	p.answered("v1")
	p.clock.pass(9 * time.Second)
	late(p, func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-1b", callerHungUp, 2*cent)
}

func TestCallerLeavesPromptUnheard(t *testing.T) {
	p := open(t)
	p.ari.SetPlayTime(func(string) time.Duration { return ariserver.UntilStopped })
	caller := p.call()
	p.check(caller.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.Playing != "" }))
	p.offline(func() { caller.Hangup(ariserver.CauseNormal) })
	p.wantCDR("v1-a", billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned}, 0)
}

// What happened while the callee rang and nobody listened is made up for.
func TestSocketDropsDuringRinging(t *testing.T) {
	for _, tt := range []struct {
		name   string
		unseen func(caller, callee *ariserver.Channel, answer func())
		after  func(caller *ariserver.Channel)
		want   billing.Outcome
		charge billing.Money
	}{
		{"nothing happens",
			func(_, _ *ariserver.Channel, _ func()) {},
			func(caller *ariserver.Channel) { caller.Hangup(ariserver.CauseNormal) }, abandoned, 0},
		{"callee declines",
			func(_, callee *ariserver.Channel, _ func()) { callee.Hangup(ariserver.CauseBusy) },
			nil, billing.Outcome{Result: billing.Failed, Reason: billing.Unavailable, Cause: 16}, 0},
		{"caller leaves",
			func(caller, _ *ariserver.Channel, _ func()) { caller.Hangup(ariserver.CauseNormal) },
			nil, billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned}, 0},
		{"callee answers and leaves: nobody can say that it answered",
			func(_, callee *ariserver.Channel, answer func()) { answer(); callee.Hangup(ariserver.CauseNormal) },
			nil, billing.Outcome{Result: billing.Failed, Reason: billing.Unavailable, Cause: 16}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			lift := make(chan struct{})
			p.ari.OnDial(ariserver.AnswersWhen(lift))
			caller, callee := p.ringing("v1")
			answer := func() {
				close(lift)
				p.check(callee.WaitAnswered(p.ctx))
			}
			p.offline(func() { tt.unseen(caller, callee, answer) })
			if tt.after != nil {
				tt.after(caller)
			}
			p.wantCDR("v1-1b", tt.want, tt.charge)
			caller.Hangup(ariserver.CauseNormal)
			p.gone(caller)
			p.gone(callee)
		})
	}
}

// A channel whose entry nobody heard is dialled as soon as we learn of it.
func TestEntryNobodyHeard(t *testing.T) {
	p := open(t)
	enter := p.ari.HoldEntry()
	caller := p.dial()
	p.callee("v1")
	p.ari.LoseEvents(true)
	enter()
	p.ari.LoseEvents(false)
	p.offline(func() {})
	p.answered("v1")
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
}

// Where nothing is heard of our own answer, it was when we stopped waiting for it.
func TestOwnAnswerNobodyHeard(t *testing.T) {
	p := open(t)
	until := make(chan struct{})
	p.ari.Fail(ariserver.On("POST", "/channels/*/answer"), ariserver.Fault{Hold: until})
	caller := p.dial()
	p.request("POST", "/channels/*/answer")
	p.ari.LoseEvents(true)
	close(until)
	p.check(caller.WaitAnswered(p.ctx))
	answered := time.Now()
	p.ari.LoseEvents(false)
	p.answered("v1")
	p.clock.ahead(time.Second)
	caller.Hangup(ariserver.CauseNormal)
	if got := p.cdr("v1-a"); got.Answered.Before(answered) || got.AnsweredMS < 1000 {
		t.Errorf("answered at %s for %d ms, was answered at %s", got.Answered, got.AnsweredMS, answered)
	}
}

// An answer nobody heard counts from when we learn of it: the caller is not charged for
// what he cannot be proven to have had.
func TestAnswerNobodyHeard(t *testing.T) {
	p := open(t)
	lift := make(chan struct{})
	p.ari.OnDial(ariserver.AnswersWhen(lift))
	caller, callee := p.ringing("v1")
	var learnt time.Time
	p.offline(func() {
		close(lift)
		p.check(callee.WaitAnswered(p.ctx))
		learnt = time.Now()
	})
	p.answered("v1")
	p.clock.ahead(3 * time.Second)
	callee.Hangup(ariserver.CauseNormal)
	leg := p.wantCDR("v1-1b", calleeHungUp, cent)
	if leg.Answered.Before(learnt) || leg.Answered.After(time.Now()) || !leg.Estimated {
		t.Errorf("answered at %s, learnt of at %s, estimated %v", leg.Answered, learnt, leg.Estimated)
	}
	caller.Hangup(ariserver.CauseNormal)
	p.gone(caller)
}

// A conversation goes on without us; whichever side left it unheard, the leg is settled
// once, and the other side is hung up.
func TestSocketDropsDuringTalk(t *testing.T) {
	for _, tt := range []struct {
		name          string
		unseen, after func(caller, callee *ariserver.Channel) // after: whose end is heard
		want          billing.Reason
	}{
		{"caller leaves", func(caller, _ *ariserver.Channel) { caller.Hangup(ariserver.CauseNormal) }, nil, billing.CallerHungUp},
		{"callee leaves", func(_, callee *ariserver.Channel) { callee.Hangup(ariserver.CauseNormal) }, nil, billing.CalleeHungUp},
		{"both leave", func(caller, callee *ariserver.Channel) {
			caller.Hangup(ariserver.CauseNormal)
			callee.Hangup(ariserver.CauseNormal)
		}, nil, ""},
		{"nobody leaves", func(_, _ *ariserver.Channel) {}, func(_, callee *ariserver.Channel) { callee.Hangup(ariserver.CauseNormal) }, billing.CalleeHungUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			caller, callee := p.talk("v1")
			p.offline(func() {
				tt.unseen(caller, callee)
				p.clock.ahead(time.Second)
			})
			if tt.after != nil {
				tt.after(caller, callee)
			}
			leg := p.cdr("v1-1b")
			if leg.Result != billing.Answered || tt.want != "" && leg.Reason != tt.want || leg.Charge != cent {
				t.Errorf("%+v charged %s", leg.Outcome, leg.Charge)
			}
			if leg.Estimated != (tt.after == nil) {
				t.Errorf("estimated: %v", leg.Estimated)
			}
			caller.Hangup(ariserver.CauseNormal)
			p.gone(caller)
			p.gone(callee)
			p.cdr("v1-a")
			p.stop()
			p.wantCDRs(2)
			p.wantSpent(cent)
		})
	}
}

// A reconnection settles nothing that somebody looks after.
func TestReconnectLeavesLiveCallsAlone(t *testing.T) {
	p := open(t)
	talker, callee := p.talk("v1")
	p.ari.OnDial(ariserver.Rings)
	ringer := p.dial()
	p.callee("v2")
	listener := p.call()
	p.check(listener.WaitAnswered(p.ctx))
	for i := range 3 {
		p.offline(func() {})
		p.says("swept", i+2)
	}
	p.wantCDRs(0)
	p.clock.pass(9 * time.Second)
	callee.Hangup(ariserver.CauseNormal)
	ringer.Hangup(ariserver.CauseNormal)
	listener.Hangup(ariserver.CauseNormal)
	p.wantCDR("v1-1b", calleeHungUp, 2*cent)
	p.wantCDR("v2-1b", abandoned, 0)
	p.wantCDR("v3-a", abandoned, 0)
	talker.Hangup(ariserver.CauseNormal)
	p.gone(talker)
	p.stop()
	p.wantCDRs(5)
}

// An event too long to be one ends the connection, and no call.
func TestEventTooLong(t *testing.T) {
	p := open(t)
	caller := p.call()
	p.check(caller.WaitAnswered(p.ctx))
	p.ari.SendRaw(`{"type":"` + strings.Repeat("x", 2<<20) + `"}`)
	p.says("connected to Asterisk", 2)
	caller.Press(number + "#")
	p.answered("v1")
	caller.Hangup(ariserver.CauseNormal)
	p.cdr("v1-a")
}

// Commands need no socket: an operator's cut and the end of the talk time are carried
// out while it is away.
func TestCommandsGoOnWithoutSocket(t *testing.T) {
	p := open(t)
	caller, callee := p.talk("v1")
	p.offline(func() {
		if !p.server.CutCaller("v1") {
			t.Error("the call is not known")
		}
		p.gone(caller)
		p.clock.ahead(time.Second)
	})
	p.gone(callee)
	leg := p.cdr("v1-1b")
	if leg.Result != billing.Answered || leg.Reason != billing.OperatorCut {
		t.Errorf("%+v", leg.Outcome)
	}
}

func TestTalkTimeRunsOutWithoutSocket(t *testing.T) {
	p := build(t)
	p.settings.SettleWithin = soon
	p.start()
	p.check(book(p.ctx, p.books.Store, billing.Debit, alicesOwn-cent))
	caller := p.call()
	caller.Press("011" + dear + "#")
	p.answered("v1")
	p.offline(func() {
		leg := p.wantCDR("v1-1b", billing.Outcome{Result: billing.Answered, Reason: billing.TalkTimeSpent, Cause: 16}, cent)
		if !leg.Estimated {
			t.Error("nobody saw the end, and it is not marked as estimated")
		}
	})
	p.gone(caller) // once the prompt that says why is taken for played
	p.wantSpent(alicesOwn)
}

// Asterisk may come later, and go away, and come again: Run waits.
func TestAsteriskComesLater(t *testing.T) {
	p := build(t)
	address := freeAddress(t)
	p.native.URL = "http://" + address + "/ari"
	p.run()
	p.says("no connection to Asterisk", 2)
	select {
	case <-p.server.Ready():
		t.Error("ready without an Asterisk")
	case err := <-p.ended:
		t.Fatalf("Run returned: %v", err)
	default:
	}
	for _, visit := range []billing.VisitID{"v1", "v2"} {
		away := p.relay(address)
		p.online()
		caller, callee := p.talk(visit)
		callee.Hangup(ariserver.CauseNormal)
		p.cdr(visit.OutboundLeg(1))
		caller.Hangup(ariserver.CauseNormal)
		p.gone(caller)
		p.request("DELETE", "/bridges/"+string(visit)+"-bridge")
		lost := p.log.times("no connection to Asterisk")
		away()
		p.says("no connection to Asterisk", lost+2)
	}
	select {
	case err := <-p.ended:
		t.Fatalf("Run returned: %v", err)
	default:
	}
}

// freeAddress is a TCP address nobody listens on. It lies below the ports that
// connections are made from: one of those would connect to itself, and be in use.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, last = 21000, 31000
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(last-first)))
		if err == nil {
			defer listener.Close()
			return listener.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// relay lets the fake Asterisk be reached at an address, until it goes away.
func (p *platform) relay(address string) (away func()) {
	p.t.Helper()
	target, err := url.Parse(p.ari.URL())
	p.check(err)
	target.Path = ""
	listener, err := net.Listen("tcp", address)
	p.check(err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := &http.Server{Handler: proxy}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	return func() {
		p.check(server.Close())
		<-done
		p.ari.DropSocket()
	}
}
