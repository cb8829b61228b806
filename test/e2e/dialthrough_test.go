package e2e

import (
	"net/http"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestDialthrough is many callers on one Asterisk at the same time.
func TestDialthrough(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{After: time.Second, Play: calleeTone()}}, billing.Offering{AllowedCountries: []string{"US"}})

	t.Run("known number, own caller ID", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "own", Balance: 1_000_000, ANI: "15149070001", OutboundCID: house.OwnNumber})
		c.arrives()
		c.listens()
		c.presses("5149072601#")
		callee := c.reaches("15149072601", 1)
		c.talksTo(callee, 8*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination))
		shows(t, callee, house.OwnNumber, "15149070001")
		audible(t, "caller", c.call, calleeHz, 7*time.Second)
		audible(t, "callee", callee.Call, callerHz, 7*time.Second)
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CallerHungUp)
		outcome(t, records[1], billing.Answered, billing.CallerHungUp)
		c.owes(records, 20_000) // 8 s are two blocks of 6 s
	})

	t.Run("number not owned shows the default", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "stray", Balance: 1_000_000, ANI: "15149070002", OutboundCID: "18005551212"})
		callee := c.calls("5149072602", time.Second)
		shows(t, callee, house.DefaultNumber, "15149070002")
		c.owes(c.settled(), 10_000)
	})

	t.Run("everything typed ahead", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "hasty", Balance: 1_000_000, PIN: "4711471147"})
		c.arrives()
		c.presses("4711471147#12125550123#")
		callee := c.reaches("12125550123", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.owes(c.settled(), 10_000)
	})

	t.Run("digits by SIP INFO", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "info", Balance: 1_000_000, ANI: "15149070004"})
		c.arrives()
		c.listens()
		for _, key := range []byte("5149072604#") {
			must(t, c.call.SendINFODigit(c.ctx, key))
		}
		callee := c.reaches("15149072604", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.owes(c.settled(), 10_000)
	})

	t.Run("callee hangs up first", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149072605", sip.Script{HangUpAfter: 2 * time.Second})
		c := s.sell(t, house.Card{Account: "left", Balance: 1_000_000, ANI: "15149070005"})
		c.arrives()
		c.presses("5149072605#")
		c.isAskedAgain(c.reaches("15149072605", 1))
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CalleeHungUp)
		c.owes(records, 10_000)
	})

	t.Run("early media reaches the caller and costs nothing", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149072606", sip.Script{Early: calleeTone(), After: 3 * time.Second, Reject: 480})
		c := s.sell(t, house.Card{Account: "early", Balance: 1_000_000, ANI: "15149070006"})
		c.arrives()
		c.presses("5149072606#")
		c.isAskedAgain(c.reaches("15149072606", 1), prompts.CalleeNoAnswer)
		audible(t, "caller", c.call, calleeHz, 2*time.Second)
		records := c.settled()
		outcome(t, records[0], billing.Failed, billing.NoAnswer)
		c.owes(records, 0)
	})

	t.Run("caller gives up while it rings", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149072607", sip.Script{Never: true})
		c := s.sell(t, house.Card{Account: "patient", Balance: 1_000_000, ANI: "15149070007"})
		c.arrives()
		c.presses("5149072607#")
		callee := c.reaches("15149072607", 1)
		c.hangsUp()
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Failed, billing.CallerAbandoned)
		c.owes(records, 0)
	})

	t.Run("talk time is spent", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "last", Balance: 20_000, ANI: "15149070008"})
		c.arrives()
		c.presses("5149072608#")
		callee := c.reaches("15149072608", 1)
		c.ends(callee)
		if d := callee.EndedAt().Sub(callee.AnsweredAt()); d < 11900*time.Millisecond || d > 12600*time.Millisecond {
			t.Errorf("0.02 bought %v, want 12 s", d)
		}
		c.heardAtLast(prompts.TalkTimeSpent)
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.TalkTimeSpent)
		c.owes(records, 20_000)
	})

	t.Run("operator hangs up", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "cut", Balance: 1_000_000, ANI: "15149070009"})
		c.arrives()
		c.presses("5149072609#")
		callee := c.reaches("15149072609", 1)
		c.talksTo(callee, time.Second)
		var calls []struct{ Visit, Account string }
		must(t, s.Admin.Do(c.ctx, http.MethodGet, "/v1/calls", nil, &calls))
		for _, call := range calls {
			if call.Account == "cut" {
				must(t, s.Admin.Do(c.ctx, http.MethodDelete, "/v1/calls/"+call.Visit, nil, nil))
			}
		}
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.OperatorCut)
		c.owes(records, 10_000)
	})

	for _, c := range []struct {
		name, account, from, number string
		reject                      int
		reason                      billing.Reason
		told                        prompts.Message
	}{
		{"busy", "r486", "15149070021", "5149072621", 486, billing.Busy, prompts.CalleeBusy},
		{"rejected", "r603", "15149070022", "5149072622", 603, billing.CalleeRejected, prompts.CalleeRejected},
		{"unassigned", "r404", "15149070023", "5149072623", 404, billing.NumberUnassigned, prompts.NumberUnassigned},
		{"unavailable", "r480", "15149070024", "5149072624", 480, billing.NoAnswer, prompts.CalleeNoAnswer},
		{"congested", "r503", "15149070025", "5149072625", 503, billing.Congestion, prompts.LinesCongested},
		{"incomplete", "r484", "15149070026", "5149072626", 484, billing.NumberIncomplete, prompts.NumberIncomplete},
		{"broken", "r500", "15149070027", "5149072627", 500, billing.NetworkFailure, prompts.SystemFailure},
	} {
		t.Run("callee: "+c.name, func(t *testing.T) {
			t.Parallel()
			s.Callee.Set("1"+c.number, sip.Script{NoRing: true, Reject: c.reject})
			k := s.sell(t, house.Card{Account: c.account, Balance: 1_000_000, ANI: phone.Number(c.from)})
			k.arrives()
			k.presses(c.number + "#")
			k.isAskedAgain(k.reaches("1"+c.number, 1), c.told)
			records := k.settled()
			outcome(t, records[0], billing.Failed, c.reason)
			k.owes(records, 0)
		})
	}
}

// TestConcurrency holds limits against calls that are really up.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	first := s.sell(t, house.Card{Account: "pair", Balance: 1_000_000, ANI: "15149070031"})
	must(t, s.Admin.Do(first.ctx, http.MethodPatch, "/v1/accounts/pair", map[string]int{"max_concurrent_calls": 1}, nil))
	first.arrives()
	first.presses("5149072631#")
	callee := first.reaches("15149072631", 1)
	_, err := callee.WaitAnswered(first.ctx)
	must(t, err)

	second := &caller{t: t, ctx: first.ctx, stage: s, card: first.card}
	second.arrives()
	second.presses("5149072632#")
	second.ends(nil)
	second.heardAtLast(prompts.AccountBusy)

	other := s.sell(t, house.Card{Account: "other", Balance: 1_000_000, ANI: "15149070032"})
	must(t, s.Admin.Do(other.ctx, http.MethodPatch, "/v1/trunks/"+house.Trunk, map[string]int{"max_concurrent_calls": 1}, nil))
	other.arrives()
	other.presses("5149072633#")
	other.ends(nil)
	other.heardAtLast(prompts.LinesCongested)
	outcome(t, other.settled()[0], billing.Rejected, billing.TrunkBusy)

	first.hangsUp()
	first.ends(callee)
	if n := s.Callee.Total(); n != 1 {
		t.Errorf("%d calls left the house, want 1", n)
	}
	_, err = s.Verify(first.ctx)
	must(t, err)
}

// TestFailover leaves by the second trunk when the first fails, with the same
// identity; busy is an answer, not a failure.
func TestFailover(t *testing.T) {
	t.Parallel()
	second, err := sip.NewCallee(t.Context(), sip.Options{Record: true}, sip.Script{Play: calleeTone()})
	must(t, err)
	t.Cleanup(func() { _ = second.Close() })
	s := open(t, house.Options{SecondTrunk: second.Addr(), Callee: sip.Script{NoRing: true, Reject: 503}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "over", Balance: 1_000_000, ANI: "15149070041", OutboundCID: house.OwnNumber})
	must(t, s.Post(c.ctx, "trunks", routing.Trunk{Name: "second", Endpoint: "PJSIP/{number}@second", Priority: 2}))
	c.arrives()
	c.presses("5149072641#")
	failed := c.reaches("15149072641", 1)
	answered, err := second.WaitCalls(c.ctx, "15149072641", 1)
	must(t, err)
	c.talksTo(answered[0], 2*time.Second)
	c.hangsUp()
	c.ends(answered[0])
	shows(t, failed, house.OwnNumber, "15149070041")
	shows(t, answered[0], house.OwnNumber, "15149070041")
	records := c.settled()
	if records[0].Trunk != "second" || records[0].Attempts != 2 {
		t.Errorf("trunk %s after %d attempts", records[0].Trunk, records[0].Attempts)
	}
	c.owes(records, 10_000)

	s.Callee.Set("15149072642", sip.Script{NoRing: true, Reject: 486})
	c.card.Balance -= 10_000
	c.arrives()
	c.presses("5149072642#")
	c.isAskedAgain(c.reaches("15149072642", 1), prompts.CalleeBusy)
	if n := second.Total(); n != 1 {
		t.Errorf("busy was tried on the second trunk too")
	}
}

// TestExtension talks past the first grant: the hold grows, the limit moves, and what
// is charged depends on neither.
func TestExtension(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{
		Callee:    sip.Script{Play: calleeTone()},
		Configure: shortGrants,
	}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "long", Balance: 1_000_000, ANI: "15149070051"})
	c.calls("5149072651", 13*time.Second)
	records := c.settled()
	outcome(t, records[0], billing.Answered, billing.CallerHungUp)
	if records[0].GrantedS < 15 {
		t.Errorf("granted %d s for a call of 13 s in grants of 5 s", records[0].GrantedS)
	}
	audible(t, "caller", c.call, calleeHz, 11*time.Second)
	c.owes(records, 30_000)
}

// TestTrunkWithoutChannel has a trunk that Asterisk does not know: the call leaves by the
// next one, as it does when a trunk is congested.
func TestTrunkWithoutChannel(t *testing.T) {
	t.Parallel()
	s := open(t, house.Options{Callee: sip.Script{Play: calleeTone()}}, billing.Offering{})
	c := s.sell(t, house.Card{Account: "typo", Balance: 1_000_000, ANI: "15149070061", OutboundCID: house.OwnNumber})
	must(t, s.Admin.Do(c.ctx, http.MethodPatch, "/v1/trunks/"+house.Trunk, map[string]int{"priority": 2}, nil))
	must(t, s.Post(c.ctx, "trunks", routing.Trunk{Name: "mistyped", Endpoint: "PJSIP/{number}@nowhere", Priority: 1}))
	callee := c.calls("5149072661", time.Second)
	shows(t, callee, house.OwnNumber, "15149070061")
	records := c.settled()
	if records[0].Trunk != house.Trunk || records[0].Attempts != 2 {
		t.Errorf("trunk %s after %d attempts", records[0].Trunk, records[0].Attempts)
	}
	c.owes(records, 10_000)
}
