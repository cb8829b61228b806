package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/prompts"
	"cccp/test/house"
)

// shortGrants makes holds grow during a call of a few seconds.
func shortGrants(c *configs.Config) {
	c.Calls.Grant = configs.Duration(5 * time.Second)
	c.Calls.ExtendAhead = configs.Duration(2 * time.Second)
}

// Access numbers of these tests.
const (
	quietNumber = "15142224444" // answers after authentication
	ghostNumber = "15142225555" // of a provider without any number to show
	nobodys     = "15142229999"

	busyHere = 486 // RFC 3261
)

// TestAccess is about who gets in, and how.
func TestAccess(t *testing.T) {
	t.Parallel()
	s := standing(t)
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{Number: quietNumber, Kind: billing.Dialthrough, Provider: "acme", Answer: billing.AnswerAfterAuth}))

	t.Run("PIN over early media, then answered", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "early-media", Balance: 1_000_000, PIN: "2718281828"})
		c.dials(quietNumber, "14165550001")
		_, err := c.call.WaitEarlyMedia(c.ctx)
		must(t, err)
		c.listens()
		if !c.call.AnsweredAt().IsZero() {
			t.Error("answered before authentication")
		}
		c.presses("2718281828#")
		_, err = c.call.WaitAnswered(c.ctx)
		must(t, err)
		c.listens()
		c.presses("5149072701#")
		callee := c.reaches("15149072701", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		records := c.settled()
		c.owes(records, 10_000)
		inbound := records[len(records)-1]
		if inbound.Answered.Before(inbound.Started.Add(3 * time.Second)) {
			t.Errorf("the record says answered %v after arrival, before the PIN", inbound.Answered.Sub(inbound.Started))
		}
	})

	t.Run("wrong PINs are never answered", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "guessed", Balance: 1_000_000, PIN: "3141592653"})
		c.dials(quietNumber, "14165550002")
		for range 3 {
			c.listens()
			c.presses("3141592654#")
		}
		c.ends(nil)
		if !c.call.AnsweredAt().IsZero() {
			t.Error("a guesser was answered")
		}
		c.heard(c.say(prompts.EnterPIN), c.say(prompts.PINWrong), c.say(prompts.EnterPIN), c.say(prompts.PINWrong), c.say(prompts.EnterPIN), c.say(prompts.PINTriesSpent))
	})

	t.Run("destinations are refused with the reason", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "lost", Balance: 1_000_000, ANI: "15149070103"})
		c.arrives()
		c.listens()
		c.presses("5#")
		c.listens()
		c.presses("01178122404700#")
		c.listens()
		c.presses("18765550123#")
		c.ends(nil)
		ask, no := c.say(prompts.EnterDestination), c.say(prompts.CountryNotAllowed)
		c.heard(ask, c.say(prompts.NoSpeedDial), ask, no, ask, no)
		outcome(t, c.settled()[0], billing.Rejected, billing.CountryNotAllowed)
	})

	t.Run("blocked account", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "blocked", Balance: 1_000_000, ANI: "15149070104"})
		must(t, s.Admin.Do(c.ctx, http.MethodPatch, "/v1/accounts/blocked", map[string]string{"status": "blocked"}, nil))
		c.arrives()
		c.ends(nil)
		c.heard(c.say(prompts.AccountBlocked))
	})

	t.Run("callback number ends alike for everybody", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "trigger", Balance: 1_000_000, ANI: "15149070105"})
		for _, from := range []string{"15149070105", "14165550005"} {
			c.dials(house.CallbackNumber, from)
			status, err := c.call.WaitEnded(c.ctx)
			must(t, err)
			if status.Code != busyHere || status.Cause != 17 && status.Cause != 0 || c.call.AudioPackets() != 0 {
				t.Errorf("from %s: %v after %d packets of sound, want 486 in silence", from, status, c.call.AudioPackets())
			}
		}
	})

	t.Run("nobody's number", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "astray", Balance: 1_000_000, ANI: "15149070106"})
		c.dials(nobodys, "15149070106")
		status, err := c.call.WaitEnded(c.ctx)
		must(t, err)
		if status.Code != http.StatusNotFound || c.call.AudioPackets() != 0 {
			t.Errorf("%v after %d packets of sound, want 404 in silence", status, c.call.AudioPackets())
		}
	})

	t.Run("anonymous where there is nothing to show", func(t *testing.T) {
		t.Parallel()
		ghost(t, s)
	})
}

// ghost calls under a provider that owns no number at all.
func ghost(t *testing.T, s *stage) {
	ctx := t.Context()
	must(t, s.Post(ctx, "providers", billing.Provider{Name: "ghost", Country: "CA", Currency: "USD"}))
	must(t, s.Post(ctx, "offerings", billing.Offering{Name: "ghostly", Provider: "ghost", Deck: "retail"}))
	must(t, s.Post(ctx, "access-numbers", billing.AccessNumber{Number: ghostNumber, Kind: billing.Dialthrough, Provider: "ghost", Offering: "ghostly"}))
	must(t, s.Post(ctx, "accounts", billing.Account{ID: "casper", Offering: "ghostly"}))
	must(t, s.Credit(ctx, "casper", 1_000_000))
	must(t, s.Post(ctx, "credentials", map[string]string{"kind": "ani", "value": "15149070107", "account": "casper", "outbound_cid": house.OwnNumber}))
	c := &caller{t: t, ctx: ctx, stage: s, card: house.Card{Account: "casper", Balance: 1_000_000}}
	c.dials(ghostNumber, "15149070107")
	_, err := c.call.WaitAnswered(ctx)
	must(t, err)
	c.presses("5149072707#")
	callee := c.reaches("15149072707", 1)
	c.talksTo(callee, time.Second)
	c.hangsUp()
	c.ends(callee)
	shows(t, callee, "", "15149070107")
	records := c.settled()
	if i := slices.IndexFunc(records, func(r billing.CDR) bool { return r.Provider != "ghost" }); i >= 0 {
		t.Errorf("record %d belongs to %s", records[i].Seq, records[i].Provider)
	}
	c.owes(records, 10_000)
}
