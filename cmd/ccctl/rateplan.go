package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newRatePlan(a *app) *cobra.Command { return ratePlans().command(a) }

func ratePlans() noun[billing.RatePlan] {
	return noun[billing.RatePlan]{
		word: "rate-plan", resource: "rate-plans", short: "Rate plans: rates, with percentages by time of week",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, ratePlans().ids)) }),
		id:     func(p billing.RatePlan) string { return p.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), text("RATES", "rates"), text("DECK", "deck"),
			text("SCHEDULE", "modifier_schedule"),
		},
		fixed:   []string{"name"},
		filters: []string{"provider", "deck"},
		examples: examples{
			add: `  ccctl rate-plan add retail --provider acme --rate world \
    --modifier-schedule 'Mon-Fri 08:00-18:00 120%; Sat,Sun 00:00-24:00 80%'
  ccctl rate-plan add wholesale --provider acme --deck carrier`,
			list: "  ccctl rate-plan list --provider acme",
			show: "  ccctl rate-plan show retail",
			set: `  ccctl rate-plan set retail --modifier-schedule 'Fri 22:00-06:00 50%'
  ccctl rate-plan set retail --modifier-schedule ''`,
			remove: "  ccctl rate-plan remove retail",
		},
	}
}
