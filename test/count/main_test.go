package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestRuns(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "[[]]",
		"-race ./a ./b":        "[[-race ./a ./b]]",
		"-race ./a -- -v ./b":  "[[-race ./a] [-v ./b]]",
		"./a -- ./b -- -v ./c": "[[./a] [./b] [-v ./c]]",
	} {
		if got := fmt.Sprint(runs(strings.Fields(args))); got != want {
			t.Errorf("runs(%q) = %s, want %s", args, got, want)
		}
	}
}

func TestTally(t *testing.T) {
	for _, c := range []struct {
		name, events, want, shown string
		good                      bool
	}{
		{"pass", `{"Action":"output","Package":"p","Test":"A","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Output":"ok p\n"}
{"Action":"pass","Package":"p"}`, "tests: 1 passed, 0 failed, 0 skipped", "ok p\n", true},
		{"fail", `{"Action":"output","Package":"p","Test":"A","Output":"why\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`, "tests: 0 passed, 1 failed, 0 skipped", "why\n", false},
		{"skip", `{"Action":"skip","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"B"}`, "tests: 1 passed, 0 failed, 1 skipped", "", false},
		{"does not build", `{"Action":"build-output","ImportPath":"p","Output":"syntax error\n"}
{"Action":"fail","Package":"p"}`, "tests: 0 passed, 1 failed, 0 skipped", "syntax error\n", false},
		{"crash", `{"Action":"output","Package":"p","Test":"A","Output":"panic: x\n"}
{"Action":"fail","Package":"p"}`, "tests: 0 passed, 1 failed, 0 skipped", "panic: x\n", false},
		{"nothing ran", `{"Action":"pass","Package":"p"}`, "tests: 0 passed, 0 failed, 0 skipped", "", false},
		{"not an event", "go: downloading\n", "tests: 0 passed, 0 failed, 0 skipped", "go: downloading\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var shown strings.Builder
			tally := newTally(&shown)
			if err := tally.read(strings.NewReader(c.events)); err != nil {
				t.Fatal(err)
			}
			if tally.String() != c.want || tally.good() != c.good || shown.String() != c.shown {
				t.Errorf("%s (good %v), shown %q; want %s (good %v), shown %q", tally, tally.good(), &shown, c.want, c.good, c.shown)
			}
		})
	}
}
