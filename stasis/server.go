package stasis

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/ivr"
)

// Books is what the sweep needs of the durable record of calls.
type Books interface {
	OpenLegs() ([]billing.OpenLeg, error)
	Settle(context.Context, billing.Settlement) (billing.CDR, error)
	Record(context.Context, billing.CDR) error
}

// Options of a server.
type Options struct {
	Link  Link
	Books Books
	// Script is run for every caller, on a goroutine of its own. Its context ends
	// when the caller has gone.
	Script func(context.Context, ivr.Line)
	// Resume is run for a conversation that an earlier run left behind; aLeg is that of a
	// callback, else nil.
	Resume func(ctx context.Context, l ivr.Line, c ivr.Callee, bLeg billing.OpenLeg, aLeg *billing.OpenLeg)
	// Elsewhere says whether a visit has a script that was not started here: a callback's.
	// nil is never.
	Elsewhere func(billing.VisitID) bool
	// NewVisit makes the ID of a caller's stay.
	NewVisit func() billing.VisitID
	// App is our Stasis application.
	App string
	// MaxCalls is how many callers there may be at once.
	MaxCalls int
	// SweepAfter is how long an unknown channel is given to be announced before it
	// is taken for left over.
	SweepAfter time.Duration
	// UnattendedFor is how long the switch lets a caller stay at a prompt if nobody renews it:
	// longer than any prompt and the wait for its answer.
	UnattendedFor time.Duration
	// CommandFor bounds commands sent outside of a script.
	CommandFor time.Duration
	Log        zerolog.Logger
}

// Server runs callers' scripts on an Asterisk.
type Server struct {
	Options

	mu       sync.Mutex
	lines    map[string]*line   // by the caller's channel
	callees  map[string]*callee // by the callee's channel
	draining bool
	scripts  sync.WaitGroup

	losses    losses
	ready     chan struct{} // closed at the first connection
	readyOnce sync.Once
	sweeping  sync.Mutex
	connected atomic.Bool
	told      atomic.Bool // that Asterisk was not there at start
	overflows atomic.Uint64
	node      atomic.Pointer[string] // Asterisk's entity ID, as last told
}

// NewServer makes a server; Run starts it.
func NewServer(o Options) *Server {
	return &Server{Options: o, lines: map[string]*line{}, callees: map[string]*callee{}, ready: make(chan struct{})}
}

// Run takes calls until ctx ends or another instance takes the application over.
// Asterisk going away ends nothing: it is waited for.
func (s *Server) Run(ctx context.Context) error {
	err := s.Link.Listen(ctx, s)
	s.connected.Store(false)
	if errors.Is(err, ErrReplaced) {
		s.Log.Error().Msg("another instance took the Stasis application over: " +
			"this one stops, since it hears nothing of its calls any more")
		s.giveUp()
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// giveUp ends every call of a server that gets no events any more: the switch is told to
// hang up, and the scripts do not wait for the ends.
func (s *Server) giveUp() {
	for _, l := range s.liveLines() {
		l.cut(billing.SystemFailure)
		l.noteEnd(ivr.End{At: time.Now(), Cause: billing.CauseNormalClearing})
		if callee := s.callee(l.caller.Channel); callee != nil { // the A leg of a callback is waited for as a callee
			callee.missedEnd(time.Now())
		}
	}
}

// Ready is closed once Asterisk has been reached for the first time.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Online says whether events arrive at present.
func (s *Server) Online() bool { return s.connected.Load() }

// Overflows counts callers hung up because their digits overflowed the buffer.
func (s *Server) Overflows() uint64 { return s.overflows.Load() }

// Drain lets no new callers in and waits until the present ones have left and their
// money is settled, or ctx ends.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	left := len(s.lines)
	s.mu.Unlock()
	s.Log.Info().Int("calls", left).Msg("draining: no new calls")
	done := make(chan struct{})
	go func() { s.scripts.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Cut hangs every caller up, for the reason given.
func (s *Server) Cut(reason billing.Reason) {
	for _, l := range s.liveLines() {
		l.cut(reason)
	}
}

// CutCaller ends one caller's stay and says whether there was one.
func (s *Server) CutCaller(visit billing.VisitID) bool {
	for _, l := range s.liveLines() {
		if l.caller.Visit == visit {
			l.cut(billing.OperatorCut)
			return true
		}
	}
	return false
}

// Callers lists the callers present.
func (s *Server) Callers() []ivr.Caller {
	lines := s.liveLines()
	callers := make([]ivr.Caller, len(lines))
	for i, l := range lines {
		callers[i] = l.caller
	}
	return callers
}

func (s *Server) liveLines() []*line {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]*line, 0, len(s.lines))
	for _, l := range s.lines {
		lines = append(lines, l)
	}
	return lines
}

// admit starts a caller's script, or says why not. A channel that is known already
// is neither: Asterisk announced it twice.
func (s *Server) admit(caller ivr.Caller) (refused billing.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lines[caller.Channel] != nil {
		return ""
	}
	if refused := s.full(); refused != "" {
		return refused
	}
	caller.Visit = s.NewVisit()
	l := newLine(s, caller)
	l.made.Store(true)
	s.lines[caller.Channel] = l
	s.run(l, func() {
		if err := l.attend(l.ctx); err != nil && l.ctx.Err() == nil {
			s.Log.Warn().Err(err).Str("visit", string(caller.Visit)).Msg("limit of a caller who arrives")
		}
		s.Script(l.ctx, l)
	})
	return ""
}

// full says why there can be no more callers, if so. The server is locked.
func (s *Server) full() billing.Reason {
	switch {
	case s.draining:
		return billing.ShuttingDown
	case len(s.lines) >= s.MaxCalls:
		return billing.Overload
	}
	return ""
}

// dismiss forgets a caller whose script has ended.
func (s *Server) dismiss(l *line) {
	s.mu.Lock()
	delete(s.lines, l.caller.Channel)
	s.mu.Unlock()
	l.close()
}

// reject turns a caller away without answering.
func (s *Server) reject(channel string, reason billing.Reason) {
	s.Log.Warn().Str("channel", channel).Str("reason", string(reason)).Msg("caller turned away")
	s.command("reject caller", func(ctx context.Context) error {
		return s.Link.Hangup(ctx, channel, billing.CauseSwitchCongestion)
	})
}

// command sends something that no script waits for, without making the event
// goroutine wait.
func (s *Server) command(what string, send func(context.Context) error) {
	go s.attempt(what, send)
}

// attempt sends something whose failure is only worth a line in the log.
func (s *Server) attempt(what string, send func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.CommandFor)
	defer cancel()
	if err := recovered(func() error { return send(ctx) }); err != nil && !errors.Is(err, ErrNoSuchChannel) {
		s.Log.Warn().Err(err).Msg(what)
	}
}
