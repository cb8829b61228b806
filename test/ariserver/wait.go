package ariserver

import (
	"context"
	"errors"
)

var errClosed = errors.New("the fake Asterisk is closed")

// signal wakes those who wait for a change. Server.mu guards it. It costs
// nothing while nobody waits.
type signal struct{ changed chan struct{} }

func (g *signal) wait() <-chan struct{} {
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return g.changed
}

func (g *signal) fire() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

// await asks ready, with the server locked, now and after every signal, until it
// says yes or fails.
func (s *Server) await(ctx context.Context, g *signal, ready func() (bool, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if ok, err := ready(); ok || err != nil {
			return err
		}
		if s.closed {
			return errClosed
		}
		if err := s.waitUnlocked(ctx, g.wait()); err != nil {
			return err
		}
	}
}

func (s *Server) waitUnlocked(ctx context.Context, changed <-chan struct{}) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.done:
		return errClosed
	}
}
