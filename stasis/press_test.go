package stasis

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"cccp/ivr"
)

// Asterisk tells some keys twice. A key cannot be pressed again sooner than it was held.
func TestKeyToldTwiceIsOneKey(t *testing.T) {
	l := newLine(NewServer(Options{Log: zerolog.Nop()}), ivr.Caller{Visit: "v1"})
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, k := range []struct {
		digit string
		at    time.Duration
	}{
		{"5", 100}, {"5", 106}, // told twice
		{"5", 260},             // pressed again
		{"1", 262},             // another key, however soon
		{"1", 422}, {"1", 470}, // pressed again, and told twice
	} {
		l.press(k.digit, begun.Add(k.at*time.Millisecond), 100*time.Millisecond)
	}
	var typed []byte
	for len(l.digits) > 0 {
		typed = append(typed, <-l.digits)
	}
	if string(typed) != "5511" {
		t.Errorf("typed %s, want 5511", typed)
	}
}

// The longest that a key was held is remembered, one told twice or shorter changes nothing.
func TestHeldKeys(t *testing.T) {
	l := newLine(NewServer(Options{Log: zerolog.Nop()}), ivr.Caller{Visit: "v1"})
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, held := range []time.Duration{100, 2300, 150} {
		l.press(string('1'+rune(i)), begun.Add(time.Duration(i)*3*time.Second), held*time.Millisecond)
	}
	if got := l.Held(); got != 2300*time.Millisecond {
		t.Errorf("held for %s", got)
	}
}
