package main

import (
	"strings"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newAccess(a *app) *cobra.Command {
	c := accessNumbers().command(a)
	c.Long = `Access numbers are the DIDs callers dial to reach us. A number is either dialthrough
(the caller is recognised, dials on and is connected) or callback (the call is never
answered; the caller is called back), never both. A number may be given in the
provider's national form or with +; it is kept as E.164 digits.`
	return c
}

func accessNumbers() noun[billing.AccessNumber] {
	n := noun[billing.AccessNumber]{
		word: "access", resource: "access-numbers", short: "Access numbers: what callers dial to reach us",
		naming: named("NUMBER", "number", func(a *app) cobra.CompletionFunc {
			return first(asked(a, accessNumbers().ids))
		}),
		id: func(r billing.AccessNumber) string { return string(r.Number) },
		columns: []column{
			text("NUMBER", "number"), text("KIND", "kind"), text("PROVIDER", "provider"), text("OFFERING", "offering"),
			text("ANSWER", "answer"), amount("PIN (digits)", "pin_digits"),
		},
		fixed:   []string{"number"},
		filters: []string{"kind", "provider", "offering"},
		choices: choices{
			"kind":           {string(billing.Dialthrough), string(billing.Callback)},
			"signalled_form": forms(),
			"answer":         {string(billing.AnswerFirst), string(billing.AnswerAfterAuth)},
		},
		examples: examples{
			add: `  ccctl access add +15141115555 --kind dialthrough --provider acme --pin-digits 10
  ccctl access add +15142223333 --kind callback --provider acme --offering standard`,
			list: `  ccctl access list
  ccctl access list --kind callback`,
			show: "  ccctl access show +15141115555",
			set: `  ccctl access set +15141115555 --answer after_auth
  ccctl access set +15141115555 --offering ''   # open to every offering
  ccctl access set +15141115555 --languages en,fr,es --dial-tone`,
			remove: "  ccctl access remove +15141115555",
		},
	}
	n.naming.find = func(_ *cobra.Command, _ *app, args []string) (string, error) {
		return strings.TrimPrefix(args[0], "+"), nil
	}
	return n
}
