package main

import (
	"cmp"
	"strings"

	"cccp/prompts"
)

// spelling is how a text has to be spelled for the synthesiser to say it right: what is
// in [[brackets]] are espeak-ng's own phonemes. A human speaker needs none of it.
func spelling(r prompts.Recording) string {
	word := map[string]string{
		"fr/cent-one.wav":    "[[s'Ent]]", // the coin, not the hundred
		"fr/penny-many.wav":  "[[p'Ens]]",
		"fr/peso-one.wav":    "pézo",
		"fr/centavo-one.wav": "[[sEnt'avo]]",
		"ru/letter-e.wav":    "[['i:]]", // "и" alone is a click
	}[r.File()]
	return cmp.Or(word, respelt(r.Language).Replace(r.Text))
}

// respelt mends single words of a language: PIN is not to be spelt, and some stresses
// are not where they belong.
func respelt(language string) *strings.Replacer {
	return strings.NewReplacer(map[string][]string{
		"en": {"PIN", "pin"},
		"es": {"PIN", "pin"},
		"ru": {"ПИН", "пин", "ваучера", "[[v'autS;ira]]", "номера", "[[n'om;ira]]", "уже ", "[[uZ'e]] "},
	}[language]...)
}
