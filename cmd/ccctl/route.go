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
	offering, to string
	at           momentFlag
}

func newRouteExplain(a *app) *cobra.Command {
	var o routeOptions
	c := &cobra.Command{
		Use: "explain", Short: "Say in which order trunks are tried for a number, and why others are not",
		Long: `Say in which order trunks are tried for a call under an offering, and why others are
passed over: inactive, not_the_carrier (the offering requires another), no_buy_rate (the
trunk's deck does not price the number), other_currency and below_cost (the trunk costs
more than the caller pays). COST and PRICE are those of a minute, connection fees included.
A trunk without a deck has no cost: it takes any number.

How many calls the trunks have at present is not asked.`,
		Example: `  ccctl route explain --offering standard --to +15149072508
  ccctl route explain --offering standard --to 5149072508 --at 2027-01-01T00:00:00Z -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			routes, err := get[[]routing.Route](cmd.Context(), a, at("routes")+"?"+o.query().Encode())
			if err != nil {
				return err
			}
			return list(a, cmd, routes, []column{
				amount("TRIED", "place"), text("TRUNK", "trunk"), amount("PRIORITY", "priority"),
				text("DECK", "deck"), text("PREFIX", "prefix"),
				amount("COST", "cost"), amount("PRICE", "price"), text("CURRENCY", "currency"),
				text("PASSED OVER", "passed_over"),
			})
		},
	}
	c.Flags().StringVar(&o.offering, "offering", "", "offering the call is made under")
	c.Flags().StringVar(&o.to, "to", "", "number called: national, or international with +")
	c.Flags().Var(&o.at, "at", "when the call begins: RFC 3339, or a date; now if left out")
	must(c.MarkFlagRequired("offering"))
	must(c.MarkFlagRequired("to"))
	complete(c, "offering", asked(a, offerings().ids))
	return c
}

func (o routeOptions) query() url.Values {
	query := url.Values{"offering": {o.offering}, "to": {o.to}}
	if !o.at.at.IsZero() {
		query.Set("at", o.at.at.Format(time.RFC3339))
	}
	return query
}
