package prompts

import (
	"slices"
	"strings"
)

// spanish is that of Latin America, with the decimal point, and céntimos only for the
// euro. Callers are addressed as usted. One is uno when nothing is counted, un before
// what is masculine and una before what is feminine; so are the numbers ending in it.
func spanish() language {
	return language{
		code:     "es",
		messages: spanishMessages(),
		words:    spanishWords(),
		alike:    map[string]string{"of": letter('d')},
		standIns: spanishStandIns(),
		grammar: grammar{
			below1000: spanishHundreds,
			scales: []scale{
				{size: 1_000_000, noun: noun{name: "million", gender: masculine}},
				{
					size:   1000,
					noun:   noun{name: "thousand", gender: masculine, invariable: true},
					alone:  true,
					agrees: true,
				},
			},
			plural: oneOrMany,
			and:    "and",
			of:     "of",
			coins:  spanishCoins(),
			minute: noun{name: "minute", gender: masculine},
			second: noun{name: "second", gender: masculine},
		},
	}
}

func spanishMessages() map[Message]string {
	return map[Message]string{
		EnterPIN:         "Por favor, marque su PIN, seguido de la tecla numeral.",
		EnterDestination: "Por favor, marque el número al que desea llamar, seguido de la tecla numeral.",
		EnterVoucher:     "Por favor, marque el número de su recarga, seguido de la tecla numeral.",
		EnterOtherPIN:    "Por favor, marque el PIN de la otra tarjeta, seguido de la tecla numeral.",
		EnterSpeedDial:   "Por favor, marque el código de marcación rápida, seguido de la tecla numeral.",
		EnterSpeedNumber: "Por favor, marque el número que desea guardar, seguido de la tecla numeral.",
		OfferRegister:    "Para que este teléfono sea reconocido en adelante, oprima el uno.",
		ForLanguagePress: "Para español, oprima el",

		YouHave:       "Usted tiene",
		YouCanTalkFor: "Usted puede hablar durante",
		LastCallCost:  "Su última llamada costó",
		CreditedWith:  "Se abonó a su cuenta la cantidad de",

		OneMinuteLeft:     "Le queda un minuto.",
		ThirtySecondsLeft: "Le quedan treinta segundos.",
		PhoneRegistered:   "En adelante, este teléfono será reconocido.",
		SpeedDialSaved:    "El número ha sido guardado.",
		PleaseHold:        "Por favor, espere mientras conectamos su llamada.",

		PINWrong:      "Este PIN no es válido.",
		PINMissing:    "Usted no ha marcado ningún PIN.",
		PINTriesSpent: "Ha marcado demasiadas veces un PIN incorrecto. Hasta luego.",
		PINLocked: "El acceso está bloqueado porque se marcó demasiadas veces un PIN incorrecto. " +
			"Por favor, llame más tarde. Hasta luego.",
		NumberInvalid:         "Lo sentimos, este número no es válido.",
		DestinationNotAllowed: "Lo sentimos, no se permiten llamadas a este número.",
		CountryNotAllowed:     "Lo sentimos, no se permiten llamadas a este país.",
		NoRate:                "Lo sentimos, no tenemos tarifa para llamar a este número.",
		CalleeBlocked:         "Lo sentimos, las llamadas a este número están bloqueadas.",
		CalleeNotOnList:       "Lo sentimos, este número no está en su lista de números permitidos.",
		NothingToRedial:       "No hay ningún número para volver a marcar.",
		NoSpeedDial:           "No hay ningún número guardado con este código.",
		SpeedDialOff:          "La marcación rápida no está disponible en esta cuenta.",
		NoLastCall:            "Usted todavía no ha hecho ninguna llamada.",
		VoucherUnknown:        "Este número de recarga no es válido.",
		VoucherUsed:           "Esta recarga ya fue utilizada.",
		VoucherExpired:        "Esta recarga ya venció.",
		BalanceFull:           "Su cuenta no admite tanto saldo. La recarga no fue utilizada.",
		TransferNotAllowed:    "El saldo de esa tarjeta no se puede transferir.",
		NothingToTransfer:     "Esa tarjeta no tiene saldo.",
		TransferTooMuch:       "Su cuenta no admite tanto saldo. No se transfirió nada.",
		TriesSpent:            "Lamentamos que tenga dificultades. Por favor, llame más tarde. Hasta luego.",

		NotEnoughMoney:      "Su saldo no alcanza para esta llamada.",
		AccountNotActive:    "Esta cuenta no está activa.",
		AccountNotActivated: "Esta cuenta todavía no ha sido activada.",
		AccountBlocked:      "Esta cuenta está bloqueada.",
		AccountEmpty:        "Ya no queda saldo en esta cuenta.",
		AccountExpired:      "Esta cuenta ha vencido.",
		AccountBusy:         "Esta cuenta ya está en uso para otra llamada.",
		TooManyCalls:        "Se han hecho demasiadas llamadas con esta cuenta. Por favor, llame más tarde.",
		ServiceBusy:         "Todas las líneas de este servicio están ocupadas. Por favor, llame más tarde.",

		CalleeBusy:        "El número que marcó está ocupado.",
		CalleeNoAnswer:    "El número que marcó no contesta.",
		CalleeRejected:    "La persona a la que llamó no aceptó la llamada.",
		CalleeUnavailable: "La persona a la que llamó no está disponible en este momento.",
		NumberUnassigned:  "El número que marcó no está en servicio. Por favor, verifique el número.",
		NumberIncomplete:  "El número que marcó está incompleto. Por favor, verifique el número.",
		LinesCongested:    "Todos los circuitos están ocupados. Por favor, intente su llamada más tarde.",

		TalkTimeSpent: "Su tiempo de llamada se ha agotado.",
		SystemFailure: "Tenemos dificultades técnicas. Por favor, llame más tarde.",
		ShuttingDown:  "Este servicio se interrumpe por unos momentos. Por favor, llame más tarde.",
		CallsSpent:    "Ha hecho todas las llamadas permitidas de una sola vez. Por favor, cuelgue y vuelva a llamar.",
		Goodbye:       "Hasta luego.",
	}
}

func spanishWords() map[string]string {
	words := map[string]string{
		"minute-one": "minuto", "minute-many": "minutos", "second-one": "segundo", "second-many": "segundos",
		"dollar-one": "dólar", "dollar-many": "dólares", "centavo-one": "centavo", "centavo-many": "centavos",
		"euro-one": "euro", "euro-many": "euros", "centimo-one": "céntimo", "centimo-many": "céntimos",
		"pound-one": "libra", "pound-many": "libras", "penny-one": "penique", "penny-many": "peniques",
		"peso-one": "peso", "peso-many": "pesos",
		"thousand": "mil", "million-one": "millón", "million-many": "millones",
		"and": "y", "of": "de", minusSign: "menos", point: "punto",
	}
	small := strings.Fields(`cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
		dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco
		veintiséis veintisiete veintiocho veintinueve`)
	tens := strings.Fields("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
	addNumerals(words, small, func(n uint64) string { return joinNonZero(tens[n/10-3], " y ", small, n%10) })
	for n := uint64(1); n < 100; n += 10 {
		if n != 11 {
			stem := strings.TrimSuffix(words[numeral(n)], "uno")
			words[inMasculine(n)], words[inFeminine(n)] = stem+"un", stem+"una"
		}
	}
	words[inMasculine(21)] = "veintiún"
	words[numeral(100)], words[leading(100)] = "cien", "ciento"
	for i, stem := range strings.Fields("dosc tresc cuatroc quin seisc setec ochoc novec") {
		n := uint64(i+2) * 100
		words[numeral(n)], words[inFeminine(n)] = stem+"ientos", stem+"ientas"
	}
	addLetters(words, strings.Fields(`a be ce de e efe ge hache i-latina jota ka ele eme ene o pe cu erre ese te u uve
		doble-u equis i-griega zeta`))
	return words
}

// inMasculine names a number before something masculine, where it makes a difference.
func inMasculine(n uint64) string { return numeral(n) + "-masculine" }

func spanishHundreds(n uint64, g gender, beforeThousand bool) []string {
	var spoken []string
	hundreds, rest := n-n%100, n%100
	if g == bare && beforeThousand {
		g = masculine // veintiún mil
	}
	switch {
	case hundreds == 100 && rest > 0:
		spoken = append(spoken, leading(hundreds))
	case hundreds > 100 && g == feminine:
		spoken = append(spoken, inFeminine(hundreds))
	case hundreds > 0:
		spoken = append(spoken, numeral(hundreds))
	}
	endsInOne := rest%10 == 1 && rest != 11
	switch {
	case rest == 0:
		return spoken
	case endsInOne && g == masculine:
		return append(spoken, inMasculine(rest))
	case endsInOne && g == feminine:
		return append(spoken, inFeminine(rest))
	}
	return append(spoken, numeral(rest))
}

func spanishCoins() map[string]coins {
	centavo := noun{name: "centavo", gender: masculine}
	dollars := coins{noun{name: "dollar", gender: masculine}, centavo}
	return map[string]coins{
		"USD": dollars, "CAD": dollars, "AUD": dollars, "NZD": dollars,
		"EUR": {noun{name: "euro", gender: masculine}, noun{name: "centimo", gender: masculine}},
		"GBP": {noun{name: "pound", gender: feminine}, noun{name: "penny", gender: masculine}},
		"MXN": {noun{name: "peso", gender: masculine}, centavo},
	}
}

func spanishStandIns() map[string][]string {
	const goodbye = "vm-goodbye"
	play := map[string][]string{
		"minute-one": {"queue-minute"}, "minute-many": {"queue-minutes"},
		"second-one": {"digits/h-2"}, "second-many": {"seconds"}, // Asterisk has "segundo" as the ordinal only
		"dollar-one": {"letters/dollar"}, "dollar-many": {"digits/dollars"},
		"thousand": {"digits/thousand"}, "million-one": {"digits/million"}, "million-many": {"digits/millions"},
		"and": {"vm-and"}, point: {"letters/dot"},
	}
	for m, sounds := range map[Message][]string{
		EnterPIN:          {"confbridge-pin"},
		EnterDestination:  {"vm-enter-num-to-call", "vm-then-pound"},
		YouHave:           {"vm-youhave"},
		OneMinuteLeft:     {"vm-youhave", "digits/1M", "queue-minute"},
		ThirtySecondsLeft: {"vm-youhave", "digits/30", "seconds"},
		PINWrong:          {"vm-incorrect"},
		PINTriesSpent:     {"confbridge-pin-bad", goodbye},
		NumberInvalid:     {"privacy-incorrect"},
		CalleeUnavailable: {"vm-nobodyavail"},
		NumberUnassigned:  {"ss-noservice"},
		Goodbye:           {goodbye},
	} {
		play[string(m)] = sounds
	}
	standInsEverywhere(play)
	for n := uint64(21); n < 100; n++ {
		play[numeral(n)] = spanishNumberSounds(n)
	}
	for n := uint64(1); n < 100; n += 10 {
		if n != 11 {
			play[inMasculine(n)] = spanishOneSounds(n, "digits/1M")
			play[inFeminine(n)] = spanishOneSounds(n, "digits/1F")
		}
	}
	play[numeral(100)], play[leading(100)] = []string{"digits/hundred"}, []string{"digits/100-and"}
	for n := uint64(200); n <= 900; n += 100 {
		play[numeral(n)], play[inFeminine(n)] = soundsOf(n), soundsOf(n) // Asterisk has no "doscientas"
	}
	return play
}

func spanishNumberSounds(n uint64) []string {
	if n < 30 || n%10 == 0 {
		return soundsOf(n)
	}
	return slices.Insert(soundsOf(n-n%10, n%10), 1, "digits/and")
}

// spanishOneSounds are those of 1, 21, 31 … ending in the word for one that is given.
func spanishOneSounds(n uint64, last string) []string {
	switch n {
	case 1:
		return []string{last}
	case 21:
		return []string{"digits/20-and", last}
	}
	return append(soundsOf(n-1), "digits/and", last)
}
