package e2e

import (
	"testing"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// sends presses keys by SIP INFO.
func (c *caller) sends(keys string) {
	c.t.Helper()
	for _, key := range []byte(keys) {
		must(c.t, c.call.SendINFODigit(c.ctx, key))
	}
}

// TestDigits has PIN and destination typed at every moment, by both ways that keys travel;
// and callees that answer late or not at all.
func TestDigits(t *testing.T) {
	t.Parallel()
	const toned = "15141115101"
	s := openTidy(t, house.Options{Callee: sip.Script{Play: calleeTone()}, Configure: func(c *configs.Config) {
		c.Calls.Ring = configs.Duration(3 * time.Second)
	}}, billing.Offering{})
	must(t, s.Post(t.Context(), "access-numbers", billing.AccessNumber{Number: toned, Kind: billing.Dialthrough, Provider: "acme", DialTone: true}))

	before := func(*caller) {}
	for i, c := range []struct {
		name  string
		press func(*caller, string)
		// when waits for the moment at which an answer to a prompt is typed.
		when func(*caller)
		// heard is what is said of each prompt until it is answered: all, the beginning,
		// or nothing that is certain.
		whole, begun bool
	}{
		{name: "RFC 4733 before the prompts", press: (*caller).presses, when: before},
		{name: "RFC 4733 during the prompts", press: (*caller).presses, when: (*caller).hearsMore, begun: true},
		{name: "RFC 4733 after the prompts", press: (*caller).presses, when: (*caller).listens, whole: true},
		{name: "SIP INFO before the prompts", press: (*caller).sends, when: before},
		{name: "SIP INFO during the prompts", press: (*caller).sends, when: (*caller).hearsMore, begun: true},
		{name: "SIP INFO after the prompts", press: (*caller).sends, when: (*caller).listens, whole: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pin, called := number("1414213562", i), number("1514907480", i)
			k := s.sell(t, house.Card{Account: number("digits-", i), Balance: 1_000_000, PIN: pin})
			k.getsIn(house.AccessNumber, number("141655508", i))
			c.when(k)
			c.press(k, pin+"#")
			c.when(k)
			c.press(k, called+"#")
			callee := k.reaches(called, 1)
			k.talksTo(callee, time.Second)
			k.hangsUp()
			k.ends(callee)
			asked := [][]string{k.say(prompts.EnterPIN), k.say(prompts.EnterDestination)}
			switch heard := s.ears.Heard(k.call); {
			case c.whole:
				k.heard(asked...)
			case c.begun && (len(heard) != 2 || !heard[0].Cut || !heard[1].Cut || heard[0].Sounds[0] != asked[0][0] || heard[1].Sounds[0] != asked[1][0]):
				t.Errorf("heard %+v, want the beginning of two prompts", heard)
			}
			k.owes(k.settled(), 10_000)
		})
	}

	t.Run("dial tone until the first digit", func(t *testing.T) {
		t.Parallel()
		c := s.sell(t, house.Card{Account: "toned", Balance: 1_000_000, ANI: "15149071201"})
		c.getsIn(toned, "15149071201")
		must(t, c.call.Listen(c.ctx, 200*time.Millisecond, func(pcm []int16) bool {
			return ear.Total(ear.Tones(pcm), 350, 440) >= time.Second
		}))
		c.presses("5149074901#")
		callee := c.reaches("15149074901", 1)
		c.talksTo(callee, time.Second)
		c.hangsUp()
		c.ends(callee)
		first := c.call.Pressed()[0].At
		for _, tone := range ear.Tones(c.call.Audio()) {
			end := c.call.AudioStart().Add(tone.At + tone.Length)
			if tone.Is(350, 440) && end.Sub(first) > time.Second {
				t.Errorf("dial tone until %v after the first digit", end.Sub(first))
			}
		}
		audible(t, "caller", c.call, calleeHz, 500*time.Millisecond)
		c.owes(c.settled(), 10_000)
	})

	t.Run("callee never answers", func(t *testing.T) {
		t.Parallel()
		s.Callee.Set("15149074902", sip.Script{Never: true})
		c := s.sell(t, house.Card{Account: "patience", Balance: 1_000_000, ANI: "15149071202"})
		c.arrives()
		c.presses("5149074902#")
		callee := c.reaches("15149074902", 1)
		c.isAskedAgain(callee, prompts.CalleeNoAnswer)
		if rang := callee.EndedAt().Sub(callee.InvitedAt()); rang < 2500*time.Millisecond || rang > 5*time.Second {
			t.Errorf("rang for %v, want 3 s", rang)
		}
		records := c.settled()
		outcome(t, records[0], billing.Failed, billing.NoAnswer)
		c.owes(records, 0)
	})

	t.Run("callee answers after early media", func(t *testing.T) {
		t.Parallel()
		const earlyHz = 700
		s.Callee.Set("15149074903", sip.Script{Early: sip.Tone(time.Second, earlyHz), After: 2 * time.Second, Play: calleeTone()})
		c := s.sell(t, house.Card{Account: "early-on", Balance: 1_000_000, ANI: phone.Number("15149071203")})
		c.arrives()
		c.presses("5149074903#")
		callee := c.reaches("15149074903", 1)
		c.talksTo(callee, 5*time.Second)
		c.hangsUp()
		c.ends(callee)
		audible(t, "caller, before the answer,", c.call, earlyHz, 1500*time.Millisecond)
		audible(t, "caller", c.call, calleeHz, 4*time.Second)
		audible(t, "callee", callee.Call, callerHz, 4*time.Second)
		records := c.settled()
		if ms := records[0].AnsweredMS; ms > 6000 {
			t.Errorf("charged for %d ms of a conversation of 5 s", ms)
		}
		c.owes(records, 10_000)
	})
}
