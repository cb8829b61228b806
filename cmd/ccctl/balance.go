package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/xid"
	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/wire"
)

func newBalance(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "balance", Short: "Balances: show, credit, debit and transfer",
		Example: `  ccctl balance show 1000001
  ccctl balance credit 1000001 10.00 --reason 'sold over the counter'`,
	}, newBalanceShow(a), newBalanceBook(a, billing.Credit), newBalanceBook(a, billing.Debit), newBalanceTransfer(a))
}

// money is a balance, and the part of it a new call may use.
type money struct {
	billing.Balance
	Available billing.Money `json:"available"`
}

func newBalanceShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show ACCOUNT", Short: "Show an account's balance, and what calls in progress hold of it",
		Example: `  ccctl balance show 1000001
  ccctl balance show 1000001 -o json`,
		Args: arguments("ACCOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := get[billing.Balance](cmd.Context(), a, at("accounts", args[0], "balance"))
			if err != nil {
				return err
			}
			return show(a, cmd, money{b, b.Available()})
		},
	}
}

// bookOptions are the flags of balance credit and debit.
type bookOptions struct {
	kind   billing.LedgerKind
	reason string
	ref    string
}

func newBalanceBook(a *app, kind billing.LedgerKind) *cobra.Command {
	o := bookOptions{kind: kind}
	verb, short := string(kind), "Put money on an account"
	if kind == billing.Debit {
		short = "Take money from an account: never more than is available"
	}
	c := &cobra.Command{
		Use: verb + " ACCOUNT AMOUNT", Short: short,
		Long: short + `. AMOUNT is a decimal in the account's currency, with at
most 6 places. Every request has an ID (--ref): sent again under the same ID, it is
booked once, and the entry that stands is shown.`,
		Example: fmt.Sprintf(`  ccctl balance %[1]s 1000001 10.00 --reason 'order 4711'
  ccctl balance %[1]s 1000001 10.00 --reason 'order 4711' --ref %[1]s-4711`, verb),
		Args: arguments("ACCOUNT", "AMOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("ref") {
				o.ref = xid.New().String()
			}
			return o.run(cmd, a, args[0], args[1])
		},
	}
	c.Flags().StringVar(&o.reason, "reason", "", "why the balance changes; it stands in the ledger")
	c.Flags().StringVar(&o.ref, "ref", "", "the request's own ID (one is made if left out)")
	must(c.MarkFlagRequired("reason"))
	complete(c, "reason", cobra.NoFileCompletions)
	complete(c, "ref", cobra.NoFileCompletions)
	c.SetFlagErrorFunc(negativeAmount)
	return c
}

// negativeAmount explains why -5 is not an amount: it reads like flags.
func negativeAmount(cmd *cobra.Command, err error) error {
	var unknown interface{ GetSpecifiedShortnames() string }
	if !errors.As(err, &unknown) {
		return flagError(cmd, err)
	}
	typed := unknown.GetSpecifiedShortnames()
	if typed == "" || strings.Trim(typed, "0123456789.") != "" {
		return flagError(cmd, err)
	}
	return usagef("-%s is no amount: amounts are more than 0; use ccctl balance credit to add, debit to take", typed)
}

func (o bookOptions) run(cmd *cobra.Command, a *app, account, amount string) error {
	m, err := billing.ParseMoney(amount)
	if err != nil {
		return usagef("AMOUNT: %v", err)
	}
	if o.ref == "" {
		return usagef("--ref is empty: give the request an ID of its own, or leave the flag out")
	}
	var booked billing.LedgerEntry
	order := wire.NewEntry{Kind: o.kind, Amount: m, Reason: o.reason, Ref: o.ref}
	err = a.do(cmd.Context(), http.MethodPost, at("accounts", account, "entries"), order, &booked)
	var broken *url.Error
	if errors.As(err, &broken) {
		return hint(err, "the entry may be booked: repeat the command with --ref %s, and it is booked once", o.ref)
	}
	if err != nil {
		return err
	}
	return show(a, cmd, booked)
}
