package stasis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"cccp/ivr"
	"cccp/routing"
)

const timeoutVariable = "TIMEOUT(absolute)"

// callee is a far end's channel: it satisfies ivr.Callee.
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
	// decided is closed when ringing is over: answered or gone.
	decided chan struct{}

	mu        sync.Mutex
	isEntered bool
	isRinging bool
	isDecided bool
	isUp      bool
	isGone    bool
	leftAt    time.Time
	// guessed says that the answer was missed, and is only known to be past.
	guessed bool
}

func newCallee(s *Server, channel string) *callee {
	return &callee{
		server: s, channel: channel,
		inStasis: make(chan struct{}), answered: make(chan time.Time, 1), gone: make(chan ivr.End, 1),
		ringing: make(chan struct{}), decided: make(chan struct{}),
	}
}

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
	case state == stateUp && !c.isUp:
		c.isUp = true
		c.answered <- at
		c.decide()
	}
}

// leaving is when the far end hung up; left, a moment later, knows the cause.
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
	c.gone <- ivr.End{At: at, Cause: cause, Estimated: c.guessed}
	c.decide()
}

// missedEnd is a far end that left while nobody listened, at some time after at.
func (c *callee) missedEnd(at time.Time) {
	c.mu.Lock()
	c.guessed = c.guessed || c.leftAt.IsZero() // its leaving may have been told
	c.mu.Unlock()
	c.left(at, routing.CauseNormalClearing)
}

// missedState is a state the far end was found in at a time; an answer was before it.
func (c *callee) missedState(state string, at time.Time) {
	c.mu.Lock()
	c.guessed = c.guessed || state == stateUp && !c.isUp
	c.mu.Unlock()
	c.stateChanged(state, at)
}

func (c *callee) decide() {
	if !c.isDecided {
		c.isDecided = true
		close(c.decided)
	}
}
