package ivr

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
)

// outgoing is the channel of somebody we call: a callee until he answers, and a
// caller's line from then on.
type outgoing struct {
	*callerLine
	released bool
}

// Call makes the channel and dials it.
func (w *world) Call(ctx context.Context, who Caller, a Attempt) (Outgoing, error) {
	w.tell(who.Visit, "switch", "calls %s as %s, showing %s", a.Endpoint, a.ID, shownText(a.Shown))
	who.Channel, who.Node = string(a.ID), "ast1"
	called := w.called(who.Visit)
	l := w.newLine(who, called.callees)
	l.deaf, l.reckless, l.media = w.deaf, w.reckless, called.order.Media
	o := &outgoing{callerLine: l}
	w.calling(called, o, a)
	f := l.phone
	if f.conduct.refused {
		f.finish(billing.CauseNoRoute, "cannot be called")
		o.Release()
		return nil, fmt.Errorf("call %s: %w", a.Endpoint, errOutOfLuck)
	}
	half := f.conduct.dialling / 2
	if err := l.command(ctx, "call", half); err != nil {
		f.finish(billing.CauseNormalClearing, "is never called")
		o.Release()
		return nil, err
	}
	go f.act()
	go l.attend(called.errands)
	if err := l.command(ctx, "called", half); err != nil {
		f.finish(billing.CauseNormalClearing, "is hung up")
		o.Release()
		return nil, err
	}
	f.dialledAt = time.Now()
	return o, nil
}

// calling puts the phone on the line, with what it does at this attempt.
func (w *world) calling(called *role, o *outgoing, a Attempt) {
	f := &fakeCallee{line: o.callerLine, attempt: a, heard: make(chan struct{}), conduct: conduct{dialling: dialTakes}, answered: make(chan time.Time, 1), gone: make(chan End, 1)}
	f.ctx, f.end = context.WithCancel(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, before := range called.outgoing {
		if !before.released || before.up.Err() == nil {
			w.t.Errorf("%s is called while %s is still there", a.ID, before.phone.attempt.ID)
		}
	}
	if n := len(called.outgoing); n < len(called.phone) {
		f.conduct = called.phone[n]
	}
	called.outgoing = append(called.outgoing, o)
	o.phone = f
	f.setLimit(a.Ring + a.Talk)
}

// attend has somebody who is called behave like a caller once he has answered.
func (l *callerLine) attend(errands []errand) {
	if l.await(l.up, func() bool { return !l.answeredAt.IsZero() }) {
		l.behave(errands)
	}
}

func (o *outgoing) Heard() <-chan struct{} { return o.phone.heard }

func (o *outgoing) Answered() <-chan time.Time { return o.phone.answered }

func (o *outgoing) Gone() <-chan End { return o.phone.gone }

func (o *outgoing) Present() context.Context { return o.ctx }

// Hangup is as a switch does it: an unanswered phone is a callee.
func (o *outgoing) Hangup(ctx context.Context, cause int) error {
	o.mu.Lock()
	answered := !o.answeredAt.IsZero()
	o.mu.Unlock()
	if answered {
		return o.callerLine.Hangup(ctx, cause)
	}
	return o.phone.Hangup(ctx, cause)
}

func (o *outgoing) Release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.released {
		o.t.Errorf("%s is released twice", o.phone.attempt.ID)
	}
	o.released = true
}

// Node is the switch's name.
func (w *world) Node() string { return "ast1" }
