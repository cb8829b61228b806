package stasis_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/ivr"
	"cccp/prompts"
	"cccp/routing"
	"cccp/test/ariserver"
)

// Those of a callback.
const (
	backALeg  = billing.LegID("cb-a")
	backBLeg  = billing.LegID("cb-1b")
	backOther = billing.LegID("cb-2b")
)

// toAlice calls alice back.
var toAlice = ivr.Callback{Account: "alice", Credential: "ani:" + ani, To: ani, Access: access}

// back calls alice back and waits until the books know that she has answered.
func (p *platform) back() (aLeg *ariserver.Channel, ended <-chan billing.Outcome) {
	p.t.Helper()
	ended = p.callBack("cb", toAlice)
	aLeg, err := p.ari.WaitChannel(p.ctx, outgoingID)
	p.check(err)
	p.answeredLeg(backALeg)
	return aLeg, ended
}

// asked waits until somebody is asked where to call, again perhaps.
func (p *platform) asked(c *ariserver.Channel) {
	p.t.Helper()
	p.check(c.WaitPlayed(p.ctx, p.script.Voices.Default().Say(prompts.EnterDestination)[0]))
}

// answeredLeg waits until the books know that a leg was answered.
func (p *platform) answeredLeg(id billing.LegID) {
	p.t.Helper()
	err := p.books.await(p.ctx, func() bool {
		leg, open := p.books.openLeg(p.t, id)
		return open && !leg.Answered.IsZero()
	})
	if err != nil {
		p.t.Fatalf("leg %s is not answered: %v", id, err)
	}
}

// Who is called back makes one call after another on one line; both legs are charged for
// as long as they last, and the bridge is made once.
func TestCallbackMakesTwoCalls(t *testing.T) {
	p := open(t)
	aLeg, ended := p.back()
	p.asked(aLeg)
	for _, leg := range []billing.LegID{backBLeg, backOther} {
		aLeg.Press(number + "#")
		p.answeredLeg(leg)
		p.clock.pass(9 * time.Second)
		p.ari.Channel(string(leg.Attempt(1))).Hangup(ariserver.CauseNormal)
		p.wantCDR(leg, calleeHungUp, 2*cent)
		p.asked(aLeg)
	}
	p.clock.pass(2 * time.Second)
	aLeg.Hangup(ariserver.CauseNormal)
	if got := p.outcome(ended); got != callerHungUp {
		t.Errorf("%+v", got)
	}
	cdr := p.wantCDR(backALeg, callerHungUp, 4*cent)
	if cdr.Direction != billing.Outbound || cdr.AnsweredMS != 20_000 || cdr.To != ani || cdr.Credential != "ani:"+ani {
		t.Errorf("%+v", cdr)
	}
	p.wantCDRs(3)
	p.wantSpent(8 * cent)
	p.wantTimes(1, "POST /bridges/cb-bridge")
	wantOrder(t, strings.Join(p.commands(""), "\n"), // dialled outside of a bridge, no key of his would be told
		"POST /channels/create", "POST /bridges/cb-bridge/addChannel", "POST /channels/"+outgoingID+"/dial")
	p.request("DELETE", "/bridges/cb-bridge")
	p.wantTimes(3, "POST /channels/create")
	wantOrder(t, p.create(string(backBLeg.Attempt(1))).Query.Encode(), "originator="+outgoingID)
}

// create is the request that made a channel.
func (p *platform) create(channel string) ariserver.Request {
	p.t.Helper()
	r, err := p.ari.WaitRequest(p.ctx, func(r ariserver.Request) bool {
		return r.Path == "/channels/create" && r.Query.Get("channelId") == channel
	})
	p.check(err)
	return r
}

// The switch carries limits on both legs of a callback: his own while he is alone, both
// while they talk.
func TestLimitsOfACallback(t *testing.T) {
	p := build(t)
	p.settings.GrantSeconds, p.settings.ExtendAhead = 120, time.Second
	p.start()
	aLeg, ended := p.back()
	aLeg.Press(number + "#")
	p.answeredLeg(backBLeg)
	_, err := p.ari.WaitRequest(p.ctx, nth(2, ariserver.On("POST", "/channels/"+outgoingID+"/variable")))
	p.check(err)
	p.request("POST", "/channels/"+string(backBLeg.Attempt(1))+"/variable")
	for _, limit := range p.limits(aLeg) {
		_, value, _ := strings.Cut(limit, " ")
		if s, err := strconv.Atoi(value); err != nil || s < 1 || s > 2*120 {
			t.Errorf("limit of %s s: nobody would end the leg in time", limit)
		}
	}
	aLeg.Hangup(ariserver.CauseNormal)
	p.outcome(ended)
	p.cdr(backBLeg)
	p.cdr(backALeg)
}

// How a callback that comes to nothing ends; it costs nothing.
func TestCallbackInVain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		callee ariserver.Script
		want   billing.Outcome
	}{
		{"busy", ariserver.Busy, routing.OutcomeOf(ariserver.CauseBusy)},
		{"no answer", func(d *ariserver.Dialed) { d.Ring(); d.ExpireRinging() }, routing.OutcomeOf(ariserver.CauseNoAnswer)},
		{"no channel", nil, routing.OutcomeOf(billing.CauseChannelTaken)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.ari.OnEndpoint("PJSIP/*@far", tt.callee)
			if got := p.outcome(p.callBack("cb", toAlice)); got != tt.want {
				t.Errorf("%+v", got)
			}
			p.wantCDR(backALeg, tt.want, 0)
			p.wantCDRs(1)
			p.wantSpent(0)
			p.wantForgotten()
		})
	}
}

// A trunk that cannot make a channel is followed by the next, on a channel of its own.
func TestCallbackOverTheSecondTrunk(t *testing.T) {
	for name, callee := range map[string]ariserver.Script{"congested": ariserver.Congested, "no channel": nil} {
		t.Run(name, func(t *testing.T) {
			p := build(t)
			p.check(add(p.ctx, p.books.Trunks, routing.Trunk{Name: "spare", Endpoint: "PJSIP/{e164}@spare", Priority: 2}))
			p.start()
			p.ari.OnEndpoint("PJSIP/*@far", callee)
			ended := p.callBack("cb", toAlice)
			p.answeredLeg(backALeg)
			p.clock.pass(7 * time.Second)
			p.ari.Channel("cb-a2").Hangup(ariserver.CauseNormal)
			if got := p.outcome(ended); got != callerHungUp {
				t.Errorf("%+v", got)
			}
			if leg := p.wantCDR(backALeg, callerHungUp, 2*cent); leg.Trunk != "spare" || leg.Attempts != 2 {
				t.Errorf("%d attempts, the last over %s", leg.Attempts, leg.Trunk)
			}
		})
	}
}

// A sweep touches nothing of a callback that the dialer runs, whatever it is about: before
// its channel is made, and between two trunks, the server itself knows nothing of it.
func TestSweepLeavesCallbacksAlone(t *testing.T) {
	for _, tt := range []struct {
		name string
		hold ariserver.Match // what is under way while the sweep comes
		path string
	}{
		{"before its channel is made", ariserver.On("POST", "/channels/create"), "/channels/create"},
		{"between two trunks", ariserver.On("DELETE", "/channels/"+outgoingID), ""}, // by whoever made it, and by its release
		{"while it is dialled", ariserver.On("POST", "/channels/"+outgoingID+"/dial"), "/channels/" + outgoingID + "/dial"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			p.check(add(p.ctx, p.books.Trunks, routing.Trunk{Name: "spare", Endpoint: "PJSIP/{e164}@spare", Priority: 2}))
			p.start()
			aLeg := outgoingID
			if tt.path == "" {
				p.ari.OnEndpoint("PJSIP/*@far", nil)
				aLeg = "cb-a2"
			}
			until := make(chan struct{})
			p.ari.Fail(tt.hold, ariserver.Fault{Hold: until, Times: 2})
			ended := p.callBack("cb", toAlice)
			if tt.path != "" {
				p.request("POST", tt.path)
			} else {
				_, err := p.ari.WaitRequest(p.ctx, nth(2, ariserver.On("DELETE", "/channels/"+outgoingID)))
				p.check(err)
			}
			p.offline(func() {})
			p.says("swept", 2)
			p.wantCDRs(0)
			close(until)
			p.answeredLeg(backALeg)
			p.clock.pass(9 * time.Second)
			p.ari.Channel(aLeg).Hangup(ariserver.CauseNormal)
			if got := p.outcome(ended); got != callerHungUp {
				t.Errorf("%+v", got)
			}
			p.wantCDR(backALeg, callerHungUp, 2*cent)
			p.wantCDRs(1)
		})
	}
}

// What happened to a callback while nobody listened is made up for.
func TestReconnectDuringCallback(t *testing.T) {
	unheard := func(p *platform, lift chan struct{}, aLeg *ariserver.Channel) {
		close(lift)
		p.check(aLeg.WaitAnswered(p.ctx))
	}
	t.Run("answered unheard", func(t *testing.T) {
		p := open(t)
		lift := make(chan struct{})
		p.ari.OnDial(ariserver.AnswersWhen(lift))
		ended := p.callBack("cb", toAlice)
		aLeg, err := p.ari.WaitChannel(p.ctx, outgoingID)
		p.check(err)
		p.request("POST", "/channels/"+outgoingID+"/dial")
		p.offline(func() { unheard(p, lift, aLeg) })
		p.answeredLeg(backALeg)
		p.clock.ahead(3 * time.Second)
		aLeg.Hangup(ariserver.CauseNormal)
		if got := p.outcome(ended); got != callerHungUp {
			t.Errorf("%+v", got)
		}
		p.wantCDR(backALeg, callerHungUp, cent)
	})
	t.Run("gone unheard while it rang", func(t *testing.T) {
		p := open(t)
		p.ari.OnDial(ariserver.Rings)
		ended := p.callBack("cb", toAlice)
		aLeg, err := p.ari.WaitChannel(p.ctx, outgoingID)
		p.check(err)
		p.request("POST", "/channels/"+outgoingID+"/dial")
		p.offline(func() { aLeg.Hangup(ariserver.CauseBusy) })
		want := billing.Outcome{Result: billing.Failed, Reason: billing.Unavailable, Cause: 16}
		if got := p.outcome(ended); got != want {
			t.Errorf("%+v", got)
		}
		p.wantCDR(backALeg, want, 0)
	})
	t.Run("gone unheard in a prompt", func(t *testing.T) {
		p := open(t)
		aLeg, ended := p.back()
		p.offline(func() {
			aLeg.Hangup(ariserver.CauseNormal)
			p.clock.ahead(0)
		})
		if got := p.outcome(ended); got.Result != billing.Answered || got.Reason != billing.CallerHungUp {
			t.Errorf("%+v", got)
		}
		if leg := p.cdr(backALeg); !leg.Estimated || leg.Charge > cent {
			t.Errorf("estimated %v, charged %s", leg.Estimated, leg.Charge)
		}
	})
	t.Run("keys lost in a prompt", func(t *testing.T) {
		p := open(t)
		aLeg, ended := p.back()
		p.offline(func() { aLeg.Press(dear) })
		aLeg.Press(number + "#")
		p.answeredLeg(backBLeg)
		if leg, _ := p.books.openLeg(t, backBLeg); leg.To != number {
			t.Errorf("called %s", leg.To)
		}
		aLeg.Hangup(ariserver.CauseNormal)
		p.outcome(ended)
	})
	for _, tt := range []struct {
		name  string
		leave func(aLeg, callee *ariserver.Channel)
		want  billing.Reason
	}{
		{"the callee left unheard", func(_, callee *ariserver.Channel) { callee.Hangup(ariserver.CauseNormal) }, billing.CalleeHungUp},
		{"he left unheard", func(aLeg, _ *ariserver.Channel) { aLeg.Hangup(ariserver.CauseNormal) }, billing.CallerHungUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			aLeg, ended := p.back()
			aLeg.Press(number + "#")
			p.answeredLeg(backBLeg)
			p.offline(func() {
				tt.leave(aLeg, p.ari.Channel(string(backBLeg.Attempt(1))))
				p.clock.ahead(100 * time.Millisecond)
			})
			leg := p.cdr(backBLeg)
			if leg.Reason != tt.want || !leg.Estimated || leg.Charge != cent {
				t.Errorf("%+v charged %s, estimated %v", leg.Outcome, leg.Charge, leg.Estimated)
			}
			aLeg.Hangup(ariserver.CauseNormal)
			if got := p.outcome(ended); got.Result != billing.Answered {
				t.Errorf("%+v", got)
			}
			p.cdr(backALeg)
			p.wantCDRs(2)
		})
	}
}

// Another instance that takes the application over ends callbacks as well, whatever they
// are about: no event will tell how they ended.
func TestAnotherInstanceTakesACallbackOver(t *testing.T) {
	for name, callee := range map[string]ariserver.Script{"talking": ariserver.Answers, "ringing": ariserver.Rings} {
		t.Run(name, func(t *testing.T) {
			p := build(t)
			p.settings.SettleWithin = soon
			p.start()
			p.ari.OnDial(callee)
			ended := p.callBack("cb", toAlice)
			aLeg, err := p.ari.WaitChannel(p.ctx, outgoingID)
			p.check(err)
			if name == "talking" {
				p.answeredLeg(backALeg)
			} else {
				p.check(aLeg.Wait(p.ctx, func(now ariserver.Snapshot) bool { return now.State == ariserver.StateRinging }))
				p.request("POST", "/channels/"+outgoingID+"/dial")
			}
			p.ari.Replace()
			if got := p.outcome(ended); got.Reason != billing.SystemFailure {
				t.Errorf("%+v", got)
			}
			p.gone(aLeg)
			p.cdr(backALeg)
		})
	}
}

// An operator may hang a callback up while it rings: that is why it ended.
func TestOperatorHangsUpARingingCallback(t *testing.T) {
	p := open(t)
	p.ari.OnDial(ariserver.Rings)
	ended := p.callBack("cb", toAlice)
	p.request("POST", "/channels/"+outgoingID+"/dial")
	if !p.server.CutCaller("cb") {
		t.Error("the callback is not known")
	}
	if got := p.outcome(ended); got.Result != billing.Failed || got.Reason != billing.OperatorCut {
		t.Errorf("%+v", got)
	}
	p.wantSpent(0)
}

// A callee that cannot be made is congestion, and who was called back may call another.
func TestCallbackWhoseCalleeCannotBeMade(t *testing.T) {
	p := open(t)
	p.ari.OnEndpoint("PJSIP/"+number+"@far", nil)
	aLeg, ended := p.back()
	p.asked(aLeg)
	aLeg.Press(number + "#")
	p.wantCDR(backBLeg, routing.OutcomeOf(billing.CauseChannelTaken), 0)
	p.asked(aLeg)
	aLeg.Press("15149072512#")
	p.answeredLeg(backOther)
	aLeg.Hangup(ariserver.CauseNormal)
	if got := p.outcome(ended); got.Result != billing.Answered {
		t.Errorf("%+v", got)
	}
	channels := []string{}
	for _, r := range p.ari.Requests() {
		if r.Path == "/channels/create" {
			channels = append(channels, r.Query.Get("channelId"))
		}
	}
	if want := []string{"cb-a1", "cb-1b1", "cb-2b1"}; !slices.Equal(channels, want) {
		t.Errorf("made %q, want %q", channels, want)
	}
}
