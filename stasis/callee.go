package stasis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cccp/billing"
	"cccp/ivr"
)

const timeoutVariable = "TIMEOUT(absolute)"

// callee is the channel of a B leg: it satisfies ivr.Callee.
type callee struct {
	server  *Server
	channel string
	// created says that the switch has the channel: until then it cannot be missed.
	created atomic.Bool
	// inStasis is closed when the channel has entered our application: create
	// returns a moment before, and until then it can neither be bridged nor dialled.
	inStasis chan struct{}
	answered chan time.Time
	gone     chan ivr.End
	ringing  chan struct{}
	heard    chan struct{} // closed when it rings, sends sound, or is decided
	// decided is closed when ringing is over: answered or gone.
	decided chan struct{}

	sighting

	mu        sync.Mutex
	isEntered bool
	isRinging bool
	isHeard   bool
	isDecided bool
	isUp      bool
	isGone    bool
	leftAt    time.Time
	// rungOut is when the switch has let it ring long enough; zero before it is dialled.
	rungOut time.Time
	// guessed says that the answer was missed, and is only known to be past.
	guessed bool
}

func newCallee(s *Server, channel string) *callee {
	c := &callee{
		server: s, channel: channel,
		inStasis: make(chan struct{}), answered: make(chan time.Time, 1), gone: make(chan ivr.End, 1),
		ringing: make(chan struct{}), heard: make(chan struct{}), decided: make(chan struct{}),
	}
	c.see(time.Now())
	return c
}

func (c *callee) Heard() <-chan struct{}     { return c.heard }
func (c *callee) Answered() <-chan time.Time { return c.answered }
func (c *callee) Gone() <-chan ivr.End       { return c.gone }

func (c *callee) Limit(ctx context.Context, d time.Duration) error {
	return c.server.limit(ctx, c.channel, d)
}

func (c *callee) Hangup(ctx context.Context, cause int) error {
	return c.server.Link.Hangup(ctx, c.channel, cause)
}

// limit has the switch end a channel after d, rounded up to whole seconds.
func (s *Server) limit(ctx context.Context, channel string, d time.Duration) error {
	return s.Link.Set(ctx, channel, timeoutVariable, seconds(d))
}

// seconds rounds up to whole seconds. Only nothing at all is 0, which lifts a limit.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((max(d, 0)+time.Second-1)/time.Second), 10)
}

// create makes the channel and waits until it can be used. originator is the channel of
// the caller it belongs to, if there is one.
func (c *callee) create(ctx context.Context, a ivr.Attempt, originator string) error {
	err := c.server.Link.Create(ctx, NewChannel{
		ID: c.channel, Endpoint: a.Endpoint, Originator: originator, Args: argCallee,
		Variables: calleeVariables(a),
	})
	if err != nil {
		return err
	}
	c.created.Store(true)
	return c.awaitStasis(ctx)
}

// calleeVariables are the B leg's variables at creation: its caller ID, so that at no
// moment another can be shown, and its limit. That counts ringing, too, and holds only
// until the answer sets its own.
func calleeVariables(a ivr.Attempt) map[string]string {
	number, presentation := a.Shown.Number, "allowed_passed_screen"
	if number == "" {
		number = "anonymous"
	}
	if a.Shown.Number == "" || a.Shown.Private {
		presentation = "prohib_passed_screen"
	}
	variables := map[string]string{
		"CONNECTEDLINE(all,i)":  "<" + number + ">",
		"CONNECTEDLINE(pres,i)": presentation,
		timeoutVariable:         seconds(a.Ring + a.Talk),
	}
	if a.Shown.Diverting != "" {
		maps.Copy(variables, diversion(a))
	}
	return variables
}

// diversion names the number that sent the call on (RFC 5806). A SIP channel is given the header
// itself: redirecting data set before the channel is dialled over ARI makes none.
func diversion(a ivr.Attempt) map[string]string {
	by := a.Shown.Diverting
	if strings.HasPrefix(a.Endpoint, "PJSIP/") {
		return map[string]string{"PJSIP_HEADER(add,Diversion)": "<" + uri(by) + ">;reason=unconditional"}
	}
	return map[string]string{"REDIRECTING(from-num,i)": by, "REDIRECTING(reason,i)": "unconditional"}
}

// uri names a number. A tel URI holds a global number, or says where a local one holds (RFC
// 3966, 5.1.5); carriers that want another form want it in a SIP URI.
func uri(number string) string {
	if strings.HasPrefix(number, "+") {
		return "tel:" + number
	}
	return "sip:" + strings.ReplaceAll(number, "#", "%23") + "@anonymous.invalid;user=phone"
}

// unmade says whether the switch could not make the channel. A trunk that cannot
// ("Allocation failed") has failed like one that is congested, and the next may do
// better; other refusals are about the request, or a caller who has just gone.
func (c *callee) unmade(err error, a ivr.Attempt) bool {
	var refused *StatusError
	if !errors.As(err, &refused) || refused.Status != http.StatusInternalServerError || c.created.Load() {
		return false
	}
	c.server.Log.Warn().Err(err).Str("leg", c.channel).Str("endpoint", a.Endpoint).Msg("no channel")
	c.left(time.Now(), billing.CauseChannelTaken)
	c.hangUpUndialled()
	return true
}

// hangUpUndialled hangs up a channel that may have been made and is not used.
func (c *callee) hangUpUndialled() {
	c.server.command("hang up undialled channel", func(ctx context.Context) error {
		return c.server.Link.Hangup(ctx, c.channel, billing.CauseNormalClearing)
	})
}

// dial has the switch call the callee, and let it ring so long.
func (c *callee) dial(ctx context.Context, ring time.Duration) error {
	c.mu.Lock()
	c.rungOut = time.Now().Add(ring.Truncate(time.Second)) // as the switch is told it
	c.mu.Unlock()
	return c.server.Link.Dial(ctx, c.channel, ring)
}

// awaitStasis waits until the channel has entered our application.
func (c *callee) awaitStasis(ctx context.Context) error {
	late := time.NewTimer(c.server.CommandFor)
	defer late.Stop()
	select {
	case <-c.inStasis:
		return nil
	case end := <-c.gone:
		return fmt.Errorf("channel ended before it was dialled, cause %d", end.Cause)
	case <-late.C:
		return errors.New("channel did not enter Stasis")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The methods below are called by the event goroutine and never wait: each thing is
// told once, into a place that is kept for it.

func (c *callee) entered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isEntered {
		c.isEntered = true
		close(c.inStasis)
	}
}

func (c *callee) stateChanged(state string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case state == stateRinging && !c.isRinging:
		c.isRinging = true
		close(c.ringing)
		c.hear()
	case state == stateUp && !c.isUp:
		c.isUp = true
		c.answered <- at
		c.decide()
	}
}

// progress is told when the callee's network sends sound before the answer.
func (c *callee) progress() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hear()
}

// leaving is when the callee hung up; left, a moment later, knows the cause.
func (c *callee) leaving(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leftAt.IsZero() {
		c.leftAt = at
	}
}

func (c *callee) left(at time.Time, cause int) {
	c.server.removeCallee(c.channel)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isGone {
		return
	}
	c.isGone = true
	if !c.leftAt.IsZero() {
		at = c.leftAt
	}
	c.gone <- ivr.End{At: at, Cause: c.causeOf(cause), Reason: c.why(cause), Estimated: c.guessed}
	c.decide()
}

// why an answered callee left, where it did not hang up: "" where it did.
func (c *callee) why(cause int) billing.Reason {
	if c.isUp && cause == billing.CauseChannelTaken {
		return billing.CalleeLost
	}
	return ""
}

// causeOf is the cause of an end. Asterisk before April 2025 (asterisk/asterisk#963) gives
// none where its ring time ran out: nobody answered then, nor where it had been ringing.
func (c *callee) causeOf(told int) int {
	rung := c.isRinging || !c.rungOut.IsZero() && !time.Now().Before(c.rungOut)
	if told == 0 && rung && !c.isUp {
		return billing.CauseNoAnswer
	}
	return told
}

// missedEnd is the end of a callee that left without a connection, some time after at.
func (c *callee) missedEnd(at time.Time) {
	c.mu.Lock()
	c.guessed = c.guessed || c.leftAt.IsZero() // its leaving may have been told
	c.mu.Unlock()
	c.left(at, billing.CauseNormalClearing)
}

// missedState is a state the callee was found in at a time; an answer was before it. Sound
// of its network may have begun unnoticed.
func (c *callee) missedState(state string, at time.Time) {
	c.mu.Lock()
	c.hear()
	c.guessed = c.guessed || state == stateUp && !c.isUp
	c.mu.Unlock()
	c.stateChanged(state, at)
}

// hear notes the first sign of the callee. The lock is held.
func (c *callee) hear() {
	if !c.isHeard {
		c.isHeard = true
		close(c.heard)
	}
}

func (c *callee) decide() {
	c.hear()
	if !c.isDecided {
		c.isDecided = true
		close(c.decided)
	}
}
