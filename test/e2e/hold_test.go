package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// The tones of a call being set up: ours, and ringing.
const comfortHz = 600

var ringback = []float64{440, 480}

// tonesOf is when a tone began in what a caller heard, and ended the last time.
func (c *caller) tonesOf(hz ...float64) (began, ended, total time.Duration) {
	tones := ear.Tones(c.call.Audio())
	for _, tone := range tones {
		if tone.Is(hz...) {
			if total == 0 {
				began = tone.At
			}
			ended = tone.At + tone.Length
			total += tone.Length
		}
	}
	return began, ended, total
}

// TestHold has carriers of which nothing is heard at first. The caller is told to hold, and
// never hears ringing before the carrier says that it rings.
func TestHold(t *testing.T) {
	t.Parallel()
	phones := []configs.AsteriskPhone{{Name: "desk21", Password: deskPassword}}
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Phones: phones}, billing.Offering{})

	t.Run("until it rings", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074801", sip.Script{Silent: 9 * time.Second, After: 4 * time.Second, Play: calleeTone()})
		c := s.sell(t, house.Card{Account: "holds", Balance: 1_000_000, ANI: "15149070801"})
		c.arrives()
		c.presses("5149074801#")
		callee := c.reaches("15149074801", 1)
		c.talksTo(callee, 3*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heardAtLast(prompts.PleaseHold)
		_, held, comfort := c.tonesOf(comfortHz)
		rings, _, ringing := c.tonesOf(ringback...)
		if comfort < 130*time.Millisecond || ringing < 2*time.Second || rings < held {
			t.Errorf("comfort for %v until %v, ringing for %v from %v", comfort, held, ringing, rings)
		}
		audible(t, "caller", c.call, calleeHz, 2*time.Second)
		c.owes(c.settled(), 10_000)
	})

	t.Run("until early media", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074802", sip.Script{Silent: 9 * time.Second, Early: calleeTone(), After: 4 * time.Second, Reject: 480})
		c := s.sell(t, house.Card{Account: "early-held", Balance: 1_000_000, ANI: "15149070802"})
		c.arrives()
		c.presses("5149074802#")
		c.isAskedAgain(c.reaches("15149074802", 1), prompts.PleaseHold, prompts.CalleeNoAnswer)
		_, held, comfort := c.tonesOf(comfortHz)
		sounds, _, early := c.tonesOf(calleeHz)
		if _, _, ringing := c.tonesOf(ringback...); comfort == 0 || ringing > 0 || early < 3*time.Second || sounds < held {
			t.Errorf("comfort for %v until %v, ringing for %v, early media for %v from %v", comfort, held, ringing, early, sounds)
		}
		c.owes(c.settled(), 0)
	})

	t.Run("through a 183 without sound, until the answer", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074803", sip.Script{Bare: true, After: 9 * time.Second, Play: calleeTone()})
		c := s.sell(t, house.Card{Account: "bare", Balance: 1_000_000, ANI: "15149070803"})
		c.arrives()
		c.presses("5149074803#")
		callee := c.reaches("15149074803", 1)
		c.talksTo(callee, 3*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heardAtLast(prompts.PleaseHold)
		_, held, comfort := c.tonesOf(comfortHz)
		talk, _, heard := c.tonesOf(calleeHz)
		if _, _, ringing := c.tonesOf(ringback...); comfort == 0 || ringing > 0 || heard < 2*time.Second || talk < held {
			t.Errorf("comfort for %v until %v, ringing for %v, the callee for %v from %v", comfort, held, ringing, heard, talk)
		}
		c.owes(c.settled(), 10_000)
	})

	t.Run("a phone of our own, before the answer", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074804", sip.Script{Silent: 8 * time.Second, After: 4 * time.Second, Play: calleeTone()})
		c := s.desk(t, "desk21", house.Card{Account: "desk-held", Balance: 1_000_000})
		c.dialsFrom("desk21", deskPassword, "5149074804")
		callee := c.reaches("15149074804", 1)
		_, err := c.call.WaitAnswered(c.ctx)
		must(t, err)
		c.talksTo(callee, 3*time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard()
		began, held, comfort := c.tonesOf(comfortHz)
		rings, _, ringing := c.tonesOf(ringback...)
		if comfort < 130*time.Millisecond || ringing < 2*time.Second || rings < held {
			t.Errorf("comfort for %v from %v until %v, ringing for %v from %v", comfort, began, held, ringing, rings)
		}
		audible(t, "phone", c.call, calleeHz, 2*time.Second)
		c.owes(c.settled(), 10_000)
	})

	t.Run("a carrier that rings at once needs none", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074805", sip.Script{Silent: time.Second, After: 6 * time.Second, Play: calleeTone()})
		c := s.sell(t, house.Card{Account: "brisk", Balance: 1_000_000, ANI: "15149070805"})
		c.arrives()
		c.listens()
		c.presses("5149074805#")
		callee := c.reaches("15149074805", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		c.heard(c.say(prompts.EnterDestination))
		if _, _, comfort := c.tonesOf(comfortHz); comfort > 0 {
			t.Errorf("comfort for %v", comfort)
		}
		c.owes(c.settled(), 10_000)
	})
}
