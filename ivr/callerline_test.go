package ivr

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cccp/billing"
)

// callerLine is a caller's channel: it satisfies Line.
type callerLine struct {
	*exchange
	caller Caller
	digits chan byte
	// up ends with the channel, ctx a moment later, when the script is told.
	up, ctx    context.Context
	down, gone context.CancelFunc
	// callees say what those he calls will do, attempt by attempt.
	callees []conduct
	// withheld callers asked not to be shown.
	withheld bool
	// phone is the channel of somebody whom we called; nil where he called us.
	phone *fakeCallee
	// deaf lines never tell that they were hung up.
	deaf bool
	// reckless callers may be cut before they have done all they came for.
	reckless bool

	// media is what an order has played, which has no words.
	media string

	// All below is under the exchange's lock.
	answeredAt time.Time
	endedAt    time.Time
	end        End // as the script is told it
	toldEnd    bool
	limit      *time.Timer
	limitedTo  time.Time
	recitals   []*recital
	attended   int // recitals the caller has paid attention to
	held       time.Duration
	dialled    []*fakeCallee
}

func (x *exchange) newLine(caller Caller, callees []conduct) *callerLine {
	l := &callerLine{exchange: x, caller: caller, digits: make(chan byte, digitBuffer), callees: callees}
	l.up, l.down = context.WithCancel(context.Background())
	l.ctx, l.gone = context.WithCancel(context.Background())
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines = append(x.lines, l)
	return l
}

func (l *callerLine) told(who, format string, args ...any) *moment {
	return l.tell(l.caller.Visit, who, format, args...)
}

// phones is the phone, if we called it.
func (l *callerLine) phones() []*fakeCallee {
	if l.phone == nil {
		return nil
	}
	return []*fakeCallee{l.phone}
}

func (l *callerLine) Caller() Caller { return l.caller }

func (l *callerLine) Withheld(ctx context.Context) (bool, error) {
	return l.withheld, l.command(ctx, "withheld", commandTakes)
}

func (l *callerLine) Digits() <-chan byte { return l.digits }

func (l *callerLine) Held() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

func (l *callerLine) Answer(ctx context.Context) (time.Time, error) {
	if err := l.command(ctx, "answer", commandTakes); err != nil {
		return time.Time{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up.Err() != nil {
		return time.Time{}, errNoChannel
	}
	if !l.answeredAt.IsZero() {
		l.t.Error("answered twice")
	}
	l.answeredAt = time.Now()
	l.told("switch", "answers")
	l.notify()
	return l.answeredAt, nil
}

func (l *callerLine) Play(ctx context.Context, sounds []string) (Playback, error) {
	if err := l.command(ctx, "play", commandTakes); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up.Err() != nil {
		return nil, errNoChannel
	}
	return l.recite(sounds), nil
}

func (l *callerLine) Limit(ctx context.Context, d time.Duration) error {
	if err := l.command(ctx, "limit-caller", commandTakes); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up.Err() != nil {
		return errNoChannel
	}
	l.setLimit(d)
	if d == 0 {
		l.told("switch", "lifts the caller's limit")
	} else {
		l.told("switch", "limits caller to %s", inSeconds(whole(d)))
	}
	return nil
}

// setLimit has the switch end the channel after d; 0 lifts the limit. The caller's must
// not come before the callee's, unless the A leg is paid for no longer. The lock is held.
func (l *callerLine) setLimit(d time.Duration) {
	if l.limit != nil {
		l.limit.Stop()
	}
	d = whole(d)
	l.limitedTo = time.Now().Add(d)
	if l.phone != nil {
		l.phone.limit.Stop() // it is one channel
		l.phone.limitedTo = l.limitedTo
		l.phone.mustBePaid()
		if d == 0 {
			l.t.Errorf("%s costs money and has no limit", l.phone.attempt.ID)
		}
	}
	if d == 0 {
		return
	}
	l.limit = time.AfterFunc(d, func() { l.finish(16, billing.CallerHungUp, "switch", "cuts the caller at the limit") })
	if len(l.dialled) == 0 || l.phone != nil || l.faults.expects("limit-callee") {
		return
	}
	if callee := l.dialled[len(l.dialled)-1]; callee.endedAt.IsZero() && callee.limitedTo.After(l.limitedTo) {
		l.t.Errorf("the caller's leg is limited to %s, before the B leg, which has until %s", l.limitedTo, callee.limitedTo)
	}
}

func (l *callerLine) Hangup(ctx context.Context, cause int) error {
	if err := l.command(ctx, "hangup-caller", hangupTakes); err != nil {
		return err
	}
	how := fmt.Sprintf("hangs up caller, cause %d", cause)
	l.mu.Lock()
	answered := !l.answeredAt.IsZero()
	l.mu.Unlock()
	switch {
	case l.up.Err() != nil:
		return errNoChannel
	case l.deaf:
		l.told("switch", "%s, and says no more", how)
		return nil
	case !answered:
		how = fmt.Sprintf("rejects caller, cause %d", cause)
	}
	l.finish(cause, billing.CallerHungUp, "switch", how)
	return nil
}

func (l *callerLine) Ended() (End, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end, l.toldEnd
}

// finish ends the line, whoever did it; the first end is the one that counts.
func (l *callerLine) finish(cause int, reason billing.Reason, who, how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up.Err() != nil {
		return
	}
	l.told(who, "%s", how)
	l.over(cause, reason)
}

// over is the end of the channel, told already. The lock is held.
func (l *callerLine) over(cause int, reason billing.Reason) {
	l.endedAt = time.Now()
	if n := len(l.recitals); n > 0 {
		l.recitals[n-1].breakOff(n%2 == 0)
	}
	if l.limit != nil {
		l.limit.Stop()
	}
	l.down()
	if l.phone != nil && l.phone.endedAt.IsZero() {
		l.phone.over(cause)
	}
	l.notify()
	end := End{At: l.endedAt, Cause: cause, Reason: reason}
	time.AfterFunc(noticeTakes, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.end, l.toldEnd = end, true
		l.gone()
	})
}

// cut hangs the caller up from our side, as an operator or a drain does.
func (l *callerLine) cut(reason billing.Reason) {
	l.finish(16, reason, "switch", "cuts the caller: "+string(reason))
}

// press is a key of the caller's telephone. A line whose keys nobody takes is cut.
func (l *callerLine) press(key byte) {
	if l.up.Err() != nil {
		return
	}
	l.story.press(l.caller.Visit, key)
	select {
	case l.digits <- key:
	default:
		l.cut(billing.Overload)
	}
}

// recital is a prompt as it is heard, word by word: it satisfies Playback.
type recital struct {
	line  *callerLine
	words []string
	begun time.Time
	heard *moment
	early bool
	over  bool
	done  chan struct{}
}

// recite begins to say the sounds. The lock is held.
func (l *callerLine) recite(sounds []string) *recital {
	text := l.spoken(sounds)
	if strings.Contains(text, "sound:") && l.media == "" {
		l.t.Errorf("a sound without words is played: %s", text)
	}
	r := &recital{line: l, words: strings.Fields(text), begun: time.Now(), done: make(chan struct{}), early: l.answeredAt.IsZero()}
	if n := len(l.recitals); n > 0 && !l.recitals[n-1].over && !l.faults.expects("stop") {
		l.t.Errorf("two prompts at once: %q during %q", text, l.recitals[n-1].words)
	}
	if len(r.words) == 0 {
		close(r.done)
		return r
	}
	r.heard = l.told("caller", "")
	l.recitals = append(l.recitals, r)
	l.notify()
	if !slices.Contains(sounds, dialTone) && !slices.Contains(sounds, comfortTone) { // which sound until they are stopped
		time.AfterFunc(r.length(), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			r.stop()
		})
	}
	return r
}

func (r *recital) length() time.Duration { return time.Duration(len(r.words)) * wordTakes }

func (r *recital) Done() <-chan struct{} { return r.done }

func (r *recital) Stop(ctx context.Context) error {
	if err := r.line.command(ctx, "stop", commandTakes); err != nil {
		return err
	}
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	r.stop()
	return nil
}

// stop ends the recital. The lock is held.
func (r *recital) stop() { r.breakOff(true) }

// breakOff ends the recital and says how far it came. Where the channel ends, the
// script may or may not be told that the recital has ended with it.
func (r *recital) breakOff(told bool) {
	if r.over || len(r.words) == 0 {
		return
	}
	r.over = true
	said := r.words[:min(len(r.words), int(time.Since(r.begun)/wordTakes))]
	if len(said) < len(r.words) {
		said = append(said[:len(said):len(said)], "—")
	}
	how := "hears"
	if r.early {
		how = "hears, unanswered,"
	}
	r.line.change(r.heard, fmt.Sprintf("%s %q", how, strings.Join(said, " ")))
	if told {
		close(r.done)
	}
	r.line.notify()
}

// spokenAt is when the words given have been said; ok is false where they are not part
// of the prompt.
func (r *recital) spokenAt(words string) (at time.Time, ok bool) {
	before, _, ok := strings.Cut(strings.Join(r.words, " "), words)
	n := len(strings.Fields(before + words))
	return r.begun.Add(time.Duration(n) * wordTakes), ok
}
