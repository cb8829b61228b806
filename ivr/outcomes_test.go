package ivr

import (
	"fmt"
	"strings"
	"testing"

	"cccp/billing"
)

// oneCall is a call to Montreal by a caller who is recognised.
func oneCall(given []string, callees ...string) scene {
	return scene{given: given, parts: []part{{
		visit:   "v1",
		caller:  []string{"calls 15141115555 from 15149072508", "hears Please", "presses 15146662020#"},
		callees: callees,
	}}}
}

// Whatever a callee fails of, the caller is told in words, the record knows the
// reason, and only a trunk's failure is worth another trunk.
func TestCauses(t *testing.T) {
	for _, c := range []struct {
		cause  int
		reason billing.Reason
		heard  string
		next   bool
	}{
		{1, billing.NumberUnassigned, "The number you called is not in service.", false},
		{2, billing.SwitchUnavailable, "We are having technical difficulties.", false},
		{3, billing.SwitchUnavailable, "We are having technical difficulties.", true},
		{16, billing.Unavailable, "The person you called is not available right now.", false},
		{17, billing.Busy, "The number you called is busy.", false},
		{18, billing.NoAnswer, "The number you called does not answer.", false},
		{19, billing.NoAnswer, "The number you called does not answer.", false},
		{20, billing.Unavailable, "The person you called is not available right now.", false},
		{21, billing.CalleeRejected, "The person you called did not take the call.", false},
		{22, billing.NumberUnassigned, "The number you called is not in service.", false},
		{27, billing.SwitchUnavailable, "We are having technical difficulties.", true},
		{28, billing.NumberIncomplete, "The number you entered is not complete.", false},
		{34, billing.Congestion, "All circuits are busy now.", true},
		{38, billing.NetworkFailure, "We are having technical difficulties.", true},
		{41, billing.NetworkFailure, "We are having technical difficulties.", true},
		{42, billing.Congestion, "All circuits are busy now.", true},
		{44, billing.Congestion, "All circuits are busy now.", true},
		{127, billing.NetworkFailure, "We are having technical difficulties.", false},
	} {
		t.Run(fmt.Sprint(c.cause), func(t *testing.T) {
			t.Parallel()
			fails := fmt.Sprintf("fails %d", c.cause)
			p := perform(t, oneCall([]string{`trunk spare {"priority": 2}`}, fails, fails), nil)
			if want := fmt.Sprintf("v1-1b outbound: failed, %s, cause %d\n", c.reason, c.cause); !strings.HasPrefix(p.cdrs, want) {
				t.Errorf("recorded:\n%s", p.cdrs)
			}
			if next := strings.Contains(p.transcript, "@spare"); next != c.next || !strings.Contains(p.transcript, `hears "`+c.heard) {
				t.Errorf("played:\n%s", p.transcript)
			}
			if strings.Contains(p.ledger, "charge") || strings.Contains(p.ledger, "held") {
				t.Errorf("booked:\n%s", p.ledger)
			}
		})
	}
}

// Only an activated account can call, whoever its holder is.
func TestStatuses(t *testing.T) {
	told := map[billing.Status]struct {
		reason billing.Reason
		heard  string
	}{
		billing.Generated: {billing.AccountNotActivated, "This account has not been activated yet."},
		billing.Uploaded:  {billing.AccountNotActivated, "This account has not been activated yet."},
		billing.Blocked:   {billing.AccountBlocked, "This account is blocked."},
		billing.Expired:   {billing.AccountExpired, "This account has expired."},
		billing.Empty:     {billing.AccountEmpty, "There is no money left on this account."},
	}
	for _, status := range []billing.Status{billing.Generated, billing.Uploaded, billing.Activated, billing.Blocked, billing.Empty, billing.Expired} {
		given := []string{fmt.Sprintf(`account alice {"status": %q}`, status)}
		if status == billing.Empty {
			given = append(given, "balance 0") // money would activate it
		}
		byPIN := oneCall(given, "fails 17")
		byPIN.parts[0].caller = []string{"calls 15141115555", "hears Please", "presses 1506747290#15146662020#"}
		for by, s := range map[string]scene{"ani": oneCall(given, "fails 17"), "pin": byPIN} {
			t.Run(fmt.Sprint(status, " by ", by), func(t *testing.T) {
				t.Parallel()
				p := perform(t, s, reckless)
				want, heard, cause := "inbound: rejected, "+string(told[status].reason), told[status].heard, "cause 21"
				if status == billing.Empty { // he might refill it by a code, and is asked where to call
					cause = "cause 16"
				}
				if status == billing.Activated {
					want, heard, cause = "inbound: failed, busy, cause 17", "The number you called is busy.", "cause 16"
				}
				if !strings.Contains(p.cdrs, "v1-a "+want) || !strings.Contains(p.transcript, `hears "`+heard) ||
					!strings.HasSuffix(p.transcript, "hangs up caller, "+cause+"\n") {
					t.Errorf("%s\n%s", p.transcript, p.cdrs)
				}
			})
		}
	}
}
