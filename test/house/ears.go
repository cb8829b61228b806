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
	Voice   prompts.Voice
	library *ear.Library
}

// listenEvery is how often a waiting listener looks at what has arrived.
const listenEvery = 200 * time.Millisecond

// sentenceGap is the silence that separates two sentences.
const sentenceGap = 700 * time.Millisecond

// NewEars learns every sound the catalogue may play in this house, and nothing else.
func (h *House) NewEars() (*Ears, error) {
	const language = "en"
	voice, err := prompts.New(h.Prompts, language)
	if err != nil {
		return nil, err
	}
	own := filepath.Join(h.Prompts, language)
	all, err := ear.Load(map[string]string{own + "/": own, "": filepath.Join(h.Sounds, language)})
	if err != nil {
		return nil, err
	}
	wanted := []string{own + "/*"}
	for _, name := range prompts.CoreSounds() {
		wanted = append(wanted, strings.TrimPrefix(name, language+"/"))
	}
	library, err := all.Only(wanted...)
	return &Ears{Voice: voice, library: library}, err
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
		word := e.Voice.Text("sound:" + sound.Name)
		if len(sentences) == 0 || sound.At-end > sentenceGap || beginsSentence(word) {
			sentences = append(sentences, Sentence{At: c.AudioStart().Add(sound.At)})
		}
		s := &sentences[len(sentences)-1]
		s.Sounds = append(s.Sounds, "sound:"+sound.Name)
		s.Cut = !sound.Complete
		end = sound.At + sound.Length
	}
	for i, s := range sentences {
		sentences[i].Text = e.Voice.Text(s.Sounds...)
	}
	return sentences
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
		return fmt.Errorf("wait to hear %q (time %d), heard so far %v: %w", e.Voice.Text(sounds...), n, e.Sounds(c), err)
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
