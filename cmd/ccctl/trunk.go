package main

import (
	"github.com/spf13/cobra"

	"cccp/routing"
)

func newTrunk(a *app) *cobra.Command { return trunks().command(a) }

func trunks() noun[routing.Trunk] {
	return noun[routing.Trunk]{
		word: "trunk", resource: "trunks", short: "Trunks: where calls leave",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, trunks().ids)) }),
		id:     func(t routing.Trunk) string { return t.Name },
		columns: []column{
			text("NAME", "name"), text("ENDPOINT", "endpoint"), amount("PRIORITY", "priority"),
			amount("MAX CALLS", "max_concurrent_calls"), text("INACTIVE", "inactive"),
		},
		fixed: []string{"name"},
		examples: examples{
			add: `  ccctl trunk add carrier --endpoint 'PJSIP/{number}@carrier'
  ccctl trunk add backup --endpoint 'PJSIP/{e164}@backup' --priority 2 --max-concurrent-calls 30`,
			list:   "  ccctl trunk list",
			show:   "  ccctl trunk show carrier",
			set:    "  ccctl trunk set carrier --inactive\n  ccctl trunk set carrier --inactive=false --max-concurrent-calls 100",
			remove: "  ccctl trunk remove carrier",
		},
	}
}
