package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newGroup(a *app) *cobra.Command { return groups().command(a) }

func groups() noun[billing.Group] {
	return noun[billing.Group]{
		word: "group", resource: "groups", short: "Groups: accounts that are credited once a month",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, groups().ids)) }),
		id:     func(r billing.Group) string { return r.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), amount("AMOUNT", "amount"), text("FIRST DAY", "day"),
			amount("CREDITS", "count"), amount("DONE", "done"), text("NEXT", "next"), text("MEMBERS", "members"),
		},
		fixed:   []string{"name", "done", "skipped", "next", "series"},
		filters: []string{"provider"},
		examples: examples{
			add: `  ccctl group add family --provider acme --amount 5.00 --day 2027-01-31 --count 12 \
    --member 1000001 --member 1000002`,
			list:   "  ccctl group list",
			show:   "  ccctl group show family",
			set:    "  ccctl group set family --count 24",
			remove: "  ccctl group remove family",
		},
	}
}
