package prompts

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"cccp/billing"
)

// ErrNoVoice is returned where no voice can be made of what was given.
var ErrNoVoice = errors.New("no such voice")

// Voice speaks one language. What it answers are media URIs to be played by ARI one
// after the other. It holds nothing that changes and may be used by many calls at
// once; use New, the zero Voice has no words.
type Voice struct {
	folder string // of the recordings in this language
	language
}

// New is the voice that speaks a language ("en") with the recordings in
// dir/language. The folder is named to Asterisk, so dir must be absolute and without
// a comma, which separates URIs there. Whether the recordings exist is for Check to
// say. Make one voice per language and keep it.
func New(dir, language string) (Voice, error) {
	l, known := languageOf(language)
	switch {
	case !known:
		return Voice{}, fmt.Errorf("make voice: %w: language %q: use one of %s", ErrNoVoice, language, strings.Join(Languages(), ", "))
	case !path.IsAbs(dir) || strings.Contains(dir, ","):
		return Voice{}, fmt.Errorf("make voice: %w: folder %q: give an absolute path without a comma", ErrNoVoice, dir)
	}
	return Voice{folder: path.Join(dir, language), language: l}, nil
}

// Languages are the codes New knows.
func Languages() []string {
	var codes []string
	for _, l := range languages() {
		codes = append(codes, l.code)
	}
	return codes
}

// Language is the code of the language spoken, as Asterisk knows it.
func (v Voice) Language() string { return v.code }

// Say says a message; nothing where m is none of the catalogue.
func (v Voice) Say(m Message) []string { return v.uris(v.messages[m]) }

// Money says an amount of the currency with the ISO 4217 code given: "one dollar and
// five cents". Parts of a cent are rounded down. A currency without a name is spelt.
func (v Voice) Money(m billing.Money, currency string) []string {
	return v.uris(v.grammar.money(spokenAmount(m, strings.ToUpper(currency))))
}

// TalkTime says a duration: whole minutes, rounded down, or minutes and seconds
// under two minutes. Of negative seconds, such as billing.Unbounded, there is
// nothing true to say, and nothing is said.
func (v Voice) TalkTime(seconds int64) []string {
	const inMinutesFrom = 120
	if seconds < 0 {
		return nil
	}
	minutes, rest := seconds/60, seconds%60
	if seconds >= inMinutesFrom {
		rest = 0
	}
	return v.uris(v.grammar.talkTime(minutes, rest))
}

// Number says a whole number: "one hundred twenty three".
func (v Voice) Number(n int64) []string {
	if n < 0 {
		return append([]string{v.uri(minusSign)}, v.uris(v.grammar.number(-uint64(n)))...)
	}
	return v.uris(v.grammar.number(uint64(n)))
}

// Digits says what is on the keys of a telephone one by one: 0–9, *, # and the + of
// a number. Anything else in s is passed over.
func (v Voice) Digits(s string) []string {
	var names []string
	for _, key := range s {
		switch {
		case '0' <= key && key <= '9':
			names = append(names, numeral(uint64(key-'0')))
		case key == '*':
			names = append(names, starKey)
		case key == '#':
			names = append(names, poundKey)
		case key == '+':
			names = append(names, plusSign)
		}
	}
	return v.uris(names)
}

// Text is what is heard when the URIs are played, in words. A URI that is not of
// this voice stands for itself.
func (v Voice) Text(uris ...string) string {
	words := make([]string, len(uris))
	for i, uri := range uris {
		words[i] = v.text(uri)
	}
	return strings.Join(words, " ")
}

func (v Voice) text(uri string) string {
	name := strings.TrimPrefix(uri, soundScheme)
	if text, ok := v.core[name]; ok {
		return text
	}
	if text, ok := v.recorded[strings.TrimPrefix(name, v.folder+"/")]; ok {
		return text
	}
	return uri
}

// soundScheme begins the media URI of a sound file.
const soundScheme = "sound:"

func (v Voice) uris(names []string) []string {
	uris := make([]string, len(names))
	for i, name := range names {
		uris[i] = v.uri(name)
	}
	return uris
}

func (v Voice) uri(name string) string {
	if _, ours := v.recorded[name]; ours {
		return soundScheme + v.folder + "/" + name
	}
	return soundScheme + name
}
