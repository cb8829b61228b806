package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/wire"
)

// A follow outlives the ccd it asks: records made in between come once, in order.
func TestFollowOutlivesCCD(t *testing.T) {
	p := furnished(t)
	call := func(visit billing.VisitID) {
		t.Helper()
		if err := p.beginVisit(visit, "15149072508", "a1", "15145550001"); err != nil {
			t.Fatal(err)
		}
		if err := p.endVisit(visit, 9); err != nil {
			t.Fatal(err)
		}
	}
	call("v1")
	call("v2")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := startFollow(ctx, "--socket", p.config.Socket, "cdr", "follow", "--after", "0", "--every", "10ms", "-o", "json")
	f.wantLine(t, f.stdout, `{"seq":1,`)
	f.wantLine(t, f.stdout, `{"seq":2,`)

	if err := p.halt(); err != nil {
		t.Fatal(err)
	}
	f.wantLine(t, f.stderr, "ccctl: ")
	f.wantLine(t, f.stderr, "ccctl: waiting for it")
	if err := p.openBooks(); err != nil {
		t.Fatal(err)
	}
	call("v3")
	f.wantLine(t, f.stdout, `{"seq":3,`)

	cancel()
	if code := <-f.ended; code != wire.ExitDone {
		t.Errorf("exit code %d after its end, want 0", code)
	}
}

// furnished is a platform with open books and the account a1.
func furnished(t *testing.T) *platform {
	t.Helper()
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
	deck := strings.NewReader("prefix,rate_per_minute,increment_s\n1,0.10,6\n")
	for _, line := range []string{
		"provider add acme --country CA --currency USD", "rate import retail -", "offering add standard --provider acme --deck retail",
		"account add a1 --offering standard", "balance credit a1 10 --reason sold",
	} {
		root := newRoot()
		root.SetArgs(append(strings.Fields(line), "--socket", p.config.Socket))
		root.SetIn(deck)
		root.SetOut(io.Discard)
		if err := root.Execute(); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if err := p.halt(); err != nil {
		t.Fatal(err)
	}
	if err := p.openBooks(); err != nil {
		t.Fatal(err)
	}
	return p
}

// follow is a command that runs beside the test.
type follow struct {
	stdout, stderr *bufio.Scanner
	ended          chan int
}

func startFollow(ctx context.Context, args ...string) follow {
	out, toOut := io.Pipe()
	errs, toErrs := io.Pipe()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(toOut)
	root.SetErr(toErrs)
	f := follow{bufio.NewScanner(out), bufio.NewScanner(errs), make(chan int, 1)}
	go func() {
		cmd, err := root.ExecuteContextC(ctx)
		f.ended <- report(io.Discard, cmd, err)
		_, _ = toOut.Close(), toErrs.Close()
	}()
	return f
}

func (f follow) wantLine(t *testing.T, from *bufio.Scanner, prefix string) {
	t.Helper()
	if !from.Scan() || !strings.HasPrefix(from.Text(), prefix) {
		t.Fatalf("line %q, want %s…", from.Text(), prefix)
	}
}

// Ctrl-C is the way to end a follow, whatever it is doing.
func TestFollowEndsWhileItAsks(t *testing.T) {
	asked := make(chan struct{})
	socket := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	f := startFollow(ctx, "--socket", socket, "cdr", "follow", "--after", "0")
	<-asked
	cancel()
	if code := <-f.ended; code != wire.ExitDone {
		t.Errorf("exit code %d, want 0", code)
	}
}
