package prompts

import (
	"slices"
	"strconv"

	"cccp/billing"
)

// language is what one file per language provides. Sounds are named in it without
// folder or ending; no name is in both tables.
type language struct {
	code string // as in Asterisk's sound folders: "en"
	// core holds the sounds of Asterisk used, with what they say.
	core map[string]string
	// recorded holds the sounds of our own, with the text to be spoken.
	recorded map[string]string
	messages map[Message][]string
	grammar  grammar
}

// grammar says, as names of sounds, what no table can hold. Agreement in number,
// gender and case is each language's own business.
type grammar interface {
	number(n uint64) []string
	money(amount) []string
	talkTime(minutes, seconds int64) []string
}

// languages are the languages spoken. They are made anew for whoever asks, so that
// there is nothing to share or to spoil.
func languages() []language { return []language{english()} }

// languageOf is the language with the code given.
func languageOf(code string) (language, bool) {
	all := languages()
	i := slices.IndexFunc(all, func(l language) bool { return l.code == code })
	if i < 0 {
		return language{}, false
	}
	return all[i], true
}

// Sounds of the same name in every language.
const (
	minusSign = "digits/minus"
	starKey   = "digits/star"
	poundKey  = "digits/pound"
	plusSign  = "letters/plus"
)

// amount is money as it can be spoken.
type amount struct {
	negative     bool
	units, cents int64 // of the magnitude; cents 0–99
	currency     string
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
	return amount{negative: negative, units: cents / 100, cents: cents % 100, currency: currency}
}

// numeral is the sound of a number spoken in one word, letter that of a letter a–z.
// Asterisk names them alike in every language.
func numeral(n uint64) string { return "digits/" + strconv.FormatUint(n, 10) }

func letter(l rune) string { return "letters/" + string(l) }
