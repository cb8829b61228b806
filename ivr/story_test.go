package ivr

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cccp/billing"
)

// story is what happened, in the order in which it happened: what callers heard and
// pressed, what the switch was told to do, what the bank did with the money.
type story struct {
	mu    sync.Mutex
	begun time.Time
	told  []*moment
}

// moment is one line of a story.
type moment struct {
	at        time.Time
	visit     billing.VisitID
	who, what string
	lastKey   time.Time // of a line about keys pressed
}

// nobody is the visit of what belongs to none.
const nobody billing.VisitID = ""

func (s *story) tell(visit billing.VisitID, who, format string, args ...any) *moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(visit, who, fmt.Sprintf(format, args...))
}

func (s *story) add(visit billing.VisitID, who, what string) *moment {
	m := &moment{at: time.Now(), visit: visit, who: who, what: what}
	s.told = append(s.told, m)
	return m
}

// change rewrites a line: how much of a prompt was heard is only known at its end.
func (s *story) change(m *moment, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.what = what
}

// sameBurst is the longest pause between keys told in one line.
const sameBurst = time.Second

// press tells of a key; keys pressed in a row are one line.
func (s *story) press(visit billing.VisitID, key byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.told); n > 0 {
		last := s.told[n-1]
		if last.visit == visit && !last.lastKey.IsZero() && time.Since(last.lastKey) <= sameBurst {
			last.what += string(key)
			last.lastKey = time.Now()
			return
		}
	}
	s.add(visit, "caller", "presses "+string(key)).lastKey = time.Now()
}

// text is the story to be read, with the seconds since it began. The visit is named
// where there are several.
func (s *story) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	visits := map[billing.VisitID]bool{nobody: true}
	for _, m := range s.told {
		visits[m.visit] = true
	}
	var b strings.Builder
	for _, m := range s.told {
		fmt.Fprintf(&b, "%7.2f  ", m.at.Sub(s.begun).Seconds())
		if len(visits) > 2 {
			fmt.Fprintf(&b, "%-4s ", m.visit)
		}
		fmt.Fprintf(&b, "%-8s %s\n", m.who, m.what)
	}
	return b.String()
}

// momentOf is when something happened, and to whom.
type momentOf struct {
	at    time.Duration
	visit billing.VisitID
}

// moments are all of them, each once.
func (s *story) moments() (all []momentOf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.told {
		if at := (momentOf{m.at.Sub(s.begun), m.visit}); m.visit != nobody && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

// times are the moments at which something happened, each once.
func (s *story) times() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []time.Duration
	for _, m := range s.told {
		if at := m.at.Sub(s.begun); len(all) == 0 || all[len(all)-1] != at {
			all = append(all, at)
		}
	}
	return all
}
