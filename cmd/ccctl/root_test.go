package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"cccp/wire"

	"github.com/spf13/cobra"
)

// typed runs one command line inside the test.
func typed(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	cmd, err := root.ExecuteContextC(context.Background())
	code = report(&errs, cmd, err)
	return code, out.String(), errs.String()
}

// serve answers on a socket of its own, which it names.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	p, err := newPlatform()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", p.config.Socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p.config.Socket
}

// Every command explains itself.
func TestHelp(t *testing.T) {
	for _, c := range commands(newRoot()) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("short help is %q: want a phrase", c.Short)
			}
			if strings.HasPrefix(c.CommandPath(), "ccctl completion") {
				return // cobra's own
			}
			if !strings.Contains(c.Example, "ccctl ") {
				t.Error("no example")
			}
			if c.ValidArgsFunction == nil && !c.HasSubCommands() {
				t.Error("arguments are not completed: files would be offered")
			}
		})
	}
}

func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if sub.Name() != "help" {
			all = append(all, commands(sub)...)
		}
	}
	return all
}

// shellWords splits a simple command line at spaces outside single quotes, up to a
// redirection, pipe or comment.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		for _, word := range strings.Fields(part) {
			if strings.ContainsAny(word[:1], "<>|#") {
				return words
			}
			words = append(words, word)
		}
	}
	return words
}

func TestAmbiguousBooking(t *testing.T) {
	socket := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close() // the answer gets lost
	})
	code, _, stderr := typed("--socket", socket, "balance", "credit", "a1", "10", "--reason", "sold", "--ref", "order-1")
	if code != wire.ExitUnreachable || !strings.Contains(stderr, "repeat the command with --ref order-1, and it is booked once") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	code, _, stderr = typed("--socket", filepath.Join(t.TempDir(), "none"), "balance", "credit", "a1", "10", "--reason", "sold")
	if code != wire.ExitUnreachable || strings.Contains(stderr, "booked") {
		t.Errorf("nothing was sent: exit code %d, stderr %q", code, stderr)
	}
}

func TestWhatIsNotCCD(t *testing.T) {
	socket := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("220 mail.example.com ESMTP"))
	})
	if code, stdout, stderr := typed("--socket", socket, "status"); code != wire.ExitRefused || stdout != "" || stderr == "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
