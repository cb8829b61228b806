package main

import (
	"reflect"

	"github.com/spf13/cobra"

	"cccp/billing"
)

func newDISA(a *app) *cobra.Command {
	c := disas().command(a)
	c.Long = `DISAs are ways in from a dialplan of your own: Stasis(cccp,disa,NAME) asks for the PIN of
that name and takes calls at its account's expense, under its account's rules. The PIN
is kept as a keyed hash only. It is the DISA's own: no other PIN opens it, and it opens
nothing else.`
	return c
}

func disas() noun[billing.DISA] {
	return noun[billing.DISA]{
		word: "disa", resource: "disas", short: "DISAs: ways in from a dialplan of your own, with a PIN each",
		naming: named("NAME", "name", func(a *app) cobra.CompletionFunc { return first(asked(a, disas().ids)) }),
		id:     func(d billing.DISA) string { return d.Name },
		columns: []column{
			text("NAME", "name"), text("ACCOUNT", "account"), amount("PIN (digits)", "pin_digits"),
			amount("TRIES", "tries"),
			text("OWN CALLER ID", "own_caller_id"), text("UNMETERED", "unmetered"),
		},
		fixed: []string{"name", "pin_hash", "key_id", "pin_digits"},
		more: []leaf{
			secret("pin", "PIN that opens it"),
			{
				name: "pin_digits", flag: "pin-digits", doc: "PIN length asked; that of the PIN if not given",
				optional: true, kind: reflect.TypeFor[int](),
			},
		},
		filters: []string{"account"},
		examples: examples{
			add: `  ccctl disa add front-desk --account 1000001 --pin 1506747290
  ccctl disa add night --account 1000001 --pin - --tries 2 --unmetered <pin.txt`,
			list: "  ccctl disa list --account 1000001",
			show: "  ccctl disa show front-desk",
			set: `  ccctl disa set front-desk --own-caller-id
  ccctl disa set front-desk --pin - <pin.txt`,
			remove: "  ccctl disa remove front-desk",
		},
	}
}
