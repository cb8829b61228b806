package prompts

import (
	"errors"
	"os"
)

// Voices are the voices of all languages.
type Voices struct {
	byCode   map[string]Voice
	standard string
}

// Load makes the voices of all languages, with the recordings in dir/LANGUAGE; language
// is the code of the default one. The folder is named to
// Asterisk, so dir must be absolute and without a comma, which separates URIs there.
//
// What Check finds missing or of the wrong format is replaced by sounds of Asterisk's
// own, where it has them. That is looked up now and never again: load anew to hear a
// recording that was added. Where dir cannot be read, because Asterisk sees it under
// another root, all recordings are taken to be there.
func Load(dir, language string) (Voices, error) {
	if err := canSpeak(dir, language); err != nil {
		return Voices{}, err
	}
	missing := unplayable(dir)
	voices := Voices{byCode: map[string]Voice{}, standard: language}
	for _, l := range languages() {
		voices.byCode[l.code] = newVoice(dir, l, missing[l.code])
	}
	return voices, nil
}

// unplayable are the names, by language, of the recordings that are known not to be
// playable.
func unplayable(dir string) map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for _, code := range Languages() {
		names[code] = map[string]bool{}
	}
	if _, err := os.ReadDir(dir); err != nil {
		return names
	}
	for _, f := range Check(dir) {
		if errors.Is(f.Err, ErrMissing) || errors.Is(f.Err, ErrFormat) {
			names[f.Language][f.Name] = true
		}
	}
	return names
}

// In is the voice of the first of these languages that is spoken here, else the
// default one. Give them as they are set, empty ones included: account, offering.
func (v Voices) In(codes ...string) Voice {
	for _, code := range codes {
		if voice, spoken := v.byCode[code]; spoken {
			return voice
		}
	}
	return v.Default()
}

// Default is the voice of the language given to Load.
func (v Voices) Default() Voice { return v.byCode[v.standard] }
