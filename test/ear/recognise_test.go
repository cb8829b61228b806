package ear_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cccp/test/ear"
	"cccp/test/phone"
)

const ms = time.Millisecond

// prompts is a platform's vocabulary, in small.
func prompts() map[string][]int16 {
	balance := speech(1, 1200*ms)
	return map[string][]int16{
		"welcome":      speech(10, 3*time.Second),
		"enter-pin":    speech(11, 2500*ms),
		"enter-number": joined(silence(80*ms), speech(12, 2*time.Second), silence(200*ms)),
		"wrong-pin":    joined(first(500*ms, speech(11, 2500*ms)), speech(13, 1500*ms)), // begins as enter-pin
		"balance":      balance,
		"balance-low":  joined(balance, speech(14, 900*ms)), // balance is the beginning of it
		"goodbye":      speech(15, 800*ms),
		"silence":      silence(time.Second),
		"digits/1":     speech(21, 350*ms),
		"digits/2":     speech(22, 300*ms),
		"digits/5":     speech(25, 400*ms),
		"digits/9":     speech(29, 450*ms),
		"digits/100":   joined(speech(21, 350*ms), speech(30, 400*ms)), // digits/1 is the beginning of it
	}
}

func library(sounds map[string][]int16) *ear.Library {
	l := ear.NewLibrary()
	for name, pcm := range sounds {
		l.Add(name, pcm)
	}
	return l
}

// say writes what was heard as "name@1.23 name@4.56-0.70…", the dash and dots
// for what was cut off and after how long.
func say(heard []ear.Heard) string {
	var words []string
	for _, h := range heard {
		word := fmt.Sprintf("%s@%.1f", h.Name, h.At.Seconds())
		if !h.Complete {
			word += fmt.Sprintf("-%.1f…", h.Length.Seconds())
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestRecognise(t *testing.T) {
	p := prompts()
	lib := library(p)
	unknown := speech(77, 3*time.Second)
	for _, tt := range []struct {
		name string
		pcm  []int16
		want string
	}{
		{"nothing", nil, ""},
		{"silence", silence(3 * time.Second), ""},
		{"hum of the line", noisy(12, silence(3*time.Second)), ""},
		{"noise", noisy(2000, silence(3*time.Second)), ""},
		{"tone", phone.Tone(3*time.Second, 440), ""},
		{"a prompt that is not in the library", unknown, ""},
		{"a prompt", p["welcome"], "welcome@0.0"},
		{"a prompt whose first packets were lost", p["welcome"][160*8/8:], "welcome@0.0"},
		{"later", joined(silence(time.Second), p["welcome"]), "welcome@1.0"},
		{"silence in the file", joined(silence(time.Second), p["enter-number"], silence(time.Second)), "enter-number@1.0"},
		{"one after the other", joined(p["welcome"], p["enter-pin"], silence(500*ms), p["goodbye"]), "welcome@0.0 enter-pin@3.0 goodbye@6.0"},
		{"twice", joined(p["goodbye"], p["goodbye"]), "goodbye@0.0 goodbye@0.8"},
		{"between unknown ones", joined(unknown, p["goodbye"], unknown), "goodbye@3.0"},

		{"digits", joined(p["digits/5"], p["digits/5"], p["digits/1"], p["digits/9"], p["digits/2"]), "digits/5@0.0 digits/5@0.4 digits/1@0.8 digits/9@1.1 digits/2@1.6"},
		{"digit in a longer word", joined(p["digits/100"], p["digits/1"]), "digits/100@0.0 digits/1@0.8"},
		{"digit cut off", first(100*ms, p["digits/9"]), ""},

		{"barge-in", joined(first(700*ms, p["welcome"]), silence(2*time.Second)), "welcome@0.0-0.7…"},
		{"barge-in at the end of the audio", first(2*time.Second, p["welcome"]), "welcome@0.0-2.0…"},
		{"barge-in and the next prompt", joined(first(time.Second, p["welcome"]), p["enter-pin"]), "welcome@0.0-1.0… enter-pin@1.0"},
		{"barge-in and the same again", joined(first(900*ms, p["welcome"]), p["welcome"]), "welcome@0.0-0.9… welcome@0.9"},
		{"barge-in early and the next prompt", joined(first(300*ms, p["welcome"]), p["enter-number"]), "welcome@0.0-0.3… enter-number@0.3"},
		{"barge-in early", joined(first(400*ms, p["welcome"]), silence(time.Second)), "welcome@0.0-0.4…"},
		{"barge-in too early to tell", joined(first(120*ms, p["welcome"]), silence(time.Second)), ""},

		{"same beginning, one", p["enter-pin"], "enter-pin@0.0"},
		{"same beginning, the other", p["wrong-pin"], "wrong-pin@0.0"},
		{"beginning of another, alone", joined(p["balance"], silence(time.Second)), "balance@0.0"},
		{"beginning of another, which it is", p["balance-low"], "balance-low@0.0"},
		{"beginning of another, and something else", joined(p["balance"], p["digits/5"]), "balance@0.0 digits/5@1.2"},

		{"quieter", louder(0.4, p["welcome"]), "welcome@0.0"},
		{"louder", louder(1.5, p["welcome"]), "welcome@0.0"},
		{"noisy", noisy(60, p["welcome"]), "welcome@0.0"},
		{"a packet lost", without(1100*ms, 20*ms, p["welcome"]), "welcome@0.0"},
		{"four packets lost", without(1500*ms, 80*ms, p["welcome"]), "welcome@0.0"},
		{"packets late", delayed(1400*ms, 60*ms, p["welcome"]), "welcome@0.0"},
		{"packets very late", delayed(1400*ms, 400*ms, p["welcome"]), "welcome@0.0"},
		{"packets missed", skipped(1400*ms, 40*ms, p["welcome"]), "welcome@0.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := say(lib.Recognise(overULaw(tt.pcm))); got != tt.want {
				t.Errorf("heard %q\nwant  %q", got, tt.want)
			}
		})
	}
}

// TestLikenessCountsForMoreThanLength has sounds that are nearly the same, as the letters
// T and P are, but that the others begin a little earlier.
func TestLikenessCountsForMoreThanLength(t *testing.T) {
	tee := speech(31, 350*ms)
	other := first(70*ms, speech(32, 350*ms))
	for _, earlier := range [][]int16{louder(0.3, other[samples(30*ms):]), louder(0.8, other[samples(60*ms):])} {
		sounds := map[string][]int16{"t": tee, "p": joined(earlier, tee)}
		lib := library(sounds)
		for name, pcm := range sounds {
			heard := lib.Recognise(overULaw(joined(silence(500*ms), pcm, silence(500*ms))))
			if got, want := say(heard), name+"@0.5"; got != want {
				t.Errorf("%d samples earlier: heard %q, want %q", len(earlier), got, want)
			}
		}
	}
}

func TestRecognisedFigures(t *testing.T) {
	p := prompts()
	lib := library(p)
	pcm := joined(silence(737*ms), p["enter-number"], first(900*ms, p["welcome"]), silence(time.Second))
	heard := lib.Recognise(overULaw(pcm))
	if len(heard) != 2 {
		t.Fatalf("heard %s, want two sounds", say(heard))
	}
	whole, cut := heard[0], heard[1]
	if off := (whole.At - 737*ms).Abs(); off > ms {
		t.Errorf("whole prompt at %v, want 737ms", whole.At)
	}
	if whole.Length != lib.Length("enter-number") || whole.Score < 0.98 {
		t.Errorf("whole prompt %v long with score %.3f, want %v and nearly 1", whole.Length, whole.Score, lib.Length("enter-number"))
	}
	if off := (cut.Length - 900*ms).Abs(); off > 60*ms || cut.Score < 0.98 {
		t.Errorf("cut prompt %v long with score %.3f, want 900ms and nearly 1", cut.Length, cut.Score)
	}
}

// TestNobodyIsMistaken takes each sound out of a library of like ones in turn:
// nothing may be heard in its place.
func TestNobodyIsMistaken(t *testing.T) {
	sounds := make(map[string][]int16)
	for i := range uint64(24) {
		d := 350 * ms
		if i%2 == 0 {
			d = 1800 * ms
		}
		sounds[fmt.Sprint(i)] = speech(100+i, d)
	}
	lib := library(sounds)
	for name, pcm := range sounds {
		others := slices.DeleteFunc(lib.Names(), func(n string) bool { return n == name })
		part, err := lib.Only(others...)
		if err != nil {
			t.Fatal(err)
		}
		if heard := part.Recognise(overULaw(pcm)); len(heard) != 0 {
			t.Errorf("sound %s was heard as %s", name, say(heard))
		}
	}
}

func TestRecogniseFromManyGoroutines(t *testing.T) {
	p := prompts()
	lib := library(p)
	for name, pcm := range p {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := name + "@0.0"
			if name == "silence" {
				want = ""
			}
			if got := say(lib.Recognise(overULaw(pcm))); got != want {
				t.Errorf("heard %q, want %q", got, want)
			}
		})
	}
}

// BenchmarkRecognise is half a minute of audio against a hundred prompts.
func BenchmarkRecognise(b *testing.B) {
	lib := ear.NewLibrary()
	var pcm []int16
	for i := range uint64(100) {
		prompt := speech(1000+i, 2500*ms)
		lib.Add(fmt.Sprint(i), prompt)
		if i < 12 {
			pcm = append(pcm, prompt...)
		}
	}
	pcm = overULaw(pcm)
	b.ResetTimer()
	for range b.N {
		if heard := lib.Recognise(pcm); len(heard) != 12 {
			b.Fatalf("heard %s, want twelve prompts", say(heard))
		}
	}
}
