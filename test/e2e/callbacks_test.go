package e2e

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// briskly calls back soon, rings shortly and may be asked again soon.
func briskly(c *configs.Config) {
	c.Callback.Delay = configs.Duration(500 * time.Millisecond)
	c.Callback.RetryAfter = configs.Duration(time.Second)
	c.Callback.Ring = configs.Duration(3 * time.Second)
	c.Callback.Cooldown = configs.Duration(2 * time.Second)
	c.Callback.PerDay = 2
	c.Calls.ExtendAhead = configs.Duration(2 * time.Second)
	c.Calls.Ring = configs.Duration(3 * time.Second) // an A leg must be paid for while it rings
}

// orders are the callbacks of the caller's account, the first made first.
func (c *caller) orders() (all []jobs.Job) {
	c.t.Helper()
	must(c.t, c.stage.Admin.Do(c.ctx, http.MethodGet, "/v1/callbacks?account="+c.card.Account, nil, &all))
	return all
}

// ordersEnd waits until n callbacks were ordered and have all ended, and returns the last.
func (c *caller) ordersEnd(n int) jobs.Job {
	c.t.Helper()
	for {
		all, live := c.orders(), false
		for _, j := range all {
			live = live || j.State.Live()
		}
		if len(all) >= n && !live {
			if len(all) > n {
				c.t.Errorf("%d callbacks were ordered, want %d", len(all), n)
			}
			return all[len(all)-1]
		}
		c.pause()
	}
}

// becameOf asserts how a callback ended.
func (c *caller) becameOf(j jobs.Job, state jobs.State, outcome billing.Reason, attempts int) {
	c.t.Helper()
	if j.State != state || j.Outcome != string(outcome) || j.Attempt != attempts {
		c.t.Errorf("callback %s as %q at attempt %d, want %s as %q at %d", j.State, j.Outcome, j.Attempt, state, outcome, attempts)
	}
}

// wasCalled asserts how often a number was called.
func (c *caller) wasCalled(at phone.Number, n int) {
	c.t.Helper()
	if calls := c.stage.Callee.Calls(string(at)); len(calls) != n {
		c.t.Errorf("%s was called %d times, want %d", at, len(calls), n)
	}
}

// outbound are the records of the legs that the account paid for.
func (c *caller) outbound() (own []billing.CDR) {
	c.t.Helper()
	all, err := c.stage.CDRs(c.ctx, 0)
	must(c.t, err)
	for _, r := range all {
		if r.Account == c.card.Account && r.Direction == billing.Outbound {
			own = append(own, r)
		}
	}
	return own
}

// TestCallbacksFail is about callbacks that nobody takes, or not at once.
func TestCallbacksFail(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: briskly}, billing.Offering{})

	for _, c := range []struct {
		name, account string
		from          phone.Number
		script        sip.Script
		outcome       billing.Reason
	}{
		{"never answers", "cb-never", "15149070901", sip.Script{Never: true}, billing.NoAnswer},
		{"busy", "cb-busy", "15149070902", sip.Script{NoRing: true, Reject: busyHere}, billing.Busy},
		{"rejects", "cb-rejects", "15149070903", sip.Script{Reject: 603}, billing.CalleeRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.Callee.Set(string(c.from), c.script)
			k := s.sell(t, house.Card{Account: c.account, Balance: 1_000_000, ANI: c.from})
			k.triggers(c.from)
			k.becameOf(k.ordersEnd(1), jobs.Failed, c.outcome, 2)
			k.wasCalled(c.from, 2)
			for _, back := range s.Callee.Calls(string(c.from)) {
				if n := back.AudioPackets(); n > 0 || !back.AnsweredAt().IsZero() {
					t.Errorf("%d packets of sound before an answer that never came", n)
				}
			}
			records := k.outbound()
			if len(records) != 2 {
				t.Errorf("%d records of 2 attempts", len(records))
			}
			for _, r := range records {
				outcome(t, r, billing.Failed, c.outcome)
			}
			k.owes(records, 0)
		})
	}

	t.Run("busy, answered at the second try", func(t *testing.T) {
		t.Parallel()
		const from = "15149070904"
		s.Callee.Set(from, sip.Script{NoRing: true, Reject: busyHere})
		c := s.sell(t, house.Card{Account: "cb-second", Balance: 1_000_000, ANI: from})
		c.triggers(from)
		c.over(c.reaches(from, 1))
		s.Callee.Set(from, sip.Script{Play: callerTone()})
		c.isCalledBack(from, 2)
		c.listens()
		c.hangsUp()
		c.ends(nil)
		c.heard(c.say(prompts.EnterDestination))
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 2)
		c.wasCalled(from, 2)
		records := c.outbound()
		outcome(t, records[0], billing.Failed, billing.Busy)
		outcome(t, records[1], billing.Answered, billing.CallerHungUp)
		c.owes(records, blocks(records[1].AnsweredMS))
	})

	t.Run("hangs up at the prompt", func(t *testing.T) {
		t.Parallel()
		const from = "15149070905"
		c := s.sell(t, house.Card{Account: "cb-prompt", Balance: 1_000_000, ANI: from})
		c.triggers(from)
		c.isCalledBack(from, 1)
		c.starts()
		c.hangsUp()
		c.ends(nil)
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		records := c.outbound()
		outcome(t, records[0], billing.Answered, billing.CallerHungUp)
		c.owes(records, 10_000)
	})

	t.Run("triggered again while it waits and while it runs", func(t *testing.T) {
		t.Parallel()
		const from = "15149070906"
		c := s.sell(t, house.Card{Account: "cb-twice", Balance: 1_000_000, ANI: from})
		c.triggers(from)
		c.triggers(from)
		c.isCalledBack(from, 1)
		back := c.call
		c.talks(2500 * time.Millisecond) // longer than the cooldown
		c.triggers(from)
		c.call = back
		c.hangsUp()
		c.ends(nil)
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		c.wasCalled(from, 1)
	})

	t.Run("cooldown and daily cap", func(t *testing.T) {
		t.Parallel()
		const from = "15149070907"
		s.Callee.Set(from, sip.Script{HangUpAfter: 200 * time.Millisecond})
		c := s.sell(t, house.Card{Account: "cb-often", Balance: 1_000_000, ANI: from})
		for n := 1; n <= 2; n++ {
			c.triggers(from)
			c.ordersEnd(n)
			c.triggers(from) // too soon after the first; one too many after the second
			c.ordersEnd(n)
			c.cools()
		}
		c.triggers(from)
		c.ordersEnd(2)
		c.wasCalled(from, 2)
	})

	t.Run("over the account's limit", func(t *testing.T) {
		t.Parallel()
		const from = "15149070908"
		c := s.sell(t, house.Card{Account: "cb-over", Balance: 1_000_000, ANI: from})
		s.change(t, "accounts/cb-over", map[string]any{"max_concurrent_calls": 1})
		c.arrives()
		c.presses("5149074601#")
		callee := c.reaches("15149074601", 1)
		c.talksTo(callee, time.Second)
		up := c.call
		c.triggers(from)
		c.becameOf(c.ordersEnd(1), jobs.Failed, billing.AccountBusy, 1)
		c.wasCalled(from, 0)
		c.call = up
		c.hangsUp()
		c.ends(callee)
	})
}

// cools waits until the cooldown that briskly sets is over.
func (c *caller) cools() {
	c.t.Helper()
	over := time.NewTimer(2100 * time.Millisecond)
	defer over.Stop()
	select {
	case <-over.C:
	case <-c.ctx.Done():
		c.t.Fatal("waited too long")
	}
}

// TestCallbacksOrdered is about calls that operators and programs order.
func TestCallbacksOrdered(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: briskly}, billing.Offering{})
	library, err := ear.Load(map[string]string{"": filepath.Join(s.Sounds, "en")})
	must(t, err)
	if library, err = library.Only("vm-goodbye"); err != nil {
		t.Fatal(err)
	}

	t.Run("a sound, then connected", func(t *testing.T) {
		t.Parallel()
		const a, b = "15149070921", "15149074611"
		s.Callee.Set(a, sip.Script{Play: callerTone()})
		c := s.sell(t, house.Card{Account: "web", Balance: 1_000_000})
		s.orders(t, map[string]any{"account": "web", "to": a, "then": "5149074611", "media": "vm-goodbye"})
		back := c.isCalledBack(a, 1)
		callee := c.reaches(b, 1)
		c.talksTo(callee, 2*time.Second)
		heard := library.Recognise(back.Audio())
		if len(heard) != 1 || !heard[0].Complete || !back.AudioStart().Add(heard[0].At).Before(callee.InvitedAt()) {
			t.Errorf("A heard %v before B was called at %v", heard, callee.InvitedAt())
		}
		shows(t, callee, house.DefaultNumber, a)
		c.hangsUp()
		c.ends(callee)
		audible(t, "A", back.Call, calleeHz, time.Second)
		audible(t, "B", callee.Call, callerHz, time.Second)
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		records := c.outbound()
		c.owes(records, blocks(records[0].AnsweredMS)+blocks(records[1].AnsweredMS))
	})

	t.Run("listed, hurried", func(t *testing.T) {
		t.Parallel()
		const a = "15149070922"
		c := s.sell(t, house.Card{Account: "hurried", Balance: 1_000_000})
		made := s.orders(t, map[string]any{"account": "hurried", "to": a, "delay_s": 3600})
		if all := c.orders(); len(all) != 1 || all[0].ID != made.ID || all[0].State != jobs.Waiting || all[0].Key != a {
			t.Errorf("listed %+v", all)
		}
		c.wasCalled(a, 0)
		must(t, s.Admin.Do(c.ctx, http.MethodPost, "/v1/callbacks/"+made.ID+"/now", nil, nil))
		c.isCalledBack(a, 1)
		c.starts()
		c.hangsUp()
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		c.owes(c.outbound(), 10_000)
	})

	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		const a = "15149070923"
		c := s.sell(t, house.Card{Account: "cancelled", Balance: 1_000_000})
		made := s.orders(t, map[string]any{"account": "cancelled", "to": a, "delay_s": 2})
		must(t, s.Admin.Do(c.ctx, http.MethodDelete, "/v1/callbacks/"+made.ID, nil, nil))
		c.cools() // it would have been due
		if j := c.ordersEnd(1); j.State != jobs.Cancelled {
			t.Errorf("cancelled, and %s", j.State)
		}
		c.wasCalled(a, 0)
		c.owes(nil, 0)
	})

	t.Run("B is busy, and A is told", func(t *testing.T) {
		t.Parallel()
		const a = "15149070924"
		s.Callee.Set("15149074614", sip.Script{NoRing: true, Reject: busyHere})
		c := s.sell(t, house.Card{Account: "unlucky", Balance: 1_000_000})
		s.orders(t, map[string]any{"account": "unlucky", "to": a, "then": "5149074614"})
		c.isCalledBack(a, 1)
		c.ends(c.reaches("15149074614", 1))
		c.heard(c.say(prompts.CalleeBusy))
		c.ordersEnd(1)
		records := c.outbound()
		outcome(t, records[0], billing.Failed, billing.Busy)
		c.owes(records, blocks(records[1].AnsweredMS))
	})
}

// orders has somebody called.
func (s *stage) orders(t *testing.T, order map[string]any) (made jobs.Job) {
	t.Helper()
	must(t, s.Admin.Do(t.Context(), http.MethodPost, "/v1/callbacks", order, &made))
	return made
}
