package main

import (
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/test/house"
	sip "cccp/test/phone"
)

// Who calls, and what they own.
const (
	aliceAccount, alicePhone = "alice", "15149072508"
	bobAccount, bobPIN       = "bob", "1506747290"
	poorAccount, poorPhone   = "poor", "14185550123"
	carolAccount, carolPhone = "carol", "14165550101"
	phoneBox                 = "14165550188"

	aliceMoney = 10_000_000
	bobMoney   = 5_000_000
	carolMoney = 5_000_000
	poorMoney  = 30_000 // 0.03: not enough for anything in Russia
)

// Whom they call, and for how long. None of these times is near the end of a block that
// is charged for, lest clocks that differ by milliseconds disagree about the price.
const (
	aliceFirst, aliceFirstTalk   = "15149072599", 9 * time.Second
	aliceSecond, aliceSecondTalk = "15149072588", 4 * time.Second
	bobCalls, bobTalk            = "78122404700", 7 * time.Second
	carolCalls, carolTalk        = "15149072577", 9 * time.Second
	ringFor                      = 2 * time.Second
	calledBackAfter              = 2 * time.Second
)

// torontoRate prices the leg to Carol apart from the one she asks for, and whatever it
// lasts, for it is not known beforehand, as a whole minute.
const torontoRate = "1416,Toronto,0,0.20,60,60\n"

// The price list once more, as the phones reckon with it.
func canada() price  { return price{rate: 100_000, first: 6, further: 6} }
func toronto() price { return price{rate: 200_000, first: 60, further: 60} }
func russia() price  { return price{fee: 50_000, rate: 600_000, first: 60, further: 1} }

// What callers and callees sound like to each other.
const (
	callerHz = 952
	calleeHz = 1004
)

func callerTone() []int16 { return sip.Tone(time.Second, callerHz) }
func calleeTone() []int16 { return sip.Tone(time.Second, calleeHz) }

// stage sets the five scenes.
func stage(h *house.House, ears *house.Ears) []*scene {
	h.Callee.Set(bobCalls, sip.Script{After: ringFor, Play: calleeTone(), HangUpAfter: bobTalk})
	h.Callee.Set(carolPhone, sip.Script{After: ringFor, Play: callerTone()})
	scenes := []*scene{alice(), bob(), stranger(), poor(), carol()}
	for _, s := range scenes {
		s.house, s.ears = h, ears
	}
	return scenes
}

// known is the card of a caller who is known by number.
func known(account string, number phone.Number, money billing.Money) house.Card {
	return house.Card{Account: account, Balance: money, ANI: number, OutboundCID: house.OwnNumber}
}

// alice listens to everything, talks, and makes a second call without hanging up.
func alice() *scene {
	return &scene{
		title: "Alice is known by her number, calls Canada, presses ** and calls somebody else",
		phone: alicePhone, access: house.AccessNumber, card: known(aliceAccount, alicePhone, aliceMoney),
		reason: billing.CallerHungUp,
		script: []step{
			isAnswered,
			hears(balance(aliceMoney), say(prompts.EnterDestination)), presses(aliceFirst[1:] + "#"),
			hears(talkTime(100)),
			talks(
				leg{number: aliceFirst, shown: house.OwnNumber, price: canada(), reason: billing.NextCall},
				aliceFirstTalk,
			),
			presses("**"),
			hears(say(prompts.EnterDestination)), presses(aliceSecond[1:] + "#"),
			hears(talkTime(99)), // 9.98 / 0.10 = 99.8
			talks(
				leg{number: aliceSecond, shown: house.OwnNumber, price: canada(), reason: billing.CallerHungUp},
				aliceSecondTalk,
			),
			hangsUp,
		},
	}
}

// bob interrupts the first prompt with the PIN; the callee hangs up.
func bob() *scene {
	return &scene{
		title:  "Bob calls from a telephone box, enters a PIN, calls Russia, and Russia hangs up",
		phone:  phoneBox,
		access: house.AccessNumber,
		card:   house.Card{Account: bobAccount, Balance: bobMoney, PIN: bobPIN},
		reason: billing.CalleeHungUp,
		script: []step{
			isAnswered,
			cutsOff(say(prompts.EnterPIN)), presses(bobPIN + "#"),
			hears(balance(bobMoney), say(prompts.EnterDestination)), presses("011" + bobCalls + "#"),
			hears(talkTime(8)), // (5.00 - 0.05) / 0.60 = 8.25
			talksOn(leg{number: bobCalls, shown: house.DefaultNumber, price: russia(), reason: billing.CalleeHungUp}),
			hears(say(prompts.EnterDestination)), hangsUp,
		},
	}
}

// stranger tries three unknown PINs.
func stranger() *scene {
	return &scene{
		title: "A stranger guesses three PINs",
		phone: phoneBox, access: house.AccessNumber,
		reason: billing.NotAuthenticated,
		script: []step{
			isAnswered,
			hears(say(prompts.EnterPIN)), presses("1111222233#"),
			hears(say(prompts.PINWrong), say(prompts.EnterPIN)), presses("9876543210#"),
			hears(say(prompts.PINWrong), say(prompts.EnterPIN)), presses("5551234567#"),
			expects(say(prompts.PINTriesSpent)), isHungUpOn,
		},
	}
}

// poor is told that the money does not reach, and asked again.
func poor() *scene {
	return &scene{
		title: "Somebody has too little money left for Russia, and is asked again",
		phone: poorPhone, access: house.AccessNumber, card: known(poorAccount, poorPhone, poorMoney),
		reason: billing.NotEnoughMoney,
		script: []step{
			isAnswered,
			hears(balance(poorMoney), say(prompts.EnterDestination)), presses("011" + bobCalls + "#"),
			hears(say(prompts.NotEnoughMoney), say(prompts.EnterDestination)), hangsUp,
		},
	}
}

// carol is refused, called back at her own number, and talks.
func carol() *scene {
	return &scene{
		title: "Carol rings the callback number, is called back, calls Canada, and pays for both calls",
		phone: carolPhone, access: house.CallbackNumber, card: known(carolAccount, carolPhone, carolMoney),
		reason: billing.CallbackTrigger,
		script: []step{
			isRefused,
			isCalledBack(leg{shown: house.CallbackNumber, price: toronto(), reason: billing.CallerHungUp}),
			hears(balance(carolMoney), say(prompts.EnterDestination)), presses(carolCalls[1:] + "#"),
			hears(talkTime(15)), // of both at once, at 0.30 a minute; 16 but for the time that it may ring
			talks(
				leg{number: carolCalls, shown: house.OwnNumber, price: canada(), reason: billing.CallerHungUp},
				carolTalk,
			),
			hangsUp,
		},
	}
}
