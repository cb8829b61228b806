package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newOffering(a *app) *cobra.Command { return offerings().command(a) }

func offerings() noun[billing.Offering] {
	return noun[billing.Offering]{
		word: "offering", resource: "offerings", short: "Product offerings: the rules cards are sold under",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, offerings().ids)) }),
		id:     func(o billing.Offering) string { return o.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), text("DECK", "deck"),
			text("CALLING SERVICES", "calling_services"), text("BUNDLES", "bundles"),
			text("ALLOWED COUNTRIES", "allowed_countries"),
			text("SAYS BALANCE", "announce_balance"), text("SAYS TALK TIME", "announce_talk_time"),
		},
		fixed:   []string{"name"},
		filters: []string{"provider", "deck"},
		choices: choices{
			"routing":           {"priority", "least_cost"},
			"carrier_selection": {"none", "preferred", "required"},
			"nature_of_carrier": {"national", "international"},
		},
		examples: examples{
			add: `  ccctl offering add standard --provider acme --deck retail --announce-talk-time
  ccctl offering add world --provider acme --deck retail --allowed-country '*'
  ccctl offering add card --provider acme --calling-service retail --bundle weekend`,
			list: `  ccctl offering list
  ccctl offering list --provider acme -o csv`,
			show: "  ccctl offering show standard -o yaml",
			set: `  ccctl offering set standard --allowed-country US --allowed-country RU
  ccctl offering set standard --announce-balance=false
  ccctl offering set standard --constraint 'block:^\+1900' --constraint 'block:^\+1876'
  ccctl offering set standard --routing least_cost --carrier-selection preferred --carrier-digits 288`,
			remove: "  ccctl offering remove standard",
		},
	}
}
