package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// TestAccounts is about the life of cards: refused with the reason where they may not call,
// spent and refilled, over in the middle of a call, emptied into another.
func TestAccounts(t *testing.T) {
	t.Parallel()
	const voucherCode = "1234567801"
	s := standing(t)
	ctx := t.Context()
	must(t, s.Post(ctx, "offerings", billing.Offering{Name: "once", Provider: "acme", Deck: "retail", AllowTransfer: true, SweepBalance: true, DisableAfterTransfer: true}))
	must(t, s.Post(ctx, "vouchers", map[string]any{"code": voucherCode, "provider": "acme", "amount": billing.Money(50_000)}))

	for i, c := range []struct {
		name   string
		fields map[string]any
		told   prompts.Message
		reason billing.Reason
	}{
		{"blocked", map[string]any{"status": "blocked"}, prompts.AccountBlocked, billing.AccountBlocked},
		{"expired", map[string]any{"expiration": "fixed", "expires_at": time.Now().Add(-time.Second)}, prompts.AccountExpired, billing.AccountExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := s.sell(t, house.Card{Account: "stands-" + c.name, Balance: 1_000_000, ANI: phone.Number(number("1514907079", i))})
			s.change(t, "accounts/"+k.card.Account, c.fields)
			k.arrives()
			k.ends(nil)
			k.heard(k.say(c.told))
			records := k.settled()
			outcome(t, records[0], billing.Rejected, c.reason)
			k.owes(records, 0)
		})
	}

	t.Run("not activated yet", func(t *testing.T) {
		t.Parallel()
		must(t, s.Post(ctx, "accounts", billing.Account{ID: "early", Offering: "standard", Status: billing.Uploaded}))
		must(t, s.Post(ctx, "credentials", map[string]any{"kind": "ani", "value": "15149070710", "account": "early"}))
		k := s.stranger(t)
		k.card = house.Card{Account: "early", ANI: "15149070710"}
		k.arrives()
		k.ends(nil)
		k.heard(k.say(prompts.AccountNotActivated))
		outcome(t, k.settled()[0], billing.Rejected, billing.AccountNotActivated)
		s.change(t, "accounts/early", map[string]any{"status": "activated"})
		must(t, s.Credit(k.ctx, "early", 20_000))
		k.card.Balance = 20_000
		k.calls("5149074701", time.Second)
		k.owes(k.settled(), 10_000)
	})

	t.Run("spent, and refilled in the same visit", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074702", sip.Script{Play: calleeTone(), HangUpAfter: 4 * time.Second})
		k := s.sell(t, house.Card{Account: "spender", Balance: 10_000, ANI: "15149070711"})
		k.arrives()
		k.presses("5149074702#")
		k.over(k.reaches("15149074702", 1))
		k.starts()
		k.listens()
		k.stands("spender", billing.Empty)
		k.presses("5149074703#")
		k.starts()
		k.listens()
		k.presses("*152" + voucherCode + "#")
		k.starts()
		k.listens()
		k.stands("spender", billing.Activated)
		k.presses("5149074703#")
		callee := k.reaches("15149074703", 1)
		k.talksTo(callee, time.Second)
		k.hangsUp()
		k.ends(callee)
		ask := k.say(prompts.EnterDestination)
		k.heardAmong(
			ask, slices.Concat(k.say(prompts.AccountEmpty), ask),
			slices.Concat(k.after(prompts.CreditedWith, k.money(50_000, "USD")), ask),
		)
		k.card.Balance += 50_000
		k.owes(k.settled(), 20_000)
	})

	t.Run("over in the middle of a call", func(t *testing.T) {
		t.Parallel()
		k := s.sell(t, house.Card{Account: "mortal", Balance: 1_000_000, ANI: "15149070712"})
		ends := time.Now().Add(20 * time.Second)
		s.change(t, "accounts/mortal", map[string]any{"expiration": "fixed", "expires_at": ends})
		k.arrives()
		k.presses("5149074704#")
		callee := k.reaches("15149074704", 1)
		k.ends(callee)
		k.heardAtLast(prompts.TalkTimeSpent)
		records := k.settled()
		outcome(t, records[0], billing.Answered, billing.TalkTimeSpent)
		if over := callee.EndedAt().Sub(ends); over > 4*time.Second || over < -4*time.Second {
			t.Errorf("cut %v after the account's expiry", over)
		}
		k.owes(records, blocks(min(records[0].AnsweredMS, records[0].GrantedS*1000)))
		k.arrives()
		k.ends(nil)
		k.heard(k.say(prompts.AccountExpired))
		k.stands("mortal", billing.Expired)
	})

	t.Run("money moved by phone", func(t *testing.T) {
		t.Parallel()
		s.sellAt(t, "once", house.Card{Account: "giver", Balance: 30_000, PIN: "2236067977"})
		k := s.sell(t, house.Card{Account: "taker", Balance: 1_000_000, ANI: "15149070713"})
		k.arrives()
		k.presses("*154")
		k.starts()
		k.listens()
		k.presses("2236067977#")
		k.starts()
		k.listens()
		k.presses("5149074705#")
		callee := k.reaches("15149074705", 1)
		k.talksTo(callee, time.Second)
		k.hangsUp()
		k.ends(callee)
		k.heardAmong(
			k.say(prompts.EnterOtherPIN),
			slices.Concat(k.after(prompts.YouHave, k.money(1_030_000, "USD")), k.say(prompts.EnterDestination)),
		)
		k.card.Balance += 30_000
		k.owes(k.settled(), 10_000)
		k.stands("giver", billing.Blocked)
		var st billing.Statement
		must(t, s.Admin.Do(k.ctx, http.MethodGet, "/v1/accounts/taker/statement", nil, &st))
		if n := len(st.Entries); n != 3 || st.Entries[1].Kind != billing.TransferIn || st.Entries[1].Other != "giver" || st.Entries[2].To != "15149074705" || st.Closing != 1_020_000 {
			t.Errorf("%+v", st)
		}
	})
}

// stands asserts the status of an account.
func (c *caller) stands(account string, want billing.Status) {
	c.t.Helper()
	var a billing.Account
	must(c.t, c.stage.Admin.Do(c.ctx, http.MethodGet, "/v1/accounts/"+account, nil, &a))
	if a.Status != want {
		c.t.Errorf("account %s is %s, want %s", account, a.Status, want)
	}
}
