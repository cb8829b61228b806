package e2e

import (
	"slices"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestServices is about what callers may ask for and are told besides their calls, in the
// currency of the account.
func TestServices(t *testing.T) {
	t.Parallel()
	const (
		announcing, registering       = "15141116001", "15141116002"
		goodCode, expiredCode, noCode = "1234567891", "1234567892", "1234567893"
	)
	s := standing(t)
	s.tenant(t, billing.Provider{Name: "euro", Currency: "EUR"},
		billing.Offering{AnnounceBalance: true, AnnounceTalkTime: true}, billing.AccessNumber{Number: announcing})
	s.tenant(t, billing.Provider{Name: "friendly", Currency: "CAD"},
		billing.Offering{RegisterPhones: true}, billing.AccessNumber{Number: registering})

	t.Run("balance and talk time are announced", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "euro", house.Card{Account: "told", Balance: 1_230_000, ANI: "15149070501"})
		c.getsIn(announcing, "15149070501")
		c.listens()
		c.presses("5149074201#")
		callee := c.reaches("15149074201", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(
			c.after(prompts.YouHave, c.money(1_230_000, "EUR")), c.say(prompts.EnterDestination),
			c.after(prompts.YouCanTalkFor, s.ears.Voice.TalkTime(738)), // 123 blocks of 6 s
		)
		c.owes(c.settled(), 10_000)
	})

	t.Run("talk time under two minutes is told in seconds, too", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "euro", house.Card{Account: "short", Balance: 160_000, ANI: "15149070502"})
		c.getsIn(announcing, "15149070502")
		c.listens()
		c.presses("5149074202#")
		callee := c.reaches("15149074202", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(
			c.after(prompts.YouHave, c.money(160_000, "EUR")), c.say(prompts.EnterDestination),
			c.after(prompts.YouCanTalkFor, s.ears.Voice.TalkTime(96)),
		)
		c.owes(c.settled(), 10_000)
	})

	t.Run("balance and last call by code", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "euro", house.Card{Account: "curious", Balance: 2_000_000, ANI: "15149070503"})
		s.Callee.Set("15149074203", sip.Script{Play: calleeTone(), HangUpAfter: 7 * time.Second})
		c.getsIn(announcing, "15149070503")
		c.presses("*151")
		c.listens()
		c.presses("5149074203#")
		c.over(c.reaches("15149074203", 1))
		c.presses("*151")
		c.starts()
		c.listens()
		c.presses("*150")
		c.listens()
		c.hangsUp()
		c.ends(nil)
		c.heardAmong(
			c.say(prompts.NoLastCall), c.after(prompts.LastCallCost, c.money(20_000, "EUR")), c.after(prompts.YouHave, c.money(1_980_000, "EUR")),
		)
		c.owes(c.settled(), 20_000)
	})

	t.Run("vouchers", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "topper", ANI: "15149070504"})
		for code, expires := range map[string]time.Time{goodCode: {}, expiredCode: time.Now().Add(-time.Hour)} {
			must(t, s.Post(c.ctx, "vouchers", map[string]any{"code": code, "provider": "acme", "amount": billing.Money(50_000), "expires": expires}))
		}
		c.arrives()
		c.presses("*152")
		c.starts()
		c.listens()
		c.presses(noCode + "#")
		for _, code := range []string{expiredCode, goodCode, goodCode} {
			c.listens()
			c.presses("*152" + code + "#")
		}
		c.listens()
		c.presses("5149074204#")
		callee := c.reaches("15149074204", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		ask, enter := c.say(prompts.EnterDestination), c.say(prompts.EnterVoucher)
		c.heardAmong(
			enter, slices.Concat(c.say(prompts.VoucherUnknown), ask), slices.Concat(c.say(prompts.VoucherExpired), ask),
			slices.Concat(c.after(prompts.CreditedWith, c.money(50_000, "USD")), ask), c.say(prompts.VoucherUsed),
		)
		c.card.Balance = 50_000
		c.owes(c.settled(), 10_000)
	})

	t.Run("this phone is recognised from now on", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "friendly", house.Card{Account: "known", Balance: 1_000_000, PIN: "5772156649"})
		c.getsIn(registering, "14165550505")
		c.listens()
		c.presses("5772156649#")
		c.listens()
		c.presses("1")
		c.listens()
		c.hangsUp()
		c.ends(nil)
		ask := c.say(prompts.EnterDestination)
		c.heard(c.say(prompts.EnterPIN), c.say(prompts.OfferRegister), c.say(prompts.PhoneRegistered), ask)

		c.getsIn(registering, "14165550505")
		c.listens()
		c.presses("5149074205#")
		callee := c.reaches("15149074205", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(ask)
		c.owes(c.settled(), 10_000)
	})

	t.Run("another phone is not registered unasked", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "friendly", house.Card{Account: "visitor", Balance: 1_000_000, PIN: "5772156640"})
		c.getsIn(registering, "14165550506")
		c.presses("5772156640#")
		c.hearsMore()
		c.lastHeard(prompts.OfferRegister)
		c.presses("15149074206#") // a destination accepts nothing, not even one that begins with a 1
		callee := c.reaches("15149074206", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)

		c.getsIn(registering, "14165550506")
		c.hearsMore()
		c.hangsUp()
		c.lastHeard(prompts.EnterPIN)
	})
}
