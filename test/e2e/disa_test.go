package e2e

import (
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestDISA is about named DISAs, which the dialplan sends callers to.
func TestDISA(t *testing.T) {
	t.Parallel()
	const (
		front, own, free, tested = "15143330001", "15143330002", "15143330003", "15143330004"
		pin                      = "9876501234"
	)
	s := openTidy(t, house.Options{
		Callee: sip.Script{Play: calleeTone()},
		DISAs:  map[string]string{front: "frontdesk", own: "retained", free: "unmetered", tested: "guessed"},
	}, billing.Offering{})
	// disa adds one at the expense of a new account.
	disa := func(t *testing.T, name string, balance billing.Money, fields map[string]any) *caller {
		c := s.sell(t, house.Card{Account: name, Balance: balance})
		s.change(t, "accounts/"+name, map[string]any{"outbound_cid": house.OwnNumber})
		record := map[string]any{"name": name, "account": name, "pin": pin}
		for k, v := range fields {
			record[k] = v
		}
		must(t, s.Post(c.ctx, "disas", record))
		return c
	}

	t.Run("account's caller ID, restrictions, charged", func(t *testing.T) {
		t.Parallel()
		c := disa(t, "frontdesk", 1_000_000, nil)
		c.getsIn(front, "14165550301")
		c.listens()
		c.presses(pin) // as long as asked for: no # needed
		c.listens()
		c.presses("01178122404700#")
		c.listens()
		c.presses("5149074101#")
		callee := c.reaches("15149074101", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		ask := c.say(prompts.EnterDestination)
		c.heard(c.say(prompts.EnterPIN), ask, c.say(prompts.CountryNotAllowed), ask)
		shows(t, callee, house.OwnNumber, "14165550301")
		c.owes(c.settled(), 10_000)
	})

	t.Run("the caller's own number", func(t *testing.T) {
		t.Parallel()
		c := disa(t, "retained", 1_000_000, map[string]any{"own_caller_id": true})
		c.getsIn(own, "14165550302")
		c.presses(pin + "5149074102#")
		callee := c.reaches("15149074102", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		shows(t, callee, "14165550302", "14165550302")
		if got := callee.Invite().Header("Diversion"); !strings.Contains(got, house.DefaultNumber) {
			t.Errorf("Diversion %q, want the provider's default number", got)
		}
		c.owes(c.settled(), 10_000)
	})

	t.Run("unmetered, without any money", func(t *testing.T) {
		t.Parallel()
		c := disa(t, "unmetered", 0, map[string]any{"unmetered": true})
		c.getsIn(free, "14165550303")
		c.presses(pin + "5149074103#")
		callee := c.reaches("15149074103", 1)
		c.talksTo(callee, 2*time.Second)
		c.hangsUp()
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CallerHungUp)
		if ms := records[0].AnsweredMS; ms < 1900 || ms > 4000 {
			t.Errorf("recorded %d ms of a call of 2 s", ms)
		}
		c.owes(records, 0)
	})

	t.Run("wrong PIN three times", func(t *testing.T) {
		t.Parallel()
		c := disa(t, "guessed", 1_000_000, nil)
		c.getsIn(tested, "14165550304")
		for range 3 {
			c.listens()
			c.presses("9876501235")
		}
		c.ends(nil)
		ask, wrong := c.say(prompts.EnterPIN), c.say(prompts.PINWrong)
		c.heard(ask, wrong, ask, wrong, ask, c.say(prompts.PINTriesSpent))
		if status := c.call.FinalStatus(); status.ByUs {
			t.Errorf("not hung up: %v", status)
		}
	})
}
