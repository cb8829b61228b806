package prompts

import "strings"

// english speaks with the core sounds of Asterisk wherever they say it well. The
// texts of the core sounds are those of Asterisk's own list, core-sounds-en.txt.
func english() language {
	return language{
		code:     "en",
		core:     englishCore(),
		recorded: englishRecorded(),
		messages: englishMessages(),
		grammar:  englishGrammar{},
	}
}

func englishMessages() map[Message][]string {
	const tryLater = "please-try-call-later"
	return map[Message][]string{
		EnterPIN:         {"confbridge-pin"},
		EnterDestination: {"vm-enter-num-to-call", "astcc-followed-by-the-pound-key"},

		YouHave:       {"vm-youhave"},
		YouCanTalkFor: {"you-can-talk-for"},

		PINWrong:              {"pin-wrong"},
		PINTriesSpent:         {"confbridge-pin-bad", "vm-goodbye"},
		NumberInvalid:         {"privacy-incorrect"},
		DestinationNotAllowed: {"destination-not-allowed"},
		CountryNotAllowed:     {"country-not-allowed"},
		NoRate:                {"no-rate"},
		TriesSpent:            {"sorry-youre-having-problems", "vm-goodbye"},

		NotEnoughMoney:   {"not-enough-money"},
		AccountNotActive: {"account-not-active"},
		AccountBusy:      {"simul-call-limit-reached"},

		CalleeBusy:        {"callee-busy"},
		CalleeNoAnswer:    {"number-not-answering"},
		CalleeRejected:    {"callee-rejected"},
		CalleeUnavailable: {"vm-nobodyavail"},
		NumberUnassigned:  {"ss-noservice"},
		NumberIncomplete:  {"cannot-complete-as-dialed", "check-number-dial-again"},
		LinesCongested:    {"all-circuits-busy-now", tryLater},

		TalkTimeSpent: {"talk-time-spent"},
		SystemFailure: {"system-failure", tryLater},
		ShuttingDown:  {"shutting-down", tryLater},
		Goodbye:       {"vm-goodbye"},
	}
}

func englishRecorded() map[string]string {
	return map[string]string{
		"you-can-talk-for":        "You can talk for",
		"pin-wrong":               "This PIN is not valid.",
		"destination-not-allowed": "Calls to this number are not allowed.",
		"country-not-allowed":     "Calls to this country are not allowed.",
		"no-rate":                 "Sorry, we have no price for calls to this number.",
		"not-enough-money":        "You do not have enough money for this call.",
		"account-not-active":      "This account is not active.",
		"callee-busy":             "The number you called is busy.",
		"callee-rejected":         "The person you called did not take the call.",
		"talk-time-spent":         "Your talk time is used up.",
		"system-failure":          "We have a technical problem.",
		"shutting-down":           "This service is stopping for a short time.",

		"cent": "cent", "cents": "cents",
		"euro": "euro", "euros": "euros",
		"pounds": "pounds", "penny": "penny", "pence": "pence",
		"point": "point",
	}
}

func englishCore() map[string]string {
	sounds := map[string]string{
		"all-circuits-busy-now":           "All circuits are busy now.",
		"astcc-followed-by-the-pound-key": "followed by the pound key.",
		"cannot-complete-as-dialed":       "Your call cannot be completed as dialed.",
		"check-number-dial-again":         "Please check the number and dial again.",
		"confbridge-pin":                  "Please enter your personal identification number followed by the pound, or hash key.",
		"confbridge-pin-bad":              "You have entered too many invalid personal identification numbers.",
		"number-not-answering":            "The number is not answering.",
		"please-try-call-later":           "Please try your call again later.",
		"privacy-incorrect":               "I'm sorry, that number is not valid.",
		"simul-call-limit-reached":        "Simultaneous call limit reached.",
		"sorry-youre-having-problems":     "Sorry you're having problems.",
		"ss-noservice":                    "The number you have dialed is not in service. Please check the number and try again.",
		"vm-enter-num-to-call":            "Please enter the number you wish to call,",
		"vm-goodbye":                      "Goodbye.",
		"vm-nobodyavail":                  "Nobody is available to take your call at the moment.",
		"vm-youhave":                      "You have",
		// The queue-* words are better levelled than "minute" and "minutes".
		"queue-minute": "minute", "queue-minutes": "minutes",
		"second": "second", "seconds": "seconds",
		"vm-and":         "and",
		minusSign:        "minus",
		starKey:          "star",
		poundKey:         "pound", // the currency as well as the key
		plusSign:         "plus",
		"letters/dollar": "dollar", "digits/dollars": "dollars",
		"digits/hundred": "hundred", "digits/thousand": "thousand",
		"digits/million": "million", "digits/billion": "billion",
	}
	for i, word := range strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve
		thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty`) {
		sounds[numeral(uint64(i))] = word
	}
	for i, word := range strings.Fields("thirty forty fifty sixty seventy eighty ninety") {
		sounds[numeral(uint64(10*i+30))] = word
	}
	for l := 'a'; l <= 'z'; l++ {
		sounds[letter(l)] = string(l)
	}
	return sounds
}

// englishGrammar counts the American way: no "and" but the one before the cents.
type englishGrammar struct{}

func (g englishGrammar) number(n uint64) []string {
	for _, scale := range []struct {
		size uint64
		name string
	}{
		{1_000_000_000, "digits/billion"},
		{1_000_000, "digits/million"},
		{1000, "digits/thousand"},
		{100, "digits/hundred"},
	} {
		if n < scale.size {
			continue
		}
		spoken := append(g.number(n/scale.size), scale.name)
		if rest := n % scale.size; rest > 0 {
			spoken = append(spoken, g.number(rest)...)
		}
		return spoken
	}
	if n > 20 && n%10 > 0 {
		return []string{numeral(n - n%10), numeral(n % 10)}
	}
	return []string{numeral(n)}
}

func (g englishGrammar) money(a amount) []string {
	var spoken []string
	if a.negative {
		spoken = append(spoken, minusSign)
	}
	coins, named := englishCoins()[a.currency]
	if !named {
		return append(spoken, g.decimal(a)...)
	}
	if a.units > 0 || a.cents == 0 {
		spoken = append(spoken, g.count(a.units, coins.unit, coins.units)...)
	}
	if a.units > 0 && a.cents > 0 {
		spoken = append(spoken, "vm-and")
	}
	if a.cents > 0 {
		spoken = append(spoken, g.count(a.cents, coins.cent, coins.cents)...)
	}
	return spoken
}

// decimal says an amount whose currency has no name here: "twelve point zero five
// J P Y".
func (g englishGrammar) decimal(a amount) []string {
	spoken := g.number(uint64(a.units))
	if a.cents > 0 {
		spoken = append(spoken, "point", numeral(uint64(a.cents/10)), numeral(uint64(a.cents%10)))
	}
	for _, l := range strings.ToLower(a.currency) {
		if 'a' <= l && l <= 'z' {
			spoken = append(spoken, letter(l))
		}
	}
	return spoken
}

func (g englishGrammar) talkTime(minutes, seconds int64) []string {
	var spoken []string
	if minutes > 0 {
		spoken = g.count(minutes, "queue-minute", "queue-minutes")
	}
	if minutes > 0 && seconds > 0 {
		spoken = append(spoken, "vm-and")
	}
	if seconds > 0 || minutes == 0 {
		spoken = append(spoken, g.count(seconds, "second", "seconds")...)
	}
	return spoken
}

func (g englishGrammar) count(n int64, one, many string) []string {
	noun := many
	if n == 1 {
		noun = one
	}
	return append(g.number(uint64(n)), noun)
}

// coins are the names of a currency and its hundredth.
type coins struct{ unit, units, cent, cents string }

// englishCoins names the currencies said in words, by ISO 4217 code. Whoever has
// dollars knows which.
func englishCoins() map[string]coins {
	dollars := coins{"letters/dollar", "digits/dollars", "cent", "cents"}
	return map[string]coins{
		"USD": dollars, "CAD": dollars, "AUD": dollars, "NZD": dollars,
		"EUR": {"euro", "euros", "cent", "cents"},
		"GBP": {poundKey, "pounds", "penny", "pence"},
	}
}
