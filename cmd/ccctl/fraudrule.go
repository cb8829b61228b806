package main

import (
	"github.com/spf13/cobra"

	"cccp/routing"
)

func newFraudRule(a *app) *cobra.Command {
	c := fraudRules().command(a)
	c.Long = `Fraud rules watch how fast accounts call: calls within a minute, calls at the same time,
minutes talked on a day (UTC). Each is counted per account, over the numbers the rule
covers; every leg that is dialled counts, so a callback is two. A warning changes nothing
for the caller. A call that would pass a maximum is refused, talk time ends with the
minutes there may be, and with --block-account the account is blocked. --deny refuses
every call to the prefixes. What happened is told by ccctl alert list.`
	return c
}

func fraudRules() noun[routing.FraudRule] {
	return noun[routing.FraudRule]{
		word: "fraud-rule", resource: "fraud-rules", short: "Fraud rules: how fast accounts may call, and where never",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, fraudRules().ids)) }),
		id:     func(r routing.FraudRule) string { return r.Name },
		columns: []column{
			text("NAME", "name"), text("PROVIDER", "provider"), text("OFFERING", "offering"),
			text("PREFIXES", "prefixes"),
			amount("CALLS/MIN", "max_calls_per_minute"), amount("AT ONCE", "max_concurrent"),
			amount("MIN/DAY", "max_minutes_per_day"),
			amount("LONGEST (s)", "max_call_seconds"), text("DENY", "deny"), text("BLOCKS", "block_account"),
			text("INACTIVE", "inactive"),
		},
		fixed:   []string{"name"},
		filters: []string{"provider", "offering"},
		examples: examples{
			add: `  ccctl fraud-rule add pace --warn-calls-per-minute 5 --max-calls-per-minute 10
  ccctl fraud-rule add premium --prefix 1900 --prefix 1976 --deny --block-account
  ccctl fraud-rule add caribbean --offering standard --prefix 1876 \
    --max-minutes-per-day 30 --max-call-seconds 600`,
			list: "  ccctl fraud-rule list",
			show: "  ccctl fraud-rule show pace",
			set: `  ccctl fraud-rule set pace --max-calls-per-minute 20
  ccctl fraud-rule set pace --inactive`,
			remove: "  ccctl fraud-rule remove pace",
		},
	}
}
