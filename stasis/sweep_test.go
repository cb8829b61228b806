package stasis_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cccp/billing"
	"cccp/stasis"
	"cccp/test/ariserver"
)

// A conversation that outlived its run is followed to its end, and charged exactly by
// the switch's clock, whoever ends it; its records say who did. Then nothing of it is left.
func TestConversationOfAnEarlierRun(t *testing.T) {
	for _, tt := range []struct {
		name   string
		end    func(p *platform, s scene)
		lasts  time.Duration // in all; 5 s of it before we came
		charge billing.Money
		want   billing.Outcome
	}{
		{"callee hangs up", func(_ *platform, s scene) { s.callee.Hangup(ariserver.CauseNormal) }, 9 * time.Second, 2 * cent, calleeHungUp},
		{"caller hangs up", func(_ *platform, s scene) { s.caller.Hangup(ariserver.CauseNormal) }, 9 * time.Second, 2 * cent, callerHungUp},
		{"caller wants another call, and there is none", func(_ *platform, s scene) { s.caller.Press("##") }, 9 * time.Second, 2 * cent, answered(billing.NextCall, 16)},
		{"operator hangs up", func(p *platform, _ scene) { p.server.CutCaller(old) }, 9 * time.Second, 2 * cent, answered(billing.OperatorCut, 0)},
		{"all are cut", func(p *platform, _ scene) { p.server.Cut(billing.Drained) }, 9 * time.Second, 2 * cent, answered(billing.Drained, 0)},
		{"switch ends it at its limit", func(_ *platform, s scene) { s.callee.Expire() }, time.Minute, 10 * cent, talkTimeSpent},
		{"switch ends it late", func(_ *platform, s scene) { s.callee.Expire() }, 61 * time.Second, 10 * cent, talkTimeSpent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftTalking(5 * time.Second)
			p.start()
			p.wantCDRs(0)
			if s.caller.Snapshot().Gone || s.callee.Snapshot().Gone {
				t.Error("the conversation was cut")
			}
			p.clock.pass(tt.lasts - 5*time.Second)
			tt.end(p, s)
			p.gone(s.caller)
			p.gone(s.callee)
			leg := p.wantRecovered(tt.want, tt.charge)
			if leg.AnsweredMS != tt.lasts.Milliseconds() || leg.Estimated || !leg.Answered.Equal(s.since) {
				t.Errorf("answered at %s for %d ms, estimated %v", leg.Answered, leg.AnsweredMS, leg.Estimated)
			}
		})
	}
}

// Where the time is not known it is reckoned for the caller, and marked as estimated.
func TestConversationOfAnEarlierRunEstimated(t *testing.T) {
	t.Run("caller left while nobody was there", func(t *testing.T) {
		p := build(t)
		s := p.leftTalking(7 * time.Second)
		s.caller.Hangup(ariserver.CauseNormal)
		p.clock.ahead(0) // we hang the callee up later than we learn of it
		p.clock.pass(time.Second)
		p.start()
		p.gone(s.callee)
		if leg := p.wantRecovered(answered(billing.CallerHungUp, 0), 2*cent); !leg.Estimated {
			t.Error("not marked as estimated")
		}
	})
	t.Run("answered while nobody was there", func(t *testing.T) {
		p := build(t)
		s := p.leftRinging(ariserver.Answers)
		p.check(s.callee.WaitAnswered(p.ctx))
		p.start()
		p.clock.ahead(3 * time.Second)
		s.callee.Hangup(ariserver.CauseNormal)
		if leg := p.wantRecovered(calleeHungUp, cent); !leg.Estimated {
			t.Error("not marked as estimated")
		}
		p.gone(s.caller)
	})
}

// What the two of an adopted conversation press is for each other: it fills no buffer.
func TestDigitsInAdoptedConversation(t *testing.T) {
	p := build(t)
	s := p.leftTalking(5 * time.Second)
	p.start()
	for range 10 {
		s.caller.Press(strings.Repeat("5", stasis.DigitBuffer/8))
		p.moment()
	}
	if n := p.server.Overflows(); n != 0 || s.caller.Snapshot().Gone {
		t.Errorf("%d overflows", n)
	}
	s.callee.Hangup(ariserver.CauseNormal)
	p.gone(s.caller)
	p.wantRecovered(calleeHungUp, cent)
}

// A leg whose time is over when we come is extended like any other while there is money,
// and else cut at once and charged what was granted.
func TestOverdueConversation(t *testing.T) {
	t.Run("there is money", func(t *testing.T) {
		p := build(t)
		s := p.leftTalking(100 * time.Second)
		p.start()
		p.says("hold extended", 1)
		s.callee.Hangup(ariserver.CauseNormal)
		p.gone(s.caller)
		if leg := p.wantRecovered(calleeHungUp, 17*cent); leg.OverrunMS != 0 || leg.GrantedS < 120 {
			t.Errorf("overrun %d ms beyond %d s", leg.OverrunMS, leg.GrantedS)
		}
	})
	t.Run("there is none", func(t *testing.T) {
		p := build(t)
		s := p.leftTalking(100 * time.Second)
		p.check(book(p.ctx, p.books.Store, billing.Debit, alicesOwn-10*cent))
		p.start()
		p.gone(s.callee)
		p.gone(s.caller)
		leg := p.cdr(oldLeg)
		if leg.Reason != billing.TalkTimeSpent || leg.Charge != 10*cent || leg.OverrunMS < 40_000 || leg.OverrunMS > 50_000 {
			t.Errorf("%+v charged %s, overrun %d ms", leg.Outcome, leg.Charge, leg.OverrunMS)
		}
	})
}

// A leg that is on the switch no more is settled at once: for what it may have lasted,
// but never beyond what was granted, or for nothing if it was not answered.
func TestLostLeg(t *testing.T) {
	for _, tt := range []struct {
		name   string
		ago    time.Duration // since the answer, 0 if there was none
		want   billing.Outcome
		charge billing.Money
	}{
		{"answered a moment ago", 7 * time.Second, recovered, 2 * cent},
		{"answered long ago", time.Hour, recovered, 10 * cent},
		{"not answered", 0, billing.Outcome{Result: billing.Failed, Reason: billing.Recovered}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			leg := p.hold("old-caller")
			answered := p.clock.Now().Add(-tt.ago)
			if tt.ago > 0 {
				p.check(p.books.Answer(p.ctx, leg.Leg, answered))
			}
			p.start()
			got := p.wantRecovered(tt.want, tt.charge)
			if !got.Estimated || tt.ago > 0 && got.Ended.After(answered.Add(time.Minute)) {
				t.Errorf("ended at %s, estimated %v", got.Ended, got.Estimated)
			}
		})
	}
}

// A callee that still rings, or was never dialled, is hung up with its caller, and the
// money released.
func TestLegOfAnEarlierRunThatWasNotAnswered(t *testing.T) {
	for name, callee := range map[string]ariserver.Script{"ringing": ariserver.Rings, "no sign": ariserver.Silent} {
		t.Run(name, func(t *testing.T) {
			p := build(t)
			s := p.leftRinging(callee)
			p.start()
			p.gone(s.caller)
			p.gone(s.callee)
			p.wantRecovered(billing.Outcome{Result: billing.Failed, Reason: billing.Recovered}, 0)
		})
	}
}

// An answer nobody wrote down in time is taken to be when the two were found talking, and
// the books are told: this run may end without notice as well.
func TestMissedAnswerIsKept(t *testing.T) {
	p := build(t)
	s := p.leftRinging(ariserver.Answers)
	p.check(s.callee.WaitAnswered(p.ctx))
	found := p.clock.Now()
	p.start()
	p.says("staying with it", 1)
	p.check(p.books.await(p.ctx, func() bool {
		leg, open := p.books.openLeg(t, oldLeg)
		return open && leg.Answered.Sub(found).Abs() < 10*time.Second
	}))
	s.callee.Hangup(ariserver.CauseNormal)
	p.gone(s.caller)
	p.cdr(oldLeg)
}

// Channels of ours that nobody looks after are hung up; what belongs to others is not
// touched.
func TestLeftOverChannels(t *testing.T) {
	p := build(t)
	elsewhere := p.native
	elsewhere.App = "other"
	other, err := stasis.NewNative(elsewhere)
	p.check(err)
	t.Cleanup(other.Close)
	connected, done := listen(t, other)
	<-connected
	t.Cleanup(done)
	p.check(other.Create(p.ctx, stasis.NewChannel{ID: "others", Endpoint: "PJSIP/1@far", Args: "callee"}))
	var caller *ariserver.Channel
	link, err := stasis.NewNative(p.native)
	p.check(err)
	connected, ended := listen(t, link)
	<-connected
	caller = p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access})
	p.check(link.Create(p.ctx, stasis.NewChannel{ID: "undialled", Endpoint: "PJSIP/1@far", Args: "callee"}))
	strange := p.ari.Call(ariserver.CallOptions{Args: []string{"vendor", "1"}})
	undialled := p.ari.Channel("undialled")
	ended()
	link.Close()
	p.check(p.ari.WaitSockets(p.ctx, 1))
	outside := p.ari.Call(ariserver.CallOptions{Number: ani, Exten: access, Outside: true})

	p.start()
	p.gone(caller)
	p.gone(undialled)
	p.stop()
	for _, c := range []*ariserver.Channel{p.ari.Channel("others"), outside, strange} {
		if c.Snapshot().Gone {
			t.Errorf("%s was hung up", c.ID())
		}
		c.Hangup(ariserver.CauseNormal)
	}
	p.wantTimes(1, "DELETE /channels/"+caller.ID())
	p.wantCDRs(0)
}

// Bridges whose call is over are taken down, whether the books know of it or not; those
// of other applications, another platform's among them, stay.
func TestLeftOverBridges(t *testing.T) {
	p := build(t)
	elsewhere := p.native
	elsewhere.App = "other"
	other, err := stasis.NewNative(elsewhere)
	p.check(err)
	t.Cleanup(other.Close)
	p.check(other.Bridge(p.ctx, "others-bridge"))
	p.earlier(func(link *stasis.Native) { p.check(link.Bridge(p.ctx, "x1-bridge")) })
	p.start()
	p.request("DELETE", "/bridges/x1-bridge")
	caller, _ := p.talk("v1")
	p.offline(func() {})
	p.says("swept", 2)
	caller.Hangup(ariserver.CauseNormal)
	p.stop()
	p.wantTimes(1, "DELETE /bridges/v1-bridge")
	if left := p.ari.Bridges(); len(left) != 1 || left[0].ID != "others-bridge" {
		t.Errorf("bridges left: %+v", left)
	}
	p.check(other.DestroyBridge(t.Context(), "others-bridge"))
}

// Every connection sweeps: what was settled stays settled, what is followed is followed
// once.
func TestSweepAgain(t *testing.T) {
	p := build(t)
	s := p.leftTalking(5 * time.Second)
	p.start()
	for i := range 3 {
		p.offline(func() {})
		p.says("swept", i+2)
	}
	if n := p.log.times("staying with it to its end"); n != 1 {
		t.Errorf("adopted %d times", n)
	}
	p.clock.pass(4 * time.Second)
	s.callee.Hangup(ariserver.CauseNormal)
	p.wantRecovered(calleeHungUp, 2*cent)
	p.gone(s.caller)
	p.offline(func() {})
	p.says("swept", 5)
	p.wantRecovered(calleeHungUp, 2*cent)
}

// An adopted conversation that ends while the socket is away is settled when it is back.
func TestAdoptedConversationEndsUnheard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(scene)
		want  billing.Outcome
	}{
		{"callee", func(s scene) { s.callee.Hangup(ariserver.CauseNormal) }, calleeHungUp},
		{"caller", func(s scene) { s.caller.Hangup(ariserver.CauseNormal) }, answered(billing.CallerHungUp, 0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := build(t)
			s := p.leftTalking(7 * time.Second)
			p.start()
			p.offline(func() {
				tt.leave(s)
				p.clock.ahead(100 * time.Millisecond)
			})
			p.wantRecovered(tt.want, 2*cent)
			p.gone(s.caller)
			p.gone(s.callee)
		})
	}
}

// A caller whose number fits no numbering plan has it in his record, whoever writes that.
func TestRecordsKeepWhatWasSignalled(t *testing.T) {
	p := build(t)
	tariff, version, _ := p.books.Tariff("retail", number, time.Now())
	now := p.clock.Now()
	_, err := p.books.Hold(p.ctx, billing.Hold{
		Leg:    oldLeg,
		Call:   billing.Call{Account: "alice", Credential: "sip:" + sipUser, From: "100", To: number},
		Tariff: tariff, Deck: "retail", Version: version, Trunks: []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: 60, MaxSeconds: 7200, At: now.Add(-10 * time.Second),
		Inbound: billing.InboundLeg{Channel: "gone", Provider: "acme", Started: now.Add(-20 * time.Second)},
	})
	p.check(err)
	p.start()
	for _, id := range []billing.LegID{oldLeg, oldCaller} {
		if cdr := p.cdr(id); cdr.From != "100" || cdr.Account != "alice" {
			t.Errorf("%+v", cdr)
		}
	}
}

// failing are books that cannot settle one leg for a while.
type failing struct {
	*books
	leg   billing.LegID
	well  atomic.Bool
	asked chan struct{}
}

func (f *failing) Settle(ctx context.Context, s billing.Settlement) (billing.CDR, error) {
	if s.Leg == f.leg && !f.well.Load() {
		select {
		case f.asked <- struct{}{}:
		default:
		}
		return billing.CDR{}, errors.New("the record is damaged")
	}
	return f.books.Settle(ctx, s)
}

// besides opens one more leg in the books, as an earlier run left it.
func (p *platform) besides(first billing.OpenLeg, leg billing.LegID) {
	p.t.Helper()
	_, err := p.books.Hold(p.ctx, billing.Hold{
		Leg: leg, Call: first.Call, Tariff: first.Tariff, Deck: first.Deck, Version: first.Version,
		Trunks:       []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: 60, MaxSeconds: 7200, At: p.clock.Now(), Inbound: first.Inbound,
	})
	p.check(err)
}

// Every leg that a visit left open is settled, whether its last one talks or is gone, and
// the caller's leg is recorded once, when the visit is over.
func TestEveryLegOfAVisitIsSettled(t *testing.T) {
	t.Run("all are gone", func(t *testing.T) {
		p := build(t)
		first := p.hold("old-caller")
		p.besides(first, "old-2b")
		p.besides(first, "old-3b")
		p.start()
		p.cdr(oldLeg)
		p.cdr("old-2b")
		p.cdr("old-3b")
		p.cdr(oldCaller)
		p.wantCDRs(4)
	})
	t.Run("one talks", func(t *testing.T) {
		p := build(t)
		s := p.leftTalking(5 * time.Second)
		p.besides(s.leg, "old-2b")
		p.start()
		p.cdr("old-2b")
		p.wantCDRs(1)
		s.callee.Hangup(ariserver.CauseNormal)
		p.gone(s.caller)
		p.wantCDR(oldLeg, calleeHungUp, cent)
		p.cdr(oldCaller)
		p.wantCDRs(3)
	})
}

// A leg that cannot be settled is tried again, and keeps no other from it.
func TestALegThatCannotBeSettledStopsNoOther(t *testing.T) {
	p := build(t)
	first := p.hold("old-caller")
	p.besides(first, "zz-1b")
	f := &failing{books: p.books, leg: oldLeg, asked: make(chan struct{}, 2)}
	p.options.Books = f
	p.run()
	p.online()
	p.cdr("zz-1b")
	<-f.asked
	<-f.asked // again, by the next sweep
	f.well.Store(true)
	p.cdr(oldLeg)
	p.says("swept", 1)
}
