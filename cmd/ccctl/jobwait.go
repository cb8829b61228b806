package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"cccp/jobs"
)

// waitOptions are the flags of everything that makes a job.
type waitOptions struct{ detach bool }

func (o *waitOptions) addFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.detach, "detach", false, "do not wait for the end: show the job and leave it")
}

// follow waits for a job that was just made, unless told otherwise.
func (o waitOptions) follow(cmd *cobra.Command, a *app, j jobs.Bulk) error {
	if o.detach {
		return show(a, cmd, j)
	}
	return awaitJob(cmd, a, j)
}

// askEvery is how often a job is looked at, from the first time to the last.
const (
	askEvery     = 50 * time.Millisecond
	askEveryMost = time.Second
)

// awaitJob waits for the end of a job and shows it. Rows that were rejected are a failure,
// Ctrl-C leaves the job as it is.
func awaitJob(cmd *cobra.Command, a *app, j jobs.Bulk) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	j, err := watch(ctx, cmd, a, j)
	if ctx.Err() != nil {
		return hint(fmt.Errorf("interrupted: job %s goes on in the background", j.ID),
			"ccctl job wait %s, or ccctl job cancel %s", j.ID, j.ID)
	}
	if err != nil {
		return err
	}
	return ended(cmd, a, j)
}

func watch(ctx context.Context, cmd *cobra.Command, a *app, j jobs.Bulk) (jobs.Bulk, error) {
	p := progressOf(cmd.ErrOrStderr())
	defer p.clear()
	for wait := askEvery; j.State.Live(); wait = min(2*wait, askEveryMost) {
		p.tell(j)
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case <-time.After(wait):
		}
		now, err := get[jobs.Bulk](ctx, a, at("jobs", j.ID))
		if err != nil {
			return j, err
		}
		j = now
	}
	return j, nil
}

// ended shows how a job ended, and says so with the exit code.
func ended(cmd *cobra.Command, a *app, j jobs.Bulk) error {
	if a.format != table {
		if err := show(a, cmd, j); err != nil {
			return err
		}
	}
	a.say(cmd, "%s", summary(j))
	switch {
	case j.State == jobs.Failed:
		return fmt.Errorf("job %s failed: %s", j.ID, j.Problem)
	case j.State == jobs.Cancelled:
		return fmt.Errorf("job %s was cancelled after %d rows", j.ID, j.Done)
	case j.Rejected > 0 && j.Kind == jobs.Import:
		return hint(fmt.Errorf("%d of %d rows were rejected", j.Rejected, j.Done),
			"ccctl job rejects %s >rejects.csv, correct them, and import that file", j.ID)
	case j.Rejected > 0:
		return hint(fmt.Errorf("%d of %d were refused", j.Rejected, j.Done), "ccctl job report %s says why", j.ID)
	}
	return nil
}

func summary(j jobs.Bulk) string {
	did := "added"
	switch j.Kind {
	case jobs.Export:
		return fmt.Sprintf("job %s: %d rows, %d with a warning", j.ID, j.Done, j.Warned)
	case jobs.SetState, jobs.Rotate:
		did = "changed"
	case jobs.Generate:
		return fmt.Sprintf("job %s: %d cards generated", j.ID, j.Added)
	}
	text := fmt.Sprintf("job %s: %d rows: %d %s, %d unchanged, %d rejected",
		j.ID, j.Done, j.Added, did, j.Unchanged, j.Rejected)
	if j.DryRun {
		text += " (dry run: nothing was kept)"
	}
	return text
}

// progress shows how far a job is: as a bar on a terminal, elsewhere a line for every
// tenth of it.
type progress struct {
	to       io.Writer
	terminal bool
	tenths   int
}

func progressOf(to io.Writer) *progress {
	f, ok := to.(*os.File)
	return &progress{to: to, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// barCells is how wide the bar is.
const barCells = 30

func (p *progress) tell(j jobs.Bulk) {
	if j.Rows == 0 {
		return
	}
	if p.terminal {
		filled := barCells * j.Done / j.Rows
		bar := strings.Repeat("#", filled) + strings.Repeat(" ", barCells-filled)
		fmt.Fprintf(p.to, "\r[%s] %d of %d, %d rejected ", bar, j.Done, j.Rows, j.Rejected)
		return
	}
	if tenths := 10 * j.Done / j.Rows; tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.to, "%d of %d, %d rejected\n", j.Done, j.Rows, j.Rejected)
	}
}

// clear leaves an empty line where the bar was.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprintf(p.to, "\r%s\r", strings.Repeat(" ", 2*barCells+20))
	}
}

// fetch prints a file of ccd's, or writes it to another file, which must not exist yet.
func fetch(cmd *cobra.Command, a *app, path, file string) (err error) {
	out := cmd.OutOrStdout()
	if file != "" {
		f, openErr := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, f.Close()) }() // a full disk may say so only now
		out = f
	}
	return a.do(cmd.Context(), http.MethodGet, path, nil, out)
}

// ownerOnly is the mode of what may hold PINs.
const ownerOnly os.FileMode = 0o600
