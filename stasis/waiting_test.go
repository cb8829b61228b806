package stasis_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// board is a place to wait at: whoever waits looks again after every change.
type board struct {
	mu      sync.Mutex
	changed chan struct{}
}

// tell tells all who wait of a change.
func (b *board) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// await waits until a condition holds that may change whenever tell is called.
func (b *board) await(ctx context.Context, holds func() bool) error {
	for {
		changed := b.next()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (b *board) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// logbook keeps a log and can be waited at.
type logbook struct {
	board
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) logger() zerolog.Logger { return zerolog.New(l).Level(zerolog.DebugLevel) }

func (l *logbook) Write(line []byte) (int, error) {
	defer l.tell()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logbook) holds(text string) bool { return strings.Contains(l.String(), text) }

func (l *logbook) times(text string) int { return strings.Count(l.String(), text) }

// says waits until the log says something, for the nth time.
func (p *platform) says(text string, nth int) {
	p.t.Helper()
	if err := p.log.await(p.ctx, func() bool { return p.log.times(text) >= nth }); err != nil {
		p.t.Fatalf("the log does not say %q for the %d. time: %v", text, nth, err)
	}
}

// clock is the switch's: it stands still unless a test lets time pass.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Millisecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// ahead puts the clock that far ahead of ours.
func (c *clock) ahead(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = time.Now().UTC().Add(d).Truncate(time.Millisecond)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
