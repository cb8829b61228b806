package ivr

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A plan is followed here to its end: what is due, how long before the end.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name        string
		left, ahead time.Duration
		spent       bool
		want        []string
	}{
		{"ahead of the end", time.Minute, 10 * time.Second, false, []string{"extend at 10s"}},
		{"ahead of a later end", 5 * time.Minute, 10 * time.Second, false, []string{"extend at 10s"}},
		{"half-way at the latest", 12 * time.Second, 10 * time.Second, false, []string{"extend at 6s"}},
		{"exactly half", 20 * time.Second, 10 * time.Second, false, []string{"extend at 10s"}},
		{"one second", time.Second, 10 * time.Second, false, []string{"extend at 500ms"}},
		{"at the very end", time.Minute, 0, false, []string{"extend at 0s"}},
		{"days", 72 * time.Hour, time.Minute, false, []string{"extend at 1m0s"}},
		{"over already", -10 * time.Second, 10 * time.Second, false, []string{"extend at -5s"}},
		{"two warnings", 2 * time.Minute, 10 * time.Second, true, []string{"warn at 1m0s", "warn at 30s", "cut at 0s"}},
		{"too late for the first", 59 * time.Second, 10 * time.Second, true, []string{"warn at 30s", "cut at 0s"}},
		{"just in time for the first", 61 * time.Second, 10 * time.Second, true, []string{"warn at 1m0s", "warn at 30s", "cut at 0s"}},
		{"exactly at the first", time.Minute, 10 * time.Second, true, []string{"warn at 30s", "cut at 0s"}},
		{"too late for both", 30 * time.Second, 10 * time.Second, true, []string{"cut at 0s"}},
		{"spent and over", -time.Second, 10 * time.Second, true, []string{"cut at 0s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Now()
			p := planFrom(now, now.Add(c.left), c.ahead, c.spent)
			var got []string
			for {
				at, due := p.next()
				got = append(got, fmt.Sprintf("%s at %s", map[step]string{extend: "extend", warn: "warn", cut: "cut"}[due], p.ends.Sub(at)))
				if due != warn {
					break
				}
				if p.warn() == "" {
					t.Fatal("a warning is due, and there is none")
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// Whatever is left, there is something to be done before it runs out, and an extension
// leaves as much of it as it can.
func TestPlanIsWithinTheGrant(t *testing.T) {
	now := time.Now()
	for left := time.Second; left <= 400*time.Second; left += time.Second {
		end := now.Add(left)
		for ahead := time.Duration(0); ahead <= 2*left; ahead += time.Second {
			at, due := planFrom(now, end, ahead, false).next()
			if !at.After(now) || at.After(end) || due != extend || at.Sub(now) < left/2 || end.Sub(at) > ahead {
				t.Fatalf("%s left, %s ahead: %s, %v", left, ahead, at.Sub(now), due)
			}
		}
	}
}

// Where an extension fails, it is asked for again, ever later at first, until the grant is
// all but over; a caller is warned who may not have been, and then cut.
func TestPlanAsksAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		left time.Duration // when it first fails
		want []string
	}{
		{"as usual", 10 * time.Second, []string{"9.75s", "9.25s", "8.25s", "6.25s", "3.125s", "1.5625s", "781.25ms", "390.625ms", "cut"}},
		{"warned in between", 32 * time.Second, []string{
			"31.75s", "31.25s", "30.25s", "warn", "28.25s", "24.25s", "16.25s", "8.125s", "4.0625s", "2.03125s", "1.015625s", "507.8125ms", "253.90625ms", "cut",
		}},
		{"too late to ask", 400 * time.Millisecond, []string{"cut"}},
		{"over", -time.Second, []string{"cut"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Now()
			p := planFrom(now.Add(-time.Minute), now.Add(c.left), 10*time.Second, false)
			p.failed(now)
			var got []string
			for range 100 {
				at, due := p.next()
				if due == cut {
					got = append(got, "cut")
					break
				}
				if due == warn {
					got = append(got, "warn")
					p.warn()
					continue
				}
				got = append(got, p.ends.Sub(at).String())
				p.failed(at)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
