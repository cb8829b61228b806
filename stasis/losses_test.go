package stasis

import (
	"testing"
	"time"
)

// A channel that is missing ended with the first loss after it was last seen, whatever was
// lost since; what was swept is forgotten.
func TestLossesAfter(t *testing.T) {
	begun := time.Now().Add(-time.Hour)
	at := func(minute int) time.Time { return begun.Add(time.Duration(minute) * time.Minute) }
	var l losses
	if got := l.after(begun); time.Since(got) > time.Minute {
		t.Errorf("nothing was lost, and it ended at %s", got)
	}
	l.add(at(10))
	l.add(at(20))
	for seen, want := range map[int]int{0: 10, 10: 10, 11: 20, 20: 20} {
		if got := l.after(at(seen)); !got.Equal(at(want)) {
			t.Errorf("seen at minute %d, lost at %s, want %d", seen, got.Sub(begun), want)
		}
	}
	l.forget(at(15))
	if got := l.after(begun); !got.Equal(at(20)) {
		t.Errorf("lost at %s after a sweep", got.Sub(begun))
	}
	for range 2 * maxLosses {
		l.add(at(30))
	}
	if len(l.at) != maxLosses {
		t.Errorf("%d are remembered", len(l.at))
	}
}
