package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cccp/prompts"
)

// manifest remembers, by file, what was rendered here.
type manifest map[string]entry

type entry struct {
	Recipe string `json:"recipe"` // hash of text and settings
	Audio  string `json:"audio"`  // hash of the file written
}

const manifestName = "rendered.json"

func readManifest(out string) (manifest, error) {
	name := filepath.Join(out, manifestName)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read %s: %w: delete it, and the recordings that are not your own", name, err)
	}
	return m, nil
}

// stale are the recordings that have to be rendered: all but those whose file still is
// what the manifest says it is, by the recipe of today.
func stale(out string, known manifest, catalogue []prompts.Recording) []prompts.Recording {
	var todo []prompts.Recording
	for _, r := range catalogue {
		e, rendered := known[r.File()]
		audio, err := os.ReadFile(filepath.Join(out, r.File()))
		if !rendered || err != nil || e.Recipe != recipe(r) || e.Audio != hash(audio) {
			todo = append(todo, r)
		}
	}
	return todo
}

// install puts the renderings in their places, and answers which files it kept because
// they are operators' own. A file without an entry that is the very same as
// the new one was ours: a run was interrupted before it could remember.
func install(out string, known manifest, rendered []rendering) (kept []string, err error) {
	for _, r := range rendered {
		file := r.File()
		made := entry{Recipe: recipe(r.Recording), Audio: hash(r.wav)}
		there, err := os.ReadFile(filepath.Join(out, file))
		if err == nil && hash(there) != known[file].Audio && hash(there) != made.Audio {
			kept = append(kept, file)
			continue
		}
		if err := replaceFile(filepath.Join(out, file), r.wav); err != nil {
			return nil, err
		}
		known[file] = made
	}
	return kept, writeManifest(out, known)
}

func writeManifest(out string, m manifest) error {
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(out, manifestName), append(text, '\n'))
}

// removeFormer removes what was rendered here and is in the catalogue no more.
func removeFormer(out string, known manifest, catalogue []prompts.Recording) error {
	now, before := files(catalogue), len(known)
	for file, e := range known {
		if now[file] {
			continue
		}
		name := filepath.Join(out, file)
		if audio, err := os.ReadFile(name); err == nil && hash(audio) == e.Audio {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		delete(known, file)
	}
	if len(known) == before {
		return nil
	}
	return writeManifest(out, known)
}

// files are the paths of recordings, below the folder rendered into.
func files(catalogue []prompts.Recording) map[string]bool {
	set := map[string]bool{}
	for _, r := range catalogue {
		set[r.File()] = true
	}
	return set
}

// replaceFile writes a file that others, Asterisk among them, may read, and which is
// never there in part.
func replaceFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // gone already when all went well
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(temporary.Name(), name)
}
