package stasis_test

import (
	"time"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// scene is what an earlier run, that ended without notice, left on the switch and in
// the books of one visit.
type scene struct {
	caller, callee *ariserver.Channel
	leg            billing.OpenLeg
	// since is when the callee answered.
	since time.Time
}

// The visit of a scene, and its legs.
const (
	old       = billing.VisitID("old")
	oldLeg    = billing.LegID("old-1b")
	oldCaller = billing.LegID("old-a")
	oldBridge = "old-bridge"
)

// earlier has a run that is no more do something on the switch.
func (p *platform) earlier(do func(link *stasis.Native)) {
	p.t.Helper()
	link, err := stasis.NewNative(p.native)
	p.check(err)
	connected, done := listen(p.t, link)
	<-connected
	do(link)
	done()
	link.Close()
	p.check(p.ari.WaitSockets(p.ctx, 0))
}

// leftTalking is a conversation that an earlier run held money for, answered so long
// ago; the books know of the answer.
func (p *platform) leftTalking(ago time.Duration) scene {
	p.t.Helper()
	s := p.leftRinging(ariserver.Answers)
	p.check(s.callee.WaitAnswered(p.ctx))
	s.since = p.clock.Now().Add(-ago)
	p.check(p.books.Answer(p.ctx, s.leg.Leg, s.since))
	return s
}

// leftRinging is a caller and a callee in a bridge, the callee dialled.
func (p *platform) leftRinging(callee ariserver.Script) (s scene) {
	p.t.Helper()
	p.ari.OnDial(callee)
	p.earlier(func(link *stasis.Native) {
		s.caller = p.ari.Call(ariserver.CallOptions{ID: "old-caller", Number: ani, Exten: access})
		s.leg = p.hold(s.caller.ID())
		callee := string(s.leg.Channel())
		p.check(link.Answer(p.ctx, s.caller.ID()))
		p.check(link.Create(p.ctx, stasis.NewChannel{ID: callee, Endpoint: "PJSIP/1@far", Args: "callee"}))
		p.check(link.Bridge(p.ctx, oldBridge))
		p.check(link.Join(p.ctx, oldBridge, s.caller.ID(), callee))
		s.callee = p.ari.Channel(callee)
		p.check(link.Dial(p.ctx, callee, time.Minute))
	})
	return s
}

// hold opens a leg of a minute in the books, for a caller who came 20 s ago.
func (p *platform) hold(caller string) billing.OpenLeg {
	p.t.Helper()
	tariff, version, _ := p.books.Tariff("retail", number, time.Now())
	now := p.clock.Now()
	leg, err := p.books.Hold(p.ctx, billing.Hold{
		Leg: oldLeg, Call: billing.Call{Account: "alice", Credential: "ani:" + ani, From: ani, To: number, CallerID: shown}, Tariff: tariff, Deck: "retail", Version: version,
		Trunks:       []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: 60, MaxSeconds: 7200, Node: "02:00:00:00:00:01", At: now.Add(-10 * time.Second),
		Inbound: billing.InboundLeg{
			Channel: caller, ANI: ani, AccessNumber: access, Provider: "acme",
			Started: now.Add(-20 * time.Second), Answered: now.Add(-15 * time.Second),
		},
	})
	p.check(err)
	return leg
}

// recovered is the outcome of a leg that had been answered.
var recovered = billing.Outcome{Result: billing.Answered, Reason: billing.Recovered}

// wantRecovered waits until the old visit is settled, once, and gone from the switch.
func (p *platform) wantRecovered(want billing.Outcome, charge billing.Money) billing.CDR {
	p.t.Helper()
	leg := p.wantCDR(oldLeg, want, charge)
	caller := p.wantCDR(oldCaller, want, 0)
	if caller.From != ani || caller.To != number || caller.AccessNumber != access || caller.Account != "alice" || caller.Ended.Sub(leg.Ended).Abs() > time.Second {
		p.t.Errorf("the caller's record: %+v", caller)
	}
	p.wantSpent(charge)
	p.wantCDRs(2)
	return leg
}
