package billing

import (
	"testing"
	"time"
)

func TestMisses(t *testing.T) {
	rule := LockRule{Misses: 3, Within: time.Minute, For: 10 * time.Minute}
	for _, c := range []struct {
		name   string
		rule   LockRule
		at     []time.Duration // wrong PINs, since noon
		asked  time.Duration
		locked bool
		count  int
	}{
		{"none", rule, nil, 0, false, 0},
		{"one fewer", rule, []time.Duration{0, 1}, 1, false, 2},
		{"as many", rule, []time.Duration{0, 1, 2}, 2, true, 3},
		{"as many at the last moment", rule, []time.Duration{0, 1, time.Minute - 1}, time.Minute, true, 3},
		{"as many, a moment too slow", rule, []time.Duration{0, 1, time.Minute}, time.Minute, false, 1},
		{"until the lock opens", rule, []time.Duration{0, 0, 0}, 10*time.Minute - 1, true, 3},
		{"the lock opens", rule, []time.Duration{0, 0, 0}, 10 * time.Minute, false, 3},
		{"begun anew once it opened", rule, []time.Duration{0, 0, 0, 10 * time.Minute}, 10 * time.Minute, false, 1},
		{"not made longer by one that was on its way", rule, []time.Duration{0, 0, 0, 30 * time.Second}, 10 * time.Minute, false, 4},
		{"not lifted by a late one", rule, []time.Duration{0, 0, 0, 2 * time.Minute}, 3 * time.Minute, true, 4},
		{"a rule that never locks", LockRule{Within: time.Minute, For: time.Minute}, []time.Duration{0, 0, 0, 0}, 0, false, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Misses{Since: answeredAt}
			for _, at := range c.at {
				m = m.Miss(c.rule, answeredAt.Add(at))
			}
			if got := m.Locked(answeredAt.Add(c.asked)); got != c.locked || m.Count != c.count {
				t.Errorf("locked %v after %d, want %v after %d: %+v", got, m.Count, c.locked, c.count, m)
			}
			if n := len(c.at); n > 0 && !m.Last.Equal(answeredAt.Add(c.at[n-1])) {
				t.Errorf("the last at %s", m.Last)
			}
		})
	}
}
