package main

import (
	"github.com/spf13/cobra"

	"cccp/billing"
)

func newAccount(a *app) *cobra.Command { return accounts().command(a) }

func accounts() noun[billing.Account] {
	return noun[billing.Account]{
		word: "account", resource: "accounts", short: "Accounts: one prepaid balance each",
		naming: named("ID", "id", func(a *app) cobra.CompletionFunc { return first(asked(a, accounts().ids)) }),
		id:     func(r billing.Account) string { return r.ID },
		columns: []column{
			text("ACCOUNT", "id"), text("PROVIDER", "provider"), text("OFFERING", "offering"), text("STATUS", "status"),
			amount("CREDIT LIMIT", "credit_limit"), amount("MAX CALLS", "max_concurrent_calls"),
		},
		fixed:   []string{"id", "lot", "activated_at", "first_authenticated", "first_charged"}, // kept by ccd
		filled:  []string{"provider"},
		filters: []string{"provider", "offering", "lot", "status"},
		choices: choices{"status": {
			string(billing.Generated), string(billing.Uploaded), string(billing.Activated),
			string(billing.Blocked), string(billing.Empty), string(billing.Expired),
		}},
		examples: examples{
			add: `  ccctl account add 1000001 --offering standard
  ccctl account add 1000002 --offering standard --max-concurrent-calls 1 --status generated`,
			list: `  ccctl account list
  ccctl account list --status blocked -o json`,
			show: "  ccctl account show 1000001",
			set: `  ccctl account set 1000001 --status blocked
  ccctl account set 1000001 --constraint 'require:^\+1514' --phone-me +15149072508 --language fr`,
			remove: "  ccctl account remove 1000001",
		},
	}
}
