package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"cccp/billing"
	"cccp/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"ccctl-process": main}) }

// TestScript types what operators type. Beside testscript's own, the scripts know
//
//	ccctl ARGUMENTS                    ccctl within the test, which takes a tenth of the time of
//	                                   exec ccctl-process; that one has a standard input and a terminal
//	ccd start|stop                     a whole ccd without an Asterisk
//	books open|close                   store and API alone, with made-up callers:
//	visit begin VISIT FROM ACCOUNT TO
//	! visit begin …                    the same, refused
//	visit end VISIT SECONDS
//	missed CALLER ACCESS               a wrong PIN
//	miscount TRUNK                     damage the database, while nothing runs
//	exits CODE [exec] PROGRAM ARGUMENTS ends with this code
//	interrupts LINES PROGRAM ARGUMENTS Ctrl-C after so many lines; it must end well
//	request METHOD PATH FILE           send JSON past ccctl
func TestScript(t *testing.T) {
	testscript.RunT(inTurn{t}, testscript.Params{
		Dir: "testdata/script", RequireUniqueNames: true, Setup: setUp, UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ccd": ccdCommand, "books": booksCommand, "visit": visitCommand, "missed": missedCommand, "miscount": miscountCommand,
			"ccctl": ccctlCommand, "exits": exitsCommand, "interrupts": interruptsCommand, "request": requestCommand,
		},
	})
}

// inTurn runs scripts one after the other: opening the admin socket sets the umask of
// the whole process for a moment, and with it the modes of other scripts' files.
type inTurn struct{ *testing.T }

// Parallel stays sequential.
func (inTurn) Parallel() {}

// Run runs one script.
func (t inTurn) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(inTurn{t}) })
}

// Verbose is go test -v.
func (inTurn) Verbose() bool { return testing.Verbose() }

// raceAtOnce has a program under the race detector end when it ends, not a second later.
const raceAtOnce = "atexit_sleep_ms=0"

type platformKey struct{}

func setUp(env *testscript.Env) error {
	p, err := newPlatform()
	if err != nil {
		return err
	}
	env.Values[platformKey{}] = p
	env.Setenv(socketEnv, p.config.Socket)
	env.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" "+raceAtOnce))
	env.Defer(func() {
		if err := p.close(); err != nil {
			env.T().Fatal(err)
		}
	})
	return nil
}

func platformOf(ts *testscript.TestScript) *platform { return ts.Value(platformKey{}).(*platform) }

func ccdCommand(ts *testscript.TestScript, _ bool, args []string) {
	startOrStop(ts, args, "start", "stop", platformOf(ts).startDaemon)
}

func booksCommand(ts *testscript.TestScript, _ bool, args []string) {
	startOrStop(ts, args, "open", "close", platformOf(ts).openBooks)
}

func startOrStop(ts *testscript.TestScript, args []string, start, stop string, begin func() error) {
	switch {
	case len(args) == 1 && args[0] == start:
		ts.Check(begin())
	case len(args) == 1 && args[0] == stop:
		ts.Check(platformOf(ts).halt())
	default:
		ts.Fatalf("want %s or %s", start, stop)
	}
}

func visitCommand(ts *testscript.TestScript, refused bool, args []string) {
	p := platformOf(ts)
	switch {
	case refused && len(args) == 5 && args[0] == "begin":
		var refusal billing.Refusal
		if err := p.beginVisit(billing.VisitID(args[1]), args[2], args[3], args[4]); !errors.As(err, &refusal) {
			ts.Fatalf("the call is not refused: %v", err)
		}
		ts.Logf("%v", refusal)
	case len(args) == 5 && args[0] == "begin":
		ts.Check(p.beginVisit(billing.VisitID(args[1]), args[2], args[3], args[4]))
	case len(args) == 3 && args[0] == "end":
		seconds, err := strconv.Atoi(args[2])
		ts.Check(err)
		ts.Check(p.endVisit(billing.VisitID(args[1]), seconds))
	default:
		ts.Fatalf("want begin VISIT FROM ACCOUNT TO, or end VISIT SECONDS")
	}
}

func missedCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(platformOf(ts).miss(args[0], args[1]))
}

func miscountCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(platformOf(ts).miscount(args[0]))
}

// runIn runs ccctl within the test, in the folder and with the environment of a script.
func runIn(ts *testscript.TestScript, args []string) (code int) {
	before, err := os.Getwd()
	ts.Check(err)
	ts.Check(os.Chdir(ts.MkAbs(".")))
	defer func() { ts.Check(os.Chdir(before)) }()
	for _, name := range []string{socketEnv, passwordEnv} {
		ts.Check(os.Setenv(name, ts.Getenv(name)))
	}
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	root.SetOut(ts.Stdout())
	root.SetErr(ts.Stderr())
	cmd, err := root.ExecuteContextC(context.Background())
	return report(ts.Stderr(), cmd, err)
}

func ccctlCommand(ts *testscript.TestScript, fails bool, args []string) {
	if code := runIn(ts, args); fails != (code != 0) {
		ts.Fatalf("exit code %d", code)
	}
}

func exitsCommand(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if args[1] != "exec" {
		got = runIn(ts, args[2:])
	} else if err := ts.Exec(args[2], args[3:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func interruptsCommand(ts *testscript.TestScript, _ bool, args []string) {
	lines, err := strconv.Atoi(args[0])
	ts.Check(err)
	program := exec.Command(args[1], args[2:]...)
	program.Env = append(os.Environ(), socketEnv+"="+ts.Getenv(socketEnv), "GORACE="+ts.Getenv("GORACE"))
	program.Stderr = ts.Stderr()
	out, err := program.StdoutPipe()
	ts.Check(err)
	ts.Check(program.Start())
	scanner := bufio.NewScanner(out)
	for i := range lines {
		if !scanner.Scan() {
			ts.Fatalf("ended after %d lines: %v", i, program.Wait())
		}
		fmt.Fprintln(ts.Stdout(), scanner.Text())
	}
	ts.Check(program.Process.Signal(os.Interrupt))
	ts.Check(program.Wait())
}

func requestCommand(ts *testscript.TestScript, neg bool, args []string) {
	body := json.RawMessage(ts.ReadFile(args[2]))
	err := wire.NewClient(ts.Getenv(socketEnv)).Do(context.Background(), args[0], args[1], body, nil)
	if neg != (err != nil) {
		ts.Fatalf("answer: %v", err)
	}
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	}
}
