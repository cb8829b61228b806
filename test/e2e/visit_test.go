package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestVisit is about callers who stay: one call after another, and what they may ask for
// in between.
func TestVisit(t *testing.T) {
	t.Parallel()
	s := standing(t)

	t.Run("another call after the callee hung up", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149072901", sip.Script{Play: calleeTone(), HangUpAfter: 2 * time.Second})
		c := s.sell(t, house.Card{Account: "next", Balance: 1_000_000, ANI: "15149070201"})
		c.arrives()
		c.listens()
		c.presses("5149072901#")
		c.over(c.reaches("15149072901", 1))
		c.listens()
		c.presses("5149072902#")
		callee := c.reaches("15149072902", 1)
		c.talksTo(callee, 2*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination), c.say(prompts.EnterDestination))
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CalleeHungUp)
		outcome(t, records[1], billing.Answered, billing.CallerHungUp)
		c.owes(records, 20_000)
	})

	t.Run("another call by ** during the first", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "star", Balance: 1_000_000, ANI: "15149070202"})
		c.arrives()
		c.presses("5149072903#")
		first := c.reaches("15149072903", 1)
		c.talksTo(first, 2*time.Second)
		c.presses("**5149072904#")
		c.over(first)
		callee := c.reaches("15149072904", 1)
		c.talksTo(callee, 2*time.Second)
		audible(t, "second callee", callee.Call, callerHz, time.Second)
		c.hangsUp()
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.NextCall)
		c.owes(records, 20_000)
	})

	t.Run("busy, then redialled", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149072905", sip.Script{NoRing: true, Reject: busyHere})
		c := s.sell(t, house.Card{Account: "again", Balance: 1_000_000, ANI: "15149070203"})
		c.arrives()
		c.listens()
		c.presses("*0")
		c.listens()
		c.presses("5149072905#")
		c.over(c.reaches("15149072905", 1))
		s.Callee.Set("15149072905", sip.Script{Play: calleeTone()})
		c.listens()
		c.presses("*0")
		callee := c.reaches("15149072905", 2)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination), c.say(prompts.NothingToRedial), c.say(prompts.EnterDestination), c.say(prompts.CalleeBusy), c.say(prompts.EnterDestination))
		c.owes(c.settled(), 10_000)
	})

	t.Run("speed dial, kept by phone", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "speedy", Balance: 1_000_000, ANI: "15149070204"})
		c.arrives()
		c.listens()
		c.presses("*153")
		c.listens()
		c.presses("7#")
		c.listens()
		c.presses("5149072906#")
		c.listens()
		c.presses("7#")
		callee := c.reaches("15149072906", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination), c.say(prompts.EnterSpeedDial), c.say(prompts.EnterSpeedNumber), c.say(prompts.SpeedDialSaved), c.say(prompts.EnterDestination))
		c.owes(c.settled(), 10_000)
	})
}
