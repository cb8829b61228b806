package stasis

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/ivr"
)

// outgoing is the A leg of a callback: a callee until it answers, and a caller's line from
// then on. It satisfies ivr.Outgoing.
type outgoing struct {
	*line
	callee *callee
}

func (o *outgoing) Heard() <-chan struct{}     { return o.callee.heard }
func (o *outgoing) Answered() <-chan time.Time { return o.callee.answered }
func (o *outgoing) Gone() <-chan ivr.End       { return o.callee.gone }
func (o *outgoing) Present() context.Context   { return o.ctx }

// Release forgets the channel, and hangs it up where that is still to be done.
func (o *outgoing) Release() {
	o.server.removeCallee(o.callee.channel)
	o.server.dismiss(o.line)
}

// Node is Asterisk's entity ID, as last told; "" before the first call.
func (s *Server) Node() string {
	if node := s.node.Load(); node != nil {
		return *node
	}
	return ""
}

// Call makes the channel of a callback's A leg and dials it. Its caller ID is set at its
// creation, like every callee's.
func (s *Server) Call(ctx context.Context, who ivr.Caller, a ivr.Attempt) (ivr.Outgoing, error) {
	who.Channel, who.Node = string(a.ID), s.Node()
	o := &outgoing{line: newLine(s, who), callee: newCallee(s, who.Channel)}
	if refused := s.expect(o); refused != "" {
		return nil, billing.Refusal{Reason: refused}
	}
	err := recovered(func() error { return o.dial(ctx, a) })
	if err == nil || o.callee.unmade(err, a) {
		return o, nil
	}
	o.Release()
	return nil, fmt.Errorf("call %s: %w", a.Endpoint, err)
}

// dial makes the channel and calls from inside the bridge it will stay in. A channel
// dialled outside of one is put into Asterisk's own dial bridge, and left there when it
// answers: no keys are told from that.
func (o *outgoing) dial(ctx context.Context, a ivr.Attempt) error {
	err := o.callee.create(ctx, a, "")
	if reason := o.cutFor(); reason != "" { // while there was no channel to hang up yet
		return billing.Refusal{Reason: reason}
	}
	if err != nil {
		return err
	}
	o.made.Store(true)
	if err := o.bridge(ctx); err != nil {
		return err
	}
	if err := o.server.Link.Join(ctx, o.bridgeID(), o.callee.channel); err != nil {
		return err
	}
	return o.callee.dial(ctx, a.Ring)
}

// cutFor is why the channel is not to be, if that has been decided.
func (o *outgoing) cutFor() billing.Reason {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.isCut {
		return ""
	}
	return o.reason
}

// expect registers a channel that is about to be made, or says why there can be none.
func (s *Server) expect(o *outgoing) (refused billing.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused = s.full(); refused == "" {
		s.lines[o.caller.Channel], s.callees[o.caller.Channel] = o.line, o.callee
	}
	return refused
}
