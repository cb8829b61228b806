package prompts

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"cccp/billing"
)

// language is what one file per language provides. Everything said has a name, which
// is also that of its recording: a message its value, a word one like "number-21",
// "dollar-many" or "letter-c".
type language struct {
	code     string // as in Asterisk's sound folders: "en"
	messages map[Message]string
	words    map[string]string
	// alike are words that sound like another one, whose recording they share:
	// "dollar-many" in French. No recording has the same text as another.
	alike map[string]string
	// standIns are the core sounds of Asterisk that are played where a recording is
	// missing. They say nearly the same; where nothing does, there are none.
	standIns map[string][]string
	grammar
}

// grammar is what no table of texts can hold.
type grammar struct {
	// below1000 says 1–999; beforeThousand, that "thousand" follows.
	below1000 func(n uint64, g gender, beforeThousand bool) []string
	scales    []scale // greatest first
	plural    func(n uint64) string
	// and stands between units and cents, minutes and seconds; empty where nothing does.
	and string
	// of stands between a round million and what there is a million of; may be empty.
	of     string
	coins  map[string]coins // by ISO 4217 code
	minute noun
	second noun
	// whole and hundredth, where they are named, are how decimals are counted.
	whole, hundredth noun
	// silent are the words that have neither a recording nor a stand-in.
	silent map[string]bool
}

// gender of what is counted. Numbers that count nothing have none.
type gender int

const (
	bare gender = iota
	masculine
	feminine
)

// noun is something that is counted: the name of its words, to which the form is
// added ("minute-one", "minute-many"), unless it has only one.
type noun struct {
	name       string
	gender     gender
	invariable bool
	// elided has a form of its own for "of" and itself: NAME-of-many.
	elided bool
}

// Forms of a noun, after the plural categories of Unicode's CLDR.
const (
	one  = "-one"
	few  = "-few"
	many = "-many"
)

// coins are a currency and its hundredth.
type coins struct{ unit, cent noun }

// scale is a noun that stands for 1000 and more.
type scale struct {
	size uint64
	noun
	// alone is said without "one" before it: mille, mil.
	alone bool
	// agrees lets what stands before it take the gender of what is counted.
	agrees bool
}

// Words that every language has.
const (
	minusSign = "minus"
	point     = "point"
)

// numeral and letter name words. Numbers to 99 are one word each.
func numeral(n uint64) string { return "number-" + strconv.FormatUint(n, 10) }

func letter(l rune) string { return "letter-" + string(l) }

// languages are the languages spoken, made anew at every call, so that nothing is shared
// or spoilt.
func languages() []language { return []language{english(), french(), spanish(), russian()} }

// languageOf is the language with the code given.
func languageOf(code string) (language, bool) {
	all := languages()
	i := slices.IndexFunc(all, func(l language) bool { return l.code == code })
	if i < 0 {
		return language{}, false
	}
	return all[i], true
}

// texts are what all names say.
func (l language) texts() map[string]string {
	all := maps.Clone(l.words)
	for m, text := range l.messages {
		all[string(m)] = text
	}
	return all
}

// recorded is the recording that says a name.
func (l language) recorded(name string) string { return cmp.Or(l.alike[name], name) }

// recordings are the names and texts of all recordings.
func (l language) recordings() map[string]string {
	all := l.texts()
	maps.DeleteFunc(all, func(name, _ string) bool { return l.recorded(name) != name })
	return all
}

// unspoken is where words for numbers end: a trillion, which no account holds, would be
// said digit by digit.
const unspoken = 1_000_000_000_000

// number says how many of a gender there are. Where a word of it cannot be said, it is
// said digit by digit: an amount with a hole in it would be another amount.
func (g grammar) number(n uint64, of gender) []string {
	if n >= unspoken {
		return digits(n)
	}
	spoken := g.compose(n, of)
	if slices.ContainsFunc(spoken, func(name string) bool { return g.silent[name] }) {
		return digits(n)
	}
	return spoken
}

func (g grammar) compose(n uint64, of gender) []string {
	var spoken []string
	for _, s := range g.scales {
		if n < s.size {
			continue
		}
		spoken, n = append(spoken, g.multiple(n/s.size, s, of)...), n%s.size
		if n == 0 {
			return spoken
		}
	}
	if n == 0 {
		return []string{numeral(0)}
	}
	return append(spoken, g.below1000(n, of, false)...)
}

// multiple says n thousands or millions.
func (g grammar) multiple(n uint64, s scale, of gender) []string {
	name := g.form(s.noun, n)
	switch {
	case n == 1 && s.alone:
		return []string{name}
	case s.agrees && of != bare:
	default:
		of = s.gender
	}
	if n >= 1000 {
		return append(g.compose(n, of), name)
	}
	return append(g.below1000(n, of, s.size == 1000), name)
}

// digits says a number digit by digit.
func digits(n uint64) []string {
	var spoken []string
	for _, d := range strconv.FormatUint(n, 10) {
		spoken = append(spoken, numeral(uint64(d-'0')))
	}
	return spoken
}

// count says n of something.
func (g grammar) count(n uint64, of noun) []string {
	const million = 1_000_000
	spoken := g.number(n, of.gender)
	switch {
	case g.of == "" || n < million || n%million > 0:
		return append(spoken, g.form(of, n))
	case of.elided:
		return append(spoken, of.name+"-of"+many)
	}
	return append(spoken, g.of, g.form(of, n))
}

func (g grammar) form(of noun, n uint64) string {
	if of.invariable {
		return of.name
	}
	return of.name + g.plural(n)
}

// both says a whole and its part, leaving out what is nothing; one of them is said.
func (g grammar) both(units uint64, unit noun, parts uint64, part noun) []string {
	var spoken []string
	if units > 0 {
		spoken = g.count(units, unit)
	}
	if units > 0 && parts > 0 && g.and != "" {
		spoken = append(spoken, g.and)
	}
	if parts > 0 {
		spoken = append(spoken, g.count(parts, part)...)
	}
	return spoken
}

func (g grammar) money(a amount) []string {
	var spoken []string
	if a.negative {
		spoken = append(spoken, minusSign)
	}
	c, named := g.coins[a.currency]
	switch {
	case !named:
		return append(spoken, g.spelt(a)...)
	case a.units == 0 && a.cents == 0:
		return append(spoken, g.count(0, c.unit)...)
	}
	return append(spoken, g.both(a.units, c.unit, a.cents, c.cent)...)
}

// spelt says an amount whose currency has no name here: "twelve point zero five
// J P Y".
func (g grammar) spelt(a amount) []string {
	var spoken []string
	switch {
	case a.cents == 0:
		spoken = g.number(a.units, bare)
	case g.hundredth.name != "":
		spoken = append(g.count(a.units, g.whole), g.count(a.cents, g.hundredth)...)
	default:
		spoken = append(g.number(a.units, bare), point, numeral(a.cents/10), numeral(a.cents%10))
	}
	for _, l := range a.currency {
		if 'A' <= l && l <= 'Z' {
			spoken = append(spoken, letter(l-'A'+'a'))
		}
	}
	return spoken
}

func (g grammar) talkTime(minutes, seconds uint64) []string {
	if minutes == 0 && seconds == 0 {
		return g.count(0, g.second)
	}
	return g.both(minutes, g.minute, seconds, g.second)
}

// amount is money as it can be spoken.
type amount struct {
	negative     bool
	units, cents uint64 // of the magnitude; cents 0–99
	currency     string // in capitals
}

// spokenAmount rounds down to whole cents, towards less money on either side of zero.
func spokenAmount(m billing.Money, currency string) amount {
	const microsPerCent = 10_000
	cents := int64(m) / microsPerCent
	if int64(m)%microsPerCent < 0 {
		cents--
	}
	negative := cents < 0
	if negative {
		cents = -cents
	}
	return amount{negative: negative, units: uint64(cents) / 100, cents: uint64(cents) % 100, currency: currency}
}
