package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newBundle(a *app) *cobra.Command {
	c := bundles().command(a)
	c.AddCommand(newBundleUsed(a))
	return c
}

func bundles() noun[billing.Bundle] {
	return noun[billing.Bundle]{
		word: "bundle", resource: "bundles", short: "Bundles: free minutes or calls in each period",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, bundles().ids)) }),
		id:     func(r billing.Bundle) string { return r.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), amount("FREE MINUTES", "free_minutes"),
			amount("FREE CALLS", "free_calls"), text("PERIOD", "period"), text("PREFIXES", "prefixes"),
		},
		fixed:   []string{"name", "series"},
		filters: []string{"provider"},
		choices: choices{"period": {
			string(billing.Daily), string(billing.Weekly), string(billing.Monthly), string(billing.Once),
		}},
		examples: examples{
			add: `  ccctl bundle add canada60 --provider acme --free-minutes 60 --period month \
    --prefix 1514 --prefix 1416
  ccctl offering set standard --bundle canada60`,
			list:   "  ccctl bundle list",
			show:   "  ccctl bundle show canada60",
			set:    "  ccctl bundle set canada60 --free-minutes 90",
			remove: "  ccctl bundle remove canada60",
		},
	}
}

func newBundleUsed(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "used ACCOUNT", Short: "Show what an account has had of its bundles in the present period",
		Example: "  ccctl bundle used 1000001",
		Args:    arguments("ACCOUNT"), ValidArgsFunction: first(asked(a, accounts().ids)),
		RunE: func(cmd *cobra.Command, args []string) error {
			uses, err := get[[]billing.BundleUse](cmd.Context(), a, at("accounts", args[0], "bundles"))
			if err != nil {
				return err
			}
			return list(a, cmd, uses, []column{
				text("BUNDLE", "bundle"), text("SINCE (UTC)", "since"), amount("USED (s)", "used_s"),
				amount("CALLS", "calls"),
				amount("HELD (s)", "held_s"), amount("HELD CALLS", "held_calls"),
			})
		},
	}
}
