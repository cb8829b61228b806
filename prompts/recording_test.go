package prompts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wavFile is a recording of the format given, with a chunk before the samples as some
// programs write it.
func wavFile(format wavFormat, sampleBytes int) []byte {
	return wavFileWith("even", format, sampleBytes)
}

func wavFileWith(list string, format wavFormat, sampleBytes int) []byte {
	samples := make([]byte, sampleBytes)
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), uint32(4 + 8 + len(list) + 8 + 16 + 8 + sampleBytes), []byte("WAVE"),
		[]byte("LIST"), uint32(len(list)), []byte(list), make([]byte, len(list)%2),
		[]byte("fmt "), uint32(16), format,
		[]byte("data"), uint32(sampleBytes), samples,
	} {
		binary.Write(&b, binary.LittleEndian, part) // a Buffer does not fail
	}
	return b.Bytes()
}

func changed(change func(*wavFormat)) wavFormat {
	format := telephone()
	change(&format)
	return format
}

func TestCheckWAV(t *testing.T) {
	good := wavFile(telephone(), 3200)
	for name, c := range map[string]struct {
		file []byte
		says string // of the error; empty is none
	}{
		"good":        {good, ""},
		"no file":     {nil, "not a WAV file"},
		"an MP3":      {[]byte("ID3\x04 and so on and so forth"), "not a WAV file"},
		"big endian":  {append([]byte("RIFX"), good[4:]...), "not a WAV file"},
		"wideband":    {wavFile(changed(func(f *wavFormat) { f.SampleRate = 16000 }), 3200), "16000 Hz"},
		"stereo":      {wavFile(changed(func(f *wavFormat) { f.Channels = 2 }), 3200), "channels: 2"},
		"8 bits":      {wavFile(changed(func(f *wavFormat) { f.BitsPerSample = 8 }), 3200), "8 bits"},
		"mu-law":      {wavFile(changed(func(f *wavFormat) { f.Encoding = 7 }), 3200), "encoding 7"},
		"empty":       {wavFile(telephone(), 0), "empty"},
		"cut short":   {good[:len(good)-100], "3100 of 3200 bytes"},
		"odd chunk":   {wavFileWith("odd", telephone(), 3200), "Asterisk cannot read past its \"LIST\""},
		"no samples":  {good[:48], "no samples"},
		"half header": {good[:44], "header cut short"},
		"no format":   {slices.Concat(good[:24], good[48:]), "encoding 0"},
	} {
		err := checkWAV(bytes.NewReader(c.file))
		if c.says == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.says != "" && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func FuzzCheckWAV(f *testing.F) {
	good := wavFile(telephone(), 320)
	f.Add(good)
	f.Add(good[:40])
	f.Fuzz(func(t *testing.T, file []byte) {
		err := checkWAV(bytes.NewReader(file))
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Contains(file, []byte("data")) {
			t.Fatal("accepted a file without samples")
		}
	})
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	if faults := Check(dir); len(faults) != len(Recordings()) || !errors.Is(faults[0], ErrMissing) {
		t.Fatalf("of an empty folder: %v", faults)
	}
	dir = recordedFolder(t)
	if faults := Check(dir); len(faults) > 0 {
		t.Fatalf("of a full folder: %v", faults)
	}
	write(t, filepath.Join(dir, "en/cent-many.wav"), []byte("hiss"))
	write(t, filepath.Join(dir, "ru/goodbye.gsm"), []byte("shh"))
	write(t, filepath.Join(dir, "ru/jingle.mp3"), []byte("la la"))
	faults := Check(dir)
	if len(faults) != 2 || faults[0].Path != "en/cent-many.wav" || !errors.Is(faults[0], ErrFormat) ||
		faults[1].Path != "ru/goodbye.gsm" || !errors.Is(faults[1], ErrAside) {
		t.Fatalf("of a folder with bad files: %v", faults)
	}
	if got := faults[1].Fallback; !slices.Equal(got, []string{"ru/vm-goodbye"}) {
		t.Errorf("in place of ru/goodbye: %q", got)
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestListsAreInOrderAndWithoutDoubles(t *testing.T) {
	var files []string
	for _, r := range Recordings() {
		files = append(files, r.File())
	}
	for name, list := range map[string][]string{"files": files, "core sounds": CoreSounds()} {
		if len(list) == 0 || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("%s: %q", name, list)
		}
	}
}

func TestLanguagesHaveCodesOfTheirOwn(t *testing.T) {
	codes := map[string]bool{}
	for _, code := range Languages() {
		codes[code] = true
	}
	if got := slices.Sorted(maps.Keys(codes)); len(got) != len(languages()) {
		t.Errorf("languages: %q", Languages())
	}
}
