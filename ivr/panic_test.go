package ivr

import (
	"fmt"
	"testing"
)

// Whatever a script is at when it panics, its own call ends, settled, and nothing else does:
// every performance sees to that.
func TestPanicsAnywhere(t *testing.T) {
	ordered := scene{
		given: []string{"balance 0.50", `trunk spare {"priority": 2}`},
		parts: []part{{
			visit: "v1",
			called: []string{"ordered to 15149072508 for alice", "hears Please", "presses 15146662020#", "until answered", "waits 70s", "hangs up",
				"phone rings 2s, answers"},
			callees: []string{"rings 3s, answers"},
		}},
	}
	for name, s := range map[string]scene{"visit": longVisit(), "callback": ordered} {
		for _, command := range []string{
			"play", "stop", "answer", "limit-callee", "limit-caller", "hold", "note-answer",
			"extend", "reroute", "withheld", "missed", "balance", "provider", "routes", "locked", "recognised",
		} {
			for n := 1; n <= 4; n++ {
				t.Run(fmt.Sprintf("%s/%s %d", name, command, n), func(t *testing.T) {
					t.Parallel()
					s := s
					s.given = append([]string{fmt.Sprintf("panics %s %d", command, n)}, s.given...)
					perform(t, s, reckless)
				})
			}
		}
	}
}
