package ivr

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestCalls plays whole calls, as testdata/calls tells them, against a switch in
// memory and the real store. Beside what the files expect, every call must leave the
// books sound, both legs ended and the charge right by the switch's own account.
func TestCalls(t *testing.T) {
	for _, file := range sceneFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playFile(t, file)
		})
	}
}

func sceneFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/calls/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no calls to play", err)
	}
	return files
}

// sceneOf reads a scene from its file.
func sceneOf(t *testing.T, file string) (scene, *txtar.Archive) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return readScene(t, archive), archive
}

func playFile(t *testing.T, file string) {
	s, archive := sceneOf(t, file)
	heard := perform(t, s, nil)
	want := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if !slices.Contains([]string{transcriptFile, cdrFile, ledgerFile}, f.Name) {
			want.Files = append(want.Files, f)
		}
	}
	want.Files = append(want.Files,
		txtar.File{Name: transcriptFile, Data: []byte(heard.transcript)},
		txtar.File{Name: cdrFile, Data: []byte(heard.cdrs)},
		txtar.File{Name: ledgerFile, Data: []byte(heard.ledger)})
	got := txtar.Format(want)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(got)); diff != "" && !*update {
		t.Errorf("%s (-want +got; go test ./ivr -update):\n%s", file, diff)
	}
}

// performance is what there is to be told of a scene.
type performance struct {
	transcript, cdrs, ledger string
	world                    *world
}

// perform plays a scene in a bubble of its own time. arrange, if not nil, may change
// the world beforehand.
func perform(t *testing.T, s scene, arrange func(*world)) (p performance) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, s.given)
		if arrange != nil {
			arrange(w)
		}
		w.play(s)
		if t.Failed() {
			t.Logf("played:\n%s", w.text())
		}
		p = performance{w.text(), w.cdrText(), w.ledgerText(), w}
	})
	return p
}
