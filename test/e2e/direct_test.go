package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/test/asterisk"
	"cccp/test/ear"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// deskPassword is what the phones of these tests log in with.
const deskPassword = "a-phone-of-our-own"

// desk is somebody with a SIP phone that Asterisk knows by that name, and an account
// whose credential has it too, unless it is nobody's.
func (s *stage) desk(t *testing.T, name string, card house.Card) *caller {
	t.Helper()
	c := s.sell(t, card)
	must(t, s.Post(c.ctx, "credentials", map[string]any{
		"kind": billing.SIP, "value": name, "account": card.Account, "outbound_cid": card.OutboundCID,
	}))
	return c
}

// dialsFrom calls a number from a SIP phone that logs in.
func (c *caller) dialsFrom(name, password, number string) {
	c.t.Helper()
	p, err := sip.New(c.ctx, sip.Options{Addr: asterisk.PhoneAddr + ":0", Number: name, Password: password, Record: true})
	must(c.t, err)
	c.t.Cleanup(func() { _ = p.Close() })
	c.begun, c.packets = time.Now(), 0
	c.call, err = p.Call(c.ctx, sip.CallOptions{To: number, Via: c.stage.Asterisk.SIPAddr})
	must(c.t, err)
}

// isRefused asserts that a phone was told of a failure without ever having been answered,
// and that nobody was called.
func (c *caller) isRefused(code int, number string) {
	c.t.Helper()
	status := c.ended()
	if status.Code != code || !c.call.AnsweredAt().IsZero() {
		c.t.Errorf("%v, answered at %v; want %d unanswered", status, c.call.AnsweredAt(), code)
	}
	if calls := c.stage.Callee.Calls(number); len(calls) > 0 {
		c.t.Errorf("%d calls were made to %s", len(calls), number)
	}
}

const forbidden = 403 // RFC 3261

// TestDirect is about subscribers' own phones: Asterisk asks for their password, ccd finds the
// account, and nobody is prompted.
func TestDirect(t *testing.T) {
	t.Parallel()
	var phones []configs.AsteriskPhone
	for _, name := range []string{"desk1", "desk2", "desk3", "desk4", "desk5", "desk6", "nobody", "15149070605"} {
		phones = append(phones, configs.AsteriskPhone{Name: name, Password: deskPassword})
	}
	s := openTidy(t, house.Options{Callee: sip.Script{After: 2 * time.Second, Play: calleeTone()}, Phones: phones}, billing.Offering{})

	t.Run("answered when the callee answers", func(t *testing.T) {
		t.Parallel()
		c := s.desk(t, "desk1", house.Card{Account: "direct", Balance: 1_000_000, OutboundCID: house.OwnNumber})
		c.dialsFrom("desk1", deskPassword, "5149074001")
		_, err := c.call.WaitRinging(c.ctx)
		must(t, err)
		callee := c.reaches("15149074001", 1)
		_, err = c.call.WaitAnswered(c.ctx)
		must(t, err)
		c.call.SetBackground(callerTone())
		c.talksTo(callee, 3*time.Second)
		c.hangsUp()
		c.ends(callee)
		if lag := c.call.AnsweredAt().Sub(callee.AnsweredAt()); lag < 0 || lag > time.Second {
			t.Errorf("answered %v after the callee", lag)
		}
		if waited := c.call.AnsweredAt().Sub(c.call.InvitedAt()); waited < 2*time.Second {
			t.Errorf("answered after %v, while the callee rang for 2 s", waited)
		}
		shows(t, callee, house.OwnNumber, "desk1")
		audible(t, "phone", c.call, calleeHz, 2*time.Second)
		audible(t, "callee", callee.Call, callerHz, 2*time.Second)
		c.heard()
		records := c.settled()
		outcome(t, records[0], billing.Answered, billing.CallerHungUp)
		c.owes(records, 10_000)
		near(t, "answer of both legs", records[0].Answered, records[1].Answered, time.Second)
	})

	t.Run("busy is told in signalling", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074002", sip.Script{NoRing: true, Reject: busyHere})
		c := s.desk(t, "desk2", house.Card{Account: "engaged", Balance: 1_000_000})
		c.dialsFrom("desk2", deskPassword, "5149074002")
		callee := c.reaches("15149074002", 1)
		if status := c.ended(); status.Code != busyHere || !c.call.AnsweredAt().IsZero() {
			t.Errorf("%v, want 486 unanswered", status)
		}
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Failed, billing.Busy)
		c.owes(records, 0)
	})

	t.Run("early media, then answered", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074003", sip.Script{Early: calleeTone(), After: 3 * time.Second})
		c := s.desk(t, "desk3", house.Card{Account: "announced", Balance: 1_000_000})
		c.dialsFrom("desk3", deskPassword, "5149074003")
		callee := c.reaches("15149074003", 1)
		_, err := c.call.WaitEarlyMedia(c.ctx)
		must(t, err)
		c.talksTo(callee, time.Second)
		if n := ear.Total(ear.Tones(c.call.Audio()), calleeHz); n < 2*time.Second {
			t.Errorf("heard %v of early media, want 2 s", n)
		}
		c.hangsUp()
		c.ends(callee)
		c.owes(c.settled(), 10_000)
	})

	t.Run("no money", func(t *testing.T) {
		t.Parallel()
		c := s.desk(t, "desk4", house.Card{Account: "broke", Balance: 5_000})
		c.dialsFrom("desk4", deskPassword, "5149074004")
		c.isRefused(forbidden, "15149074004")
		c.owes(c.settled(), 0)
	})

	t.Run("a country that is not open", func(t *testing.T) {
		t.Parallel()
		c := s.desk(t, "desk5", house.Card{Account: "abroad", Balance: 1_000_000})
		c.dialsFrom("desk5", deskPassword, "01178122404700")
		c.isRefused(forbidden, "78122404700")
		records := c.settled()
		outcome(t, records[0], billing.Rejected, billing.CountryNotAllowed)
		c.owes(records, 0)
	})

	t.Run("caller gives up while it rings", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074006", sip.Script{Never: true})
		c := s.desk(t, "desk6", house.Card{Account: "hasty", Balance: 1_000_000})
		c.dialsFrom("desk6", deskPassword, "5149074006")
		callee := c.reaches("15149074006", 1)
		_, err := c.call.WaitRinging(c.ctx)
		must(t, err)
		c.hangsUp()
		c.ends(callee)
		records := c.settled()
		outcome(t, records[0], billing.Failed, billing.CallerAbandoned)
		c.owes(records, 0)
	})

	t.Run("by number, without a SIP user of its own", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "clid", Balance: 1_000_000, ANI: "15149070605"})
		c.dialsFrom("15149070605", deskPassword, "5149074007")
		callee := c.reaches("15149074007", 1)
		_, err := c.call.WaitAnswered(c.ctx)
		must(t, err)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		shows(t, callee, house.DefaultNumber, "15149070605")
		c.owes(c.settled(), 10_000)
	})

	t.Run("nobody's phone", func(t *testing.T) {
		t.Parallel()
		c := s.stranger(t)
		c.dialsFrom("nobody", deskPassword, "5149074008")
		c.isRefused(forbidden, "15149074008")
	})

	for _, c := range []struct{ name, user, password, number string }{
		{"wrong password", "desk1", "not-the-password", "5149074009"},
		{"no password", "desk1", "", "5149074010"},
		{"a phone Asterisk does not know", "desk99", deskPassword, "5149074011"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := s.stranger(t)
			k.dialsFrom(c.user, c.password, c.number)
			k.isRefused(unauthorized, "1"+c.number)
		})
	}

	t.Run("callers beside the phones", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "beside", Balance: 1_000_000, ANI: "15149070606"})
		c.arrives()
		c.presses("5149074012#")
		callee := c.reaches("15149074012", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.owes(c.settled(), 10_000)
	})
}

const unauthorized = 401 // RFC 3261
