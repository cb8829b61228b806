package stasis_test

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// oldOwn is the channel of somebody whom an earlier run had called back.
const oldOwn = "old-a1"

// holdOwn opens the leg to somebody called back, for a minute.
func (p *platform) holdOwn() billing.OpenLeg {
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
func (p *platform) holdBeside(own billing.OpenLeg) billing.OpenLeg {
	p.t.Helper()
	tariff, version, _ := p.books.Tariff("retail", number, time.Now())
	leg, err := p.books.Hold(p.ctx, billing.Hold{
		Leg: oldLeg,
		Call: billing.Call{
			Account: "alice", Credential: "ani:" + ani, Job: "job",
			From: ani, To: number, CallerID: shown,
		},
		Tariff: tariff, Deck: "retail", Version: version,
		Trunks: []billing.TrunkLimit{{Name: "carrier"}}, Beside: &billing.Claim{Leg: own.Leg},
		GrantSeconds: 60, MaxSeconds: 7200, At: p.clock.Now().Add(-10 * time.Second), Inbound: billing.InboundLeg{
			Channel: oldOwn, ANI: ani, AccessNumber: access, Provider: "acme", Started: own.Inbound.Started, Answered: own.Answered,
		},
	})
	p.check(err)
	return leg
}

// leftCallback is somebody called back who talks to a far end; the books know that both
// have answered, each so long ago. Without a far end he is alone.
func (p *platform) leftCallback(own, far ariserver.Script) (s scene) {
	p.t.Helper()
	p.ari.OnEndpoint("PJSIP/own@far", own)
	p.ari.OnEndpoint("PJSIP/far@far", far)
	ownLeg := p.holdOwn()
	p.earlier(func(link *stasis.Native) {
		p.check(link.Create(p.ctx, stasis.NewChannel{ID: oldOwn, Endpoint: "PJSIP/own@far", Args: "callee"}))
		p.check(link.Bridge(p.ctx, oldBridge))
		p.check(link.Join(p.ctx, oldBridge, oldOwn))
		s.caller = p.ari.Channel(oldOwn)
		p.check(link.Dial(p.ctx, oldOwn, time.Minute))
		if far == nil {
			return
		}
		s.leg = p.holdBeside(ownLeg)
		id := string(s.leg.Channel())
		p.check(link.Create(p.ctx, stasis.NewChannel{ID: id, Endpoint: "PJSIP/far@far", Originator: oldOwn, Args: "callee"}))
		p.check(link.Join(p.ctx, oldBridge, oldOwn, id))
		s.far = p.ari.Channel(id)
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
		name     string
		end      func(p *platform, s scene)
		far, own billing.Outcome
	}{
		{"far end hangs up", func(_ *platform, s scene) { s.far.Hangup(ariserver.CauseNormal) }, calleeHungUp, calleeHungUp},
		{"he hangs up", func(_ *platform, s scene) { s.caller.Hangup(ariserver.CauseNormal) }, callerHungUp, callerHungUp},
		{"operator hangs up", func(p *platform, _ scene) { p.server.HangUp(old) }, answered(billing.OperatorCut, 16), answered(billing.OperatorCut, 16)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftCallback(ariserver.Answers, ariserver.Answers)
			p.answeredAgo(oldCaller, 55*time.Second) // 5 s are left of its minute
			p.answeredAgo(oldLeg, 5*time.Second)
			p.start()
			p.check(p.books.await(p.ctx, func() bool { // for as long as the far leg, at least
				own, _ := p.books.openLeg(t, oldCaller)
				return own.GrantedS >= 110
			}))
			if far, _ := p.books.openLeg(t, oldLeg); far.GrantedS < 60 {
				t.Errorf("granted %d s", far.GrantedS)
			}
			if s.caller.Snapshot().Gone || s.far.Snapshot().Gone {
				t.Error("the conversation was cut")
			}
			p.clock.pass(4 * time.Second)
			tt.end(p, s)
			p.gone(s.caller)
			p.gone(s.far)
			farCDR := p.cdr(oldLeg)
			ownCDR := p.cdr(oldCaller)
			if farCDR.Result != billing.Answered || farCDR.Reason != tt.far.Reason || farCDR.Charge != 2*cent || farCDR.AnsweredMS != 9000 {
				t.Errorf("far leg %+v charged %s for %d ms", farCDR.Outcome, farCDR.Charge, farCDR.AnsweredMS)
			}
			if ownCDR.Result != billing.Answered || ownCDR.Reason != tt.own.Reason || ownCDR.Charge != 10*cent || ownCDR.AnsweredMS != 59_000 {
				t.Errorf("own leg %+v charged %s for %d ms", ownCDR.Outcome, ownCDR.Charge, ownCDR.AnsweredMS)
			}
			if ownCDR.Direction != billing.Outbound || ownCDR.Job != "job" {
				t.Errorf("%+v", ownCDR)
			}
			p.stop()
			p.wantCDRs(2)
			p.wantSpent(12 * cent)
		})
	}
}

// A conversation whose own leg has gone meanwhile ends, and both legs are settled: an end
// that nobody saw is an estimate.
func TestCallbackOfAnEarlierRunWhoLeft(t *testing.T) {
	p := build(t)
	s := p.leftCallback(ariserver.Answers, ariserver.Answers)
	p.answeredAgo(oldCaller, 13*time.Second)
	p.answeredAgo(oldLeg, 7*time.Second)
	s.caller.Hangup(ariserver.CauseNormal)
	p.clock.ahead(time.Second)
	p.start()
	p.gone(s.far)
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
		name     string
		own, far ariserver.Script
		answered time.Duration // of the own leg, so long ago; 0 is not
		leave    func(s scene)
		want     billing.Outcome // of the own leg
		charge   billing.Money
	}{
		{"own leg alone, talking to nobody", ariserver.Answers, nil, 7 * time.Second, nil, recovered, 2 * cent},
		{"own leg alone, answered longer ago than was granted", ariserver.Answers, nil, time.Hour, nil, recovered, 10 * cent},
		{"own leg alone, answered unheard", ariserver.Answers, nil, 0, nil, notAnswered, 0},
		{"own leg ringing", ariserver.Rings, nil, 0, nil, notAnswered, 0},
		{"own leg not ringing yet", ariserver.Silent, nil, 0, nil, notAnswered, 0},
		{"own leg gone", ariserver.Answers, nil, 7 * time.Second, func(s scene) { s.caller.Hangup(ariserver.CauseNormal) }, recovered, 2 * cent},
		{"own leg gone while it rang", ariserver.Rings, nil, 0, func(s scene) { s.caller.Hangup(ariserver.CauseBusy) }, notAnswered, 0},
		{"far end ringing", ariserver.Answers, ariserver.Rings, 7 * time.Second, nil, recovered, 2 * cent},
		{"far end gone", ariserver.Answers, ariserver.Rings, 7 * time.Second, func(s scene) { s.far.Hangup(ariserver.CauseBusy) }, recovered, 2 * cent},
		{"both gone", ariserver.Answers, ariserver.Rings, 7 * time.Second, func(s scene) {
			s.far.Hangup(ariserver.CauseBusy)
			s.caller.Hangup(ariserver.CauseNormal)
		}, recovered, 2 * cent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftCallback(tt.own, tt.far)
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
			if tt.far != nil {
				cdrs = 2
				p.gone(s.far)
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
	s.far.Hangup(ariserver.CauseNormal)
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
	if s.caller.Snapshot().Gone || s.far.Snapshot().Gone || len(p.ari.Bridges()) != 1 {
		t.Errorf("the conversation was cut: %v, %v, bridges %v", s.caller.Snapshot().Gone, s.far.Snapshot().Gone, p.ari.Bridges())
	}
	p.wantCDRs(0)
	s.caller.Hangup(ariserver.CauseNormal)
	s.far.Hangup(ariserver.CauseNormal)
	if len(p.ari.Bridges()) > 0 {
		p.check(linkTo(t, p.ari.URL(), password).DestroyBridge(p.ctx, oldBridge))
	}
	_, err := p.books.Settle(p.ctx, billing.Settlement{Leg: oldLeg, Ended: p.clock.Now()})
	p.check(err)
}
