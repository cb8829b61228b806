package stasis

import (
	"context"
	"fmt"
	"runtime/debug"

	"cccp/billing"
)

// run runs a caller's script. One that panics beyond what it can settle by itself takes its
// own caller along, and nobody else: its legs are settled like those of a program that died.
func (s *Server) run(l *line, script func()) {
	s.scripts.Go(func() {
		defer s.dismiss(l)
		defer func() {
			if why := recover(); why != nil {
				s.Log.Error().Interface("panic", why).Bytes("stack", debug.Stack()).
					Str("visit", string(l.caller.Visit)).Msg("script panicked: hanging its caller up")
				s.command("hang up after panic", func(ctx context.Context) error {
					return s.Link.Hangup(ctx, l.caller.Channel, billing.CauseTemporary)
				})
			}
		}()
		script()
	})
}

// recovered does something, and makes an error of a panic in it, with its stack.
func recovered(do func() error) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("panic: %v\n%s", why, debug.Stack())
		}
	}()
	return do()
}
