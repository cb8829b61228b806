package stasis

import (
	"context"
	"errors"
	"sync"
	"time"
)

// renewEvery is how often the limit of a caller at a prompt is set anew; before a prompt it is
// not if that was done freshFor ago.
const (
	renewEvery = 10 * time.Second
	freshFor   = 3 * time.Second
)

// idle is the limit of a caller who is not in a call. The switch carries it from his arrival
// on, and it is set anew as long as his script runs: should we die, the switch hangs him up
// soon, and does not leave him in silence. Limits of calls take its place.
//
// A limit waits for the end of a playback. None is set while one plays, then, but before it.
type idle struct {
	mu   sync.Mutex // held while a limit is set, or a playback begun: the last word counts
	on   bool
	set  time.Time
	tick *time.Timer
}

// attend begins to keep the limit of a caller who is not in a call.
func (l *line) attend(ctx context.Context) error {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	l.idle.on = true
	if l.idle.tick == nil {
		l.idle.tick = time.AfterFunc(renewEvery, l.renew)
	}
	return l.renewed(ctx)
}

// prompted renews the limit before a prompt, unless it is fresh. The lock is held.
func (l *line) prompted(ctx context.Context) {
	if !l.idle.on || time.Since(l.idle.set) < freshFor {
		return
	}
	if err := l.renewed(ctx); err != nil && ctx.Err() == nil {
		l.server.Log.Warn().Err(err).Str("visit", string(l.caller.Visit)).Msg("limit of a caller at a prompt")
	}
}

// leave ends it for the limit of a call.
func (l *line) leave(set func() error) error {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	if err := set(); err != nil {
		return err // the caller keeps the limit he has, which is renewed
	}
	l.idle.on = false
	return nil
}

// renew sets the limit anew, from time to time.
func (l *line) renew() {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	if l.idle.on && !l.isPlaying() {
		ctx, cancel := context.WithTimeout(l.ctx, l.server.CommandFor)
		defer cancel()
		if err := l.renewed(ctx); err != nil && l.ctx.Err() == nil && !errors.Is(err, ErrNoSuchChannel) {
			l.server.Log.Debug().Err(err).Str("visit", string(l.caller.Visit)).Msg("limit of a caller at a prompt")
		}
	}
	l.idle.tick.Reset(renewEvery)
}

// renewed sets the limit. The lock is held.
func (l *line) renewed(ctx context.Context) error {
	l.idle.set = time.Now()
	return l.server.limit(ctx, l.caller.Channel, l.server.UnattendedFor)
}

func (l *line) isPlaying() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.playing) > 0
}

// forsake ends what keeps the limit.
func (l *line) forsake() {
	l.idle.mu.Lock()
	defer l.idle.mu.Unlock()
	if l.idle.tick != nil {
		l.idle.tick.Stop()
	}
}
