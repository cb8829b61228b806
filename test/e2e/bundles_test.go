package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
)

// TestBundles is about minutes that are free: they are told with those that are paid, used
// up by the second, and paid again when they are gone.
func TestBundles(t *testing.T) {
	t.Parallel()
	const access = "15141116010"
	s := standing(t)
	s.tenant(t, billing.Provider{Name: "generous", Currency: "CAD"}, billing.Offering{AnnounceTalkTime: true}, billing.AccessNumber{Number: access})
	must(t, s.Post(t.Context(), "bundles", billing.Bundle{Name: "first-minute", Provider: "generous", FreeMinutes: 1, Period: billing.Monthly, Prefixes: []string{"1514"}}))
	s.change(t, "offerings/generous", map[string]any{"bundles": []string{"first-minute"}})

	c := s.sellAt(t, "generous", house.Card{Account: "lucky", Balance: 50_000, ANI: "15149070601"})
	c.getsIn(access, "15149070601")
	c.listens()
	c.presses("5149074301#")
	callee := c.reaches("15149074301", 1)
	c.talksTo(callee, 3*time.Second)
	c.hangsUp()
	c.ends(callee)
	c.heard(
		c.say(prompts.EnterDestination),
		c.after(prompts.YouCanTalkFor, s.ears.Voice.TalkTime(90)), // a free minute, and five blocks of 6 s
	)
	records := c.settled()
	free := records[0]
	if free.Charge != 0 || free.Bundle != "first-minute" || free.FreeS < 3 || free.FreeS > 4 {
		t.Errorf("charged %s, %d s paid by %q", free.Charge, free.FreeS, free.Bundle)
	}
	var uses []billing.BundleUse
	must(t, s.Admin.Do(t.Context(), "GET", "/v1/accounts/lucky/bundles", nil, &uses))
	if len(uses) != 1 || uses[0].UsedS != free.FreeS || uses[0].HeldS != 0 {
		t.Errorf("used %+v after %d s", uses, free.FreeS)
	}

	s.change(t, "bundles/first-minute", map[string]any{"prefixes": []string{"44"}}) // good for others from now on
	again := s.sellAt(t, "generous", house.Card{Account: "unlucky", Balance: 50_000, ANI: "15149070602"})
	again.getsIn(access, "15149070602")
	again.listens()
	again.presses("5149074312#")
	callee = again.reaches("15149074312", 1)
	again.talksTo(callee, time.Second)
	again.hangsUp()
	again.ends(callee)
	again.owes(again.settled(), 10_000)
}
