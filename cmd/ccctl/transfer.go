package main

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/rs/xid"
	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

// transferOptions are the flags of balance transfer.
type transferOptions struct {
	all    bool
	reason string
	ref    string
}

func newBalanceTransfer(a *app) *cobra.Command {
	var o transferOptions
	c := &cobra.Command{
		Use: "transfer FROM TO [AMOUNT]", Short: "Move money from one account to another of the same provider",
		Long: `Move money from one account to another of the same provider: AMOUNT, or --all there is.
The offering of FROM must allow it (--allow-transfer); it may say that only the whole
balance is moved (--sweep-balance), and that FROM is blocked then
(--disable-after-transfer). What open calls hold, and what FROM may borrow, stays. The
two ledger entries name each other. Every request has an ID (--ref): sent again under
the same ID, it is booked once, and the entries that stand are shown.`,
		Example: `  ccctl balance transfer 1000001 1000002 5.00 --reason 'asked for by phone'
  ccctl balance transfer 1000001 1000002 --all --reason 'card lost' --ref ticket-4711`,
		Args: arguments("FROM", "TO", "[AMOUNT]"), ValidArgsFunction: firstTwo(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("ref") {
				o.ref = xid.New().String()
			}
			return o.run(cmd, a, args)
		},
	}
	c.Flags().BoolVar(&o.all, "all", false, "move all there is, instead of AMOUNT")
	c.Flags().StringVar(&o.reason, "reason", "", "why the money is moved; it stands in both ledgers")
	c.Flags().StringVar(&o.ref, "ref", "", "the request's own ID (one is made if left out)")
	must(c.MarkFlagRequired("reason"))
	complete(c, "reason", cobra.NoFileCompletions)
	complete(c, "ref", cobra.NoFileCompletions)
	c.SetFlagErrorFunc(negativeAmount)
	return c
}

func (o transferOptions) run(cmd *cobra.Command, a *app, args []string) error {
	t := wire.NewTransfer{To: args[1], Reason: o.reason, Ref: o.ref}
	switch {
	case o.all == (len(args) == 3):
		return usagef("give either AMOUNT or --all")
	case o.ref == "":
		return usagef("--ref is empty: give the request an ID of its own, or leave the flag out")
	case !o.all:
		m, err := billing.ParseMoney(args[2])
		if err != nil {
			return usagef("AMOUNT: %v", err)
		}
		t.Amount = &m
	}
	var done billing.Transferred
	err := a.do(cmd.Context(), http.MethodPost, at("accounts", args[0], "transfers"), t, &done)
	var broken *url.Error
	if errors.As(err, &broken) {
		return hint(err, "it may be booked: repeat the command with --ref %s, and it is booked once", o.ref)
	}
	if err != nil {
		return err
	}
	return list(a, cmd, []billing.LedgerEntry{done.Out, done.In}, []column{
		text("ACCOUNT", "account"), text("KIND", "kind"), amount("AMOUNT", "amount"), amount("AFTER", "after"),
		text("OTHER", "other"), text("REF", "ref"), text("REASON", "reason"),
	})
}
