package main

import (
	"context"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"cccp/billing"
)

// newestRecords is how many records cdr list shows unless told otherwise.
const newestRecords = 20

func newCDR(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "cdr", Short: "Call detail records: list, show the last, follow",
		Long: `One record is kept of every leg of every call: the caller's A leg (inbound) and the
B leg that he pays for (outbound). Records are numbered without gaps; reading on after
the last number seen misses nothing.`,
		Example: `  ccctl cdr list --account 1000001
  ccctl cdr follow -o json`,
	}, newCDRList(a), newCDRLast(a), newCDRFollow(a))
}

// cdrColumns keep a width of their own, so that followed records stay aligned.
func cdrColumns() []column {
	return []column{
		amount("SEQ", "seq").wide(6), text("STARTED (UTC)", "started").wide(19), text("LEG", "direction"),
		text("ACCOUNT", "account").wide(10),
		text("FROM", "from").wide(13), text("TO", "to").wide(13), text("TRUNK", "trunk").wide(8),
		amount("ANSWERED (ms)", "answered_ms"), amount("BILLED (s)", "billed_s"),
		amount("CHARGE", "charge").wide(9), amount("COST", "cost").wide(9), text("CURRENCY", "currency"),
		text("RESULT", "result"), text("REASON", "reason").wide(16), text("JOB", "job"),
	}
}

// cdrListOptions are the flags of cdr list.
type cdrListOptions struct {
	account string
	after   uint64
	limit   int
}

func newCDRList(a *app) *cobra.Command {
	o := cdrListOptions{limit: newestRecords}
	c := &cobra.Command{
		Use: "list", Short: "List records, oldest first: the newest 20, or those after a number",
		Example: `  ccctl cdr list
  ccctl cdr list --account 1000001 --limit 100
  ccctl cdr list --after 0 --limit 0 -o csv >cdrs.csv   # every record`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := o.read(cmd.Context(), a, cmd.Flags().Changed("after"))
			if err != nil {
				return err
			}
			return list(a, cmd, records, cdrColumns())
		},
	}
	c.Flags().StringVar(&o.account, "account", "", "only records of this account")
	c.Flags().Var(wholeFlag(&o.after), "after", "begin after this sequence number")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most records shown; 0 is no limit")
	complete(c, "account", asked(a, accounts().ids))
	return c
}

func newCDRLast(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "last ACCOUNT", Short: "Show the record of an account's last call",
		Example: `  ccctl cdr last 1000001
  ccctl cdr last 1000001 -o json`,
		Args: arguments("ACCOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			last, err := get[billing.CDR](cmd.Context(), a, at("accounts", args[0], "last-call"))
			if err != nil {
				return err
			}
			return show(a, cmd, last)
		},
	}
}

func (o cdrListOptions) read(ctx context.Context, a *app, begin bool) ([]billing.CDR, error) {
	switch {
	case begin || o.limit == 0:
		return o.onwards(ctx, a)
	case o.limit > a.page:
		return nil, usagef("--limit %d: give at most %d, or --after 0 to begin with the first record", o.limit, a.page)
	}
	query := url.Values{"newest": {"true"}, "limit": {strconv.Itoa(o.limit)}}
	return readCDRs(ctx, a, o.account, query)
}

// onwards reads from a sequence number on, page by page.
func (o cdrListOptions) onwards(ctx context.Context, a *app) (all []billing.CDR, err error) {
	for {
		size := a.page
		if o.limit > 0 {
			size = min(size, o.limit-len(all))
		}
		page, err := cdrsAfter(ctx, a, o.account, o.after, size)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < size || len(all) == o.limit {
			return all, nil
		}
		o.after = page[len(page)-1].Seq
	}
}

func cdrsAfter(ctx context.Context, a *app, account string, after uint64, limit int) ([]billing.CDR, error) {
	query := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}}
	return readCDRs(ctx, a, account, query)
}

func readCDRs(ctx context.Context, a *app, account string, query url.Values) ([]billing.CDR, error) {
	if account != "" {
		query.Set("account", account)
	}
	return get[[]billing.CDR](ctx, a, at("cdrs")+"?"+query.Encode())
}
