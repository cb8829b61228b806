package prompts

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Recording is one sound of our own: what is to be spoken, and where it belongs.
type Recording struct {
	Language string // "en"
	Name     string // "you-can-talk-for"
	Text     string // "You can talk for"
	// Fallback are the sounds of Asterisk played where the recording is missing, as
	// CoreSounds names them; none where Asterisk has nothing like it.
	Fallback []string
}

// File is the recording's path below the folder given to Load: "en/goodbye.wav".
func (r Recording) File() string { return r.Language + "/" + r.Name + wavEnding }

const wavEnding = ".wav"

// Recordings are all recordings of all languages, in order of their files.
func Recordings() []Recording {
	var all []Recording
	for _, l := range languages() {
		for name, text := range l.recordings() {
			r := Recording{Language: l.code, Name: name, Text: text}
			for _, sound := range l.standIns[name] {
				r.Fallback = append(r.Fallback, l.code+"/"+sound)
			}
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Recording) int { return cmp.Compare(a.File(), b.File()) })
	return all
}

// CoreSounds are the sounds of Asterisk that may be played in place of recordings, below
// its sounds folder and without the ending, which depends on the package installed:
// "en/digits/5".
func CoreSounds() []string {
	var names []string
	for _, r := range Recordings() {
		names = append(names, r.Fallback...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ErrMissing is the fault of a recording that is not there.
var ErrMissing = errors.New("missing")

// ErrAside is the fault of a file that bears a recording's name but is no WAV file.
var ErrAside = errors.New("not used: only WAV files are")

// Fault is a recording that cannot be played, and why.
type Fault struct {
	Recording
	Path string // of the file, below the folder checked
	Err  error  // ErrMissing, ErrFormat, ErrAside or of the file system
}

func (f Fault) Error() string { return f.Path + ": " + f.Err.Error() }

func (f Fault) Unwrap() error { return f.Err }

// Check says which recordings in dir are missing or of a format Asterisk would not
// play, and which files beside them are of no use, in order of the recordings; none
// when all is well.
func Check(dir string) []Fault {
	aside := filesAside(dir)
	var faults []Fault
	for _, r := range Recordings() {
		if err := checkFile(filepath.Join(dir, r.File())); err != nil {
			faults = append(faults, Fault{Recording: r, Path: r.File(), Err: err})
		}
		for _, file := range aside[r.Language+"/"+r.Name] {
			faults = append(faults, Fault{Recording: r, Path: file, Err: ErrAside})
		}
	}
	return faults
}

// fault tells what is not there from what cannot be looked at.
func fault(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	}
	return err
}

// filesAside are the files that are not WAV, by their names without the ending.
func filesAside(dir string) map[string][]string {
	aside := map[string][]string{}
	for _, code := range Languages() {
		entries, _ := os.ReadDir(filepath.Join(dir, code)) // then its recordings are missing
		for _, e := range entries {
			ending := filepath.Ext(e.Name())
			if name := strings.TrimSuffix(e.Name(), ending); ending != wavEnding && !strings.HasPrefix(name, ".") {
				aside[code+"/"+name] = append(aside[code+"/"+name], code+"/"+e.Name())
			}
		}
	}
	return aside
}

func checkFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fault(err)
	}
	defer f.Close()
	return checkWAV(f)
}
