package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"cccp/routing"
)

func newRoute(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "route", Short: "Routes: by which trunks a call would leave",
		Example: "  ccctl route explain --offering standard --to +15149072508",
	}, newRouteExplain(a))
}

// routeOptions are the flags of route explain.
type routeOptions struct {
	offering, account, to, callback string
	at                              momentFlag
}

func newRouteExplain(a *app) *cobra.Command {
	var o routeOptions
	c := &cobra.Command{
		Use: "explain", Short: "Say in which order trunks are tried for a number, and why others are not",
		Long: `Say in which order trunks are tried for a call under an offering or of an account, and why
others are passed over: inactive, not_the_carrier (the offering requires another), no_buy_rate (the
trunk's deck does not price the number), other_currency and below_cost (the trunk costs
more than the caller pays). COST and PRICE are those of a minute, connection fees included.
A trunk without a deck has no cost: it takes any number.

The number is checked as callers' numbers are, in the same order. A call that would be refused
is refused here with the same reason, such as country_not_allowed or no_rate; with --account
also where the account may not call, or has too little money. With --callback-to both legs of a
callback are told of: LEG A to the caller, B to the number called.

How many calls the trunks and the account have at present is not asked.`,
		Example: `  ccctl route explain --offering standard --to +15149072508
  ccctl route explain --account 1000001 --to +15149072508 --callback-to +15149072509
  ccctl route explain --offering standard --to 5149072508 --at 2027-01-01T00:00:00Z -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			routes, err := get[[]routing.Route](cmd.Context(), a, at("routes")+"?"+o.query().Encode())
			if err != nil {
				return err
			}
			columns := []column{
				amount("TRIED", "place"), text("TRUNK", "trunk"), amount("PRIORITY", "priority"),
				text("DECK", "deck"), text("PREFIX", "prefix"),
				amount("COST", "cost"), amount("PRICE", "price"), text("CURRENCY", "currency"),
				text("PASSED OVER", "passed_over"),
			}
			if o.callback != "" {
				columns = append([]column{text("LEG", "leg")}, columns...)
			}
			return list(a, cmd, routes, columns)
		},
	}
	c.Flags().StringVar(&o.offering, "offering", "", "offering the call is made under")
	c.Flags().StringVar(&o.to, "to", "", "number called: national, or international with +")
	c.Flags().Var(&o.at, "at", "when the call begins: RFC 3339, or a date; now if left out")
	c.Flags().StringVar(&o.account, "account", "", "account that calls; its own offering if none is given")
	c.Flags().StringVar(&o.callback, "callback-to", "", "number the caller is called back at")
	c.MarkFlagsOneRequired("offering", "account")
	must(c.MarkFlagRequired("to"))
	complete(c, "offering", asked(a, offerings().ids))
	complete(c, "account", asked(a, accounts().ids))
	return c
}

func (o routeOptions) query() url.Values {
	query := url.Values{"to": {o.to}}
	for name, given := range map[string]string{
		"offering": o.offering, "account": o.account, "callback_to": o.callback,
	} {
		if given != "" {
			query.Set(name, given)
		}
	}
	if !o.at.at.IsZero() {
		query.Set("at", o.at.at.Format(time.RFC3339))
	}
	return query
}
