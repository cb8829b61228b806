package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/internal/phone"
)

// quoteOptions are the flags of rate quote.
type quoteOptions struct {
	deck     string
	offering string
	account  string
	to       string
	callback string
	seconds  durations
	at       momentFlag
	balance  string
	// hasBalance says that --balance was given, be it 0.
	hasBalance bool
}

func newRateQuote(a *app) *cobra.Command {
	var o quoteOptions
	c := &cobra.Command{
		Use: "quote", Short: "Say what calls cost by a deck file or an offering",
		Long: `Say what calls of so many seconds to a number cost by a rate deck in a CSV file, and
with --balance how long the longest affordable call is. ccd is not asked: the answer
is what it would charge with that deck for a call that begins now, or --at a moment. The
longest prefix of the number that has a rate then wins; where none has, there is no rate
and the exit code is 1. ccctl rate --help has the columns of a deck.

With --offering ccd is asked what it charges under an offering, by its deck or its calling
services. With --account the answer is what that account's caller would get: its promotion,
or the reason it would be refused for. With --callback-to both legs of a callback are priced:
LEG A to the caller, B to the number called.

JSON is an array with one element for each duration:
  seconds, billed_seconds, cost (exact decimal), prefix, and with --balance
  max_seconds: 0 when not even the first block is affordable, null when nothing is
  too long. A max_cost that disconnects bounds it however high the balance.
  Of an offering also leg (with --callback-to), deck, deck_version, service, plan, and modifiers: percentages
  that hold while the call lasts, from a moment each.`,
		Example: `  ccctl rate quote --deck retail.csv --to +15149072508 --seconds 60
  ccctl rate quote --deck retail.csv --to 74951234567 --seconds 0,1,60,61 --balance 10.00 -o json
  ccctl rate quote --deck retail.csv --to +15149072508 --seconds 60 --at 2027-01-01T00:00:00Z
  ccctl rate quote --offering standard --to +15149072508 --seconds 60 --account 1000001
  ccctl rate quote --offering standard --account 1000001 --callback-to +15149072509 --to +15149072508 --seconds 60`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.hasBalance = cmd.Flags().Changed("balance")
			if cmd.Flags().Changed("offering") {
				return o.ask(cmd, a)
			}
			return o.run(cmd, a)
		},
	}
	c.Flags().StringVar(&o.deck, "deck", "", "rate deck: a CSV file, or - for standard input")
	c.Flags().StringVar(&o.offering, "offering", "", "ask ccd what calls cost under this offering")
	c.Flags().StringVar(&o.account, "account", "", "account that calls, with --offering")
	c.Flags().StringVar(&o.callback, "callback-to", "", "number the account is called back at, with --account")
	c.Flags().StringVar(&o.to, "to", "", "E.164 number called, with or without +")
	c.Flags().Var(&o.seconds, "seconds", "answered durations, separated by commas")
	c.Flags().Var(&o.at, "at", "when the call begins: RFC 3339, or a date; now if left out")
	c.Flags().StringVar(&o.balance, "balance", "", "also say the longest call this amount pays for")
	for _, required := range []string{"to", "seconds"} {
		must(c.MarkFlagRequired(required))
	}
	c.MarkFlagsOneRequired("deck", "offering")
	c.MarkFlagsMutuallyExclusive("deck", "offering")
	c.MarkFlagsMutuallyExclusive("deck", "account")
	c.MarkFlagsMutuallyExclusive("deck", "callback-to")
	complete(c, "offering", asked(a, offerings().ids))
	complete(c, "account", asked(a, accounts().ids))
	must(c.MarkFlagFilename("deck", "csv"))
	return c
}

func (o quoteOptions) run(cmd *cobra.Command, a *app) error {
	number, err := o.number()
	if err != nil {
		return err
	}
	balance, err := o.amount()
	if err != nil {
		return err
	}
	tariff, err := o.tariff(cmd, number)
	if err != nil {
		return err
	}
	return list(a, cmd, tariff.Quotes(o.seconds, balance), o.columns())
}

func (o quoteOptions) columns() []column {
	columns := []column{
		amount("CALL (s)", "seconds"), amount("BILLED (s)", "billed_seconds"), amount("COST", "cost"),
		text("PREFIX", "prefix"),
	}
	if o.hasBalance {
		columns = append(columns, amount("LONGEST (s)", "max_seconds"))
	}
	return columns
}

// number is the digits of --to. They need not be assigned to anybody.
func (o quoteOptions) number() (string, error) {
	digits := strings.TrimPrefix(o.to, "+")
	if digits == "" || len(digits) > phone.MaxDigits || strings.Trim(digits, "0123456789") != "" {
		return "", usagef("--to %q: give an E.164 number of up to %d digits, such as +15149072508",
			o.to, phone.MaxDigits)
	}
	return digits, nil
}

// amount is --balance, or nil.
func (o quoteOptions) amount() (*billing.Money, error) {
	if !o.hasBalance {
		return nil, nil
	}
	m, err := billing.ParseMoney(o.balance)
	if err != nil {
		return nil, usagef("--balance: %v", err)
	}
	return &m, nil
}

// tariff is the deck's tariff for a number.
func (o quoteOptions) tariff(cmd *cobra.Command, number string) (billing.Tariff, error) {
	file, err := openDeck(cmd, o.deck)
	if err != nil {
		return billing.Tariff{}, err
	}
	defer file.Close()
	rates, err := billing.ReadDeckCSV(file)
	if err != nil {
		return billing.Tariff{}, fmt.Errorf("%s: %w", o.deck, err)
	}
	deck, err := billing.CompileDeck(o.deck, 0, rates)
	if err != nil {
		return billing.Tariff{}, fmt.Errorf("%s: %w", o.deck, err)
	}
	at := o.at.at
	if at.IsZero() {
		at = time.Now()
	}
	tariff, ok := deck.Match(number, at)
	if !ok {
		moment := at.UTC().Format(time.RFC3339)
		return tariff, hint(fmt.Errorf("no rate for +%s in %s at %s", number, o.deck, moment),
			"add a row whose prefix begins that number and whose dates hold then")
	}
	return tariff, nil
}
