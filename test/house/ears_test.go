package house

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/asterisk"
	"cccp/test/ear"
	"cccp/test/phone"
)

// furnished is a house that does not stand: only its prompts are there.
func furnished(t *testing.T) *House {
	t.Helper()
	prefix, err := asterisk.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := RenderPrompts(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	return &House{Prompts: dir, Sounds: filepath.Join(prefix.Data(), "sounds")}
}

// line is what a telephone line makes of sounds played one after the other.
func (h *House) line(t *testing.T, uris []string) []int16 {
	t.Helper()
	const gap = ear.SampleRateHz / 50 // Asterisk needs a moment between two files
	pcm := make([]int16, ear.SampleRateHz/2)
	for _, uri := range uris {
		name := strings.TrimPrefix(uri, "sound:") + ".wav"
		if !filepath.IsAbs(name) {
			name = filepath.Join(h.Sounds, name)
		}
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		const header = 44
		for i := header; i+1 < len(file); i += 2 {
			pcm = append(pcm, int16(uint16(file[i])|uint16(file[i+1])<<8))
		}
		pcm = append(pcm, make([]int16, gap)...)
	}
	return phone.DecodeULaw(phone.EncodeULaw(append(pcm, make([]int16, ear.SampleRateHz/2)...)))
}

func (e *Ears) recognise(pcm []int16) []string {
	var uris []string
	for _, h := range e.library.Recognise(pcm) {
		uri := "sound:" + h.Name
		if !h.Complete {
			uri += fmt.Sprintf(" (%v)", h.Length.Round(time.Millisecond))
		}
		uris = append(uris, uri)
	}
	return uris
}

// TestEarsTellWordsApart plays sentences whose words are much alike, or begin alike.
func TestEarsTellWordsApart(t *testing.T) {
	h := furnished(t)
	for _, language := range prompts.Languages() {
		t.Run(language, func(t *testing.T) {
			ears, err := h.NewEars(language)
			if err != nil {
				t.Fatal(err)
			}
			v := ears.Voice
			for _, said := range [][]string{
				slices.Concat(v.Number(9), v.Number(20), v.Number(21), v.Number(1), v.Number(2), v.Number(120)),
				slices.Concat(v.Say(prompts.YouHave), v.Money(billing.Money(21_020_000), "USD"), v.Say(prompts.PINWrong), v.TalkTime(61), v.Say(prompts.Goodbye)),
			} {
				if got := ears.recognise(h.line(t, said)); !slices.Equal(got, said) {
					t.Errorf("said  %q\nheard %q", said, got)
				}
			}
		})
	}
}

// TestEarsKnowWhatStandsIn has one recording missing, and Asterisk's own played instead.
func TestEarsKnowWhatStandsIn(t *testing.T) {
	h := furnished(t)
	whole := h.Prompts
	h.Prompts = t.TempDir()
	if err := os.CopyFS(filepath.Join(h.Prompts, "en"), os.DirFS(filepath.Join(whole, "en"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(h.Prompts, "en/goodbye.wav")); err != nil {
		t.Fatal(err)
	}
	ears, err := h.NewEars()
	if err != nil {
		t.Fatal(err)
	}
	said := slices.Concat(ears.Voice.Say(prompts.PINWrong), ears.Voice.Say(prompts.Goodbye))
	if !slices.Contains(said, "sound:en/vm-goodbye") {
		t.Errorf("said %q", said)
	}
	if got := ears.recognise(h.line(t, said)); !slices.Equal(got, said) {
		t.Errorf("said  %q\nheard %q", said, got)
	}
	if got, want := ears.text(said...), "This PIN is not valid. Goodbye."; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}

func TestEarsRefuseALanguageNobodySpeaks(t *testing.T) {
	if _, err := (&House{Prompts: "/nowhere"}).NewEars("tlh"); err == nil || !strings.Contains(err.Error(), "tlh") {
		t.Error(err)
	}
}
