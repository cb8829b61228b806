package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// atOnce calls back without a delay worth waiting for.
func atOnce(c *configs.Config) {
	c.Callback.Delay = configs.Duration(500 * time.Millisecond)
	c.Callback.RetryAfter = configs.Duration(time.Second)
	c.Callback.Cooldown = configs.Duration(5 * time.Second)
}

// triggers calls the callback number, and asserts that it ends unanswered with 486.
func (c *caller) triggers(from phone.Number) {
	c.t.Helper()
	c.dials(house.CallbackNumber, string(from))
	status, err := c.call.WaitEnded(c.ctx)
	must(c.t, err)
	if status.Code != busyHere || !c.call.AnsweredAt().IsZero() {
		c.t.Errorf("the trigger ended with %d, answered at %v", status.Code, c.call.AnsweredAt())
	}
}

// isCalledBack waits for the nth callback to a number to be answered; from then on it is
// the caller's own call.
func (c *caller) isCalledBack(at phone.Number, n int) *sip.Incoming {
	c.t.Helper()
	back := c.reaches(string(at), n)
	_, err := back.WaitAnswered(c.ctx)
	must(c.t, err)
	c.call, c.packets = back.Call, 0
	return back
}

// TestCallback is a callback from the trigger to both charges.
func TestCallback(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{After: time.Second, Play: calleeTone()}, Configure: atOnce}, billing.Offering{})
	must(t, s.ImportDeck(t.Context(), "retail", house.Deck+"1416,Toronto,0,0.20,60,60\n"))

	t.Run("both legs are charged", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("14165550101", sip.Script{After: 2 * time.Second, Play: callerTone()})
		c := s.sell(t, house.Card{Account: "back", Balance: 1_000_000, ANI: "14165550101", OutboundCID: house.OwnNumber})
		c.triggers("14165550101")
		back := c.isCalledBack("14165550101", 1)
		shows(t, back, house.CallbackNumber, "14165550199")
		c.listens()
		c.presses("5149072801#")
		callee := c.reaches("15149072801", 1)
		c.talksTo(callee, 4*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination))
		shows(t, callee, house.OwnNumber, "14165550101")
		audible(t, "caller", c.call, calleeHz, 3*time.Second)
		audible(t, "callee", callee.Call, callerHz, 3*time.Second)
		c.owesAfterCallback(210_000) // a minute at 0.20 back, 6 s at 0.10 on
	})
}

// owesAfterCallback waits until nothing is held and asserts what both legs cost.
func (c *caller) owesAfterCallback(charge billing.Money) []billing.CDR {
	c.t.Helper()
	for {
		all, err := c.stage.CDRs(c.ctx, 0)
		must(c.t, err)
		var own []billing.CDR
		for _, r := range all {
			if r.Account == c.card.Account && r.Direction == billing.Outbound {
				own = append(own, r)
			}
		}
		if n := len(own); n > 0 && own[n-1].Leg.Caller() {
			c.owes(own, charge)
			return own
		}
		c.pause()
	}
}
