package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newRate(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "rate", Short: "Rate decks: what calls cost",
		Long: `A rate deck is a CSV file of prefixes; the longest prefix of a number that has a rate
when the call begins prices it. The columns are found by name, in any order; an empty
field is one left out:

  prefix             digits, required
  rate_per_minute    required, at most 12 decimal places
  name               what the destination is called
  connect_fee        per answered call, 0 if left out
  increment_s        seconds of each further block, 1 if left out
  first_increment_s  seconds of the tier's first block, increment_s if left out
  from_s             the call's second the row's tier begins at, 0 if left out
  max_cost           the most a call costs, connection fee included; none if left out or 0
  max_cost_action    free: one talks on unpaid (if left out), or disconnect: the call is
                     cut before it costs more
  effective          when the rate begins to hold: RFC 3339 or a date, always if left out
  end                when it holds no more, never if left out

Rows of one prefix with the same dates are the tiers of one price: a tier begins where a
block of the one before it ends, and name, fee and maximum cost stand in the row with
from_s 0. A prefix may have several prices, one after the other; in between, the next
shorter prefix prices the number.

An import replaces the deck as a whole, in one step: a call under way keeps the price
it began with, and a file with a mistake changes nothing.`,
		Example: `  ccctl rate import retail retail.csv
  ccctl rate list retail --prefix 1514
  ccctl rate quote --deck retail.csv --to +15149072508 --seconds 60,61`,
	}, newRateImport(a), newRateList(a), newRateRemove(a), newRateQuote(a))
}

func newRateImport(a *app) *cobra.Command {
	var currency string
	c := &cobra.Command{
		Use: "import DECK FILE|-", Short: "Make a CSV file the rates of a deck",
		Long: `Make a CSV file the rates of a deck, all at once: those of before hold until it is read
and checked. ccctl rate --help tells its columns.

A deck has one currency: what --currency says, or else that of the first offering, rate plan
or trunk that uses it. What is in another currency cannot use it.`,
		Example: `  ccctl rate import retail retail.csv
  ccctl rate import retail retail.csv --currency USD
  ccctl rate list retail -o csv | ccctl rate import copy -`,
		Args: arguments("DECK", "FILE (or - for standard input)"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return asked(a, deckNames)(cmd, args, typed)
			}
			return []string{"csv"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := openDeck(cmd, args[1])
			if err != nil {
				return err
			}
			defer file.Close()
			var deck billing.RateDeck
			path := at("decks", args[0])
			if currency != "" {
				path += "?" + url.Values{"currency": {currency}}.Encode()
			}
			if err := a.do(cmd.Context(), http.MethodPut, path, io.Reader(file), &deck); err != nil {
				return err
			}
			return show(a, cmd, deck)
		},
	}
	c.Flags().StringVar(&currency, "currency", "", "ISO 4217 currency of the prices; as before if not given")
	return c
}

// openDeck opens a file, or standard input for "-".
func openDeck(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open rate deck: %w", err)
	}
	return file, nil
}

// rateListOptions are the flags of rate list.
type rateListOptions struct{ prefix string }

func newRateList(a *app) *cobra.Command {
	var o rateListOptions
	c := &cobra.Command{
		Use: "list [DECK]", Short: "List the decks, or the rates of one",
		Example: `  ccctl rate list
  ccctl rate list retail --prefix 49
  ccctl rate list retail -o csv >retail.csv`,
		Args: arguments("[DECK]"), ValidArgsFunction: first(asked(a, deckNames)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return o.rates(cmd, a, args[0])
			}
			if o.prefix != "" {
				return usagef("--prefix needs a deck: ccctl rate list DECK --prefix %s", o.prefix)
			}
			return o.decks(cmd, a)
		},
	}
	c.Flags().StringVar(&o.prefix, "prefix", "", "only prefixes that begin with these digits")
	complete(c, "prefix", cobra.NoFileCompletions)
	return c
}

func (o rateListOptions) decks(cmd *cobra.Command, a *app) error {
	decks, err := get[[]billing.RateDeck](cmd.Context(), a, at("decks"))
	if err != nil {
		return err
	}
	return list(a, cmd, decks, []column{
		text("DECK", "name"), amount("VERSION", "version"), amount("PREFIXES", "prefixes"),
		text("IMPORTED (UTC)", "imported"), text("CURRENCY", "currency"),
	})
}

func (o rateListOptions) rates(cmd *cobra.Command, a *app, deck string) error {
	rates, err := o.under(cmd.Context(), a, deck, o.prefix)
	if err != nil {
		return err
	}
	if a.format == asJSON || a.format == asYAML {
		return list(a, cmd, rates, nil)
	}
	rows := rateRows(rates)
	return list(a, cmd, rows, rateColumns(rows))
}

// rateColumns are the columns of a table of rates: those most decks leave empty only
// where there is something to show.
func rateColumns(rows []rateRow) []column {
	columns := []column{
		text("PREFIX", "prefix"), text("NAME", "name"), amount("FEE", "connect_fee"),
		amount("RATE (per min)", "rate_per_minute"),
		amount("FIRST (s)", "first_increment_s"), amount("THEN (s)", "increment_s"),
	}
	for _, rare := range []struct {
		column column
		used   func(rateRow) bool
	}{
		{amount("FROM (s)", "from_s"), func(r rateRow) bool { return r.FromS > 0 }},
		{amount("AT MOST", "max_cost"), func(r rateRow) bool { return r.MaxCost != nil }},
		{text("AND THEN", "max_cost_action"), func(r rateRow) bool { return r.MaxCost != nil }},
		{text("EFFECTIVE (UTC)", "effective"), func(r rateRow) bool { return !r.Effective.IsZero() }},
		{text("END (UTC)", "end"), func(r rateRow) bool { return !r.End.IsZero() }},
	} {
		if slices.ContainsFunc(rows, rare.used) {
			columns = append(columns, rare.column)
		}
	}
	return columns
}

// under lists the rates below a prefix, digit by digit where one answer cannot hold
// them all.
func (o rateListOptions) under(ctx context.Context, a *app, deck, prefix string) ([]billing.Rate, error) {
	query := url.Values{"prefix": {prefix}, "limit": {strconv.Itoa(a.page)}}
	rates, err := get[[]billing.Rate](ctx, a, at("decks", deck, "rates")+"?"+query.Encode())
	if err != nil || len(rates) < a.page {
		return rates, err
	}
	whole := 0 // the shortest sorts first, and its rates fit into a page
	for whole < len(rates) && rates[whole].Prefix == prefix {
		whole++
	}
	rates = rates[:whole]
	for digit := range 10 {
		more, err := o.under(ctx, a, deck, prefix+strconv.Itoa(digit))
		if err != nil {
			return nil, err
		}
		rates = append(rates, more...)
	}
	return rates, nil
}

// rateRow is a tier of a rate as a deck file has it, column by column: one that is read
// again is the same rate. What belongs to the whole rate stands in its first row.
type rateRow struct {
	Prefix          string                `json:"prefix"`
	Name            string                `json:"name"`
	ConnectFee      *billing.Decimal      `json:"connect_fee"`
	RatePerMinute   billing.Decimal       `json:"rate_per_minute"`
	FirstIncrementS int64                 `json:"first_increment_s"`
	IncrementS      int64                 `json:"increment_s"`
	FromS           int64                 `json:"from_s"`
	MaxCost         *billing.Decimal      `json:"max_cost"`
	MaxCostAction   billing.MaxCostAction `json:"max_cost_action"`
	Effective       time.Time             `json:"effective"`
	End             time.Time             `json:"end"`
}

func rateRows(rates []billing.Rate) []rateRow {
	var rows []rateRow
	for _, r := range rates {
		for _, tier := range r.Tariff.Tiers {
			row := rateRow{
				Prefix: r.Prefix, Name: r.Tariff.Name, RatePerMinute: tier.RatePerMinute,
				FirstIncrementS: tier.FirstIncrementS, IncrementS: tier.IncrementS, FromS: tier.FromS,
				Effective: r.Effective, End: r.End,
			}
			if tier.FromS == 0 {
				row.ConnectFee = &r.Tariff.ConnectFee
			}
			if tier.FromS == 0 && r.Tariff.MaxCost > 0 {
				row.MaxCost, row.MaxCostAction = &r.Tariff.MaxCost, r.Tariff.MaxCostAction
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func newRateRemove(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: "remove DECK", Short: "Remove a deck that no offering uses", Example: "  ccctl rate remove retail",
		Args: arguments("DECK"), ValidArgsFunction: first(asked(a, deckNames)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, a, removal{"rate deck " + args[0], at("decks", args[0])})
		},
	}
	o.addFlags(c)
	return c
}

// deckNames lists the names of all decks, for completion.
func deckNames(ctx context.Context, a *app, _ string) []string {
	decks, err := get[[]billing.RateDeck](ctx, a, at("decks"))
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range decks {
		names = append(names, d.Name)
	}
	return names
}
