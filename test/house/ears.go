package house

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/phone"
)

// Ears recognise prompts in the RTP a phone received.
type Ears struct {
	// Voice says what the house says, in the first of the languages known; Voices in all.
	Voice   prompts.Voice
	Voices  prompts.Voices
	known   []prompts.Voice
	library *ear.Library
}

// listenEvery is how often a waiting listener looks at what has arrived.
const listenEvery = 200 * time.Millisecond

// sentenceGap is the silence that separates two sentences.
const sentenceGap = 700 * time.Millisecond

// NewEars learns every sound the catalogue may play in this house in some languages, and
// nothing else; in English if none are given. Each language takes its time: give those
// that are expected.
func (h *House) NewEars(languages ...string) (*Ears, error) {
	if len(languages) == 0 {
		languages = []string{"en"}
	}
	voices, err := prompts.Load(h.Prompts, languages[0])
	if err != nil {
		return nil, err
	}
	e := &Ears{Voice: voices.Default(), Voices: voices}
	folders, wanted := map[string]string{}, []string{}
	for _, code := range languages {
		voice := voices.In(code)
		if voice.Language() != code {
			return nil, fmt.Errorf("learn language %q: the house speaks %q", code, prompts.Languages())
		}
		e.known = append(e.known, voice)
		for _, uri := range voice.Sounds() {
			name := strings.TrimPrefix(uri, "sound:")
			folder, _, _ := strings.Cut(name, code+"/")
			folders[folder+code+"/"] = filepath.Join(folder, code)
			wanted = append(wanted, escape(name))
		}
	}
	e.library, err = h.learn(folders, wanted)
	return e, err
}

// learn is a library of the sounds wanted in some folders, by the prefix of their
// names. Folders without a beginning are Asterisk's own.
func (h *House) learn(folders map[string]string, wanted []string) (*ear.Library, error) {
	for prefix, folder := range folders {
		if !filepath.IsAbs(folder) {
			folders[prefix] = filepath.Join(h.Sounds, folder)
		}
	}
	all, err := ear.Load(folders)
	if err != nil {
		return nil, err
	}
	return all.Only(wanted...)
}

// Sentence is some sounds heard without a pause.
type Sentence struct {
	// At is when it began.
	At time.Time
	// Sounds are media URIs, as ccd asked for them.
	Sounds []string
	Text   string
	// Cut says that its last sound was interrupted.
	Cut bool
}

// Heard is all that was said to a phone.
func (e *Ears) Heard(c *phone.Call) []Sentence {
	var sentences []Sentence
	var end time.Duration
	for _, sound := range e.library.Recognise(c.Audio()) {
		word := e.text("sound:" + sound.Name)
		if len(sentences) == 0 || sound.At-end > sentenceGap || beginsSentence(word) {
			sentences = append(sentences, Sentence{At: c.AudioStart().Add(sound.At)})
		}
		s := &sentences[len(sentences)-1]
		s.Sounds = append(s.Sounds, "sound:"+sound.Name)
		s.Cut = !sound.Complete
		end = sound.At + sound.Length
	}
	for i, s := range sentences {
		sentences[i].Text = e.text(s.Sounds...)
	}
	return sentences
}

// text is what sounds say, in whichever language: each voice leaves alone what is none
// of its own.
func (e *Ears) text(sounds ...string) string {
	words := make([]string, len(sounds))
	for i, uri := range sounds {
		words[i] = uri
		for _, voice := range e.known {
			words[i] = voice.Text(words[i])
		}
	}
	return strings.Join(words, " ")
}

// beginsSentence says whether a sound's words begin with a capital letter.
func beginsSentence(words string) bool {
	first, _ := utf8.DecodeRuneInString(words)
	return unicode.IsUpper(first)
}

// Sounds is everything that was said to a phone, sound by sound.
func (e *Ears) Sounds(c *phone.Call) []string {
	var all []string
	for _, s := range e.Heard(c) {
		all = append(all, s.Sounds...)
	}
	return all
}

// Await waits until a phone has heard the last of these sounds to its end, for the
// nth time (from 1).
func (e *Ears) Await(ctx context.Context, c *phone.Call, n int, sounds []string) error {
	last := strings.TrimPrefix(sounds[len(sounds)-1], "sound:")
	only, err := e.library.Only(escape(last))
	if err != nil {
		return err
	}
	count := counter{library: only, length: e.library.Length(last)}
	err = c.Listen(ctx, listenEvery, func(pcm []int16) bool { return count.hear(pcm) >= n })
	if err != nil {
		return fmt.Errorf("wait to hear %q (time %d), heard so far %v: %w", e.text(sounds...), n, e.Sounds(c), err)
	}
	return nil
}

// counter counts how often one sound was heard in audio that grows. It looks only at
// what is new, so that listening costs the same however long a call lasts.
type counter struct {
	library *ear.Library
	length  time.Duration
	heard   int
	end     time.Duration // of the last one found
	seen    time.Duration // how much audio there was the last time
}

func (k *counter) hear(pcm []int16) int {
	const second = ear.SampleRateHz
	from := max(k.end, k.seen-2*k.length, 0)
	k.seen = time.Duration(len(pcm)) * time.Second / second
	for _, h := range k.library.Recognise(pcm[min(int(from*second/time.Second), len(pcm)):]) {
		if h.Complete {
			k.heard++
			k.end = from + h.At + h.Length
		}
	}
	return k.heard
}

// escape makes a name a pattern that matches only itself.
func escape(name string) string {
	return path.Clean(strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(name))
}
