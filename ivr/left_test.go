package ivr

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// leftOver is a conversation that an earlier run of the program left behind.
type leftOver struct {
	to     phone.Number
	lasted time.Duration // that it has lasted
	// called is how long ago we called the caller and he answered; 0 is that he called us.
	called time.Duration
	// gone callers left while nobody was there to see it.
	gone bool
}

// leftOver reads "talks to NUMBER for 20s from NUMBER [called 30s] [gone]".
func (r reader) leftOver(line string, p *role) {
	r.Helper()
	words := r.pairs(line, "to for from called", "talks gone")
	p.left = &leftOver{to: phone.Number(words["to"]), lasted: r.duration(words["for"]), gone: words["gone"] != ""}
	p.caller.Entry, p.caller.ANI, p.caller.Dialled = EntryAccess, words["from"], "15141115555"
	if words["called"] != "" {
		p.left.called = r.duration(words["called"])
		p.caller.Entry = EntryCallback
	}
}

// heldBefore is what the earlier run held for a leg that was answered some time ago.
func (w *world) heldBefore(p *role, id billing.LegID, to phone.Number, ago time.Duration, beside *billing.Claim) billing.OpenLeg {
	w.t.Helper()
	answered := time.Now().Add(-ago)
	tariff, version, _ := w.store.Tariff("world", to, answered)
	leg, err := w.store.Hold(context.Background(), billing.Hold{
		Leg: id,
		Call: billing.Call{
			Account: "alice", Credential: "ani:" + p.caller.ANI,
			From: p.caller.ANI, To: to, CallerID: "15145550199",
		},
		Offering: "basic", Tariff: tariff, Deck: "world", Version: version,
		Trunks:       []billing.TrunkLimit{{Name: "carrier"}},
		GrantSeconds: w.service.Settings.GrantSeconds, MaxSeconds: w.service.Settings.MaxCallSeconds, Beside: beside, Node: "ast1", At: answered.Add(-5 * time.Second),
		Inbound: billing.InboundLeg{
			Channel: p.caller.Channel, ANI: phone.Number(p.caller.ANI), AccessNumber: "15141115555", Provider: "fox",
			Started: p.caller.Arrived, Answered: p.caller.Arrived,
		},
	})
	w.must(err)
	w.must(w.store.Answer(context.Background(), id, answered))
	leg.Answered = answered
	return leg
}

// resume has the program begin anew in the middle of a conversation.
func (w *world) resume(p *role) {
	was := p.left
	p.caller.Arrived = time.Now().Add(-max(was.lasted, was.called) - 10*time.Second)
	var aLeg *billing.OpenLeg
	var beside *billing.Claim
	if was.called > 0 {
		leg := w.heldBefore(p, p.caller.Visit.CallerLeg(), phone.Number(p.caller.ANI), was.called, nil)
		aLeg = &leg
		p.caller.Channel = string(leg.Channel())
		beside = &billing.Claim{Leg: leg.Leg, UsedS: billing.DurationSeconds((was.called - was.lasted).Milliseconds())}
	}
	bLeg := w.heldBefore(p, p.caller.Visit.OutboundLeg(1), was.to, was.lasted, beside)
	line := w.newLine(p.caller, p.callees)
	line.reckless = w.reckless
	line.told("program", "begins anew: the caller talks to %s for %s already, %s held for %d s", was.to, was.lasted, bLeg.Held, bLeg.GrantedS)
	callee := line.restore(p, bLeg, aLeg)
	if aLeg != nil {
		kept, _ := w.open(aLeg.Leg)
		*aLeg = kept
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		line.behave(p.errands)
	}()
	w.service.Resume(line.ctx, line, callee, bLeg, aLeg)
	w.mustBeOver(line)
	<-gone
}

// restore makes the channels as the earlier run left them.
func (l *callerLine) restore(p *role, bLeg billing.OpenLeg, aLeg *billing.OpenLeg) *fakeCallee {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answeredAt = p.caller.Arrived; aLeg != nil {
		l.phone = l.restored(aLeg.Channel(), aLeg.Answered, conduct{})
		l.answeredAt = aLeg.Answered
		l.phone.setLimit(time.Hour)
	}
	f := l.restored(bLeg.Channel(), bLeg.Answered, conduct{})
	if len(p.callees) > 0 {
		f.conduct = p.callees[0]
	}
	l.dialled = append(l.dialled, f)
	f.setLimit(max(time.Until(bLeg.Answered.Add(time.Duration(bLeg.GrantedS)*time.Second)), 30*time.Second))
	if p.left.gone {
		l.told("caller", "has gone meanwhile")
		l.endedAt = time.Now()
		for _, phone := range l.phones() {
			phone.endedAt = l.endedAt
			phone.end()
		}
		l.down()
		l.end, l.toldEnd = End{At: l.endedAt, Reason: billing.CallerHungUp, Estimated: true}, true
		l.gone()
	}
	go f.act()
	return f
}

func (l *callerLine) restored(id billing.AttemptID, answered time.Time, c conduct) *fakeCallee {
	f := &fakeCallee{
		line: l, attempt: Attempt{ID: id, Endpoint: "PJSIP/left@carrier", Ring: time.Hour}, conduct: c,
		answered: make(chan time.Time, 1), gone: make(chan End, 1), dialledAt: answered, answeredAt: answered,
	}
	f.ctx, f.end = context.WithCancel(context.Background())
	return f
}
