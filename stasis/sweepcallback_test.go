package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// oldALeg is the channel of somebody whom an earlier run had called back.
const oldALeg = "old-a1"

// holdALeg opens the leg to somebody called back, for a minute.
func (p *platform) holdALeg() billing.OpenLeg {
	p.t.Helper()
	tariff, version, _ := p.books.Tariff("retail", ani, time.Now())
	now := p.clock.Now()
	leg, err := p.books.Hold(p.ctx, billing.Hold{
		Leg: oldCaller,
		Call: billing.Call{
			Account: "alice", Credential: "ani:" + ani, Job: "job",
			From: ani, To: ani, CallerID: access,
		},
		Tariff: tariff, Deck: "retail", Version: version,
		Trunks:       []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: 60, MaxSeconds: 7200, At: now.Add(-10 * time.Second),
		Inbound: billing.InboundLeg{ANI: ani, AccessNumber: access, Provider: "acme", Started: now.Add(-20 * time.Second)},
	})
	p.check(err)
	return leg
}

// holdBeside opens the leg to whom somebody called back is talking to.
func (p *platform) holdBeside(aLeg billing.OpenLeg) billing.OpenLeg {
	p.t.Helper()
	tariff, version, _ := p.books.Tariff("retail", number, time.Now())
	leg, err := p.books.Hold(p.ctx, billing.Hold{
		Leg: oldLeg,
		Call: billing.Call{
			Account: "alice", Credential: "ani:" + ani, Job: "job",
			From: ani, To: number, CallerID: shown,
		},
		Tariff: tariff, Deck: "retail", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, Beside: &billing.Claim{Leg: aLeg.Leg},
		GrantSeconds: 60, MaxSeconds: 7200, At: p.clock.Now().Add(-10 * time.Second), Inbound: billing.InboundLeg{
			Channel: oldALeg, ANI: ani, AccessNumber: access, Provider: "acme", Started: aLeg.Inbound.Started, Answered: aLeg.Answered,
		},
	})
	p.check(err)
	return leg
}

// leftCallback is somebody called back who talks to a callee; the books know that both
// have answered, each so long ago. Without a callee he is alone.
func (p *platform) leftCallback(aLeg, callee ariserver.Script) (s scene) {
	p.t.Helper()
	p.ari.OnEndpoint("PJSIP/a@far", aLeg)
	p.ari.OnEndpoint("PJSIP/b@far", callee)
	callerLeg := p.holdALeg()
	p.earlier(func(link *stasis.Native) {
		p.check(link.Create(p.ctx, stasis.NewChannel{ID: oldALeg, Endpoint: "PJSIP/a@far", Args: "callee"}))
		p.check(link.Bridge(p.ctx, oldBridge))
		p.check(link.Join(p.ctx, oldBridge, oldALeg))
		s.caller = p.ari.Channel(oldALeg)
		p.check(link.Dial(p.ctx, oldALeg, time.Minute))
		if callee == nil {
			return
		}
		s.leg = p.holdBeside(callerLeg)
		id := string(s.leg.Channel())
		p.check(link.Create(p.ctx, stasis.NewChannel{ID: id, Endpoint: "PJSIP/b@far", Originator: oldALeg, Args: "callee"}))
		p.check(link.Join(p.ctx, oldBridge, oldALeg, id))
		s.callee = p.ari.Channel(id)
		p.check(link.Dial(p.ctx, id, time.Minute))
	})
	return s
}

// answeredAgo writes down that a leg was answered so long ago.
func (p *platform) answeredAgo(leg billing.LegID, ago time.Duration) {
	p.t.Helper()
	p.check(p.books.Answer(p.ctx, leg, p.clock.Now().Add(-ago)))
}

// A conversation of somebody called back goes on, with both legs extended, and both are
// settled when it ends, whoever ends it. It has no inbound leg.
func TestCallbackOfAnEarlierRun(t *testing.T) {
	for _, tt := range []struct {
		name         string
		end          func(p *platform, s scene)
		callee, aLeg billing.Outcome
	}{
		{"callee hangs up", func(_ *platform, s scene) { s.callee.Hangup(ariserver.CauseNormal) }, calleeHungUp, calleeHungUp},
		{"he hangs up", func(_ *platform, s scene) { s.caller.Hangup(ariserver.CauseNormal) }, callerHungUp, callerHungUp},
		{"operator hangs up", func(p *platform, _ scene) { p.server.CutCaller(old) }, answered(billing.OperatorCut, 16), answered(billing.OperatorCut, 16)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftCallback(ariserver.Answers, ariserver.Answers)
			p.answeredAgo(oldCaller, 55*time.Second) // 5 s are left of its minute
			p.answeredAgo(oldLeg, 5*time.Second)
			p.start()
			p.check(p.books.await(p.ctx, func() bool { // for as long as the B leg, at least
				aLeg, _ := p.books.openLeg(t, oldCaller)
				return aLeg.GrantedS >= 110
			}))
			if callee, _ := p.books.openLeg(t, oldLeg); callee.GrantedS < 60 {
				t.Errorf("granted %d s", callee.GrantedS)
			}
			if s.caller.Snapshot().Gone || s.callee.Snapshot().Gone {
				t.Error("the conversation was cut")
			}
			p.clock.pass(4 * time.Second)
			tt.end(p, s)
			p.gone(s.caller)
			p.gone(s.callee)
			bCDR := p.cdr(oldLeg)
			aCDR := p.cdr(oldCaller)
			if bCDR.Result != billing.Answered || bCDR.Reason != tt.callee.Reason || bCDR.Charge != 2*cent || bCDR.AnsweredMS != 9000 {
				t.Errorf("B leg %+v charged %s for %d ms", bCDR.Outcome, bCDR.Charge, bCDR.AnsweredMS)
			}
			if aCDR.Result != billing.Answered || aCDR.Reason != tt.aLeg.Reason || aCDR.Charge != 10*cent || aCDR.AnsweredMS != 59_000 {
				t.Errorf("A leg %+v charged %s for %d ms", aCDR.Outcome, aCDR.Charge, aCDR.AnsweredMS)
			}
			if aCDR.Direction != billing.Outbound || aCDR.Job != "job" {
				t.Errorf("%+v", aCDR)
			}
			p.stop()
			p.wantCDRs(2)
			p.wantSpent(12 * cent)
		})
	}
}

// A conversation whose A leg has gone meanwhile ends, and both legs are settled: an end
// that nobody saw is an estimate.
func TestCallbackOfAnEarlierRunWhoLeft(t *testing.T) {
	p := build(t)
	s := p.leftCallback(ariserver.Answers, ariserver.Answers)
	p.answeredAgo(oldCaller, 13*time.Second)
	p.answeredAgo(oldLeg, 7*time.Second)
	s.caller.Hangup(ariserver.CauseNormal)
	p.clock.ahead(time.Second)
	p.start()
	p.gone(s.callee)
	for leg, charge := range map[billing.LegID]billing.Money{oldLeg: 2 * cent, oldCaller: 3 * cent} {
		if cdr := p.wantCDR(leg, answered(billing.CallerHungUp, 0), charge); !cdr.Estimated {
			t.Errorf("%s is not marked as estimated", leg)
		}
	}
	p.stop()
	p.wantCDRs(2)
}

// Whatever else an earlier run left of a callback, nobody serves it any more: it is hung
// up and settled, an answered leg with its time, the rest for nothing.
func TestRestOfACallback(t *testing.T) {
	notAnswered := billing.Outcome{Result: billing.Failed, Reason: billing.Recovered}
	for _, tt := range []struct {
		name         string
		aLeg, callee ariserver.Script
		answered     time.Duration // of the A leg, so long ago; 0 is not
		leave        func(s scene)
		want         billing.Outcome // of the A leg
		charge       billing.Money
	}{
		{"A leg alone, talking to nobody", ariserver.Answers, nil, 7 * time.Second, nil, recovered, 2 * cent},
		{"A leg alone, answered longer ago than was granted", ariserver.Answers, nil, time.Hour, nil, recovered, 10 * cent},
		{"A leg alone, answered unheard", ariserver.Answers, nil, 0, nil, notAnswered, 0},
		{"A leg ringing", ariserver.Rings, nil, 0, nil, notAnswered, 0},
		{"A leg not ringing yet", ariserver.Silent, nil, 0, nil, notAnswered, 0},
		{"A leg gone", ariserver.Answers, nil, 7 * time.Second, func(s scene) { s.caller.Hangup(ariserver.CauseNormal) }, recovered, 2 * cent},
		{"A leg gone while it rang", ariserver.Rings, nil, 0, func(s scene) { s.caller.Hangup(ariserver.CauseBusy) }, notAnswered, 0},
		{"callee ringing", ariserver.Answers, ariserver.Rings, 7 * time.Second, nil, recovered, 2 * cent},
		{"callee gone", ariserver.Answers, ariserver.Rings, 7 * time.Second, func(s scene) { s.callee.Hangup(ariserver.CauseBusy) }, recovered, 2 * cent},
		{"both gone", ariserver.Answers, ariserver.Rings, 7 * time.Second, func(s scene) {
			s.callee.Hangup(ariserver.CauseBusy)
			s.caller.Hangup(ariserver.CauseNormal)
		}, recovered, 2 * cent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftCallback(tt.aLeg, tt.callee)
			if tt.answered > 0 {
				p.answeredAgo(oldCaller, tt.answered)
			}
			if tt.leave != nil {
				tt.leave(s)
			}
			p.start()
			p.gone(s.caller)
			if cdr := p.wantCDR(oldCaller, tt.want, tt.charge); !cdr.Estimated || cdr.Direction != billing.Outbound {
				t.Errorf("estimated %v, %s", cdr.Estimated, cdr.Direction)
			}
			cdrs := 1
			if tt.callee != nil {
				cdrs = 2
				p.gone(s.callee)
				p.wantCDR(oldLeg, notAnswered, 0)
			}
			p.stop()
			p.wantCDRs(cdrs) // no inbound leg
			p.wantSpent(tt.charge)
		})
	}
}

// A conversation that ends between the list and its adoption ends nevertheless, both legs
// with it, whether or not their ends are still told.
func TestCallbackEndsWhileItIsAdopted(t *testing.T) {
	p := build(t)
	s := p.leftCallback(ariserver.Answers, ariserver.Answers)
	p.answeredAgo(oldCaller, 13*time.Second)
	p.answeredAgo(oldLeg, 7*time.Second)
	until := make(chan struct{})
	p.ari.Fail(listed(2), ariserver.Fault{HoldReply: until})
	p.run()
	p.online()
	_, err := p.ari.WaitRequest(p.ctx, listed(2))
	p.check(err)
	s.callee.Hangup(ariserver.CauseNormal)
	s.caller.Hangup(ariserver.CauseNormal)
	close(until)
	if cdr := p.cdr(oldLeg); cdr.Result != billing.Answered || cdr.Charge != 2*cent {
		t.Errorf("%+v charged %s", cdr.Outcome, cdr.Charge)
	}
	if cdr := p.cdr(oldCaller); cdr.Result != billing.Answered || cdr.Charge != 3*cent {
		t.Errorf("%+v charged %s", cdr.Outcome, cdr.Charge)
	}
}

// A conversation that is found while draining is left to the next start as it is: the two
// go on talking.
func TestConversationFoundWhileDraining(t *testing.T) {
	p := build(t)
	s := p.leftTalking(5 * time.Second)
	p.ari.RefuseSockets(true)
	p.run()
	p.says("no connection to Asterisk", 1)
	p.check(p.server.Drain(p.ctx))
	p.ari.RefuseSockets(false)
	p.says("swept", 1)
	p.moment()
	if s.caller.Snapshot().Gone || s.callee.Snapshot().Gone || len(p.ari.Bridges()) != 1 {
		t.Errorf("the conversation was cut: %v, %v, bridges %v", s.caller.Snapshot().Gone, s.callee.Snapshot().Gone, p.ari.Bridges())
	}
	p.wantCDRs(0)
	s.caller.Hangup(ariserver.CauseNormal)
	s.callee.Hangup(ariserver.CauseNormal)
	if len(p.ari.Bridges()) > 0 {
		p.check(linkTo(t, p.ari.URL(), password).DestroyBridge(p.ctx, oldBridge))
	}
	_, err := p.books.Settle(p.ctx, billing.Settlement{Leg: oldLeg, Ended: p.clock.Now()})
	p.check(err)
}
