package stasis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cccp/billing"
	"cccp/ivr"
)

// DigitBuffer is how many digits a caller may type ahead.
const DigitBuffer = 64

// answerWithin is how long to wait for the switch to report an answer it carried out.
const answerWithin = 2 * time.Second

// line is a caller's channel: it satisfies ivr.Line.
type line struct {
	server *Server
	caller ivr.Caller
	ctx    context.Context // ends when the caller has gone
	gone   context.CancelFunc
	digits chan byte
	upAt   chan time.Time
	// made says that the switch has the channel: until then it cannot be missed.
	made atomic.Bool
	// overflowed says that more digits came than fit; the event goroutine's own.
	overflowed bool
	// callee is the one called last; the script's own.
	callee *callee

	// held is the longest that a key was held, in nanoseconds.
	held atomic.Int64
	// lastDigit and lastPressed belong to the event goroutine.
	lastDigit   string
	lastPressed time.Time

	sighting

	idle idle

	mu       sync.Mutex
	plays    int
	playing  map[string]chan struct{}
	reason   billing.Reason // why we cut the line, if we did
	isCut    bool
	end      ivr.End
	hasEnded bool
	bridged  bool
}

func newLine(s *Server, caller ivr.Caller) *line {
	l := &line{
		server: s, caller: caller, digits: make(chan byte, DigitBuffer), upAt: make(chan time.Time, 1),
		playing: map[string]chan struct{}{}, reason: billing.CallerHungUp,
	}
	l.see(time.Now())
	l.ctx, l.gone = context.WithCancel(context.Background())
	return l
}

func (l *line) Caller() ivr.Caller  { return l.caller }
func (l *line) Digits() <-chan byte { return l.digits }
func (l *line) Held() time.Duration { return time.Duration(l.held.Load()) }

// Answer answers the channel; the time is the switch's, or ours should it say nothing.
func (l *line) Answer(ctx context.Context) (time.Time, error) {
	if err := l.server.Link.Answer(ctx, l.caller.Channel); err != nil {
		return time.Time{}, fmt.Errorf("answer: %w", err)
	}
	silence := time.NewTimer(answerWithin)
	defer silence.Stop()
	select {
	case at := <-l.upAt:
		return at, nil
	case <-silence.C:
		return time.Now(), nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// Play starts a playback of all the sounds.
func (l *line) Play(ctx context.Context, sounds []string) (ivr.Playback, error) {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	p := l.newPlayback()
	if len(sounds) == 0 {
		l.played(p.id)
		return p, nil
	}
	l.prompted(ctx)
	if err := l.server.Link.Play(ctx, l.caller.Channel, p.id, sounds); err != nil {
		l.played(p.id)
		return nil, fmt.Errorf("play: %w", err)
	}
	return p, nil
}

func (l *line) newPlayback() playback {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plays++
	p := playback{line: l, id: string(l.caller.Visit) + "-p" + strconv.Itoa(l.plays), done: make(chan struct{})}
	l.playing[p.id] = p.done
	return p
}

// Withheld says whether the caller asked not to be shown (RFC 3323, RFC 3325).
func (l *line) Withheld(ctx context.Context) (bool, error) {
	presentation, err := l.server.Link.Get(ctx, l.caller.Channel, "CALLERID(num-pres)")
	return strings.HasPrefix(presentation, "prohib"), err
}

// Limit has the switch end the channel after d: TIMEOUT(absolute) counts whole
// seconds from when it is set. 0 leaves it the limit of a caller who is attended to.
func (l *line) Limit(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return l.attend(ctx)
	}
	return l.leave(func() error { return l.server.limit(ctx, l.caller.Channel, d) })
}

// Hangup ends the channel.
func (l *line) Hangup(ctx context.Context, cause int) error {
	return l.server.Link.Hangup(ctx, l.caller.Channel, cause)
}

// Ended is how the channel ended, once it has.
func (l *line) Ended() (ivr.End, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.end
	if end.Cause == billing.CauseChannelTaken && end.Reason == billing.CallerHungUp {
		end.Reason = billing.CallerLost // the cause may come after the end
	}
	return end, l.hasEnded
}

// Dial creates the B leg's channel, identity and limit included, bridges it with the
// caller, and only then dials, so that early media and the first word are heard.
func (l *line) Dial(ctx context.Context, a ivr.Attempt) (ivr.Callee, error) {
	if err := l.clear(ctx); err != nil {
		return nil, err
	}
	c := newCallee(l.server, string(a.ID))
	l.server.addCallee(c)
	err := recovered(func() error { return l.dial(ctx, c, a) })
	if l.ctx.Err() == nil && c.unmade(err, a) {
		return c, nil
	}
	// A caller who leaves at the last moment may leave a callee behind that answers
	// already: it is the script that hangs it up, and counts the answer.
	leftBehind := ctx.Err() != nil && c.created.Load()
	if err != nil && !leftBehind {
		l.server.removeCallee(c.channel)
		c.hangUpUndialled()
		return nil, fmt.Errorf("dial %s: %w", a.Endpoint, err)
	}
	l.callee = c
	go l.ringback(c)
	return c, nil
}

func (l *line) dial(ctx context.Context, c *callee, a ivr.Attempt) error {
	prepared := make(chan error, 1)
	go func() { // while the B leg's channel is being made
		prepared <- recovered(func() error { return l.prepare(ctx, a) })
	}()
	err := c.create(ctx, a, l.caller.Channel)
	if err := errors.Join(err, <-prepared); err != nil {
		return err
	}
	if err := l.server.Link.Join(ctx, l.bridgeID(), l.caller.Channel, c.channel); err != nil {
		return err
	}
	return c.dial(ctx, a.Ring)
}

// prepare makes the caller's side ready to be joined: the bridge, and a limit of its own,
// since a caller must not wait for ever for a callee if ccd dies before it connects them.
func (l *line) prepare(ctx context.Context, a ivr.Attempt) error {
	if err := l.Limit(ctx, a.CallerTalk); err != nil && ctx.Err() == nil {
		l.server.Log.Warn().Err(err).Str("visit", string(l.caller.Visit)).Msg("limit caller's leg")
	}
	return l.bridge(ctx)
}

// bridge makes the caller's bridge when it is first needed. Once asked for, it is waited
// for even if the caller leaves: made after it was destroyed, it would stay for ever.
func (l *line) bridge(ctx context.Context) error {
	l.mu.Lock()
	made := l.bridged
	l.bridged = true
	l.mu.Unlock()
	if made {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.server.CommandFor)
	defer cancel()
	return l.server.Link.Bridge(ctx, l.bridgeID())
}

func (l *line) bridgeID() string { return bridgeOf(l.caller.Visit) }

func bridgeOf(visit billing.VisitID) string { return string(visit) + bridgeSuffix }

// ringback lets the caller hear ringing while the callee really rings.
func (l *line) ringback(c *callee) {
	select {
	case <-c.ringing:
	case <-c.decided:
		return
	case <-l.ctx.Done():
		return
	}
	l.ring(true)
	select {
	case <-c.decided:
		l.ring(false)
	case <-l.ctx.Done():
	}
}

func (l *line) ring(on bool) {
	ctx, cancel := context.WithTimeout(l.ctx, l.server.CommandFor)
	defer cancel()
	if err := l.server.Link.Ring(ctx, l.caller.Channel, on); err != nil && l.ctx.Err() == nil {
		l.server.Log.Warn().Err(err).Str("visit", string(l.caller.Visit)).Msg("ringback")
	}
}

// clear makes sure that the callee of the call before has left: one that could not be
// hung up would hear the next call.
func (l *line) clear(ctx context.Context) error {
	if l.callee == nil || l.server.callee(l.callee.channel) != l.callee {
		return nil
	}
	if err := l.server.Link.Hangup(ctx, l.callee.channel, billing.CauseNormalClearing); err != nil {
		return fmt.Errorf("hang up callee of the call before: %w", err)
	}
	l.server.removeCallee(l.callee.channel)
	return nil
}

// close takes down what a finished script leaves behind: the bridge, and whichever side
// it tried in vain to hang up.
func (l *line) close() {
	l.gone()
	l.forsake()
	if _, ended := l.Ended(); !ended {
		l.hangUpAgain(l.caller.Channel)
	}
	if l.callee != nil && l.server.callee(l.callee.channel) == l.callee {
		l.server.removeCallee(l.callee.channel)
		l.hangUpAgain(l.callee.channel)
	}
	if l.bridged {
		l.server.attempt(
			"destroy bridge",
			func(ctx context.Context) error { return l.server.Link.DestroyBridge(ctx, l.bridgeID()) },
		)
	}
}

func (l *line) hangUpAgain(channel string) {
	l.server.attempt("hang up channel of a finished call", func(ctx context.Context) error {
		return l.server.Link.Hangup(ctx, channel, billing.CauseNormalClearing)
	})
}

// cut hangs the caller up from our side; the end's reason says so.
func (l *line) cut(reason billing.Reason) {
	l.mu.Lock()
	l.reason, l.isCut = reason, true
	l.mu.Unlock()
	l.server.command("cut caller", func(ctx context.Context) error {
		return l.server.Link.Hangup(ctx, l.caller.Channel, billing.CauseNormalClearing)
	})
}

// The methods below are called by the event goroutine and never wait.

// press takes a digit, at the time its key was let go. Asterisk tells some keys twice
// (a key's end within 45 ms of the one before is put back and counted again): the same
// key again, sooner than it was held, is no second press. A caller who overflows the
// buffer is not dialling a number, and is hung up, once.
func (l *line) press(digit string, at time.Time, held time.Duration) {
	toldTwice := digit == l.lastDigit && at.Sub(l.lastPressed) < held
	l.lastDigit, l.lastPressed = digit, at
	if toldTwice {
		return
	}
	l.held.Store(max(l.held.Load(), int64(held))) // before the key that tells of it
	for i := range len(digit) {
		select {
		case l.digits <- digit[i]:
			continue
		default:
		}
		if !l.overflowed {
			l.overflowed = true
			l.server.overflows.Add(1)
			l.server.Log.Warn().Str("visit", string(l.caller.Visit)).Msg("digit buffer overflow: hanging up")
			l.cut(billing.Overload)
		}
		return
	}
}

func (l *line) played(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if done, ok := l.playing[id]; ok {
		delete(l.playing, id)
		close(done)
	}
}

func (l *line) up(at time.Time) {
	select {
	case l.upAt <- at:
	default:
	}
}

// noteEnd keeps the first end it is told of: the request comes before the destruction.
func (l *line) noteEnd(end ivr.End) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hasEnded {
		if l.end.Cause == 0 {
			l.end.Cause = end.Cause
		}
		return
	}
	end.Reason = l.reason
	l.end, l.hasEnded = end, true
	l.gone()
}

// playback is one prompt on a line.
type playback struct {
	line *line
	id   string
	done chan struct{}
}

func (p playback) Done() <-chan struct{} { return p.done }

// Stop stops the playback. One that has ended already is as it should be.
func (p playback) Stop(ctx context.Context) error {
	if err := p.line.server.Link.StopPlayback(ctx, p.id); err != nil {
		return fmt.Errorf("stop playback: %w", err)
	}
	return nil
}
