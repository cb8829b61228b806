package main

import (
	"fmt"
	"strings"
	"time"

	"cccp/billing"
	"cccp/test/ear"
	"cccp/test/phone"
)

// leg is one call that arrived at the callee, and what is expected of it.
type leg struct {
	number string
	shown  string // the number that must be seen calling
	price  price
	reason billing.Reason
	// own says that it is the caller's own phone, called back.
	own bool
	in  *phone.Incoming
}

// price reckons what a leg costs.
type price struct {
	fee, rate      billing.Money // rate is per minute
	first, further int64         // seconds
}

func (p price) of(d time.Duration) billing.Money {
	seconds := int64((d + time.Second - 1) / time.Second)
	billed := p.first
	for billed < seconds {
		billed += p.further
	}
	const minute = 60
	return p.fee + p.rate*billing.Money(billed)/minute
}

// lasted is from the answer to the end by the clock of the phone that was called.
func (l *leg) lasted() time.Duration {
	if l.in.AnsweredAt().IsZero() || l.in.EndedAt().IsZero() {
		return 0
	}
	return l.in.EndedAt().Sub(l.in.AnsweredAt())
}

// owed is what the leg must have cost.
func (l *leg) owed() billing.Money {
	if l.lasted() == 0 {
		return 0
	}
	return l.price.of(l.lasted())
}

// prove holds what arrived at the callee against what was expected, and against what
// the caller heard meanwhile.
func (l *leg) prove(s *scene) error {
	invite, shown := l.in.Invite(), "+"+l.shown
	if invite.From.User != shown || invite.Asserted.User != shown {
		return fmt.Errorf(
			"the callee saw From %q and P-Asserted-Identity %q, expected %s",
			invite.From, invite.Asserted, shown,
		)
	}
	if l.own {
		return nil // what is heard there is the caller's hearing
	}
	for name, values := range invite.Headers {
		if text := strings.Join(values, " "); strings.Contains(text, s.phone) {
			return fmt.Errorf("the caller's own number leaks to the callee in %s: %s", name, text)
		}
	}
	if _, d := l.hears(s.line(), calleeHz); d < l.lasted()/2 {
		return fmt.Errorf("the caller heard the callee for %v of %v", d, l.lasted())
	}
	if _, d := l.hears(l.in.Call, callerHz); d < l.lasted()/2 {
		return fmt.Errorf("the callee heard the caller for %v of %v", d, l.lasted())
	}
	return nil
}

// proveRecord holds the record of the leg against its phone.
func (l *leg) proveRecord(r billing.CDR) error {
	if r.Charge != l.owed() {
		return fmt.Errorf("the call to %s was charged %s, its phone says %s", l.number, r.Charge, l.owed())
	}
	if r.Result != billing.Answered || r.Reason != l.reason || r.CallerID != l.shown {
		return fmt.Errorf("the record of the call to %s says %s, %s, showing %s; expected %s, %s, showing %s",
			l.number, r.Result, r.Reason, r.CallerID, billing.Answered, l.reason, l.shown)
	}
	return nil
}

// hears is when a tone was first heard on a call while this leg was answered, and for
// how long in all.
func (l *leg) hears(c *phone.Call, hz ...float64) (first time.Time, total time.Duration) {
	return heard(c, l.in.AnsweredAt(), l.in.EndedAt(), hz...)
}

// heard is when a tone was first heard on a call within a stretch of time, and for how
// long in all.
func heard(c *phone.Call, from, to time.Time, hz ...float64) (first time.Time, total time.Duration) {
	for _, t := range ear.Tones(c.Audio()) {
		begin := c.AudioStart().Add(t.At)
		end := begin.Add(t.Length)
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if !t.Is(hz...) || !begin.Before(end) {
			continue
		}
		if total == 0 {
			first = begin
		}
		total += end.Sub(begin)
	}
	return first, total
}
