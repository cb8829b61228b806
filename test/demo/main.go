// Command demo has scripted SIP phones call through a real Asterisk and ccd, prints
// what each caller heard and pressed, and proves that the money is right.
//
// It reports only what it measured: what was heard is recognised in the RTP that
// arrived, the caller ID is read from the INVITE at the callee, and the charge
// expected is reckoned from the clock of the phone that was called, leg by leg. Any
// mismatch fails.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"cccp/billing"
	"cccp/configs"
	"cccp/test/house"
	"cccp/test/phone"
)

// demoWithin bounds everything after Asterisk is installed.
const demoWithin = 2 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "demo: failed: %v\nccd's own log of this run: %s\n", err, logPath())
		os.Exit(1)
	}
}

func logPath() string { return filepath.Join("build", "demo-ccd.log") }

func run(ctx context.Context) error {
	if err := os.MkdirAll("build", 0o755); err != nil {
		return err
	}
	log, err := os.Create(logPath())
	if err != nil {
		return err
	}
	defer log.Close()
	fmt.Println("demo: bringing up Asterisk, ccd and a callee on 127.0.0.1 …")
	ctx, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	h, err := house.Start(ctx, house.Options{
		Log: log, Callee: phone.Script{After: ringFor, Play: calleeTone()},
		Configure: func(c *configs.Config) { c.Callback.Delay = configs.Duration(calledBackAfter) },
	})
	if err != nil {
		return err
	}
	err = perform(ctx, h)
	if closeErr := h.Close(); err == nil {
		err = closeErr
	}
	return err
}

// perform plays all scenes at once, tells them one after the other, and proves them.
func perform(ctx context.Context, h *house.House) error {
	offering := billing.Offering{AnnounceBalance: true, AnnounceTalkTime: true, AllowedCountries: []string{"RU"}}
	if err := h.Furnish(ctx, offering); err != nil {
		return err
	}
	if err := h.ImportDeck(ctx, "retail", house.Deck+torontoRate); err != nil {
		return err
	}
	ears, err := h.NewEars()
	if err != nil {
		return err
	}
	scenes := stage(h, ears)
	var played sync.WaitGroup
	for _, s := range scenes {
		played.Go(func() { s.err = s.play(ctx) })
	}
	played.Wait()
	for i, s := range scenes {
		s.tell(os.Stdout, i+1)
		if err := s.prove(); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	return account(ctx, h, scenes)
}

// account shows the books as an operator sees them and holds them against the phones.
func account(ctx context.Context, h *house.House, scenes []*scene) error {
	if err := showBooks(ctx, h, os.Stdout); err != nil {
		return err
	}
	var charged billing.Money
	calls := 0
	for _, s := range scenes {
		if err := s.proveMoney(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
		charged += s.owed()
		calls += len(s.legs)
	}
	if n := h.Callee.Total(); n != calls {
		return fmt.Errorf("%d calls arrived at the callee, %d were told of", n, calls)
	}
	if _, err := h.Verify(ctx); err != nil {
		return err
	}
	fmt.Printf(
		"demo: ok callers=%d calls=%d charged=%s ledger=verified asterisk=%s\n",
		len(scenes), calls, charged, h.Asterisk.Version,
	)
	return nil
}

// showBooks runs ccctl, so that what is shown is what an operator sees.
func showBooks(ctx context.Context, h *house.House, to io.Writer) error {
	dir, err := os.MkdirTemp("", "cccp-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ccctl := filepath.Join(dir, "ccctl")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", ccctl, "cccp/cmd/ccctl").CombinedOutput(); err != nil {
		return fmt.Errorf("build ccctl: %w: %s", err, out)
	}
	for _, args := range [][]string{
		{"cdr", "list"}, {"callback", "list"},
		{"ledger", "list", aliceAccount}, {"ledger", "list", bobAccount}, {"ledger", "list", carolAccount},
		{"balance", "show", poorAccount},
		{"ledger", "verify"},
	} {
		fmt.Fprintf(to, "\n$ ccctl %s\n", strings.Join(args, " "))
		show := exec.CommandContext(ctx, ccctl, append([]string{"--socket", h.Config.Socket}, args...)...)
		show.Stdout, show.Stderr = to, to
		if err := show.Run(); err != nil {
			return fmt.Errorf("ccctl %s: %w", strings.Join(args, " "), err)
		}
	}
	fmt.Fprintln(to)
	return nil
}
