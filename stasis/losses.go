package stasis

import (
	"sync"
	"time"
)

// losses are when the connection was lost, oldest first, as long as a channel may be missing
// for it. The zero value is none.
type losses struct {
	mu sync.Mutex
	at []time.Time
}

// maxLosses bounds what is remembered of a connection that flaps. The oldest counts most:
// nothing that ended is charged beyond it.
const maxLosses = 1000

func (l *losses) add(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.at) < maxLosses {
		l.at = append(l.at, at)
	}
}

// after is when the connection was first lost after a channel had been seen: it ended, or
// its end was missed, then. Where nothing is known of that, it is now.
func (l *losses) after(seen time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.at {
		if !at.Before(seen) {
			return at
		}
	}
	return time.Now()
}

// forget drops what was made up for: the losses before a moment.
func (l *losses) forget(before time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.at) > 0 && l.at[0].Before(before) {
		l.at = l.at[1:]
	}
}

// sighting is when the switch was last known to have a channel.
type sighting struct {
	mu sync.Mutex
	at time.Time
}

func (s *sighting) see(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
}

func (s *sighting) seen() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}
