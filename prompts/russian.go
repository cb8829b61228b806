package prompts

import "strings"

// russian has three forms of a noun: одна минута, две минуты, пять минут. Numbers
// ending in 1 or 2 agree in gender, but 11–14 never do anything but "минут".
//
// Amounts and times are in the nominative throughout. The sentences before them are
// chosen for it, and need no verb that would have to agree: "На вашем счёте двадцать
// одна копейка", "Стоимость последнего звонка — одна копейка". Never begin one with
// what takes the accusative, such as "Вы можете говорить (одну минуту)".
func russian() language {
	return language{
		code:     "ru",
		messages: russianMessages(),
		words:    russianWords(),
		alike:    map[string]string{"whole-few": "whole-many", "hundredth-few": "hundredth-many"},
		standIns: russianStandIns(),
		grammar: grammar{
			below1000: russianHundreds,
			scales: []scale{
				{size: 1_000_000_000, noun: noun{name: "billion", gender: masculine}},
				{size: 1_000_000, noun: noun{name: "million", gender: masculine}},
				{size: 1000, noun: noun{name: "thousand", gender: feminine}},
			},
			plural:    russianPlural,
			coins:     russianCoins(),
			minute:    noun{name: "minute", gender: feminine},
			second:    noun{name: "second", gender: feminine},
			whole:     noun{name: "whole", gender: feminine},
			hundredth: noun{name: "hundredth", gender: feminine},
		},
	}
}

func russianMessages() map[Message]string {
	return map[Message]string{
		EnterPIN:         "Пожалуйста, введите ПИН-код и нажмите решётку.",
		EnterDestination: "Пожалуйста, наберите номер, на который хотите позвонить, и нажмите решётку.",
		EnterVoucher:     "Пожалуйста, введите номер ваучера и нажмите решётку.",
		EnterOtherPIN:    "Пожалуйста, введите ПИН-код другой карты и нажмите решётку.",
		EnterSpeedDial:   "Пожалуйста, введите код быстрого набора и нажмите решётку.",
		EnterSpeedNumber: "Пожалуйста, наберите номер, который хотите сохранить, и нажмите решётку.",
		OfferRegister:    "Чтобы в дальнейшем мы узнавали этот телефон, нажмите один.",
		ForLanguagePress: "Для обслуживания на русском языке нажмите",

		YouHave:       "На вашем счёте",
		YouCanTalkFor: "Доступное время разговора —",
		LastCallCost:  "Стоимость последнего звонка —",
		CreditedWith:  "Сумма пополнения счёта —",

		OneMinuteLeft:     "У вас осталась одна минута.",
		ThirtySecondsLeft: "У вас осталось тридцать секунд.",
		PhoneRegistered:   "Теперь мы будем узнавать этот телефон.",
		SpeedDialSaved:    "Номер сохранён.",
		PleaseHold:        "Пожалуйста, подождите: мы соединяем ваш звонок.",

		PINWrong:      "Это неверный ПИН-код.",
		PINMissing:    "Вы не ввели ПИН-код.",
		PINTriesSpent: "Вы слишком много раз ввели неверный ПИН-код. До свидания.",
		PINLocked: "Доступ закрыт: слишком много раз введён неверный ПИН-код. " +
			"Пожалуйста, позвоните позже. До свидания.",
		NumberInvalid:         "Извините, это неверный номер.",
		DestinationNotAllowed: "Извините, звонки на этот номер не разрешены.",
		CountryNotAllowed:     "Извините, звонки в эту страну не разрешены.",
		NoRate:                "Извините, для этого номера нет тарифа.",
		CalleeBlocked:         "Извините, звонки на этот номер заблокированы.",
		CalleeNotOnList:       "Извините, этого номера нет в списке разрешённых номеров.",
		NothingToRedial:       "Нет номера для повторного набора.",
		NoSpeedDial:           "Под этим кодом нет сохранённого номера.",
		SpeedDialOff:          "Быстрый набор для этого счёта недоступен.",
		NoLastCall:            "Вы ещё не сделали ни одного звонка.",
		VoucherUnknown:        "Это неверный номер ваучера.",
		VoucherUsed:           "Этот ваучер уже использован.",
		VoucherExpired:        "Срок действия этого ваучера истёк.",
		BalanceFull:           "Пополнить счёт на эту сумму нельзя: он почти полон. Ваучер не использован.",
		TransferNotAllowed:    "Перевести деньги с этой карты нельзя.",
		NothingToTransfer:     "На этой карте нет денег.",
		TransferTooMuch:       "Пополнить счёт на эту сумму нельзя: он почти полон. Деньги не переведены.",
		TriesSpent:            "К сожалению, у вас возникли трудности. Пожалуйста, позвоните позже. До свидания.",

		NotEnoughMoney:      "На вашем счёте недостаточно средств для этого звонка.",
		AccountNotActive:    "Этот счёт не активен.",
		AccountNotActivated: "Этот счёт ещё не активирован.",
		AccountBlocked:      "Этот счёт заблокирован.",
		AccountEmpty:        "На этом счёте больше нет денег.",
		AccountExpired:      "Срок действия этого счёта истёк.",
		AccountBusy:         "С этого счёта уже ведётся другой разговор.",
		TooManyCalls:        "С этого счёта сделано слишком много звонков. Пожалуйста, перезвоните позже.",
		ServiceBusy:         "Все линии этой службы заняты. Пожалуйста, позвоните позже.",

		CalleeBusy:        "Набранный вами номер занят.",
		CalleeNoAnswer:    "Набранный вами номер не отвечает.",
		CalleeRejected:    "Вызываемый абонент не принял звонок.",
		CalleeUnavailable: "Вызываемый абонент сейчас недоступен.",
		NumberUnassigned:  "Набранный вами номер не обслуживается. Пожалуйста, проверьте номер.",
		NumberIncomplete:  "Номер набран не полностью. Пожалуйста, проверьте номер.",
		LinesCongested:    "Все линии сейчас заняты. Пожалуйста, перезвоните позже.",
		TalkTimeSpent:     "Время разговора закончилось.",
		SystemFailure:     "У нас технические неполадки. Пожалуйста, позвоните позже.",
		ShuttingDown:      "Служба ненадолго прекращает работу. Пожалуйста, позвоните позже.",
		CallsSpent: "Вы сделали столько звонков, сколько разрешено за один раз. " +
			"Пожалуйста, положите трубку и позвоните снова.",
		Goodbye: "До свидания.",
	}
}

func russianWords() map[string]string {
	words := map[string]string{
		"euro":      "евро",
		"whole-one": "целая", "whole-few": "целых", "whole-many": "целых",
		"hundredth-one": "сотая", "hundredth-few": "сотых", "hundredth-many": "сотых",
		minusSign: "минус",
	}
	for name, forms := range map[string]string{
		"minute": "минута минуты минут", "second": "секунда секунды секунд",
		"dollar": "доллар доллара долларов", "cent": "цент цента центов",
		"pound": "фунт фунта фунтов", "penny": "пенс пенса пенсов",
		"ruble": "рубль рубля рублей", "kopeck": "копейка копейки копеек",
		"thousand": "тысяча тысячи тысяч",
		"million":  "миллион миллиона миллионов",
		"billion":  "миллиард миллиарда миллиардов",
	} {
		form := strings.Fields(forms)
		words[name+one], words[name+few], words[name+many] = form[0], form[1], form[2]
	}
	small := strings.Fields(`ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать
		тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать`)
	tens := strings.Fields("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
	addNumerals(words, small, func(n uint64) string { return joinNonZero(tens[n/10-2], " ", small, n%10) })
	for n := range uint64(100) {
		if russianAgrees(n) {
			stem := strings.TrimSuffix(strings.TrimSuffix(words[numeral(n)], "один"), "два")
			words[inFeminine(n)] = stem + []string{"одна", "две"}[n%10-1]
		}
	}
	for i, hundred := range strings.Fields("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот") {
		words[numeral(uint64(i+1)*100)] = hundred
	}
	addLetters(words, strings.Fields(`эй би си ди и эф джи эйч ай джей кей эл эм эн оу пи кью ар эс ти ю ви
		дабл-ю экс уай зет`))
	return words
}

// russianAgrees says whether a number below 100 has a feminine form of its own.
func russianAgrees(n uint64) bool {
	last := n % 10
	return (last == 1 || last == 2) && n/10 != 1
}

func russianHundreds(n uint64, g gender, _ bool) []string {
	var spoken []string
	hundreds, rest := n-n%100, n%100
	if hundreds > 0 {
		spoken = append(spoken, numeral(hundreds))
	}
	switch {
	case rest == 0:
		return spoken
	case g == feminine && russianAgrees(rest):
		return append(spoken, inFeminine(rest))
	}
	return append(spoken, numeral(rest))
}

// russianPlural goes by the last digit, but for 11–14.
func russianPlural(n uint64) string {
	last, teen := n%10, n%100/10 == 1
	switch {
	case last == 1 && !teen:
		return one
	case 2 <= last && last <= 4 && !teen:
		return few
	}
	return many
}

func russianCoins() map[string]coins {
	cent := noun{name: "cent", gender: masculine}
	dollars := coins{noun{name: "dollar", gender: masculine}, cent}
	return map[string]coins{
		"USD": dollars, "CAD": dollars, "AUD": dollars, "NZD": dollars,
		"EUR": {noun{name: "euro", gender: masculine, invariable: true}, cent},
		"GBP": {noun{name: "pound", gender: masculine}, noun{name: "penny", gender: masculine}},
		"RUB": {noun{name: "ruble", gender: masculine}, noun{name: "kopeck", gender: feminine}},
	}
}

// russianStandIns make do with one plural where Asterisk has but one. It has no
// hundreds above the first.
func russianStandIns() map[string][]string {
	const tryLater, goodbye, pound = "pls-try-call-later", "vm-goodbye", "vm-then-pound"
	play := map[string][]string{
		"minute-one": {"queue-minute"}, "minute-few": {"queue-minutes"}, "minute-many": {"queue-minutes"},
		"second-few": {"seconds"}, "second-many": {"seconds"},
		"dollar-one": {"letters/dollar"}, "dollar-few": {"digits/dollars"}, "dollar-many": {"digits/dollars"},
		"pound-few": {"digits/pound"}, "pound-many": {"digits/pound"},
		"thousand-one": {"digits/thousand"}, "thousand-few": {"digits/h-thousand"},
		"million-one": {"digits/million"}, "million-few": {"digits/h-million"},
		"billion-one": {"digits/billion"}, "billion-many": {"digits/h-billion"},
		numeral(100): {"digits/hundred"},
	}
	for m, sounds := range map[Message][]string{
		EnterPIN:          {"confbridge-pin"},
		EnterDestination:  {"vm-enter-num-to-call", pound},
		YouHave:           {"vm-youhave"},
		OneMinuteLeft:     {"vm-youhave", "queue-minute"},
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
	for n := range uint64(100) {
		if russianAgrees(n) {
			play[inFeminine(n)] = play[numeral(n)] // Asterisk has no "одна"
		}
	}
	return play
}
