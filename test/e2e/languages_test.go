package e2e

import (
	"slices"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
)

// TestLanguages is about which language callers are spoken to in: chosen by key, else the
// account's, the offering's, the access number's.
func TestLanguages(t *testing.T) {
	t.Parallel()
	const menuNumber, spanish = "15141117001", "15141117002"
	offered := []string{"en", "fr", "es", "ru"}
	s := standing(t)
	ears, err := s.NewEars(offered...)
	must(t, err)
	s = &stage{s.House, ears}
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{Number: menuNumber, Kind: billing.Dialthrough, Provider: "acme", Languages: offered}))
	s.tenant(t, billing.Provider{Name: "iberia", Currency: "EUR"}, billing.Offering{Language: "es"}, billing.AccessNumber{Number: spanish, Language: "fr"})
	in := func(code string, m prompts.Message) []string { return ears.Voices.In(code).Say(m) }
	var menu []string
	for i, code := range offered {
		menu = slices.Concat(menu, in(code, prompts.ForLanguagePress), ears.Voices.In(code).Number(int64(i+1)))
	}

	for i, code := range offered {
		t.Run("key "+code, func(t *testing.T) {
			t.Parallel()
			pin := number("314159265", i)
			c := s.sell(t, house.Card{Account: "speaks-" + code, Balance: 1_000_000, PIN: pin})
			c.getsIn(menuNumber, number("141655506", i))
			before := menu
			if code != "fr" { // one of them hears all of it
				before = menu[:1]
			} else {
				c.listens()
			}
			c.presses(string(rune('1' + i)))
			c.starts()
			c.listens()
			c.presses(pin + "#")
			c.listens()
			c.hangsUp()
			c.ends(nil)
			c.heardAmong(before[:len(before)-1], in(code, prompts.EnterPIN), in(code, prompts.EnterDestination))
		})
	}

	t.Run("the account's, without being asked", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "ivan", Balance: 1_000_000, ANI: "15149070701"})
		s.change(t, "accounts/ivan", map[string]any{"language": "ru"})
		c.getsIn(menuNumber, "15149070701")
		c.listens()
		c.presses("*150")
		c.starts()
		c.listens()
		c.hangsUp()
		c.ends(nil)
		ask := in("ru", prompts.EnterDestination)
		c.heard(ask, in("ru", prompts.YouHave), ears.Voices.In("ru").Money(1_000_000, "USD"), ask)
	})

	t.Run("the access number's, then the offering's", func(t *testing.T) {
		t.Parallel()
		c := s.sellAt(t, "iberia", house.Card{Account: "juan", Balance: 1_000_000, PIN: "1618033988"})
		c.getsIn(spanish, "14165550702")
		c.listens()
		c.presses("1618033988#")
		c.listens()
		c.presses("5149074302#")
		callee := c.reaches("15149074302", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(in("fr", prompts.EnterPIN), in("es", prompts.EnterDestination))
		c.owes(c.settled(), 10_000)
	})
}
