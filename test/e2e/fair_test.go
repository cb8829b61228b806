package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestSlowFingers has keys held longer than there may be between two of them.
func TestSlowFingers(t *testing.T) {
	t.Parallel()
	s := standing(t)
	held := sip.Timing{Held: 2300 * time.Millisecond, Gap: 120 * time.Millisecond}

	t.Run("all keys", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "slow", Balance: 1_000_000, ANI: "15149070811"})
		c.arrives()
		c.listens()
		must(t, c.call.Press(c.ctx, "5149074811#", held))
		callee := c.reaches("15149074811", 1)
		c.hangsUp()
		c.ends(callee)
	})

	t.Run("one key among others", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "slow-once", Balance: 1_000_000, ANI: "15149070812"})
		c.arrives()
		c.listens()
		c.presses("514907")
		must(t, c.call.Press(c.ctx, "4", held))
		c.presses("812#")
		callee := c.reaches("15149074812", 1)
		c.hangsUp()
		c.ends(callee)
	})
}

// TestNothingToSay is about what must not be said: that a PIN is wrong which nobody entered,
// and that the money is gone where minutes are free.
func TestNothingToSay(t *testing.T) {
	t.Parallel()
	s := standing(t)

	t.Run("nothing entered for a PIN", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "shy", Balance: 1_000_000, PIN: "5772156600"})
		c.getsIn(house.AccessNumber, "14165550813")
		for range 4 {
			c.listens()
		}
		c.ends(nil)
		ask, missing := c.say(prompts.EnterPIN), c.say(prompts.PINMissing)
		c.heard(ask, missing, ask, missing, ask, c.say(prompts.TriesSpent))
	})

	t.Run("free minutes and no money", func(t *testing.T) {
		t.Parallel()
		const access = "15141116020"
		s.tenant(t, billing.Provider{Name: "kind", Currency: "CAD"}, billing.Offering{}, billing.AccessNumber{Number: access})
		must(t, s.Post(t.Context(), "bundles", billing.Bundle{
			Name: "kind-hundred", Provider: "kind", FreeMinutes: 100, Period: billing.Monthly, Prefixes: []string{"1514"},
		}))
		s.change(t, "offerings/kind", map[string]any{"bundles": []string{"kind-hundred"}})
		c := s.sellAt(t, "kind", house.Card{Account: "penniless", Balance: 10_000, ANI: "15149070814"})
		c.getsIn(access, "15149070814")
		c.presses("4165559814#") // a block of 6 s, for which no bundle pays, takes all
		spent := c.reaches("14165559814", 1)
		c.talksTo(spent, time.Second)
		c.hangsUp()
		c.ends(spent)
		c.owes(c.settled(), 10_000)
		c.getsIn(access, "15149070814")
		c.listens()
		c.presses("5149074814#")
		callee := c.reaches("15149074814", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination))
		if r := c.settled()[0]; r.Charge != 0 || r.Bundle != "kind-hundred" {
			t.Errorf("charged %s, paid by %q", r.Charge, r.Bundle)
		}
	})
}
