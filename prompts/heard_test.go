package prompts

import "strings"

// What a listener makes of numbers, amounts and times. It shares nothing with the
// grammar that made them, so that they can be checked against each other.

type fataler interface{ Fatalf(string, ...any) }

// listener understands one language.
type listener struct {
	minus   string
	silent  string           // words that mean nothing: "and"
	numbers map[string]int64 // words that are added
	scales  []heardScale     // words that multiply what is before them, greatest first
	units   map[string]heardUnit
	// form is that of a unit after a number, as units has it.
	form func(n int64) string
	// gender of numbers that have one: m, f, or - where nothing may follow.
	gender map[string]string
}

type heardScale struct {
	words string
	size  int64
}

type heardUnit struct {
	size int64
	form string // 1, 2 or 5: of how many it may be said; empty where it does not matter
	of   string // gender: m or f
}

func listeners() map[string]listener {
	return map[string]listener{
		"en": {
			minus: "minus", silent: "and",
			numbers: heardNumbers(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
				fifteen sixteen seventeen eighteen nineteen`, "twenty thirty forty fifty sixty seventy eighty ninety"),
			scales: []heardScale{{"billion", 1e9}, {"million", 1e6}, {"thousand", 1000}, {"hundred", 100}},
			units: heardUnits("minute/minutes=60 second/seconds=1",
				"dollar/dollars=100 euro/euros=100 pound/pounds=100 ruble/rubles=100 peso/pesos=100 cent/cents=1 penny/pence=1 kopeck/kopecks=1 centavo/centavos=1"),
			form: func(n int64) string { return map[bool]string{true: "1", false: "5"}[n == 1] },
		},
		"fr": {
			minus: "moins", silent: "et de",
			numbers: heardNumbers(`zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze
				seize`, "vingt trente quarante cinquante soixante", "une=1 quatrevingt=80 quatrevingts=80"),
			scales: []heardScale{{"milliard milliards", 1e9}, {"million millions", 1e6}, {"mille", 1000}, {"cent cents", 100}},
			units: heardUnits("f:minute/minutes=60 f:seconde/secondes=1",
				"dollar/dollars=100 euro/euros=100 d'euros=100 f:livre/livres=100 rouble/roubles=100 peso/pesos=100 cent/cents=1 centime/centimes=1 penny/pence=1 kopeck/kopecks=1 centavo/centavos=1"),
			form:   func(n int64) string { return map[bool]string{true: "1", false: "5"}[n < 2] },
			gender: map[string]string{"un": "m", "une": "f"},
		},
		"es": {
			minus: "menos", silent: "y de",
			numbers: heardNumbers(`cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
				dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco
				veintiséis veintisiete veintiocho veintinueve`, "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
				`un=1 una=1 veintiún=21 veintiuna=21 cien=100 ciento=100 doscientos=200 trescientos=300 cuatrocientos=400
				quinientos=500 seiscientos=600 setecientos=700 ochocientos=800 novecientos=900 doscientas=200 trescientas=300
				cuatrocientas=400 quinientas=500 seiscientas=600 setecientas=700 ochocientas=800 novecientas=900`),
			scales: []heardScale{{"millón millones", 1e6}, {"mil", 1000}},
			units: heardUnits("minuto/minutos=60 segundo/segundos=1",
				"dólar/dólares=100 euro/euros=100 f:libra/libras=100 peso/pesos=100 centavo/centavos=1 céntimo/céntimos=1 penique/peniques=1"),
			form: func(n int64) string { return map[bool]string{true: "1", false: "5"}[n == 1] },
			gender: map[string]string{
				"uno": "-", "veintiuno": "-", "un": "m", "veintiún": "m", "una": "f", "veintiuna": "f",
				"doscientas": "f", "doscientos": "m", "quinientas": "f", "quinientos": "m",
			},
		},
		"ru": {
			minus: "минус",
			numbers: heardNumbers(`ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать
				тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать`,
				"двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
				`одна=1 две=2 сто=100 двести=200 триста=300 четыреста=400 пятьсот=500 шестьсот=600 семьсот=700 восемьсот=800
				девятьсот=900`),
			scales: []heardScale{{"миллиард миллиарда миллиардов", 1e9}, {"миллион миллиона миллионов", 1e6}, {"тысяча тысячи тысяч", 1000}},
			units: heardUnits("f:минута/минуты/минут=60 f:секунда/секунды/секунд=1",
				`доллар/доллара/долларов=100 евро=100 фунт/фунта/фунтов=100 рубль/рубля/рублей=100 цент/цента/центов=1
				пенс/пенса/пенсов=1 f:копейка/копейки/копеек=1 f:целая/целых/целых=100 f:сотая/сотых/сотых=1`),
			form:   heardRussianForm,
			gender: map[string]string{"один": "m", "два": "m", "одна": "f", "две": "f"},
		},
	}
}

func heardRussianForm(n int64) string {
	switch {
	case n%100 >= 11 && n%100 <= 14:
		return "5"
	case n%10 == 1:
		return "1"
	case n%10 >= 2 && n%10 <= 4:
		return "2"
	}
	return "5"
}

// heardNumbers are words that count up from 0, tens from 20, and others as word=value.
func heardNumbers(small, tens string, others ...string) map[string]int64 {
	words := map[string]int64{}
	for i, w := range strings.Fields(small) {
		words[w] = int64(i)
	}
	for i, w := range strings.Fields(tens) {
		words[w] = int64(i)*10 + 20
	}
	for w := range strings.FieldsSeq(strings.Join(others, " ")) {
		name, value, _ := strings.Cut(w, "=")
		words[name] = atoi(value)
	}
	return words
}

func atoi(s string) (n int64) {
	for _, d := range s {
		n = n*10 + int64(d-'0')
	}
	return n
}

// heardUnits reads "f:livre/livres=100": gender, the forms of 1 and 5, or 1, 2 and 5.
func heardUnits(lists ...string) map[string]heardUnit {
	units := map[string]heardUnit{}
	for w := range strings.FieldsSeq(strings.Join(lists, " ")) {
		rest, feminine := strings.CutPrefix(w, "f:")
		forms, size, _ := strings.Cut(rest, "=")
		u := heardUnit{size: atoi(size), of: map[bool]string{true: "f", false: "m"}[feminine]}
		all := strings.Split(forms, "/")
		for i, word := range all {
			u.form = [][]string{{""}, {"1", "5"}, {"1", "2", "5"}}[len(all)-1][i]
			if former, twice := units[word]; twice && former.of == u.of {
				u.form = former.form + u.form // сотых: of 2 and 5
			}
			units[word] = u
		}
	}
	return units
}

// words are what is heard, one by one.
func (l listener) words(text string) []string {
	text = strings.NewReplacer("-", " ", "quatre-vingt", "quatrevingt").Replace(text)
	return strings.Fields(strings.ReplaceAll(text, "quatre vingt", "quatrevingt"))
}

// number understands "minus two thousand one hundred five".
func (l listener) number(t fataler, text string) int64 {
	words, sign := l.words(text), int64(1)
	if len(words) > 0 && words[0] == l.minus {
		sign, words = -1, words[1:]
	}
	if len(words) == 0 {
		t.Fatalf("no number in %q", text)
	}
	return sign * l.sum(t, words)
}

// sum multiplies by the greatest scale word; what stands behind it is added.
func (l listener) sum(t fataler, words []string) int64 {
	for _, scale := range l.scales {
		for i := len(words) - 1; i >= 0; i-- {
			if !strings.Contains(" "+scale.words+" ", " "+words[i]+" ") {
				continue
			}
			times := int64(1)
			if i > 0 {
				times = l.sum(t, words[:i])
			}
			return times*scale.size + l.sum(t, words[i+1:])
		}
	}
	var n int64
	for _, w := range words {
		value, known := l.numbers[w]
		if !known && !strings.Contains(" "+l.silent+" ", " "+w+" ") {
			t.Fatalf("%q is no number, in %q", w, words)
		}
		n += value
	}
	return n
}

// total adds up "minus N unit and M unit" and sees that they agree.
func (l listener) total(t fataler, text string) int64 {
	words, sign, total := l.words(text), int64(1), int64(0)
	if len(words) > 0 && words[0] == l.minus {
		sign, words = -1, words[1:]
	}
	begin := 0
	for i, w := range words {
		unit, known := l.units[w]
		// "cent" is a hundred unless nothing more of the number follows.
		if !known || w == "cent" && i < len(words)-1 && l.continues(words[i+1:]) || w == "cents" && l.continues(words[i+1:]) {
			continue
		}
		number := words[begin:i]
		n := l.sum(t, number)
		if unit.form != "" && !strings.Contains(unit.form, l.form(n)) && w != "d'euros" {
			t.Fatalf("%q is the wrong form after %d in %q", w, n, text)
		}
		if g := l.gender[number[len(number)-1]]; g != "" && g != unit.of {
			t.Fatalf("%q is the wrong gender before %q in %q", number[len(number)-1], w, text)
		}
		total, begin = total+n*unit.size, i+1
	}
	if begin != len(words) {
		t.Fatalf("%q ends in no unit", text)
	}
	return sign * total
}

// continues says whether a number goes on: a unit is still to come before the next "and".
func (l listener) continues(words []string) bool {
	if len(words) == 0 {
		return false
	}
	_, number := l.numbers[words[0]]
	_, unit := l.units[words[0]]
	return number || unit || words[0] == "mille" || strings.HasPrefix(words[0], "million") || strings.HasPrefix(words[0], "milliard") || words[0] == "de"
}
