package ivr

import (
	"testing"
	"time"
)

func TestDeadline(t *testing.T) {
	for _, c := range []struct {
		name    string
		granted int64
		ahead   time.Duration
		spent   bool
		at      time.Duration
		due     step
	}{
		{"extend ahead of the end", 60, 10 * time.Second, false, 50 * time.Second, extend},
		{"extend ahead of a later end", 300, 10 * time.Second, false, 290 * time.Second, extend},
		{"cut at the end", 60, 10 * time.Second, true, 60 * time.Second, cut},
		{"half-way at the latest", 12, 10 * time.Second, false, 6 * time.Second, extend},
		{"half-way where ahead is longer than the grant", 6, 10 * time.Second, false, 3 * time.Second, extend},
		{"exactly half", 20, 10 * time.Second, false, 10 * time.Second, extend},
		{"one second", 1, 10 * time.Second, false, 500 * time.Millisecond, extend},
		{"one second, the last", 1, 10 * time.Second, true, time.Second, cut},
		{"at the very end", 60, 0, false, 60 * time.Second, extend},
		{"days", 3 * 86400, time.Minute, false, 3*24*time.Hour - time.Minute, extend},
	} {
		t.Run(c.name, func(t *testing.T) {
			if at, due := deadline(c.granted, c.ahead, c.spent); at != c.at || due != c.due {
				t.Errorf("%s, %v; want %s, %v", at, due, c.at, c.due)
			}
		})
	}
}

// Whatever is granted, there is something to be done before it runs out, and an
// extension leaves as much of it as it can.
func TestDeadlineIsWithinTheGrant(t *testing.T) {
	for granted := int64(1); granted <= 400; granted++ {
		end := time.Duration(granted) * time.Second
		for ahead := time.Duration(0); ahead <= 2*end; ahead += time.Second {
			at, due := deadline(granted, ahead, false)
			if at <= 0 || at > end || due != extend || at < end/2 || end-at > ahead {
				t.Fatalf("%d s granted, %s ahead: %s, %v", granted, ahead, at, due)
			}
		}
		if at, due := deadline(granted, time.Second, true); at != end || due != cut {
			t.Fatalf("%d s granted and spent: %s, %v", granted, at, due)
		}
	}
}
