// Command count runs `go test -json` with the arguments it is given, once for each part
// of them between "--", prints what go test would have printed, and ends with one line
// that says how many tests passed, failed and were skipped. A failed or a skipped test
// makes it fail: a test that did not run proves nothing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	t := newTally(os.Stdout)
	good := true
	for _, args := range runs(os.Args[1:]) {
		good = t.run(args) && good
	}
	fmt.Println(t)
	if !good || !t.good() {
		os.Exit(1)
	}
}

// runs are the parts of the arguments between "--".
func runs(args []string) [][]string {
	i := slices.Index(args, "--")
	if i < 0 {
		return [][]string{args}
	}
	return append([][]string{args[:i]}, runs(args[i+1:])...)
}

// run counts one run of go test and says whether it went well.
func (t *tally) run(args []string) bool {
	test := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	test.Stderr = os.Stderr
	events, err := test.StdoutPipe()
	if err != nil {
		fail(err)
	}
	if err := test.Start(); err != nil {
		fail(err)
	}
	if err := t.read(events); err != nil {
		fail(err)
	}
	return test.Wait() == nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "count:", err)
	os.Exit(1)
}

// event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// tally counts events and prints what belongs to failed tests and to packages.
type tally struct {
	to                      io.Writer
	passed, failed, skipped int
	// output of tests still running, by package and test: only failures are shown.
	output map[string]*strings.Builder
	// failures of a package's own tests, so that a package that fails without any
	// (it did not build, it crashed) is counted as one.
	failures map[string]int
}

func newTally(to io.Writer) *tally {
	return &tally{to: to, output: map[string]*strings.Builder{}, failures: map[string]int{}}
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		_, _ = t.to.Write(line) // not an event: what go itself had to say
		return
	}
	t.event(e)
}

func (t *tally) event(e event) {
	name := e.Package + " " + e.Test
	switch {
	case e.Action == "output" || e.Action == "build-output":
		t.keep(name, e)
	case e.Test == "":
		t.packageEnded(e)
	case e.Action == "pass":
		t.passed++
		delete(t.output, name)
	case e.Action == "skip":
		t.skipped++
		t.show(name)
	case e.Action == "fail":
		t.failed++
		t.failures[e.Package]++
		t.show(name)
	}
}

func (t *tally) keep(name string, e event) {
	if e.Test == "" { // of the package itself: ok, FAIL, coverage
		fmt.Fprint(t.to, e.Output)
		return
	}
	if t.output[name] == nil {
		t.output[name] = &strings.Builder{}
	}
	t.output[name].WriteString(e.Output)
}

func (t *tally) packageEnded(e event) {
	if e.Action == "fail" && t.failures[e.Package] == 0 {
		t.failed++
		for name := range t.output {
			if strings.HasPrefix(name, e.Package+" ") {
				t.show(name) // it was running when the package crashed
			}
		}
	}
}

func (t *tally) show(name string) {
	if b := t.output[name]; b != nil {
		fmt.Fprint(t.to, b.String())
		delete(t.output, name)
	}
}

func (t *tally) good() bool { return t.failed == 0 && t.skipped == 0 && t.passed > 0 }

func (t *tally) String() string {
	return fmt.Sprintf("tests: %d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}
