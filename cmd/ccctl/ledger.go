package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newLedger(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "ledger", Short: "The ledger: every change of every balance, and its proof",
		Example: `  ccctl ledger list 1000001
  ccctl ledger verify`,
	}, newLedgerList(a), newLedgerVerify(a))
}

// ledgerListOptions are the flags of ledger list.
type ledgerListOptions struct {
	after uint64
	limit int
}

func newLedgerList(a *app) *cobra.Command {
	var o ledgerListOptions
	c := &cobra.Command{
		Use: "list ACCOUNT", Short: "List an account's entries, oldest first",
		Example: `  ccctl ledger list 1000001
  ccctl ledger list 1000001 --after 100 --limit 50 -o csv`,
		Args: arguments("ACCOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			entries, err := o.read(cmd.Context(), a, args[0])
			if err != nil {
				return err
			}
			return list(a, cmd, entries, []column{
				amount("SEQ", "seq"), text("AT (UTC)", "at"), text("KIND", "kind"), amount("AMOUNT", "amount"),
				amount("BEFORE", "before"), amount("AFTER", "after"), text("ACTOR", "actor"),
				text("REF", "ref"), text("REASON", "reason"),
			})
		},
	}
	c.Flags().Var(wholeFlag(&o.after), "after", "begin after this entry")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most entries shown; 0 is no limit")
	return c
}

// read reads entries page by page.
func (o ledgerListOptions) read(ctx context.Context, a *app, account string) (all []billing.LedgerEntry, err error) {
	for {
		size := a.page
		if o.limit > 0 {
			size = min(size, o.limit-len(all))
		}
		query := url.Values{"after": {strconv.FormatUint(o.after, 10)}, "limit": {strconv.Itoa(size)}}
		page, err := get[[]billing.LedgerEntry](ctx, a, at("accounts", account, "ledger")+"?"+query.Encode())
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

func newLedgerVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Prove every balance, hold and counter, beside live calls",
		Long: `Prove, on one consistent snapshot and beside live calls, that every balance is the sum
of its entries, every held amount the sum of its calls in progress, and every charge
that of its record. What is wrong is listed, and the exit code is 1.`,
		Example: `  ccctl ledger verify
  ccctl ledger verify -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return verifyLedger(cmd, a) },
	}
}

func verifyLedger(cmd *cobra.Command, a *app) error {
	r, err := get[billing.Report](cmd.Context(), a, at("ledger", "verify"))
	if err != nil {
		return err
	}
	if a.format != table {
		if err := show(a, cmd, r); err != nil {
			return err
		}
	}
	for _, p := range r.Problems {
		a.say(cmd, "%s", printable(p))
	}
	if n := len(r.Problems); n > 0 {
		return hint(fmt.Errorf("ledger: NOT verified: %d problems in %d accounts, %d entries and %d cdrs",
			n, r.Accounts, r.Entries, r.CDRs),
			"stop ccd, keep a copy of its database, and compare with the last backup")
	}
	a.say(cmd, "ledger: verified accounts=%d entries=%d open=%d cdrs=%d balance=%s held=%s audited=%d",
		r.Accounts, r.Entries, r.Open, r.CDRs, r.Balance, r.Held, r.Audited)
	return nil
}
