package main

import (
	"context"
	"strings"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/house"
	"cccp/test/phone"
)

// Who calls, and what they own.
const (
	aliceAccount, alicePhone = "alice", "15149072508"
	bobAccount, bobPIN       = "bob", "1506747290"
	poorAccount, poorPhone   = "poor", "14185550123"
	strangerPhone            = "14165550188"

	near        = "15149072599" // 0.10 a minute, 6/6
	far         = "78122404700" // 0.60 a minute, 60/1, 0.05 to connect
	nearTalk    = 9 * time.Second
	farTalk     = 7 * time.Second
	ringFor     = 2 * time.Second
	markerHz    = 1004 // what the far end sounds like
	aliceMoney  = 10_000_000
	bobMoney    = 5_000_000
	poorMoney   = 30_000 // 0.03: not enough for anything in Russia
	listenAgain = 200 * time.Millisecond
)

func farTone() []int16 { return phone.Tone(time.Second, markerHz) }

// stage sets the four scenes.
func stage(h *house.House, ears *house.Ears) []*scene {
	base := scene{house: h, ears: ears, access: house.AccessNumber}
	alice, bob, stranger, poor := base, base, base, base
	alice.title, alice.phone = "Alice is known by her number, calls Canada and talks for 9 s", alicePhone
	alice.card = house.Card{Account: aliceAccount, Balance: aliceMoney, ANI: alicePhone, OutboundCID: house.OwnNumber}
	alice.script = alice.knownCaller
	bob.title, bob.phone = "Bob calls from a telephone box, enters a PIN, calls Russia, and Russia hangs up", strangerPhone
	bob.card = house.Card{Account: bobAccount, Balance: bobMoney, PIN: bobPIN}
	bob.script = bob.pinCaller
	stranger.title, stranger.phone = "A stranger guesses three PINs", strangerPhone
	stranger.script = stranger.guesser
	poor.title, poor.phone = "Somebody has too little money left for Russia", poorPhone
	poor.card = house.Card{Account: poorAccount, Balance: poorMoney, ANI: poorPhone}
	poor.script = poor.poorCaller
	return []*scene{&alice, &bob, &stranger, &poor}
}

// knownCaller listens to everything, calls, talks for nine seconds and hangs up.
func (s *scene) knownCaller(ctx context.Context) error {
	s.expectReason = billing.CallerHungUp
	if err := s.hear(ctx, s.balance(aliceMoney), s.say(prompts.EnterDestination)); err != nil {
		return err
	}
	if err := s.press(ctx, near[1:]+"#"); err != nil {
		return err
	}
	if err := s.hear(ctx, s.talkTime(100*time.Minute)); err != nil {
		return err
	}
	if err := s.meetFarEnd(ctx, near, house.OwnNumber); err != nil {
		return err
	}
	if err := s.talk(ctx, nearTalk); err != nil {
		return err
	}
	s.owes = owed{rate: 100_000, first: 6, further: 6}
	return s.hangUp(ctx)
}

// pinCaller interrupts the first prompt with the PIN; the far end hangs up.
func (s *scene) pinCaller(ctx context.Context) error {
	s.expectReason = billing.CalleeHungUp
	s.house.FarEnd.Set(far, phone.Script{After: ringFor, Play: farTone(), HangUpAfter: farTalk})
	s.interrupts(s.say(prompts.EnterPIN))
	if err := s.waitForSound(ctx); err != nil {
		return err
	}
	if err := s.press(ctx, bobPIN+"#"); err != nil {
		return err
	}
	if err := s.hear(ctx, s.balance(bobMoney), s.say(prompts.EnterDestination)); err != nil {
		return err
	}
	if err := s.press(ctx, "011"+far+"#"); err != nil {
		return err
	}
	if err := s.hear(ctx, s.talkTime(8*time.Minute)); err != nil { // (5.00 - 0.05) / 0.60 = 8.25 min
		return err
	}
	if err := s.meetFarEnd(ctx, far, house.DefaultNumber); err != nil {
		return err
	}
	s.owes = owed{fee: 50_000, rate: 600_000, first: 60, further: 1}
	s.expect(s.say(prompts.Goodbye))
	return s.waitForEnd(ctx)
}

// guesser tries three PINs nobody has.
func (s *scene) guesser(ctx context.Context) error {
	s.expectReason = billing.NotAuthenticated
	for i, guess := range []string{"1111222233", "9876543210", "5551234567"} {
		if i > 0 {
			s.expect(s.say(prompts.PINWrong))
		}
		if err := s.hear(ctx, s.say(prompts.EnterPIN)); err != nil {
			return err
		}
		if err := s.press(ctx, guess+"#"); err != nil {
			return err
		}
	}
	s.expect(s.say(prompts.PINTriesSpent))
	return s.waitForEnd(ctx)
}

// poorCaller is told that the money does not reach.
func (s *scene) poorCaller(ctx context.Context) error {
	s.expectReason = billing.NotEnoughMoney
	if err := s.hear(ctx, s.balance(poorMoney), s.say(prompts.EnterDestination)); err != nil {
		return err
	}
	if err := s.press(ctx, "011"+far+"#"); err != nil {
		return err
	}
	s.expect(s.say(prompts.NotEnoughMoney))
	return s.waitForEnd(ctx)
}

func (s *scene) say(m prompts.Message) []string { return s.ears.Voice.Say(m) }

func (s *scene) balance(m billing.Money) []string {
	return append(s.say(prompts.YouHave), s.ears.Voice.Money(m, "USD")...)
}

func (s *scene) talkTime(d time.Duration) []string {
	return append(s.say(prompts.YouCanTalkFor), s.ears.Voice.TalkTime(int64(d/time.Second))...)
}

func join(words []string) string { return strings.Join(words, " ") }
