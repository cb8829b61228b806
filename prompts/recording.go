package prompts

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Recording is one sound of our own: what is to be spoken, and where it belongs.
type Recording struct {
	Language string // "en"
	Name     string // "you-can-talk-for"
	Text     string // "You can talk for"
}

// File is the recording's path below the folder given to New.
func (r Recording) File() string { return r.Language + "/" + r.Name + ".wav" }

// Recordings are all recordings of all languages, in order of their files.
func Recordings() []Recording {
	var all []Recording
	for _, l := range languages() {
		for name, text := range l.recorded {
			all = append(all, Recording{Language: l.code, Name: name, Text: text})
		}
	}
	slices.SortFunc(all, func(a, b Recording) int { return cmp.Compare(a.File(), b.File()) })
	return all
}

// Names are the files of all recordings, below the folder given to New: "en/cents.wav".
func Names() []string {
	var names []string
	for _, r := range Recordings() {
		names = append(names, r.File())
	}
	return names
}

// CoreSounds are the sounds needed of Asterisk, below its sounds folder and without
// the ending, which depends on the package installed: "en/digits/5".
func CoreSounds() []string {
	var names []string
	for _, l := range languages() {
		for name := range l.core {
			names = append(names, l.code+"/"+name)
		}
	}
	slices.Sort(names)
	return names
}

// ErrMissing is the fault of a recording that is not there.
var ErrMissing = errors.New("missing")

// Fault is a recording that cannot be played, and why.
type Fault struct {
	File string // below the folder checked
	Err  error  // ErrMissing, ErrFormat or of the file system
}

func (f Fault) Error() string { return f.File + ": " + f.Err.Error() }

func (f Fault) Unwrap() error { return f.Err }

// Check says which recordings in dir are missing or of a format Asterisk would not
// play, in order of their files; none when all is well.
func Check(dir string) []Fault {
	var faults []Fault
	for _, name := range Names() {
		if err := checkFile(filepath.Join(dir, name)); err != nil {
			faults = append(faults, Fault{File: name, Err: err})
		}
	}
	return faults
}

func checkFile(name string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return checkWAV(f)
}
