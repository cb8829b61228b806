package ivr

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cccp/billing"
)

// conduct is what a callee does with one attempt to reach it.
type conduct struct {
	// refused attempts cannot even be dialled.
	refused bool
	// dialling is how long the switch takes to dial; the callee learns of the call
	// half-way.
	dialling time.Duration
	// deaf callees are hung up without a word of it.
	deaf  bool
	steps []func(*fakeCallee) bool // false ends them
}

// fakeCallee is the channel of one attempt: it satisfies Callee.
type fakeCallee struct {
	line    *callerLine
	attempt Attempt
	conduct conduct

	heard    chan struct{}
	answered chan time.Time
	gone     chan End
	ctx      context.Context // ends with the channel
	end      context.CancelFunc

	// All below is under the exchange's lock.
	rings      bool
	dialledAt  time.Time // when the script came to know of the channel
	answeredAt time.Time
	endedAt    time.Time
	limit      *time.Timer
	limitedTo  time.Time
}

// Dial makes the callee's channel and calls it.
func (l *callerLine) Dial(ctx context.Context, a Attempt) (Callee, error) {
	if l.up.Err() != nil {
		return nil, errNoChannel
	}
	f := l.newCallee(a)
	if f.conduct.refused {
		f.finish(billing.CauseNoRoute, "cannot be dialled")
		return nil, fmt.Errorf("dial %s: %w", a.Endpoint, errOutOfLuck)
	}
	half := f.conduct.dialling / 2
	if err := l.command(ctx, "dial", half); err != nil {
		f.finish(billing.CauseNormalClearing, "is never called")
		return nil, err
	}
	go f.act()
	if err := l.command(ctx, "dialled", half); err != nil {
		f.finish(billing.CauseNormalClearing, "is hung up")
		return nil, err
	}
	f.dialledAt = time.Now()
	return f, nil
}

func (l *callerLine) newCallee(a Attempt) *fakeCallee {
	l.told("switch", "dials %s as %s, showing %s", a.Endpoint, a.ID, shownText(a.Shown))
	f := &fakeCallee{line: l, attempt: a, heard: make(chan struct{}), answered: make(chan time.Time, 1), gone: make(chan End, 1)}
	f.ctx, f.end = context.WithCancel(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, before := range l.dialled {
		if before.attempt.ID == a.ID {
			l.t.Errorf("channel %s is made twice", a.ID)
		}
		if before.endedAt.IsZero() {
			l.t.Errorf("%s is dialled while %s is still up", a.ID, before.attempt.ID)
		}
	}
	f.conduct = conduct{dialling: dialTakes}
	if n := len(l.dialled); n < len(l.callees) {
		f.conduct = l.callees[n]
	}
	l.dialled = append(l.dialled, f)
	f.setLimit(a.Ring + a.Talk) // ringing counts
	if l.up.Err() == nil {
		l.setLimit(a.CallerTalk)
	}
	return f
}

// shownText is an identity in words.
func shownText(i Shown) string {
	text := orNobody(strings.TrimPrefix(i.Number, "+"))
	if i.Private {
		text += " in private"
	}
	if i.Diverting != "" {
		text += ", diverted by " + strings.TrimPrefix(i.Diverting, "+")
	}
	return text
}

// name is who acts: somebody called back is a caller in the making.
func (f *fakeCallee) name() string {
	if f.line.phone == f {
		return "phone"
	}
	return "callee"
}

// act is the callee's own doing, from when the call reaches it. The switch lets it
// ring so long and no longer.
func (f *fakeCallee) act() {
	ring := time.AfterFunc(f.attempt.Ring, func() {
		if f.unanswered() {
			f.finish(billing.CauseNoAnswer, "has rung long enough, cause 19")
		}
	})
	defer ring.Stop()
	for _, step := range f.conduct.steps {
		if f.ctx.Err() != nil || !step(f) {
			return
		}
	}
	<-f.ctx.Done()
}

func (f *fakeCallee) unanswered() bool {
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	return f.answeredAt.IsZero()
}

func (f *fakeCallee) ring() {
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	f.rings = true
	f.line.told(f.name(), "rings")
	f.isHeard()
	f.line.notify()
}

// sound is early media.
func (f *fakeCallee) sound() {
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	f.line.told(f.name(), "sends sound")
	f.isHeard()
	f.line.notify()
}

// isHeard tells the script of the first sign of the callee. The lock is held.
func (f *fakeCallee) isHeard() {
	time.AfterFunc(calleeNoticeTakes, func() {
		f.line.mu.Lock()
		defer f.line.mu.Unlock()
		select {
		case <-f.heard:
		default:
			close(f.heard)
		}
	})
}

func (f *fakeCallee) answer() {
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	if !f.endedAt.IsZero() {
		return
	}
	f.answeredAt = time.Now()
	f.line.told(f.name(), "answers")
	if f.line.phone == f {
		f.line.answeredAt = f.answeredAt
	}
	at := f.answeredAt
	time.AfterFunc(calleeNoticeTakes, func() { f.answered <- at })
	f.line.notify()
}

// finish ends the channel, whoever did it.
func (f *fakeCallee) finish(cause int, how string) {
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	if !f.endedAt.IsZero() {
		return
	}
	f.line.told(f.name(), "%s", how)
	f.over(cause)
}

// over is the end of the channel, told already. The lock is held.
func (f *fakeCallee) over(cause int) {
	f.endedAt = time.Now()
	end := End{At: f.endedAt, Cause: cause}
	notice := calleeNoticeTakes
	if f.answeredAt.Equal(f.endedAt) {
		notice++ // the answer is told first
	}
	time.AfterFunc(notice, func() { f.gone <- end })
	f.limit.Stop()
	f.end()
	if f.line.phone == f && f.line.up.Err() == nil {
		f.line.over(cause, billing.CallerHungUp)
	}
	f.line.notify()
}

func (f *fakeCallee) Heard() <-chan struct{} { return f.heard }

func (f *fakeCallee) Answered() <-chan time.Time { return f.answered }

func (f *fakeCallee) Gone() <-chan End { return f.gone }

func (f *fakeCallee) Limit(ctx context.Context, d time.Duration) error {
	if err := f.line.command(ctx, "limit-callee", commandTakes); err != nil {
		return err
	}
	f.line.mu.Lock()
	defer f.line.mu.Unlock()
	if !f.endedAt.IsZero() {
		return errNoChannel
	}
	f.setLimit(whole(d))
	f.line.told("switch", "limits callee to %s", inSeconds(whole(d)))
	f.mustBePaid()
	return nil
}

// setLimit has the switch end the channel after d, whatever becomes of the script.
func (f *fakeCallee) setLimit(d time.Duration) {
	if f.limit != nil {
		f.limit.Stop()
	}
	f.limitedTo = time.Now().Add(d)
	f.limit = time.AfterFunc(d, func() { f.finish(billing.CauseNormalClearing, "is cut by the switch at the limit") })
}

// mustBePaid complains if the switch would let the leg live beyond what is durably
// held for it: orders to the switch come after the bank.
func (f *fakeCallee) mustBePaid() {
	leg, ok := f.line.open(f.leg())
	if !ok {
		f.line.t.Errorf("leg %s has a limit and holds nothing", f.leg())
	}
	slow := "limit-callee"
	if f.line.phone == f {
		slow = "limit-caller"
	}
	const switchRounds = time.Second + calleeNoticeTakes + commandTakes
	talks := f.answeredAt
	if f.dialledAt.After(talks) {
		talks = f.dialledAt // for all the script can tell
	}
	paid := talks.Add(time.Duration(leg.GrantedS)*time.Second + switchRounds + f.line.faults.delay(slow))
	least := time.Now().Add(time.Second) // a limit of nothing would be none
	if f.limitedTo.After(paid) && f.limitedTo.After(least) {
		f.line.t.Errorf("leg %s may live until %s, and is paid for until %s", f.leg(), f.limitedTo, paid)
	}
}

func (f *fakeCallee) Hangup(ctx context.Context, cause int) error {
	if err := f.line.command(ctx, "hangup-callee", hangupTakes); err != nil {
		return err
	}
	if f.conduct.deaf {
		f.line.told("switch", "hangs up %s, cause %d, and says no more", f.name(), cause)
		return nil
	}
	if f.ctx.Err() != nil {
		return errNoChannel
	}
	f.finish(cause, fmt.Sprintf("is hung up, cause %d", cause))
	return nil
}

// leg is the leg the channel was made for.
func (f *fakeCallee) leg() billing.LegID {
	return billing.LegID(strings.TrimRight(string(f.attempt.ID), "0123456789"))
}
