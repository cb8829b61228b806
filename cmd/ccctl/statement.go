package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
)

// dayFlag is a flag for a date or a time, as it was typed: ccd knows in whose time zone a
// date begins.
type dayFlag struct{ text string }

// Set refuses what is neither.
func (d *dayFlag) Set(s string) error {
	_, dateErr := time.Parse(time.DateOnly, s)
	_, timeErr := time.Parse(time.RFC3339, s)
	if dateErr != nil && timeErr != nil {
		return errors.New("give a date such as 2030-12-31, or a time such as 2030-12-31T18:00:00Z")
	}
	d.text = s
	return nil
}

// String is the text as it was typed.
func (d *dayFlag) String() string { return d.text }

// Type is what usage calls the flag's value.
func (d *dayFlag) Type() string { return "date" }

// statementOptions are the flags of statement.
type statementOptions struct{ from, to dayFlag }

func newStatement(a *app) *cobra.Command {
	var o statementOptions
	c := &cobra.Command{
		Use: "statement ACCOUNT", Short: "Show what became of an account's money, with its calls",
		Long: `Show what became of an account's money: its balance at the beginning, what was added and
taken with the calls that was for, and its balance at the end. A date begins at midnight
in the time zone of the account's provider; --to is the first moment that is not part of
the statement any more. As CSV there are the entries alone.`,
		Example: `  ccctl statement 1000001
  ccctl statement 1000001 --from 2026-03-01 --to 2026-04-01 -o json`,
		Args: arguments("ACCOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0]) },
	}
	c.Flags().Var(&o.from, "from", "first moment, or date; from the beginning if left out")
	c.Flags().Var(&o.to, "to", "moment, or date, before which it ends; now if left out")
	complete(c, "from", cobra.NoFileCompletions)
	complete(c, "to", cobra.NoFileCompletions)
	return c
}

func (o statementOptions) run(cmd *cobra.Command, a *app, account string) error {
	query := url.Values{"from": {o.from.text}, "to": {o.to.text}}
	st, err := get[billing.Statement](cmd.Context(), a, at("accounts", account, "statement")+"?"+query.Encode())
	if err != nil {
		return err
	}
	switch a.format {
	case table:
		return writeStatement(cmd.OutOrStdout(), st)
	case asCSV:
		return list(a, cmd, st.Entries, nil)
	}
	return show(a, cmd, st)
}

// statementRow is a line of a statement as people read it.
type statementRow struct {
	At      string        `json:"at"`
	Kind    string        `json:"kind"`
	With    string        `json:"with"` // the number called, or the other account
	Talked  string        `json:"talked"`
	BilledS int64         `json:"billed_s,omitempty"`
	Amount  billing.Money `json:"amount"`
	Balance billing.Money `json:"balance"`
	Reason  string        `json:"reason"`
}

func writeStatement(w io.Writer, st billing.Statement) error {
	zone, err := time.LoadLocation(st.TimeZone)
	if err != nil {
		zone, st.TimeZone = time.UTC, time.UTC.String()
	}
	bound := func(at time.Time, none string) string {
		if at.IsZero() {
			return none
		}
		return at.In(zone).Format(time.DateTime)
	}
	fmt.Fprintf(w, "account %s of %s, %s, from %s to %s (%s)\n\n",
		st.Account, st.Provider, st.Currency, bound(st.From, "the beginning"), bound(st.To, "now"), st.TimeZone)
	rows, balance := make([]statementRow, len(st.Entries)), st.Opening
	for i, e := range st.Entries {
		balance += e.Amount
		rows[i] = statementRow{
			At: e.At.In(zone).Format(time.DateTime), Kind: string(e.Kind), With: with(e), Talked: talked(e),
			BilledS: e.BilledS, Amount: e.Amount, Balance: balance, Reason: e.Reason,
		}
	}
	t := newTabulator[statementRow]([]column{
		text("AT", "at"), text("KIND", "kind"), text("WITH", "with"), amount("TALKED", "talked"),
		amount("BILLED (s)", "billed_s"),
		amount("AMOUNT", "amount"), amount("BALANCE", "balance"), text("REASON", "reason"),
	})
	if err := t.write(w, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nopening %s  in %s  out %s  closing %s\n", st.Opening, st.In, st.Out, st.Closing)
	return err
}

// with is the number that was called, or the account at the other end of a transfer.
func with(e billing.StatementEntry) string {
	if e.To != "" {
		return e.To.E164()
	}
	return e.Other
}

// talked is how long a call lasted, in minutes and seconds.
func talked(e billing.StatementEntry) string {
	if e.Kind != billing.Charge {
		return ""
	}
	s := e.AnsweredMS / 1000
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
