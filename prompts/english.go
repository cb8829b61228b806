package prompts

import "strings"

// english counts the American way: no "and" but the one before the cents.
func english() language {
	return language{
		code:     "en",
		messages: englishMessages(),
		words:    englishWords(),
		standIns: englishStandIns(),
		grammar: grammar{
			below1000: englishHundreds,
			scales: []scale{
				{size: 1_000_000_000, noun: noun{name: "billion", invariable: true}},
				{size: 1_000_000, noun: noun{name: "million", invariable: true}},
				{size: 1000, noun: noun{name: "thousand", invariable: true}},
			},
			plural: oneOrMany,
			and:    "and",
			coins:  englishCoins(),
			minute: noun{name: "minute"},
			second: noun{name: "second"},
		},
	}
}

func englishMessages() map[Message]string {
	return map[Message]string{
		EnterPIN:         "Please enter your PIN, followed by the pound key.",
		EnterDestination: "Please enter the number you wish to call, followed by the pound key.",
		EnterVoucher:     "Please enter the voucher number, followed by the pound key.",
		EnterOtherPIN:    "Please enter the PIN of the other card, followed by the pound key.",
		EnterSpeedDial:   "Please enter the speed dial code, followed by the pound key.",
		EnterSpeedNumber: "Please enter the phone number you wish to save, followed by the pound key.",
		OfferRegister:    "To have this phone recognized from now on, press one.",
		ForLanguagePress: "For English, press",

		YouHave:       "You have",
		YouCanTalkFor: "You can talk for",
		LastCallCost:  "The cost of your last call was",
		CreditedWith:  "The amount added to your account is",

		OneMinuteLeft:     "You have one minute left.",
		ThirtySecondsLeft: "You have thirty seconds left.",
		PhoneRegistered:   "From now on, this phone will be recognized.",
		SpeedDialSaved:    "The number has been saved.",
		PleaseHold:        "Please hold while we connect your call.",

		PINWrong:      "This PIN is not valid.",
		PINMissing:    "You have not entered a PIN.",
		PINTriesSpent: "You have entered too many wrong PINs. Goodbye.",
		PINLocked: "Access is locked because too many wrong PINs were entered. " +
			"Please call again later. Goodbye.",
		NumberInvalid:         "Sorry, this number is not valid.",
		DestinationNotAllowed: "Sorry, calls to this number are not allowed.",
		CountryNotAllowed:     "Sorry, calls to this country are not allowed.",
		NoRate:                "Sorry, we have no rate for calls to this number.",
		CalleeBlocked:         "Sorry, calls to this number are blocked.",
		CalleeNotOnList:       "Sorry, this number is not on your list of allowed numbers.",
		NothingToRedial:       "There is no number to redial.",
		NoSpeedDial:           "There is no number saved under this code.",
		SpeedDialOff:          "Speed dialing is not available on this account.",
		NoLastCall:            "You have not made any calls yet.",
		VoucherUnknown:        "This voucher number is not valid.",
		VoucherUsed:           "This voucher has already been used.",
		VoucherExpired:        "This voucher has expired.",
		BalanceFull:           "Your account cannot hold that much money. The voucher was not used.",
		TransferNotAllowed:    "Money cannot be moved from that card.",
		NothingToTransfer:     "There is no money on that card.",
		TransferTooMuch:       "Your account cannot hold that much money. Nothing was moved.",
		TriesSpent:            "Sorry you are having trouble. Please call again later. Goodbye.",

		NotEnoughMoney:      "You do not have enough money for this call.",
		AccountNotActive:    "This account is not active.",
		AccountNotActivated: "This account has not been activated yet.",
		AccountBlocked:      "This account is blocked.",
		AccountEmpty:        "There is no money left on this account.",
		AccountExpired:      "This account has expired.",
		AccountBusy:         "This account is already in use for another call.",
		TooManyCalls:        "Too many calls were made with this account. Please call again later.",
		ServiceBusy:         "All lines of this service are in use. Please call again later.",

		CalleeBusy:        "The number you called is busy.",
		CalleeNoAnswer:    "The number you called does not answer.",
		CalleeRejected:    "The person you called did not take the call.",
		CalleeUnavailable: "The person you called is not available right now.",
		NumberUnassigned:  "The number you called is not in service. Please check the number.",
		NumberIncomplete:  "The number you entered is not complete. Please check the number.",
		LinesCongested:    "All circuits are busy now. Please try your call again later.",

		TalkTimeSpent: "Your talk time is used up.",
		SystemFailure: "We are having technical difficulties. Please call again later.",
		ShuttingDown:  "This service is closing for a short time. Please call again later.",
		CallsSpent:    "You have made all the calls allowed in one visit. Please hang up and call again.",
		Goodbye:       "Goodbye.",
	}
}

func englishWords() map[string]string {
	words := map[string]string{
		"minute-one": "minute", "minute-many": "minutes", "second-one": "second", "second-many": "seconds",
		"dollar-one": "dollar", "dollar-many": "dollars", "cent-one": "cent", "cent-many": "cents",
		"euro-one": "euro", "euro-many": "euros",
		"pound-one": "pound", "pound-many": "pounds", "penny-one": "penny", "penny-many": "pence",
		"peso-one": "peso", "peso-many": "pesos", "centavo-one": "centavo", "centavo-many": "centavos",
		"ruble-one": "ruble", "ruble-many": "rubles", "kopeck-one": "kopeck", "kopeck-many": "kopecks",
		"thousand": "thousand", "million": "million", "billion": "billion",
		"and": "and", minusSign: "minus", point: "point",
	}
	small := strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen
		fourteen fifteen sixteen seventeen eighteen nineteen`)
	tens := strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
	addNumerals(words, small, func(n uint64) string { return joinNonZero(tens[n/10-2], "-", small, n%10) })
	for n := uint64(1); n <= 9; n++ {
		words[numeral(100*n)] = small[n] + " hundred"
	}
	addLetters(words, strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z"))
	return words
}

func englishHundreds(n uint64, _ gender, _ bool) []string {
	var spoken []string
	if n >= 100 {
		spoken = append(spoken, numeral(n-n%100))
	}
	if n%100 > 0 {
		spoken = append(spoken, numeral(n%100))
	}
	return spoken
}

// englishCoins names the currencies said in words. All dollars are "dollars": callers know
// which they pay in.
func englishCoins() map[string]coins {
	dollars := coins{noun{name: "dollar"}, noun{name: "cent"}}
	return map[string]coins{
		"USD": dollars, "CAD": dollars, "AUD": dollars, "NZD": dollars,
		"EUR": {noun{name: "euro"}, noun{name: "cent"}},
		"GBP": {noun{name: "pound"}, noun{name: "penny"}},
		"MXN": {noun{name: "peso"}, noun{name: "centavo"}},
		"RUB": {noun{name: "ruble"}, noun{name: "kopeck"}},
	}
}

func englishStandIns() map[string][]string {
	const tryLater, goodbye, pound = "please-try-call-later", "vm-goodbye", "astcc-followed-by-the-pound-key"
	play := map[string][]string{
		"minute-one": {"queue-minute"}, "minute-many": {"queue-minutes"}, // better levelled than "minute"
		"second-one": {"second"}, "second-many": {"seconds"},
		"dollar-one": {"letters/dollar"}, "dollar-many": {"digits/dollars"}, "pound-one": {"digits/pound"},
		"thousand": {"digits/thousand"}, "million": {"digits/million"}, "billion": {"digits/billion"},
		"and": {"vm-and"}, point: {"letters/dot"},
	}
	for m, sounds := range map[Message][]string{
		EnterPIN:          {"confbridge-pin"},
		EnterDestination:  {"vm-enter-num-to-call", pound},
		YouHave:           {"vm-youhave"},
		OneMinuteLeft:     {"vm-youhave", "digits/1", "queue-minute"},
		ThirtySecondsLeft: {"vm-youhave", "digits/30", "seconds"},
		PINWrong:          {"vm-incorrect"},
		PINTriesSpent:     {"confbridge-pin-bad", goodbye},
		PINLocked:         {"confbridge-pin-bad", tryLater, goodbye},
		NumberInvalid:     {"privacy-incorrect"},
		NoSpeedDial:       {"speed-dial-empty"},
		TriesSpent:        {"sorry-youre-having-problems", goodbye},
		AccountBusy:       {"simul-call-limit-reached"},
		TooManyCalls:      {"simul-call-limit-reached", tryLater},
		ServiceBusy:       {"all-circuits-busy-now", tryLater},
		CalleeNoAnswer:    {"number-not-answering"},
		CalleeUnavailable: {"vm-nobodyavail"},
		NumberUnassigned:  {"ss-noservice"},
		NumberIncomplete:  {"cannot-complete-as-dialed", "check-number-dial-again"},
		LinesCongested:    {"all-circuits-busy-now", tryLater},
		SystemFailure:     {"cannot-complete-as-dialed", tryLater},
		ShuttingDown:      {tryLater},
		Goodbye:           {goodbye},
	} {
		play[string(m)] = sounds
	}
	standInsEverywhere(play)
	for n := uint64(21); n < 100; n++ {
		play[numeral(n)] = soundsOf(n-n%10, n%10)
	}
	for n := uint64(1); n <= 9; n++ {
		play[numeral(100*n)] = append(soundsOf(n), "digits/hundred")
	}
	return play
}
