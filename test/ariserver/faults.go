package ariserver

import (
	"net/http"
	"time"
)

// Fault is what goes wrong with a request. Its fields combine, in the order they
// are listed here.
//
// Mind that Go's HTTP client repeats GET and DELETE by itself when a connection
// it used before breaks without a byte of a reply.
type Fault struct {
	// Times is how many requests it strikes: once if 0, for ever if negative.
	Times int
	// BreakBefore closes the connection without carrying the command out.
	BreakBefore bool
	// Hold delays the command until the channel is closed. It is carried out
	// even if the client has given up by then, as Asterisk does.
	Hold <-chan struct{}
	// Status is replied instead of carrying the command out, if not 0, with
	// Body, or an error message of Asterisk's form if that is empty.
	Status int
	Body   string
	// Delay and HoldReply delay the reply to a command that is carried out.
	Delay     time.Duration
	HoldReply <-chan struct{}
	// Break closes the connection once the command is carried out, without a
	// reply: the client sees EOF.
	Break bool
}

type activeFault struct {
	Fault
	match Match
}

// Fail lets the requests that match run into a fault, until it has struck often
// enough or stop is called. Of several faults that match, the oldest strikes.
func (s *Server) Fail(match Match, f Fault) (stop func()) {
	if f.Times == 0 {
		f.Times = 1
	}
	active := &activeFault{f, match}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, active)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		active.Times = 0
	}
}

// takeFault picks the fault of a request and counts it.
func (s *Server) takeFault(r Request) *activeFault {
	kept := s.faults[:0]
	var struck *activeFault
	for _, f := range s.faults {
		if struck == nil && f.Times != 0 && f.match(r) {
			struck = f
			f.Times--
		}
		if f.Times != 0 {
			kept = append(kept, f)
		}
	}
	clear(s.faults[len(kept):])
	s.faults = kept
	return struck
}

// failBefore does what a fault does to a command not yet carried out. A reply
// means that it is not to be.
func (s *Server) failBefore(f *activeFault) *reply {
	if f == nil {
		return nil
	}
	if f.BreakBefore {
		panic(http.ErrAbortHandler)
	}
	s.hold(f.Hold)
	if f.Status == 0 {
		return nil
	}
	s.failAfter(f)
	if f.Body != "" {
		return &reply{status: f.Status, body: f.Body}
	}
	return refuse(f.Status, http.StatusText(f.Status))
}

// failAfter does what a fault does to the reply.
func (s *Server) failAfter(f *activeFault) {
	if f == nil {
		return
	}
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.done:
		}
	}
	s.hold(f.HoldReply)
	if f.Break {
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) hold(until <-chan struct{}) {
	if until == nil {
		return
	}
	select {
	case <-until:
	case <-s.done:
		panic(http.ErrAbortHandler)
	}
}

// LoseEvents makes events get lost while it is on: channels go on changing state,
// but nothing is sent, as when the network swallows it.
func (s *Server) LoseEvents(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losing = on
}

// HoldEntry keeps channels made by POST /channels/create from entering Stasis
// until release is called, or hang-up. Asterisk does that for a moment: the reply
// to create may overtake the entry.
func (s *Server) HoldEntry() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds++
	released := false
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if released {
			return
		}
		released = true
		if s.holds--; s.holds > 0 {
			return
		}
		for _, c := range s.waiting {
			c.enter()
		}
		s.waiting = nil
	}
}
