package e2e

import (
	"net/http"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestCallbacksRules is about who is called back, and what both legs cost.
func TestCallbacksRules(t *testing.T) {
	t.Parallel()
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: briskly}, billing.Offering{})
	ctx := t.Context()
	must(t, s.ImportDeck(ctx, "retail", house.Deck+"15149070916,A by the second,0,0.12,1,1\n15149074604,B by the second,0,0.12,1,1\n"))
	must(t, s.Post(ctx, "offerings", billing.Offering{Name: "listed", Provider: "acme", Deck: "retail", PhoneMeOnly: true}))

	t.Run("nobody, and a blocked account", func(t *testing.T) {
		t.Parallel()
		const from = "15149070911"
		c := s.sell(t, house.Card{Account: "cb-blocked", Balance: 1_000_000, ANI: from})
		s.change(t, "accounts/cb-blocked", map[string]any{"status": "blocked"})
		c.triggers(from)
		c.triggers("15149070912") // nobody's
		var all []jobs.Job
		must(t, s.Admin.Do(c.ctx, http.MethodGet, "/v1/callbacks", nil, &all))
		for _, j := range all {
			if j.Key == from || j.Key == "15149070912" {
				t.Errorf("a callback to %s was ordered", j.Key)
			}
		}
		c.wasCalled(from, 0)
		c.wasCalled("15149070912", 0)
	})

	t.Run("withheld but known", func(t *testing.T) {
		t.Parallel()
		const from = "15149070913"
		s.Callee.Set(from, sip.Script{Play: callerTone()})
		c := s.sell(t, house.Card{Account: "cb-withheld", Balance: 1_000_000, ANI: from, OutboundCID: house.OwnNumber})
		c.dialsAs(sip.CallOptions{To: house.CallbackNumber, Privacy: true}, from)
		if status := c.ended(); status.Code != busyHere {
			t.Errorf("the trigger ended with %v", status)
		}
		c.isCalledBack(from, 1)
		c.presses("5149074602#")
		callee := c.reaches("15149074602", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		showsPrivately(t, callee, house.OwnNumber, from)
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
	})

	t.Run("phone-me numbers only", func(t *testing.T) {
		t.Parallel()
		const from = "15149070914"
		c := s.sellAt(t, "listed", house.Card{Account: "cb-listed", Balance: 1_000_000, ANI: from})
		c.triggers(from)
		if n := len(c.orders()); n > 0 {
			t.Errorf("%d callbacks to a number that is not listed", n)
		}
		s.change(t, "accounts/cb-listed", map[string]any{"phone_me": []string{from}})
		c.triggers(from)
		c.isCalledBack(from, 1)
		c.starts()
		c.hangsUp()
		c.becameOf(c.ordersEnd(1), jobs.Done, billing.CallerHungUp, 1)
		c.wasCalled(from, 1)
	})

	t.Run("both legs in the records", func(t *testing.T) {
		t.Parallel()
		const from = "15149070915"
		s.Callee.Set(from, sip.Script{Play: callerTone()})
		c := s.sell(t, house.Card{Account: "cb-legs", Balance: 1_000_000, ANI: from})
		c.triggers(from)
		c.isCalledBack(from, 1)
		c.presses("5149074603#")
		callee := c.reaches("15149074603", 1)
		c.talksTo(callee, 2*time.Second)
		c.hangsUp()
		c.ends(callee)
		job := c.ordersEnd(1)
		records := c.outbound()
		if len(records) != 2 {
			t.Fatalf("%d legs recorded, want 2", len(records))
		}
		b, a := records[0], records[1]
		if a.Visit != b.Visit || a.Job != job.ID || b.Job != job.ID || a.Leg == b.Leg || !a.Leg.Caller() || b.Leg.Caller() {
			t.Errorf("legs %s and %s, visits %s and %s, jobs %s and %s of %s", a.Leg, b.Leg, a.Visit, b.Visit, a.Job, b.Job, job.ID)
		}
		if a.To != from || b.To != "15149074603" || b.From != from {
			t.Errorf("to %s, then from %s to %s", a.To, b.From, b.To)
		}
		outcome(t, a, billing.Answered, billing.CallerHungUp)
		outcome(t, b, billing.Answered, billing.CallerHungUp)
		c.owes(records, blocks(a.AnsweredMS)+blocks(b.AnsweredMS))
	})

	// The callee is cut first; what the A leg is still paid for, since the
	// callee rang shorter than was reckoned with, is enough to tell him why.
	for _, c := range []struct {
		name, account string
		from, to      string
		blockS        int64
		block         billing.Money
		left          billing.Money // at most, of what was there
	}{
		{"both legs are cut when the money is spent, by the second", "cb-second-spent", "15149070916", "5149074604", 1, 2_000, 10_000},
		{"both legs are cut when the money is spent, in blocks", "cb-block-spent", "15149070917", "5149074605", 6, 10_000, 10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s.Callee.Set(c.from, sip.Script{Play: callerTone()})
			k := s.sell(t, house.Card{Account: c.account, Balance: 60_000, ANI: phone.Number(c.from)})
			k.triggers(phone.Number(c.from))
			back := k.isCalledBack(phone.Number(c.from), 1)
			k.presses(c.to + "#")
			callee := k.reaches("1"+c.to, 1)
			k.ends(callee)
			near(t, "ends of the two", back.EndedAt(), callee.EndedAt(), 3*time.Second)
			if back.EndedAt().Before(callee.EndedAt()) {
				t.Error("the A leg was cut before the other")
			}
			k.lastHeard(prompts.TalkTimeSpent)
			k.ordersEnd(1)
			records := k.outbound()
			if len(records) != 2 {
				t.Fatalf("%d legs recorded, want 2", len(records))
			}
			var charge billing.Money
			for _, r := range records {
				outcome(t, r, billing.Answered, billing.TalkTimeSpent)
				seconds := billing.DurationSeconds(min(r.AnsweredMS, r.GrantedS*1000))
				if want := billing.Money((seconds+c.blockS-1)/c.blockS) * c.block; r.Charge != want || r.OverrunMS > 2000 {
					t.Errorf("leg %s charged %s for %d ms (%d over), want %s", r.Leg, r.Charge, r.AnsweredMS, r.OverrunMS, want)
				}
				charge += r.Charge
			}
			if charge > 60_000 || charge < 60_000-c.left {
				t.Errorf("charged %s of 0.06, want no more and at most %s less", charge, c.left)
			}
			k.owes(records, charge)
		})
	}
}
