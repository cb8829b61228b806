package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

// followEvery is how often new records are asked for unless told otherwise, and
// followFastest how often at most.
const (
	followEvery   = time.Second
	followFastest = 10 * time.Millisecond
)

// journal is a list of numbered things that only ever grows.
type journal[T any] struct {
	resource string // below /v1
	columns  []column
	seq      func(T) uint64
	account  func(T) string
}

// after reads a page of what follows a number.
func (j journal[T]) after(ctx context.Context, a *app, seq uint64) ([]T, error) {
	query := url.Values{"after": {strconv.FormatUint(seq, 10)}, "limit": {strconv.Itoa(a.page)}}
	return get[[]T](ctx, a, at(j.resource)+"?"+query.Encode())
}

// last is the number of the newest one, 0 where there is none.
func (j journal[T]) last(ctx context.Context, a *app) (uint64, error) {
	newest, err := get[[]T](ctx, a, at(j.resource)+"?newest=true&limit=1")
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return j.seq(newest[0]), nil
}

// followOptions are the flags of a follow.
type followOptions struct {
	account string
	after   uint64
	fromNow bool // --after was not given
	limit   int
	every   time.Duration
}

func cdrJournal() journal[billing.CDR] {
	return journal[billing.CDR]{
		resource: "cdrs", columns: cdrColumns(),
		seq: func(c billing.CDR) uint64 { return c.Seq }, account: func(c billing.CDR) string { return c.Account },
	}
}

func newCDRFollow(a *app) *cobra.Command {
	c := newFollow(a, cdrJournal())
	c.Short = "Print records as they come, until Ctrl-C"
	c.Long = `Print records as they come, until Ctrl-C. Records are asked for by sequence number, so
none is missed and none shown twice, even when ccd is restarted meanwhile. JSON is one
object a line.`
	c.Example = `  ccctl cdr follow
  ccctl cdr follow --account 1000001 -o json
  ccctl cdr follow --after 0 -o csv >>cdrs.csv`
	return c
}

// newFollow is a follow without its texts.
func newFollow[T any](a *app, j journal[T]) *cobra.Command {
	var o followOptions
	c := &cobra.Command{
		Use: "follow", Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			o.fromNow = !cmd.Flags().Changed("after")
			err := keepFollowing(ctx, cmd, a, o, j)
			if ctx.Err() != nil { // however far a request had come
				return nil
			}
			return err
		},
	}
	c.Flags().StringVar(&o.account, "account", "", "only those of this account")
	c.Flags().Var(wholeFlag(&o.after), "after", "begin after this sequence number instead of now")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "end after so many; 0 does not")
	c.Flags().DurationVar(&o.every, "every", followEvery, "how often to ask")
	complete(c, "account", asked(a, accounts().ids))
	return c
}

func keepFollowing[T any](ctx context.Context, cmd *cobra.Command, a *app, o followOptions, j journal[T]) (err error) {
	if o.every < followFastest {
		return usagef("--every %s: give at least %s", o.every, followFastest)
	}
	if o.fromNow {
		if o.after, err = j.last(ctx, a); err != nil {
			return err
		}
	}
	f := follower[T]{
		followOptions: o, journal: j, app: a,
		out: newStream[T](a.format, cmd.OutOrStdout(), j.columns), notes: cmd.ErrOrStderr(),
	}
	f.seen = o.after
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
type follower[T any] struct {
	followOptions
	journal journal[T]
	app     *app
	out     *stream[T]
	notes   io.Writer
	seen    uint64
	printed int
	// reached says that ccd has answered once, away that it does not at present.
	reached, away bool
}

// poll prints new records, and says whether there may be more at once.
func (f *follower[T]) poll(ctx context.Context) (full bool, err error) {
	page, err := f.journal.after(ctx, f.app, f.seen)
	if errors.Is(err, wire.ErrUnreachable) && f.reached && ctx.Err() == nil {
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
	mine := f.mine(page)
	f.printed += len(mine)
	if len(page) > 0 {
		f.seen = f.journal.seq(page[len(page)-1])
	}
	return len(page) == f.app.page, f.out.write(mine)
}

func (f *follower[T]) done() bool { return f.limit > 0 && f.printed >= f.limit }

// mine are those asked for, up to the limit.
func (f *follower[T]) mine(page []T) []T {
	if f.account != "" {
		page = slices.DeleteFunc(slices.Clone(page), func(r T) bool { return f.journal.account(r) != f.account })
	}
	if f.limit > 0 {
		page = page[:min(len(page), f.limit-f.printed)]
	}
	return page
}

// stream writes records in several goes as if in one.
type stream[T any] struct {
	format format
	to     io.Writer
	table  *tabulator[T]
	begun  bool
}

func newStream[T any](f format, to io.Writer, columns []column) *stream[T] {
	return &stream[T]{format: f, to: to, table: newTabulator[T](columns)}
}

func (s *stream[T]) write(records []T) error {
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
