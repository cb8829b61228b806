package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// anID stands in examples for an ID that ccd makes.
const anID = "d0n1kqs5v0cqb3k7e1pg"

// everyExample is each line of all help texts that can be typed.
func everyExample() (all []string) {
	for _, c := range commands(newRoot()) {
		for line := range strings.Lines(strings.ReplaceAll(c.Example, "\\\n", " ")) {
			line, _, _ = strings.Cut(line, "   #")
			if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	return all
}

// TestExamples types every example of every help text at a real ccd: see
// testdata/examples.txtar.
func TestExamples(t *testing.T) {
	story, err := txtar.ParseFile("testdata/examples.txtar")
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlatform()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.startDaemon(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(socketEnv, p.config.Socket)
	t.Chdir(t.TempDir())
	for _, f := range story.Files {
		mustWrite(t, f.Name, f.Data)
	}
	untold := everyExample()
	for line := range strings.Lines(string(story.Comment)) {
		s := readScene(line)
		if s.line == "" {
			continue
		}
		t.Run(s.line, func(t *testing.T) { s.play(t) })
		if i := slices.Index(untold, s.line); i >= 0 && s.kind != '+' {
			untold = slices.Delete(untold, i, i+1)
		} else if s.kind != '+' && s.kind != '=' {
			t.Errorf("no help text has, or it stands here twice: %s", s.line)
		}
	}
	for _, line := range untold {
		t.Errorf("testdata/examples.txtar lacks the example: %s", line)
	}
}

func mustWrite(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// scene is one line of the story. Its kind is the sign before it, a space if there is none.
type scene struct {
	kind byte
	line string
	says string // what is said where it is refused
}

func readScene(line string) scene {
	line = strings.TrimSpace(line)
	if rest, ok := strings.CutPrefix(line, "ID = "); ok {
		return scene{kind: '=', line: rest}
	}
	switch {
	case line == "" || line[0] == '#':
		return scene{}
	case strings.ContainsRune("+!~", rune(line[0])):
		s := scene{kind: line[0]}
		s.line, s.says, _ = strings.Cut(line[2:], " => ")
		return s
	}
	return scene{kind: ' ', line: line}
}

// present is the ID that stands in the place of anID.
var present = anID

// play types the line, and asserts how it ends.
func (s scene) play(t *testing.T) {
	typed := strings.ReplaceAll(s.line, anID, present)
	typed = strings.ReplaceAll(typed, "/etc/", "etc/")
	typed = later(typed)
	var input io.Reader = strings.NewReader("")
	var out, errs bytes.Buffer
	code := 0
	for _, part := range strings.Split(typed, " | ") {
		out.Reset()
		code = s.run(t, part, input, &out, &errs)
		input = strings.NewReader(out.String())
	}
	switch refused := code != 0; {
	case refused != (s.kind == '!'):
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	case refused && (s.says == "" || !strings.Contains(out.String()+errs.String(), s.says)):
		t.Errorf("says %q, want %q", errs.String(), s.says)
	}
	if s.kind == '=' {
		present = idIn(t, out.String())
	}
}

// later moves the dates of an example on, so that they are never past: its 2027 is the next
// year.
func later(line string) string {
	next := time.Now().Year() + 1
	return strings.NewReplacer("2027-", fmt.Sprint(next, "-"), "2030-", fmt.Sprint(next+3, "-")).Replace(line)
}

// run runs one program of a line, with its redirections.
func (s scene) run(t *testing.T, line string, in io.Reader, out, errs *bytes.Buffer) int {
	t.Helper()
	words, from, to := redirected(line)
	if from != "" {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	switch words[0] {
	case "openssl": // makes a secret
		mustWrite(t, to, []byte("0123456789abcdef"))
		return 0
	case "rm":
		if err := os.RemoveAll(words[2]); err != nil {
			t.Fatal(err)
		}
		return 0
	case "ccctl":
	default:
		t.Fatalf("%s is not to be run here", words[0])
	}
	ctx := t.Context()
	if s.kind == '~' {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, 100*time.Millisecond)
		defer stop()
	}
	root := newRoot()
	root.SetArgs(words[1:])
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	cmd, err := root.ExecuteContextC(ctx)
	code := report(errs, cmd, err)
	if to != "" && code == 0 {
		mustWrite(t, to, out.Bytes())
	}
	return code
}

// redirected are the words of a command line, and the files it reads and writes.
func redirected(line string) (words []string, from, to string) {
	words = shellWords(line)
	for _, word := range strings.Fields(line) {
		switch {
		case strings.HasPrefix(word, "<"):
			from = word[1:]
		case strings.HasPrefix(word, ">"):
			to = strings.TrimLeft(word, ">")
		}
	}
	return words, from, to
}

// idIn is the ID in a list: the first word of 20 characters that stands in its last line.
func idIn(t *testing.T, list string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(list), "\n")
	for _, word := range strings.Fields(lines[len(lines)-1]) {
		if len(word) == len(anID) {
			return word
		}
	}
	t.Fatalf("there is no ID in %q", list)
	return ""
}
