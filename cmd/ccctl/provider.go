package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newProvider(a *app) *cobra.Command { return providers().command(a) }

func providers() noun[billing.Provider] {
	return noun[billing.Provider]{
		word: "provider", resource: "providers", short: "Service providers: whose numbers, country and currency",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, providers().ids)) }),
		id:     func(p billing.Provider) string { return p.Name },
		columns: []column{
			text("NAME", "name"), text("COUNTRY", "country"), text("CURRENCY", "currency"),
			amount("MIN PIN (digits)", "min_pin_digits"), text("DEFAULT CALLER ID", "default_caller_id"),
			text("OWNED NUMBERS", "owned_numbers"),
		},
		fixed:   []string{"name"},
		filters: []string{"country", "currency"},
		examples: examples{
			add: `  ccctl provider add acme --country CA --currency USD \
    --owned-number +15149072511 --default-caller-id +15140000000`,
			list: `  ccctl provider list
  ccctl provider list --currency USD -o json`,
			show: "  ccctl provider show acme",
			set: `  ccctl provider set acme --min-pin-digits 8
  ccctl provider set acme --owned-number +15149072511 --owned-number +15149072512`,
			remove: "  ccctl provider remove acme",
		},
	}
}
