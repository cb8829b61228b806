package ear_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cccp/test/ear"
)

// wav is pcm as a WAV file with chunks a reader has to pass over.
func wav(pcm []int16, rate uint32, channels uint16) []byte {
	le := binary.LittleEndian
	format := le.AppendUint16(nil, 1)
	format = le.AppendUint16(format, channels)
	format = le.AppendUint32(format, rate)
	format = le.AppendUint32(format, rate*2*uint32(channels))
	format = le.AppendUint16(format, 2*channels)
	format = le.AppendUint16(format, 16)
	body := []byte("WAVE")
	body = append(body, chunk("fmt ", format)...)
	body = append(body, chunk("LIST", []byte("odd"))...)
	body = append(body, chunk("data", raw(pcm))...)
	return chunk("RIFF", body)
}

func chunk(id string, body []byte) []byte {
	c := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	c = append(c, body...)
	if len(body)%2 == 1 {
		c = append(c, 0)
	}
	return c
}

func raw(pcm []int16) []byte {
	var b []byte
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// folder writes files into a fresh folder.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAddDir(t *testing.T) {
	five, hello, beep := speech(1, 500*ms), speech(2, time.Second), speech(3, 700*ms)
	dir := folder(t, map[string][]byte{
		"digits/5.wav": wav(five, 8000, 1),
		"digits/5.sln": raw(beep), // the .wav counts
		"hello.sln":    raw(hello),
		"beep.gsm":     raw(beep), // what the sox below makes of it
		"README.txt":   []byte("no sound"),
	})
	sox := filepath.Join(folder(t, map[string][]byte{"sox": []byte("#!/bin/sh\nexec cat \"$7\"\n")}), "sox")
	link := filepath.Join(t.TempDir(), "en")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}

	without, err := ear.Load(map[string]string{"": dir, "our/": link})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"digits/5", "hello", "our/digits/5", "our/hello"}; !slices.Equal(without.Names(), want) {
		t.Errorf("library of %q, want %q", without.Names(), want)
	}
	with := ear.NewLibrary()
	with.Sox = sox
	if err := with.AddDir("", dir); err != nil {
		t.Fatal(err)
	}
	pcm := overULaw(joined(five, hello, beep))
	if got, want := say(with.Recognise(pcm)), "digits/5@0.0 hello@0.5 beep@1.5"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
	if got := with.Length("hello"); got != time.Second {
		t.Errorf("hello lasts %v, want 1s", got)
	}
	if got := with.Length("nothing"); got != 0 {
		t.Errorf("what is not there lasts %v", got)
	}
}

func TestAddDirRefuses(t *testing.T) {
	tone := speech(1, 300*ms)
	for name, files := range map[string]map[string][]byte{
		"empty folder":   {},
		"wrong rate":     {"a.wav": wav(tone, 16000, 1)},
		"stereo":         {"a.wav": wav(tone, 8000, 2)},
		"no WAV":         {"a.wav": []byte("RIFF....WAVE")},
		"not even that":  {"a.wav": []byte("hello")},
		"short format":   {"a.wav": chunk("RIFF", append([]byte("WAVE"), chunk("fmt ", []byte{1, 0})...))},
		"no format":      {"a.wav": chunk("RIFF", append([]byte("WAVE"), chunk("data", raw(tone))...))},
		"only GSM":       {"a.gsm": {1, 2, 3}},
		"only documents": {"a.txt": []byte("hello")},
	} {
		t.Run(name, func(t *testing.T) {
			if err := ear.NewLibrary().AddDir("", folder(t, files)); err == nil {
				t.Error("it was taken")
			}
		})
	}
	if err := ear.NewLibrary().AddDir("", filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there was taken")
	}
	failing := ear.NewLibrary()
	failing.Sox = filepath.Join(folder(t, map[string][]byte{"sox": []byte("#!/bin/sh\nexit 1\n")}), "sox")
	if err := failing.AddDir("", folder(t, map[string][]byte{"a.gsm": {1}})); err == nil {
		t.Error("a failing sox was not noticed")
	}
}

func TestTruncatedWAVEndsWithTheFile(t *testing.T) {
	pcm := speech(1, time.Second)
	file := wav(pcm, 8000, 1)
	l, err := ear.Load(map[string]string{"": folder(t, map[string][]byte{"a.wav": file[:len(file)-8000]})})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Length("a"); got != 500*ms {
		t.Errorf("half a file lasts %v, want 500ms", got)
	}
}

func TestAddReplaces(t *testing.T) {
	l := ear.NewLibrary()
	l.Add("a", speech(1, time.Second))
	l.Add("a", speech(2, 2*time.Second))
	if len(l.Names()) != 1 || l.Length("a") != 2*time.Second {
		t.Errorf("library of %q, a lasts %v; want the second a alone", l.Names(), l.Length("a"))
	}
}

func TestOnly(t *testing.T) {
	l := library(prompts())
	for _, tt := range []struct {
		patterns []string
		want     []string
	}{
		{[]string{"digits/[12]", "goodbye"}, []string{"digits/1", "digits/2", "goodbye"}},
		{[]string{"digits"}, nil},
		{nil, nil},
	} {
		part, err := l.Only(tt.patterns...)
		if err != nil || !slices.Equal(part.Names(), tt.want) {
			t.Errorf("only %q: %q, %v; want %q", tt.patterns, part.Names(), err, tt.want)
		}
	}
	if _, err := l.Only("["); err == nil {
		t.Error("a pattern without an end was taken")
	}
}
