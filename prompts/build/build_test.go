package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cccp/prompts"
)

// fakeTools makes this test program stand in for espeak-ng and sox. Its value says how
// they behave.
const fakeTools = "PROMPTS_FAKE_TOOLS"

func TestMain(m *testing.M) {
	behaviour := os.Getenv(fakeTools)
	switch {
	case behaviour == "":
		os.Exit(m.Run())
	case behaviour == "fail":
		os.Stderr.WriteString("no such voice\n")
		os.Exit(3)
	case slices.Contains(os.Args, "--no-dither"):
		fakeSox(behaviour)
	default: // espeak-ng: the "speech" is the text
		os.Stdout.WriteString(os.Args[len(os.Args)-1])
	}
}

// fakeSox answers a tone whose pitch depends on what was "spoken".
func fakeSox(behaviour string) {
	speech, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	volume, seconds := 0.02, 0.5
	switch behaviour {
	case "silent":
		volume = 0
	case "short":
		seconds = 0.1
	}
	os.Stdout.Write(encodeWAV(tone(volume, seconds, float64(hash(speech)[0])))[44:])
}

func tone(volume, seconds, hertz float64) []float64 {
	samples := make([]float64, int(seconds*prompts.SampleRate))
	for i := range samples {
		samples[i] = volume * math.Sin(2*math.Pi*hertz*float64(i)/prompts.SampleRate)
	}
	return samples
}

// fake makes the tools behave as given and answers their path.
func fake(t *testing.T, behaviour string) (path string) {
	t.Helper()
	t.Setenv(fakeTools, behaviour)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // or each tool takes a second under -race
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// few are recordings enough to see what becomes of them.
func few() []prompts.Recording {
	return []prompts.Recording{
		{Language: "en", Name: "cent-many", Text: "cents"},
		{Language: "en", Name: "goodbye", Text: "Goodbye."},
		{Language: "ru", Name: "goodbye", Text: "До свидания."},
	}
}

// build renders a few recordings with the fake tools and answers what was reported.
func build(t *testing.T, behaviour, out string) (report string, err error) {
	t.Helper()
	self := fake(t, behaviour)
	var b bytes.Buffer
	err = render(t.Context(), renderer{espeak: self, sox: self}, out, few(), &b)
	return b.String(), err
}

// mustBuild is build, when it must succeed and report what is given.
func mustBuild(t *testing.T, out string, reports ...string) {
	t.Helper()
	report, err := build(t, "work", out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range reports {
		if !strings.Contains(report, want) {
			t.Fatalf("reported %q, want %q", report, want)
		}
	}
}

func TestBuildRendersOnlyWhatChanged(t *testing.T) {
	out := t.TempDir()
	cents := filepath.Join(out, "en/cent-many.wav")
	mustBuild(t, out, " 3 rendered now")
	first := readFile(t, cents)
	mustBuild(t, out, " 0 rendered now")

	removeFile(t, cents)
	mustBuild(t, out, " 1 rendered now")
	if !bytes.Equal(first, readFile(t, cents)) {
		t.Error("the same text was rendered differently")
	}

	forgetRecipe(t, out, "en/cent-many.wav")
	mustBuild(t, out, " 1 rendered now")
}

func TestBuildLeavesOwnRecordingsAlone(t *testing.T) {
	out := t.TempDir()
	mustBuild(t, out)
	cents := filepath.Join(out, "en/cent-many.wav")
	own := encodeWAV(tone(0.1, 0.4, 440))
	writeFile(t, cents, own)
	mustBuild(t, out, "kept en/cent-many.wav", " 0 rendered now")
	if !bytes.Equal(own, readFile(t, cents)) {
		t.Fatal("an own recording was overwritten")
	}
	writeFile(t, cents, []byte("an MP3, perhaps"))
	if _, err := build(t, "work", out); err == nil || !strings.Contains(err.Error(), "en/cent-many.wav") {
		t.Errorf("an unplayable recording: %v", err)
	}
	removeFile(t, cents)
	mustBuild(t, out, " 1 rendered now")
}

func TestBuildTakesUpAfterAnInterruption(t *testing.T) {
	out := t.TempDir()
	mustBuild(t, out)
	removeFile(t, filepath.Join(out, manifestName))
	mustBuild(t, out, " 3 rendered now")
	mustBuild(t, out, " 0 rendered now")
}

func TestBuildRemovesWhatIsInTheCatalogueNoMore(t *testing.T) {
	out := t.TempDir()
	mustBuild(t, out)
	m, err := readManifest(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, former := range []string{"en/former.wav", "en/own.wav", "en/gone.wav"} {
		m[former] = m["en/goodbye.wav"]
	}
	writeFile(t, filepath.Join(out, "en/former.wav"), readFile(t, filepath.Join(out, "en/goodbye.wav")))
	writeFile(t, filepath.Join(out, "en/own.wav"), []byte("somebody else's"))
	if err := writeManifest(out, m); err != nil {
		t.Fatal(err)
	}
	mustBuild(t, out, " 0 rendered now")
	if _, err := os.Stat(filepath.Join(out, "en/former.wav")); !os.IsNotExist(err) {
		t.Errorf("a former recording is still there: %v", err)
	}
	readFile(t, filepath.Join(out, "en/own.wav"))
	if m, err = readManifest(out); err != nil || len(m) != len(few()) {
		t.Errorf("%d recordings are remembered, %v", len(m), err)
	}
}

// TestEveryRespellingIsOfARecording fails where the catalogue moved on without it.
func TestEveryRespellingIsOfARecording(t *testing.T) {
	mended := map[string]int{}
	for _, r := range prompts.Recordings() {
		if spelling(r) != r.Text {
			mended[r.Language]++
		}
	}
	if want := map[string]int{"en": 6, "fr": 4, "es": 6, "ru": 16}; !maps.Equal(mended, want) {
		t.Errorf("respelt are %v, not %v", mended, want)
	}
}

func TestBuildLeavesNothingBehindWhenItFails(t *testing.T) {
	for behaviour, hint := range map[string]string{
		"fail":   "no such voice",
		"silent": "less than -22 dB",
		"short":  "lasts 0.10 s",
	} {
		out := t.TempDir()
		if _, err := build(t, behaviour, out); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v, want %q", behaviour, err, hint)
		}
		if files, err := os.ReadDir(out); err != nil || len(files) > 0 {
			t.Errorf("%s: left %v behind (%v)", behaviour, files, err)
		}
	}
}

func TestBuildStopsWhenInterrupted(t *testing.T) {
	self := fake(t, "work")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, []string{"-out", t.TempDir(), "-espeak", self, "-sox", self}, io.Discard); err == nil {
		t.Error("an interrupted run succeeded")
	}
}

func TestBuildSaysWhatToTypeNext(t *testing.T) {
	self := fake(t, "work")
	for name, c := range map[string]struct {
		args []string
		hint string
	}{
		"no folder":  {[]string{"-espeak", self, "-sox", self}, "-out DIR"},
		"no espeak":  {[]string{"-out", "x", "-espeak", "/nowhere/espeak", "-sox", self}, "apt-get install espeak-ng"},
		"no sox":     {[]string{"-out", "x", "-espeak", self, "-sox", "/nowhere/sox"}, "apt-get install sox"},
		"stray word": {[]string{"-out", "x", "y"}, "-out DIR"},
	} {
		if err := run(t.Context(), c.args, io.Discard); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v, want %q", name, err, c.hint)
		}
	}
}

func TestBuildRefusesABrokenManifest(t *testing.T) {
	out := t.TempDir()
	writeFile(t, filepath.Join(out, manifestName), []byte("{"))
	if _, err := build(t, "work", out); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Error(err)
	}
}

func TestLevel(t *testing.T) {
	click := tone(0.01, 1, 300)
	click[100] = 1
	for name, samples := range map[string][]float64{
		"soft": tone(0.001, 1, 300),
		"loud": tone(1, 1, 300),
	} {
		levelled, err := level(samples)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if rms, _ := measure(levelled); math.Abs(20*math.Log10(rms)-speechLevelDB) > 0.1 {
			t.Errorf("%s: level is %.1f dB", name, 20*math.Log10(rms))
		}
	}
	if _, err := level(click); err == nil {
		t.Error("levelled a click without distorting it")
	}
	if _, err := level(make([]float64, 8000)); err == nil {
		t.Error("levelled silence")
	}
}

func TestEveryLanguageHasAVoice(t *testing.T) {
	for _, r := range prompts.Recordings() {
		if slices.Contains(espeakArgs(r), "") {
			t.Errorf("no voice speaks %s", r.Language)
		}
	}
}

// forgetRecipe makes a recording look as if it were of another text.
func forgetRecipe(t *testing.T, out, file string) {
	t.Helper()
	m, err := readManifest(out)
	if err != nil {
		t.Fatal(err)
	}
	m[file] = entry{Recipe: "old", Audio: m[file].Audio}
	if err := writeManifest(out, m); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func removeFile(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}
