package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
)

// followEvery is how often new records are asked for unless told otherwise, and
// followFastest how often at most.
const (
	followEvery   = time.Second
	followFastest = 10 * time.Millisecond
)

// followOptions are the flags of cdr follow.
type followOptions struct {
	account string
	after   uint64
	fromNow bool // --after was not given
	limit   int
	every   time.Duration
}

func newCDRFollow(a *app) *cobra.Command {
	var o followOptions
	c := &cobra.Command{
		Use: "follow", Short: "Print records as they come, until Ctrl-C",
		Long: `Print records as they come, until Ctrl-C. Records are asked for by sequence number, so
none is missed and none shown twice, even when ccd is restarted meanwhile. JSON is one
object a line.`,
		Example: "  ccctl cdr follow\n  ccctl cdr follow --account 1000001 -o json\n  ccctl cdr follow --after 0 -o csv >>cdrs.csv",
		Args:    arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.fromNow = !cmd.Flags().Changed("after")
			err := o.run(ctx, cmd, a)
			if ctx.Err() != nil { // however far a request had come
				return nil
			}
			return err
		},
	}
	c.Flags().StringVar(&o.account, "account", "", "only records of this account")
	c.Flags().Var(wholeFlag(&o.after), "after", "begin after this sequence number instead of now")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "end after so many records; 0 does not")
	c.Flags().DurationVar(&o.every, "every", followEvery, "how often to ask")
	complete(c, "account", asked(a, accounts().ids))
	return c
}

func (o followOptions) run(ctx context.Context, cmd *cobra.Command, a *app) error {
	if o.every < followFastest {
		return usagef("--every %s: give at least %s", o.every, followFastest)
	}
	after, err := o.start(ctx, a)
	if err != nil {
		return err
	}
	f := follower{followOptions: o, app: a, after: after, out: newCDRStream(a.format, cmd.OutOrStdout()), notes: cmd.ErrOrStderr()}
	tick := time.NewTicker(o.every)
	defer tick.Stop()
	for {
		full, err := f.poll(ctx)
		if err != nil || f.done() {
			return err
		}
		if full {
			continue // more is there already
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// follower is how far a follow has come.
type follower struct {
	followOptions
	app     *app
	out     *cdrStream
	notes   io.Writer
	after   uint64
	printed int
	// reached says that ccd has answered once, away that it does not at present.
	reached, away bool
}

// poll prints what is new, and says whether there may be more at once.
func (f *follower) poll(ctx context.Context) (full bool, err error) {
	page, err := cdrsAfter(ctx, f.app, "", f.after, f.app.page)
	if isUnreachable(err) && f.reached && ctx.Err() == nil {
		if !f.away {
			fmt.Fprintf(f.notes, "ccctl: %v\nccctl: waiting for it\n", err)
		}
		f.away = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.reached, f.away = true, false
	mine := f.mine(page, f.printed)
	f.printed += len(mine)
	if len(page) > 0 {
		f.after = page[len(page)-1].Seq
	}
	return len(page) == f.app.page, f.out.write(mine)
}

func (f *follower) done() bool { return f.limit > 0 && f.printed >= f.limit }

// start is the number of the last record that is not shown.
func (o followOptions) start(ctx context.Context, a *app) (uint64, error) {
	if !o.fromNow {
		return o.after, nil
	}
	last, err := readCDRs(ctx, a, "", url.Values{"newest": {"true"}, "limit": {"1"}})
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].Seq, nil
}

// mine are the records asked for, up to the limit.
func (o followOptions) mine(page []billing.CDR, printed int) []billing.CDR {
	if o.account != "" {
		page = slices.DeleteFunc(slices.Clone(page), func(c billing.CDR) bool { return c.Account != o.account })
	}
	if o.limit > 0 {
		page = page[:min(len(page), o.limit-printed)]
	}
	return page
}

// cdrStream writes records in several goes as if in one.
type cdrStream struct {
	format format
	to     io.Writer
	table  *tabulator[billing.CDR]
	begun  bool
}

func newCDRStream(f format, to io.Writer) *cdrStream {
	return &cdrStream{format: f, to: to, table: newTabulator[billing.CDR](cdrColumns())}
}

func (s *cdrStream) write(records []billing.CDR) error {
	first := !s.begun
	s.begun = true
	switch {
	case s.format == table:
		return s.table.write(s.to, records)
	case s.format == asCSV:
		return writeCSV(s.to, records, first)
	case len(records) == 0:
		return nil
	case s.format == asYAML:
		return writeYAML(s.to, records)
	}
	encoder := json.NewEncoder(s.to)
	encoder.SetEscapeHTML(false)
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
