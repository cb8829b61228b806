package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
)

// TestWarnings spends a balance of 70 seconds, and one that is topped up in between. The
// recordings at both ends prove who heard the warnings.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := standing(t)

	t.Run("heard by the caller alone", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "warned", Balance: 120_000, ANI: "15149070111"})
		c.arrives()
		c.listens()
		c.presses("5149072811#")
		callee := c.reaches("15149072811", 1)
		c.ends(callee)
		if d := callee.EndedAt().Sub(callee.AnsweredAt()); d < 71900*time.Millisecond || d > 72600*time.Millisecond {
			t.Errorf("0.12 bought %v, want 72 s", d)
		}
		c.heard(c.say(prompts.EnterDestination), c.say(prompts.OneMinuteLeft), c.say(prompts.ThirtySecondsLeft), c.say(prompts.TalkTimeSpent))
		if got := s.ears.Sounds(callee.Call); len(got) > 0 {
			t.Errorf("the callee heard %q", s.ears.Voice.Text(got...))
		}
		audible(t, "caller", c.call, calleeHz, 65*time.Second)
		audible(t, "callee", callee.Call, callerHz, 65*time.Second)
		c.owes(c.settled(), 120_000)
	})

	t.Run("topped up after the first", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "topped", Balance: 110_000, ANI: "15149070112"})
		c.arrives()
		c.listens()
		c.presses("5149072812#")
		callee := c.reaches("15149072812", 1)
		c.talksTo(callee, 20*time.Second) // one minute was left after six
		must(t, s.Credit(c.ctx, "topped", 1_000_000))
		c.card.Balance += 1_000_000
		c.talks(55 * time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination), c.say(prompts.OneMinuteLeft))
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CallerHungUp)
		c.owes(records, 130_000) // 75 s
	})
}
