package prompts

import (
	"slices"
	"strings"
)

// french is that of Canada and France alike: soixante-dix, quatre-vingt-dix, centimes
// for the euro and cents (said as in English) for the dollar. What is nought or one is
// singular. Nouns sound the same in both numbers, and are recorded once.
//
// Sentences end so that no "de" or "que" would have to be elided before the amount
// that follows: "Montant ajouté à votre compte : un dollar".
func french() language {
	return language{
		code:     "fr",
		messages: frenchMessages(),
		words:    frenchWords(),
		alike:    frenchAlike(),
		standIns: frenchStandIns(),
		grammar: grammar{
			below1000: frenchHundreds,
			scales: []scale{
				{size: 1_000_000_000, noun: noun{name: "billion", gender: masculine}},
				{size: 1_000_000, noun: noun{name: "million", gender: masculine}},
				{size: 1000, noun: noun{name: "thousand", gender: masculine, invariable: true}, alone: true},
			},
			plural: frenchPlural,
			and:    "and",
			of:     "of",
			coins:  frenchCoins(),
			minute: noun{name: "minute", gender: feminine},
			second: noun{name: "second", gender: feminine},
		},
	}
}

func frenchMessages() map[Message]string {
	return map[Message]string{
		EnterPIN:         "Veuillez composer votre code secret, suivi du dièse.",
		EnterDestination: "Veuillez composer le numéro que vous souhaitez appeler, suivi du dièse.",
		EnterVoucher:     "Veuillez composer le numéro de votre recharge, suivi du dièse.",
		EnterOtherPIN:    "Veuillez composer le code secret de l'autre carte, suivi du dièse.",
		EnterSpeedDial:   "Veuillez composer le code de numérotation abrégée, suivi du dièse.",
		EnterSpeedNumber: "Veuillez composer le numéro que vous souhaitez enregistrer, suivi du dièse.",
		OfferRegister:    "Pour que ce téléphone soit désormais reconnu, appuyez sur la touche un.",
		ForLanguagePress: "Pour le français, appuyez sur",

		YouHave:       "Vous avez",
		YouCanTalkFor: "Vous pouvez parler pendant",
		LastCallCost:  "Votre dernier appel a coûté",
		CreditedWith:  "Montant ajouté à votre compte :",

		OneMinuteLeft:     "Il vous reste une minute.",
		ThirtySecondsLeft: "Il vous reste trente secondes.",
		PhoneRegistered:   "Ce téléphone sera désormais reconnu.",
		SpeedDialSaved:    "Le numéro a été enregistré.",
		PleaseHold:        "Veuillez patienter pendant que nous établissons votre appel.",

		PINWrong:      "Ce code secret n'est pas valide.",
		PINMissing:    "Vous n'avez pas composé de code secret.",
		PINTriesSpent: "Vous avez composé trop de codes erronés. Au revoir.",
		PINLocked: "L'accès est bloqué, car trop de codes erronés ont été composés. " +
			"Veuillez rappeler plus tard. Au revoir.",
		NumberInvalid:         "Désolé, ce numéro n'est pas valide.",
		DestinationNotAllowed: "Désolé, les appels vers ce numéro ne sont pas autorisés.",
		CountryNotAllowed:     "Désolé, les appels vers ce pays ne sont pas autorisés.",
		NoRate:                "Désolé, nous n'avons pas de tarif pour ce numéro.",
		CalleeBlocked:         "Désolé, les appels vers ce numéro sont bloqués.",
		CalleeNotOnList:       "Désolé, ce numéro ne figure pas dans la liste de vos numéros autorisés.",
		NothingToRedial:       "Il n'y a aucun numéro à recomposer.",
		NoSpeedDial:           "Aucun numéro n'est enregistré sous ce code.",
		SpeedDialOff:          "La numérotation abrégée n'est pas disponible sur ce compte.",
		NoLastCall:            "Vous n'avez encore fait aucun appel.",
		VoucherUnknown:        "Ce numéro de recharge n'est pas valide.",
		VoucherUsed:           "Cette recharge a déjà été utilisée.",
		VoucherExpired:        "Cette recharge a expiré.",
		BalanceFull:           "Votre compte ne peut pas contenir une telle somme. La recharge n'a pas été utilisée.",
		TransferNotAllowed:    "Le crédit de cette carte ne peut pas être transféré.",
		NothingToTransfer:     "Il n'y a pas de crédit sur cette carte.",
		TransferTooMuch:       "Votre compte ne peut pas contenir une telle somme. Rien n'a été transféré.",
		TriesSpent:            "Désolé que vous ayez des difficultés. Veuillez rappeler plus tard. Au revoir.",

		NotEnoughMoney:      "Vous n'avez pas assez de crédit pour cet appel.",
		AccountNotActive:    "Ce compte n'est pas actif.",
		AccountNotActivated: "Ce compte n'a pas encore été activé.",
		AccountBlocked:      "Ce compte est bloqué.",
		AccountEmpty:        "Il ne reste plus de crédit sur ce compte.",
		AccountExpired:      "Ce compte a expiré.",
		AccountBusy:         "Ce compte est déjà utilisé pour un autre appel.",
		TooManyCalls:        "Trop d’appels ont été faits avec ce compte. Veuillez rappeler plus tard.",
		ServiceBusy:         "Toutes les lignes de ce service sont occupées. Veuillez rappeler plus tard.",

		CalleeBusy:        "Le numéro que vous avez composé est occupé.",
		CalleeNoAnswer:    "Votre correspondant ne répond pas.",
		CalleeRejected:    "Votre correspondant n'a pas pris l'appel.",
		CalleeUnavailable: "Votre correspondant n'est pas joignable pour le moment.",
		NumberUnassigned:  "Le numéro que vous avez composé n'est pas en service. Veuillez vérifier le numéro.",
		NumberIncomplete:  "Le numéro que vous avez composé est incomplet. Veuillez vérifier le numéro.",
		LinesCongested:    "Toutes nos lignes sont occupées pour le moment. Veuillez rappeler plus tard.",
		TalkTimeSpent:     "Votre temps de communication est écoulé.",
		SystemFailure:     "Nous éprouvons des difficultés techniques. Veuillez rappeler plus tard.",
		ShuttingDown:      "Ce service est interrompu pour quelques instants. Veuillez rappeler plus tard.",
		CallsSpent: "Vous avez atteint le nombre d'appels permis en une seule fois. " +
			"Veuillez raccrocher et rappeler.",
		Goodbye: "Au revoir.",
	}
}

func frenchWords() map[string]string {
	words := map[string]string{
		"minute-one": "minute", "minute-many": "minutes", "second-one": "seconde", "second-many": "secondes",
		"dollar-one": "dollar", "dollar-many": "dollars", "cent-one": "cent", "cent-many": "cents",
		"euro-one": "euro", "euro-many": "euros", "centime-one": "centime", "centime-many": "centimes",
		"pound-one": "livre", "pound-many": "livres", "penny-one": "penny", "penny-many": "pence",
		"peso-one": "peso", "peso-many": "pesos", "centavo-one": "centavo", "centavo-many": "centavos",
		"ruble-one": "rouble", "ruble-many": "roubles", "kopeck-one": "kopeck", "kopeck-many": "kopecks",
		"euro-of-many": "d'euros",
		"thousand":     "mille", "million-one": "million", "million-many": "millions",
		"billion-one": "milliard", "billion-many": "milliards",
		"and": "et", "of": "de", minusSign: "moins", point: "virgule",
	}
	small := strings.Fields(`zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze
		seize dix-sept dix-huit dix-neuf`)
	addNumerals(words, small, func(n uint64) string { return frenchTens(n, small) })
	words[numeral(100)] = "cent"
	for n := uint64(2); n <= 9; n++ {
		words[numeral(100*n)] = small[n] + " cents"
		words[leading(100*n)] = small[n] + " cent"
	}
	words[leading(80)] = "quatre-vingt"
	for _, n := range []uint64{1, 21, 31, 41, 51, 61, 81} {
		words[inFeminine(n)] = words[numeral(n)] + "e"
	}
	addLetters(words, strings.Fields(`a bé cé dé e effe gé ache i ji ka elle emme enne o pé cu erre esse té u vé
		double-vé ixe i-grec zède`))
	return words
}

// frenchTens composes 20–99: seventies and nineties count on from ten.
func frenchTens(n uint64, small []string) string {
	tens := strings.Fields("vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
	ten, rest := n/10, n%10
	if ten == 7 || ten == 9 {
		rest += 10
	}
	switch {
	case n == 80:
		return "quatre-vingts"
	case (rest == 1 || rest == 11) && ten < 8:
		return tens[ten-2] + " et " + small[rest]
	}
	return joinNonZero(tens[ten-2], "-", small, rest)
}

// leading names a number whose last word loses its plural because another follows:
// quatre-vingt mille, deux cent un.
func leading(n uint64) string { return numeral(n) + "-leading" }

// inFeminine names a number that counts something feminine, where it makes a difference.
func inFeminine(n uint64) string { return numeral(n) + "-feminine" }

func frenchHundreds(n uint64, g gender, beforeThousand bool) []string {
	var spoken []string
	hundreds, rest := n-n%100, n%100
	switch {
	case hundreds > 100 && (rest > 0 || beforeThousand):
		spoken = append(spoken, leading(hundreds))
	case hundreds > 0:
		spoken = append(spoken, numeral(hundreds))
	}
	switch {
	case rest == 0:
		return spoken
	case rest == 80 && beforeThousand:
		return append(spoken, leading(rest))
	case g == feminine && rest%10 == 1 && rest != 11 && rest != 71 && rest != 91:
		return append(spoken, inFeminine(rest))
	}
	return append(spoken, numeral(rest))
}

func frenchPlural(n uint64) string {
	if n < 2 {
		return one
	}
	return many
}

func frenchCoins() map[string]coins {
	dollars := coins{noun{name: "dollar", gender: masculine}, noun{name: "cent", gender: masculine}}
	return map[string]coins{
		"USD": dollars, "CAD": dollars, "AUD": dollars, "NZD": dollars,
		"EUR": {noun{name: "euro", gender: masculine, elided: true}, noun{name: "centime", gender: masculine}},
		"GBP": {noun{name: "pound", gender: feminine}, noun{name: "penny", gender: masculine}},
		"MXN": {noun{name: "peso", gender: masculine}, noun{name: "centavo", gender: masculine}},
		"RUB": {noun{name: "ruble", gender: masculine}, noun{name: "kopeck", gender: masculine}},
	}
}

// frenchAlike are the plurals one does not hear.
func frenchAlike() map[string]string {
	alike := map[string]string{leading(80): numeral(80)}
	for n := uint64(200); n <= 900; n += 100 {
		alike[leading(n)] = numeral(n)
	}
	for _, name := range []string{
		"minute", "second", "dollar", "cent", "euro", "centime", "pound", "peso", "centavo", "ruble", "kopeck",
		"million", "billion",
	} {
		alike[name+many] = name + one
	}
	return alike
}

func frenchStandIns() map[string][]string {
	const tryLater, goodbye, pound = "please-try-call-later", "vm-goodbye", "astcc-followed-by-the-pound-key"
	play := map[string][]string{
		"minute-one": {"queue-minute"}, "second-one": {"second"}, "dollar-one": {"letters/dollar"},
		"thousand": {"digits/thousand"}, "million-one": {"digits/million"},
		"and": {"vm-and"},
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
		play[numeral(n)] = frenchNumberSounds(n)
	}
	for _, n := range []uint64{1, 21, 31, 41, 51, 61, 81} {
		play[inFeminine(n)] = play[numeral(n)] // Asterisk has no "une"
	}
	for n := uint64(1); n <= 9; n++ {
		play[numeral(100*n)] = append(soundsOf(n), "digits/hundred")
	}
	play[numeral(100)] = []string{"digits/hundred"}
	return play
}

func frenchNumberSounds(n uint64) []string {
	ten, rest := n-n%10, n%10
	if rest > 0 && (ten == 70 || ten == 90) {
		ten, rest = ten-10, rest+10
	}
	sounds := soundsOf(ten, rest)
	if (rest == 1 || rest == 11) && ten < 80 {
		return slices.Insert(sounds, 1, "digits/et")
	}
	return sounds
}
