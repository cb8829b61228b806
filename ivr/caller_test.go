package ivr

import (
	"strings"
	"time"

	"cccp/billing"
)

// errand is one of the things a caller does, one after another. do answers false where
// the line ended before it was done.
type errand struct {
	text string
	do   func(*callerLine) bool
}

// errands reads what a caller does after the call has been placed.
func (r reader) errands(lines []string) (all []errand) {
	r.Helper()
	for _, line := range lines {
		all = append(all, errand{line, r.errand(line)})
	}
	return all
}

func (r reader) errand(line string) func(*callerLine) bool {
	r.Helper()
	if line == "hangs up" {
		return func(l *callerLine) bool {
			l.finish(16, billing.CallerHungUp, "caller", "hangs up")
			return true
		}
	}
	if words, ok := verb(line, "hears"); ok {
		return func(l *callerLine) bool { return l.hear(words) }
	}
	if keys, ok := verb(line, "presses"); ok {
		return func(l *callerLine) bool { return l.pressAll(keys) }
	}
	if held, ok := verb(line, "holds"); ok {
		keys, held, _ := strings.Cut(held, " for ")
		d := r.duration(held)
		return func(l *callerLine) bool { return l.holdAll(keys, d) }
	}
	if text, ok := verb(line, "waits"); ok {
		d := r.duration(text)
		return func(l *callerLine) bool { return pass(l.up, d) }
	}
	if what, ok := verb(line, "until"); ok {
		is := r.becomes(what)
		return func(l *callerLine) bool { return l.until(is) }
	}
	r.Fatalf("caller: %q: use hears, presses, holds KEYS for, waits, until or hangs up", line)
	return nil
}

// hear waits until the words have been spoken, in a prompt not attended to before,
// and a moment longer: people are slower than switches.
func (l *callerLine) hear(words string) bool {
	var said *recital
	heard := func() bool {
		for i, r := range l.recitals[l.attended:] {
			if _, ok := r.spokenAt(words); ok {
				said, l.attended = r, l.attended+i+1
				return true
			}
		}
		return false
	}
	if !l.await(l.up, heard) {
		return false
	}
	at, _ := said.spokenAt(words)
	return pass(l.up, time.Until(at)+reaction) || !time.Now().Before(at)
}

func (l *callerLine) pressAll(keys string) bool {
	for i := range len(keys) {
		if i > 0 && !pass(l.up, keyTakes) || l.up.Err() != nil {
			return false
		}
		l.press(keys[i])
	}
	return true
}

// holdAll presses keys one after another and holds each: the switch tells of it when it is let
// go.
func (l *callerLine) holdAll(keys string, held time.Duration) bool {
	for i := range len(keys) {
		if i > 0 && !pass(l.up, keyGap) || !pass(l.up, held) {
			return false
		}
		l.mu.Lock()
		l.held = max(l.held, held)
		l.mu.Unlock()
		l.press(keys[i])
	}
	return true
}

// becomes are the things to be waited for.
func (r reader) becomes(what string) func(*fakeCallee) bool {
	r.Helper()
	switch what {
	case "dialling":
		return func(*fakeCallee) bool { return true }
	case "ringing":
		return func(f *fakeCallee) bool { return f.rings }
	case "answered":
		return func(f *fakeCallee) bool { return !f.answeredAt.IsZero() }
	}
	r.Fatalf("until %q: use dialling, ringing or answered", what)
	return nil
}

// until waits for something to become of the last callee.
func (l *callerLine) until(is func(*fakeCallee) bool) bool {
	return l.await(l.up, func() bool { return len(l.dialled) > 0 && is(l.dialled[len(l.dialled)-1]) })
}

// behave has the caller do all he came for, or as much as he is given time for.
func (l *callerLine) behave(errands []errand) {
	for _, e := range errands {
		if !e.do(l) {
			if !l.reckless {
				l.t.Errorf("%s: the line ended before the caller came to %q", l.caller.Visit, e.text)
			}
			return
		}
	}
}
