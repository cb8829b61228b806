package stasis_test

import (
	"errors"
	"testing"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// Another instance that takes the application over hears all events from then on: this
// one cuts its calls, settles them by itself, and stops.
func TestAnotherInstanceTakesOver(t *testing.T) {
	p := build(t)
	p.settings.SettleWithin = soon
	p.start()
	talker, callee := p.talk("v1")
	p.ari.OnDial(ariserver.Rings)
	ringer := p.dial()
	ringing := p.callee("v2")
	listener := p.call()
	p.check(listener.WaitAnswered(p.ctx))
	p.ari.Replace()
	if err := p.returned(); !errors.Is(err, stasis.ErrReplaced) {
		t.Errorf("Run returned %v", err)
	}
	if p.server.Online() {
		t.Error("online, though the events go elsewhere")
	}
	for _, c := range []*ariserver.Channel{talker, callee, ringer, ringing, listener} {
		p.gone(c)
	}
	leg := p.cdr("v1-1b")
	if leg.Result != billing.Answered || leg.Reason != billing.SystemFailure || leg.Charge != leg.Tariff.Cost(billing.DurationSeconds(leg.AnsweredMS)) {
		t.Errorf("%+v charged %s", leg.Outcome, leg.Charge)
	}
	cut := billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure, Cause: ariserver.CauseNormal}
	p.wantCDR("v2-1b", cut, 0)
	p.wantCDR("v3-a", cut, 0)
	p.stop()
	p.wantCDRs(5)
	p.wantSpent(leg.Charge)
	p.wantTimes(1, "GET /events")
}
