package ear

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// SampleRateHz is the only rate this package hears.
const SampleRateHz = 8000

// Library holds the sounds that can be recognised. Fill it first; after that
// any number of goroutines may recognise with it.
type Library struct {
	// Sox is the path of the sox program, which AddDir needs for .gsm files;
	// without it they are passed over.
	Sox string

	sounds []*sound
}

// NewLibrary is an empty library.
func NewLibrary() *Library { return new(Library) }

// Load is a library of whole folders, by the prefix of their sounds' names.
func Load(dirs map[string]string) (*Library, error) {
	l := NewLibrary()
	for prefix, dir := range dirs {
		if err := l.AddDir(prefix, dir); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Add gives the library a sound. One of the same name is replaced. A sound
// with nothing but silence in it is kept and never heard.
func (l *Library) Add(name string, pcm []int16) {
	s := newSound(name, pcm)
	at, found := slices.BinarySearchFunc(l.sounds, s, compareNames)
	if found {
		l.sounds[at] = s
		return
	}
	l.sounds = slices.Insert(l.sounds, at, s)
}

func compareNames(a, b *sound) int { return cmp.Compare(a.name, b.name) }

// AddDir reads every sound below dir: .wav (8 kHz, mono, 16 bit), .sln, and
// .gsm where Sox is set. A file dir/digits/5.wav becomes prefix + "digits/5",
// just as Asterisk names it; where it is there in several formats, the first of
// those three counts. A .wav of another kind is an error.
func (l *Library) AddDir(prefix, dir string) error {
	files, err := soundFiles(dir)
	if err != nil {
		return fmt.Errorf("add sounds of %s: %w", dir, err)
	}
	added := 0
	for name, file := range files {
		pcm, err := l.read(file)
		if errors.Is(err, errPassedOver) {
			continue
		}
		if err != nil {
			return fmt.Errorf("add sound %s: %w", file, err)
		}
		l.Add(prefix+name, pcm)
		added++
	}
	if added == 0 {
		return fmt.Errorf("add sounds of %s: there are none", dir)
	}
	return nil
}

// preference ranks the formats; a file in none of them is no sound.
func preference(file string) int {
	return slices.Index([]string{".wav", ".sln", ".gsm"}, path.Ext(file))
}

// soundFiles maps the names of the sounds below dir to their best files.
func soundFiles(dir string) (map[string]string, error) {
	root, err := filepath.EvalSymlinks(dir) // WalkDir would not enter a link
	if err != nil {
		return nil, err
	}
	files := make(map[string]string)
	err = fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || preference(file) < 0 {
			return err
		}
		name := strings.TrimSuffix(file, path.Ext(file))
		if other, found := files[name]; !found || preference(file) < preference(other) {
			files[name] = filepath.Join(root, file)
		}
		return nil
	})
	return files, err
}

var errPassedOver = errors.New("no converter for this format")

func (l *Library) read(file string) ([]int16, error) {
	switch path.Ext(file) {
	case ".gsm":
		if l.Sox == "" {
			return nil, errPassedOver
		}
		raw, err := exec.Command(l.Sox, "-t", "gsm", "-r", "8000", "-c", "1", file,
			"-t", "raw", "-e", "signed-integer", "-b", "16", "-L", "-").Output()
		if err != nil {
			return nil, fmt.Errorf("convert with %s: %w", l.Sox, err)
		}
		return linear(raw), nil
	case ".sln":
		raw, err := os.ReadFile(file)
		return linear(raw), err
	default:
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return parseWAV(raw)
	}
}

// Only is the part of the library whose names match one of the patterns of
// [path.Match], such as "digits/*" or "vm-goodbye". Fewer sounds are looked for
// faster.
func (l *Library) Only(patterns ...string) (*Library, error) {
	part := &Library{Sox: l.Sox}
	for _, s := range l.sounds {
		wanted, err := matchAny(patterns, s.name)
		if err != nil {
			return nil, fmt.Errorf("restrict library: %w", err)
		}
		if wanted {
			part.sounds = append(part.sounds, s)
		}
	}
	return part, nil
}

func matchAny(patterns []string, name string) (bool, error) {
	for _, pattern := range patterns {
		if matched, err := path.Match(pattern, name); matched || err != nil {
			return matched, err
		}
	}
	return false, nil
}

// Names are all sounds of the library, in order.
func (l *Library) Names() []string {
	names := make([]string, len(l.sounds))
	for i, s := range l.sounds {
		names[i] = s.name
	}
	return names
}

// Length is how long a sound lasts, its silence included; 0 if the library
// has none of that name.
func (l *Library) Length(name string) time.Duration {
	at, found := slices.BinarySearchFunc(l.sounds, &sound{name: name}, compareNames)
	if !found {
		return 0
	}
	return duration(l.sounds[at].samples)
}

// duration of that many samples.
func duration(samples int) time.Duration {
	return time.Duration(samples) * time.Second / SampleRateHz
}
