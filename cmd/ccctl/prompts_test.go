package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cccp/prompts"
	"cccp/wire"
)

// recorded is a folder with all recordings, a tenth of a second of silence each.
func recorded(t *testing.T) string {
	t.Helper()
	const bytes = prompts.SampleRate / 10 * 2
	le := binary.LittleEndian
	wav := le.AppendUint32([]byte("RIFF"), 36+bytes)
	wav = le.AppendUint32(append(wav, "WAVEfmt "...), 16)
	wav = le.AppendUint16(le.AppendUint16(wav, 1), 1)
	wav = le.AppendUint32(le.AppendUint32(wav, prompts.SampleRate), prompts.SampleRate*2)
	wav = le.AppendUint16(le.AppendUint16(wav, 2), 16)
	wav = le.AppendUint32(append(wav, "data"...), bytes)
	wav = append(wav, make([]byte, bytes)...)
	dir := t.TempDir()
	for _, language := range prompts.Languages() {
		if err := os.Mkdir(filepath.Join(dir, language), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range prompts.Recordings() {
		if err := os.WriteFile(filepath.Join(dir, r.File()), wav, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What Asterisk's own sounds stand in for does no harm; what cannot be played does.
func TestPromptsCheck(t *testing.T) {
	dir := recorded(t)
	check := func(wantCode int, wantOut string, args ...string) {
		t.Helper()
		code, stdout, stderr := typed(append([]string{"prompts", "check", "--dir", dir}, args...)...)
		if code != wantCode || !strings.Contains(stdout, wantOut) {
			t.Errorf("%q: exit code %d, want %d; stdout %q, want %q; stderr %q", args, code, wantCode, stdout, wantOut, stderr)
		}
	}
	check(wire.ExitDone, "nothing is missing\n")
	check(wire.ExitDone, "[]\n", "-o", "json")

	if err := os.Remove(filepath.Join(dir, "fr/number-21.wav")); err != nil {
		t.Fatal(err)
	}
	check(wire.ExitDone, "fr/number-21.wav  vingt et un  missing  fr/digits/20 fr/digits/et fr/digits/1\n")
	check(wire.ExitDone, "nothing is missing", "--language", "en")

	if err := os.WriteFile(filepath.Join(dir, "es/goodbye.gsm"), []byte("shh"), 0o644); err != nil {
		t.Fatal(err)
	}
	check(wire.ExitRefused, `"problem": "not used: only WAV files are"`, "--language", "es", "-o", "json")
	check(wire.ExitRefused, "problem: \"missing\"", "-o", "yaml")

	if err := os.Remove(filepath.Join(dir, "ru/no-rate.wav")); err != nil {
		t.Fatal(err)
	}
	check(wire.ExitRefused, `"fallback": []`, "--language", "ru", "-o", "json")
}
