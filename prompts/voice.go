package prompts

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"cccp/billing"
)

// ErrNoVoice is returned for an unknown language or an unusable folder.
var ErrNoVoice = errors.New("no such voice")

// Voice speaks one language. It answers media URIs that ARI plays one after the other, in
// any channel whatever its language. It holds nothing that changes, and many calls may use
// it at once. Make it with Load: the zero Voice has no words.
type Voice struct {
	language
	sounds map[string][]string // media URIs by name
	texts  map[string]string   // by media URI
}

func canSpeak(dir, language string) error {
	_, known := languageOf(language)
	switch {
	case !known:
		return fmt.Errorf(
			"make voice: %w: language %q: use one of %s",
			ErrNoVoice, language, strings.Join(Languages(), ", "),
		)
	case !path.IsAbs(dir) || strings.Contains(dir, ","):
		return fmt.Errorf("make voice: %w: folder %q: give an absolute path without a comma", ErrNoVoice, dir)
	}
	return nil
}

// newVoice chooses once what is played for each name: its recording; where that is
// among the files missing, the stand-ins; where there are none, the recording after
// all, so that Asterisk's log names it.
func newVoice(dir string, l language, missing map[string]bool) Voice {
	v := Voice{language: l, sounds: map[string][]string{}, texts: map[string]string{}}
	v.silent = map[string]bool{}
	core, texts := coreTexts(l.code), l.texts()
	for name := range texts {
		recorded := l.recorded(name)
		if stand := l.standIns[recorded]; missing[recorded] && len(stand) > 0 {
			for _, sound := range stand {
				uri := coreSound(l.code, sound)
				v.sounds[name] = append(v.sounds[name], uri)
				v.texts[uri] = core[sound]
			}
			continue
		}
		uri := soundScheme + path.Join(dir, l.code, recorded)
		v.sounds[name] = []string{uri}
		v.texts[uri] = texts[recorded]
		v.silent[name] = missing[recorded]
	}
	return v
}

// Languages are the codes of the languages spoken.
func Languages() []string {
	var codes []string
	for _, l := range languages() {
		codes = append(codes, l.code)
	}
	return codes
}

// Language is the code of the language spoken, by ISO 639-1.
func (v Voice) Language() string { return v.code }

// Say says a message; nothing where m is none of the catalogue.
func (v Voice) Say(m Message) []string {
	if _, known := v.messages[m]; !known {
		return nil
	}
	return v.uris([]string{string(m)})
}

// Money says an amount of the currency with the ISO 4217 code given: "one dollar and
// five cents". Parts of a cent are rounded down. A currency without a name is spelt.
func (v Voice) Money(m billing.Money, currency string) []string {
	return v.uris(v.money(spokenAmount(m, strings.ToUpper(currency))))
}

// TalkTime says a duration: whole minutes, rounded down, or minutes and seconds
// under two minutes. Of negative seconds, such as billing.Unbounded, there is
// nothing true to say, and nothing is said.
func (v Voice) TalkTime(seconds int64) []string { return v.uris(v.duration(seconds)) }

func (v Voice) duration(seconds int64) []string {
	const inMinutesFrom = 120
	if seconds < 0 {
		return nil
	}
	minutes, rest := uint64(seconds)/60, uint64(seconds)%60
	if seconds >= inMinutesFrom {
		rest = 0
	}
	return v.talkTime(minutes, rest)
}

// Number says a whole number that counts nothing: "one hundred twenty-three". From a
// trillion on it is said digit by digit.
func (v Voice) Number(n int64) []string { return v.uris(v.signed(n)) }

func (v Voice) signed(n int64) []string {
	if n < 0 {
		return append([]string{minusSign}, v.number(-uint64(n), bare)...)
	}
	return v.number(uint64(n), bare)
}

// Text is what is heard when the URIs are played, in words. Words that sound alike are
// written alike: "deux dollar". A URI that is not of this voice stands for itself.
func (v Voice) Text(uris ...string) string {
	words := make([]string, len(uris))
	for i, uri := range uris {
		words[i] = uri
		if text, ours := v.texts[uri]; ours {
			words[i] = text
		}
	}
	return strings.Join(words, " ")
}

// Sounds are all media URIs this voice may ever answer, in order.
func (v Voice) Sounds() []string { return slices.Sorted(maps.Keys(v.texts)) }

// soundScheme begins the media URI of a sound file.
const soundScheme = "sound:"

// coreSound is a sound of Asterisk's own. Asterisk looks for it below the language of
// the channel first, sounds/en/fr/digits/5, and then where it is, sounds/fr/digits/5.
func coreSound(code, name string) string { return soundScheme + code + "/" + name }

func (v Voice) uris(names []string) []string {
	var uris []string
	for _, name := range names {
		uris = append(uris, v.sounds[name]...)
	}
	return uris
}
