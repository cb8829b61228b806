package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// sections of the README that can be typed as they stand, one after the other, beside a
// ccd of one's own.
var sessions = []string{"## A lot of a thousand cards", "## Prices", "## Who may do what"}

// TestReadme types what the README says.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	testscript.RunT(inTurn{t}, testscript.Params{
		Dir: "testdata/readme", RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			script := "set -e\n"
			for _, heading := range sessions {
				script += indented(t, string(readme), heading)
			}
			program := filepath.Join(env.WorkDir, "ccctl")
			err := errors.Join(
				os.WriteFile(filepath.Join(env.WorkDir, "session.sh"), []byte(script), 0o600),
				os.WriteFile(program, []byte("#!/bin/sh\nexec ccctl-process \"$@\"\n"), 0o700),
			)
			env.Setenv("PATH", env.WorkDir+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return errors.Join(err, setUp(env))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ccd": ccdCommand, "exits": exitsCommand},
	})
}

// indented is what is indented, as code is, in a section.
func indented(t *testing.T, text, heading string) (code string) {
	t.Helper()
	_, section, found := strings.Cut(text, heading+"\n")
	if !found {
		t.Fatalf("the README has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if typed, ok := strings.CutPrefix(line, "    "); ok {
			code += typed
		}
	}
	if code == "" {
		t.Fatalf("nothing is to be typed in section %q", heading)
	}
	return code
}
