package main

import (
	"slices"

	"github.com/spf13/cobra"

	"cccp/internal/phone"
	"cccp/routing"
)

func newTrunk(a *app) *cobra.Command { return trunks().command(a) }

// forms are the words for how numbers are signalled.
func forms() (words []string) {
	for _, f := range phone.Forms() {
		words = append(words, string(f))
	}
	return words
}

// outgoingForms are the forms in which numbers leave.
func outgoingForms() []string {
	return slices.DeleteFunc(forms(), func(f string) bool { return f == string(phone.Auto) })
}

func trunks() noun[routing.Trunk] {
	return noun[routing.Trunk]{
		word: "trunk", resource: "trunks", short: "Trunks: where calls leave",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, trunks().ids)) }),
		id:     func(t routing.Trunk) string { return t.Name },
		columns: []column{
			text("NAME", "name"), text("ENDPOINT", "endpoint"), amount("PRIORITY", "priority"),
			amount("MAX CALLS", "max_concurrent_calls"), amount("CALLS/S", "calls_per_second"),
			text("CARRIER", "carrier_digits"),
			text("DECK", "deck"), text("CURRENCY", "currency"), text("INACTIVE", "inactive"),
		},
		fixed: []string{"name", "carrier_selection"},
		choices: choices{
			"nature_of_carrier": {"national", "international"},
			"called_form":       outgoingForms(), "caller_form": outgoingForms(), "signalled_form": forms(),
		},
		examples: examples{
			add: `  ccctl trunk add carrier --endpoint 'PJSIP/{number}@carrier'
  ccctl trunk add backup --endpoint 'PJSIP/{e164}@backup' --priority 2 --max-concurrent-calls 30
  ccctl trunk add cheap --endpoint 'PJSIP/{number}@cheap' --deck cheap-buy --currency USD \
    --calls-per-second 5 --nature-of-carrier national --carrier-digits 288
  ccctl trunk add british --endpoint 'PJSIP/{number}@british' --country GB --called-form national \
    --caller-form national --signalled-form e164`,
			list: "  ccctl trunk list",
			show: "  ccctl trunk show carrier",
			set: `  ccctl trunk set carrier --inactive
  ccctl trunk set carrier --inactive=false --max-concurrent-calls 100`,
			remove: "  ccctl trunk remove carrier",
		},
	}
}
