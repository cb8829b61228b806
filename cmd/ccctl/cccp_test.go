package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"cccp/faces/kazoo/documents"
	"cccp/wire"
)

// PINs nobody knows any more are exported without, named, and a failure. Pages join up.
func TestCCCPExportOfUnknownPINs(t *testing.T) {
	socket := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/config"):
			_ = json.NewEncoder(w).Encode(documents.Config{Notes: []string{"access number +1 is left out"}})
		case r.URL.Query().Get("after") == "":
			_ = json.NewEncoder(w).Encode(documents.Page{Documents: []documents.RecordDocument{{ID: "pin:a"}}, Unsealed: []string{"pin:a"}, Next: "pin:a"})
		default:
			_ = json.NewEncoder(w).Encode(documents.Page{Documents: []documents.RecordDocument{{ID: "pin:b", PIN: "1506747290"}}})
		}
	})
	code, stdout, stderr := typed("--socket", socket, "cccp", "export", "--with-pins")
	var documents []documents.RecordDocument
	if err := json.Unmarshal([]byte(stdout), &documents); err != nil || len(documents) != 2 || documents[1].PIN != "1506747290" {
		t.Errorf("%v, %s", err, stdout)
	}
	for _, want := range []string{"access number +1 is left out", "record pin:a is exported without its PIN", "1 PINs cannot be told"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr %q lacks %q", stderr, want)
		}
	}
	if code != wire.ExitRefused {
		t.Errorf("exit code %d", code)
	}
}

// A configuration keeps its mode, its place behind a link, and a copy of what it was.
func TestCCCPConfigIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "ccd.yaml")
	before := "country: CA   # here\n"
	if err := os.WriteFile(path, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	own, err := readOwnConfig(link)
	if err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	cmd.SetErr(t.Output())
	row, err := own.take(cmd, map[string]any{"callback.delay": 7 * time.Second}, false)
	if err != nil || row.Action != documents.Added {
		t.Fatalf("%+v, %v", row, err)
	}
	for name, want := range map[string]string{path: before + "callback:\n  delay: 7s\n", path + ".bak": before} {
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if at, err := os.Readlink(link); err != nil || at != path {
		t.Errorf("the link leads to %q, %v", at, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".ccd-*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// An answer that got lost is no reason to despair.
func TestCCCPImportIsRepeatable(t *testing.T) {
	socket := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	file := filepath.Join(t.TempDir(), "cccps.json")
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := typed("--socket", socket, "cccp", "import", file); code != wire.ExitUnreachable || !strings.Contains(stderr, "hint: repeat the import") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}
