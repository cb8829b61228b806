package ivr

import (
	"strings"
	"testing"
)

// A script that panics at one of its last steps leaves nothing open, nobody on the line, and
// the next caller is served.
func TestPanicsAtTheEnd(t *testing.T) {
	inbound := func(given string) scene {
		return scene{given: []string{given, "setting grant 20s", "setting ahead 5s", `offering basic {"announce_talk_time": true}`}, parts: []part{
			{
				visit: "v1", callees: []string{"rings 2s, answers"},
				caller: []string{"calls 15141115555", "hears Please", "presses 1506747290#", "hears Please", "presses *150", "hears Please", "presses 15146662020#", "until answered", "waits 40s", "hangs up"},
			},
			{visit: "v2", caller: []string{"calls 15141115555 from 15149072508 at 100s", "hears Please", "hangs up"}},
		}}
	}
	back := func(given string) scene {
		return scene{given: []string{given}, parts: []part{{
			visit: "v1", callees: []string{"rings 2s, answers"},
			called: []string{"ordered to 15149072508 for alice then 15146662020", "phone rings 1s, answers", "until answered", "waits 40s", "hangs up"},
		}}}
	}
	for _, step := range []string{"hangup-callee 1", "settle 1", "settle 2", "record 1 1", "hangup-caller 1"} {
		t.Run("inbound "+step, func(t *testing.T) {
			t.Parallel()
			p := perform(t, inbound("panics "+step), reckless)
			if !strings.Contains(p.transcript, "v2   caller   hears") {
				t.Errorf("nobody is served any more:\n%s", p.transcript)
			}
			recorded := strings.Contains(p.cdrs, "v1-a inbound: ") || step == "record 1 1"
			if !recorded || strings.Contains(p.ledger, "held") {
				t.Errorf("%s\n%s\n%s", p.transcript, p.cdrs, p.ledger)
			}
		})
	}
	for _, step := range []string{"hangup-callee 1", "settle 1", "settle 2", "hangup-caller 1"} {
		t.Run("callback "+step, func(t *testing.T) {
			t.Parallel()
			p := perform(t, back("panics "+step), reckless)
			if !strings.Contains(p.transcript, "order    ends: ") || strings.Contains(p.ledger, "held") {
				t.Errorf("%s\n%s\n%s", p.transcript, p.cdrs, p.ledger)
			}
		})
	}
}
