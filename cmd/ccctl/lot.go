package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/jobs"
)

func newLot(a *app) *cobra.Command {
	n := lots()
	return group(&cobra.Command{
		Use: n.word, Short: n.short,
		Long: `A lot is cards that were generated together: numbered one after the other, each with a PIN
that cannot be guessed. Print them from ccctl export lots --lot NAME --with-pins, upload
them when they are printed, and activate them when they are sold.`,
		Example: `  ccctl lot generate spring --offering standard --count 1000 --balance 5.00
  ccctl export lots --lot spring --with-pins --file print.csv
  ccctl lot upload spring
  ccctl lot activate spring --from 10000001 --to 10000100`,
	}, newLotGenerate(a), n.list(a), n.show(a), n.remove(a), n.archive(a),
		newLotStatus(a, "upload", billing.Uploaded, "Say that the cards of a lot are printed"),
		newLotStatus(a, "activate", billing.Activated, "Let the cards of a lot call"),
		newLotStatus(a, "block", billing.Blocked, "Keep the cards of a lot from calling"))
}

func lots() noun[billing.Lot] {
	return noun[billing.Lot]{
		word: "lot", resource: "lots", short: "Lots: cards that are generated together",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, lots().ids)) }),
		id:     func(l billing.Lot) string { return l.Name },
		columns: []column{
			text("LOT", "name"), text("PROVIDER", "provider"), text("OFFERING", "offering"), text("FIRST", "first"),
			amount("CARDS", "count"), amount("MADE", "made"), amount("PIN (digits)", "pin_digits"),
			amount("BALANCE", "balance"),
		},
		filters: []string{"provider", "offering"},
		examples: examples{
			list:   "  ccctl lot list --provider acme",
			show:   "  ccctl lot show spring",
			remove: "  ccctl lot remove spring",
		},
	}
}

// lotGenerateOptions are the flags of lot generate.
type lotGenerateOptions struct {
	waitOptions
	offering, provider, first, balance string
	count, pinDigits                   int
}

func newLotGenerate(a *app) *cobra.Command {
	var o lotGenerateOptions
	c := &cobra.Command{
		Use: "generate NAME", Short: "Generate a lot of cards, in the background",
		Long: `Generate a lot of cards, in the background. Their numbers follow each other and have 8 to
14 digits; their PINs are drawn at random, every one of the length with the same
probability, and none is given out twice.`,
		Example: `  ccctl lot generate spring --offering standard --count 1000
  ccctl lot generate vip --offering gold --count 50 --first 7700000001 --pin-digits 16 --balance 100.00`,
		Args: arguments("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0]) },
	}
	o.addFlags(c)
	flags := c.Flags()
	flags.StringVar(&o.offering, "offering", "", "offering the cards are sold under")
	flags.StringVar(&o.provider, "provider", "", "provider the cards belong to; the offering's if left out")
	flags.Var(wholeFlag(&o.count), "count", "how many cards")
	flags.StringVar(&o.first, "first", "", "number of the first card; after the last lot's if left out")
	flags.Var(wholeFlag(&o.pinDigits), "pin-digits", "digits of a PIN; 12 if left out")
	flags.StringVar(&o.balance, "balance", "", "money on each card")
	must(c.MarkFlagRequired("offering"))
	must(c.MarkFlagRequired("count"))
	complete(c, "offering", asked(a, offerings().ids))
	complete(c, "provider", asked(a, providers().ids))
	for _, name := range []string{"count", "first", "pin-digits", "balance"} {
		complete(c, name, cobra.NoFileCompletions)
	}
	return c
}

func (o lotGenerateOptions) run(cmd *cobra.Command, a *app, name string) error {
	fields := map[string]any{"name": name, "offering": o.offering, "count": o.count}
	for field, value := range map[string]string{"provider": o.provider, "first": o.first, "balance": o.balance} {
		if value != "" {
			fields[field] = value
		}
	}
	if o.pinDigits != 0 {
		fields["pin_digits"] = o.pinDigits
	}
	var j jobs.Bulk
	err := a.do(cmd.Context(), http.MethodPost, at("lots"), fields, &j)
	if errors.Is(err, billing.ErrExists) {
		return hint(err, "ccctl lot list shows which numbers are taken")
	}
	if err != nil {
		return err
	}
	return o.follow(cmd, a, j)
}

// lotStatusOptions are the flags of upload, activate and block.
type lotStatusOptions struct {
	waitOptions
	from, to string
}

func newLotStatus(a *app, verb string, to billing.Status, short string) *cobra.Command {
	var o lotStatusOptions
	c := &cobra.Command{
		Use: verb + " NAME", Short: short,
		Long: short + `. A card goes from generated to uploaded, activated and
blocked, and back from blocked to activated; others are left as they are and reported.`,
		Example: fmt.Sprintf(`  ccctl lot %[1]s spring
  ccctl lot %[1]s spring --from 10000001 --to 10000100`, verb),
		Args: arguments("NAME"), ValidArgsFunction: first(asked(a, lots().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var j jobs.Bulk
			fields := map[string]any{"status": to, "from": o.from, "to": o.to}
			if err := a.do(cmd.Context(), http.MethodPost, at("lots", args[0], "status"), fields, &j); err != nil {
				return err
			}
			return o.follow(cmd, a, j)
		},
	}
	o.addFlags(c)
	c.Flags().StringVar(&o.from, "from", "", "number of the first card; the lot's if left out")
	c.Flags().StringVar(&o.to, "to", "", "number of the last card; the lot's if left out")
	complete(c, "from", cobra.NoFileCompletions)
	complete(c, "to", cobra.NoFileCompletions)
	return c
}
