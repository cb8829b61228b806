package prompts

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// recordedFolder is a folder that holds all recordings.
func recordedFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, r := range Recordings() {
		write(t, filepath.Join(dir, r.File()), wavFile(telephone(), 320))
	}
	return dir
}

func load(t testing.TB, dir, language string) Voices {
	t.Helper()
	voices, err := Load(dir, language)
	if err != nil {
		t.Fatal(err)
	}
	return voices
}

func TestVoicesIn(t *testing.T) {
	voices := load(t, "/nowhere", "fr")
	for _, c := range []struct {
		codes []string
		want  string
	}{
		{nil, "fr"}, {[]string{""}, "fr"}, {[]string{"de"}, "fr"},
		{[]string{"", "ru"}, "ru"}, {[]string{"de", "es", "en"}, "es"}, {[]string{"en"}, "en"},
	} {
		if got := voices.In(c.codes...).Language(); got != c.want {
			t.Errorf("in %q: %s, want %s", c.codes, got, c.want)
		}
	}
	if got := voices.Default().Language(); got != "fr" {
		t.Errorf("by default: %s", got)
	}
}

// What is missing or cannot be played is replaced by Asterisk's own sounds.
func TestLoadFallsBack(t *testing.T) {
	dir := recordedFolder(t)
	remove(t, filepath.Join(dir, "fr/goodbye.wav"))
	remove(t, filepath.Join(dir, "fr/number-21.wav"))
	remove(t, filepath.Join(dir, "fr/pin-locked.wav"))
	remove(t, filepath.Join(dir, "fr/no-rate.wav")) // of which Asterisk has none
	write(t, filepath.Join(dir, "fr/dollar-one.wav"), []byte("hiss"))
	v := load(t, dir, "en").In("fr")
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"goodbye", v.Say(Goodbye), []string{"sound:fr/vm-goodbye"}},
		{"pin locked", v.Say(PINLocked), []string{"sound:fr/confbridge-pin-bad", "sound:fr/please-try-call-later", "sound:fr/vm-goodbye"}},
		{"no rate", v.Say(NoRate), []string{"sound:" + dir + "/fr/no-rate"}},
		{"21.02", v.Money(21_020_000, "CAD"), []string{
			"sound:fr/digits/20", "sound:fr/digits/et", "sound:fr/digits/1", "sound:fr/letters/dollar",
			"sound:" + dir + "/fr/and", "sound:" + dir + "/fr/number-2", "sound:" + dir + "/fr/cent-one",
		}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
	if got, want := v.Text(v.Say(PINLocked)...), "Vous avez entré un trop grand nombre de codes d'identification personnel invalides. Veuillez reessayer plus tard. Au revoir."; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	for _, uri := range v.Say(PINLocked) {
		if !slices.Contains(v.Sounds(), uri) {
			t.Errorf("%s is not among the sounds", uri)
		}
	}
}

// Without recordings a number is still the number, even where Asterisk lacks a word of it.
func TestNumbersWithoutRecordingsHaveNoHoles(t *testing.T) {
	v := load(t, t.TempDir(), "en").In("ru")
	if got, want := v.Text(v.Money(221_000_000, "USD")...), "два два один доллар"; got != want {
		t.Errorf("221 dollars are said as %q, want %q", got, want)
	}
	if got, want := v.Text(v.Number(121)...), "сто двадцать один"; got != want {
		t.Errorf("121 is said as %q, want %q", got, want)
	}
}

// A folder that only Asterisk can see is taken to be complete.
func TestLoadBelievesWhatItCannotSee(t *testing.T) {
	for _, dir := range []string{"/nowhere/prompts", filepath.Join(t.TempDir(), "not-there")} {
		v := load(t, dir, "en").Default()
		if got, want := v.Say(Goodbye), []string{"sound:" + dir + "/en/goodbye"}; !slices.Equal(got, want) {
			t.Errorf("goodbye is %q, want %q", got, want)
		}
	}
}

// A voice looks for recordings when it is made and not again.
func TestLoadLooksOnce(t *testing.T) {
	dir := recordedFolder(t)
	v := load(t, dir, "en").Default()
	before := v.Say(Goodbye)
	remove(t, filepath.Join(dir, "en/goodbye.wav"))
	if got := v.Say(Goodbye); !slices.Equal(got, before) {
		t.Errorf("goodbye changed to %q", got)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}
