package stasis

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"cccp/ivr"
)

// noted is a link that notes the limits set, by the second; it has no other command.
type noted struct {
	Link
	begun  time.Time
	limits []string
	fails  bool
}

func (n *noted) Set(_ context.Context, _, _, value string) error {
	if n.fails {
		return errors.New("no switch")
	}
	n.limits = append(n.limits, time.Since(n.begun).String()+" "+value)
	return nil
}

func (n *noted) Hangup(context.Context, string, int) error { return nil }

func (n *noted) Play(context.Context, string, string, []string) error { return nil }

// A caller at prompts has a limit that is renewed as long as we live, but not while something
// plays; a call's limit takes its place, and is followed by it again. When he has gone nothing
// is set any more.
func TestUnattendedLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := &noted{begun: time.Now()}
		s := NewServer(Options{Link: link, UnattendedFor: 35 * time.Second, CommandFor: time.Second, Log: zerolog.Nop()})
		l := newLine(s, ivr.Caller{Visit: "v1"})
		ctx := t.Context()
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		wait := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		must(l.attend(ctx))
		p, err := l.Play(ctx, []string{"sound:a"}) // at once: no need to set it again
		must(err)
		wait(24 * time.Second) // ticks pass while it plays
		l.played(p.(playback).id)
		wait(7 * time.Second)
		_, err = l.Play(ctx, []string{"sound:b"}) // a second after the tick
		must(err)
		l.allPlayed()
		must(l.Limit(ctx, 75*time.Second))
		wait(30 * time.Second)
		link.fails = true
		if l.Limit(ctx, 60*time.Second) == nil {
			t.Error("a limit that was not taken is none")
		}
		link.fails = false
		must(l.Limit(ctx, 0))
		wait(11 * time.Second)
		l.close()
		wait(time.Minute)
		want := []string{"0s 35", "30s 35", "31s 75", "1m1s 35", "1m10s 35"}
		if !slices.Equal(link.limits, want) {
			t.Errorf("limits %q, want %q", link.limits, want)
		}
	})
}
