package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
)

func newCCCP(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "cccp", Short: "CCCP records: what Kazoo's calling card module knows, in its own words",
		Long: `CCCP is the calling card callback platform of Kazoo. Its records are credentials here: a
CCCP account is a provider, a CCCP user is an account, a caller_id record (cid) an ani
and a pin record a pin. Whatever is done here shows in ccctl credential, and the other
way round. ccctl cccp import takes over everything Kazoo has, in one step.`,
		Example: `  ccctl cccp add --account acme --user 1000001 --cid +15149072508 --outbound-cid +15149072511
  ccctl cccp import cccps.json system_config.json --provider acme --country CA \
    --currency USD --offering standard --deck retail
  ccctl cccp export --with-pins >cccps.json`,
	}, newCCCPAdd(a), newCCCPList(a), newCCCPShow(a), newCCCPRemove(a), newCCCPImport(a), newCCCPExport(a))
}

func newCCCPAdd(a *app) *cobra.Command {
	var n documents.NewRecord
	c := &cobra.Command{
		Use: "add", Short: "Add a record, and its user if need be",
		Long: `Add a record to a CCCP user (our account) of a CCCP account (our provider). A user that
does not exist is added, sold under the provider's only offering or --offering, with a
balance of zero: ccctl balance credit.`,
		Example: `  ccctl cccp add --account acme --user 1000001 --cid +15149072508 --outbound-cid +15149072511
  ccctl cccp add --account acme --user 1000001 --pin 1506747290 --outbound-cid +15149072511 --retain-cid
  ccctl cccp add --account acme --user 1000002 --pin - --offering standard --inactive <pin.txt`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if n.PIN == "-" {
				if n.PIN, err = readSecret(cmd.InOrStdin(), "PIN"); err != nil {
					return err
				}
			}
			var added documents.Record
			if err := a.do(cmd.Context(), http.MethodPost, at("cccps"), n, &added); err != nil {
				return err
			}
			return show(a, cmd, added)
		},
	}
	flags := c.Flags()
	flags.StringVar(&n.Account, "account", "", "CCCP account: our provider")
	flags.StringVar(&n.User, "user", "", "CCCP user: our account, added if it does not exist")
	flags.StringVar(&n.PIN, "pin", "", "PIN of 10 digits or more, or - to read it from standard input")
	flags.StringVar(&n.CID, "cid", "", "number the caller calls from")
	flags.StringVar(&n.OutboundCID, "outbound-cid", "", "number its calls show, where the provider owns it")
	flags.BoolVar(&n.RetainCID, "retain-cid", false, "show the caller's own number instead, with a Diversion")
	flags.BoolVar(&n.Inactive, "inactive", false, "keep it, but do not accept it")
	flags.Var(wholeFlag(&n.MaxConcurrentCalls), "max-concurrent-calls", "calls at the same time; 0 is no limit")
	flags.StringVar(&n.Offering, "offering", "",
		"offering a new user is sold under; the provider's only one if left out")
	must(c.MarkFlagRequired("account"))
	must(c.MarkFlagRequired("user"))
	c.MarkFlagsOneRequired("pin", "cid")
	c.MarkFlagsMutuallyExclusive("pin", "cid")
	complete(c, "account", asked(a, providers().ids))
	complete(c, "user", asked(a, accounts().ids))
	complete(c, "offering", asked(a, offerings().ids))
	for _, name := range []string{"pin", "cid", "outbound-cid", "max-concurrent-calls"} {
		complete(c, name, cobra.NoFileCompletions)
	}
	return c
}

func newCCCPList(a *app) *cobra.Command {
	var account, user string
	c := &cobra.Command{
		Use: "list", Short: "List every record",
		Example: `  ccctl cccp list
  ccctl cccp list --account acme -o csv`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{"account": {account}, "user": {user}}
			id := func(r documents.Record) string { return r.ID }
			records, err := pagesWith(cmd.Context(), a, at("cccps"), query, id)
			if err != nil {
				return err
			}
			return list(a, cmd, records, []column{
				text("ACCOUNT", "account"), text("USER", "user"), text("KIND", "kind"), text("NUMBER", "cid"),
				text("OUTBOUND CID", "outbound_cid"), text("RETAIN", "retain_cid"), text("ACTIVE", "active"),
				text("ID", "id"),
			})
		},
	}
	c.Flags().StringVar(&account, "account", "", "only those of this CCCP account")
	c.Flags().StringVar(&user, "user", "", "only those of this CCCP user")
	complete(c, "account", asked(a, providers().ids))
	complete(c, "user", asked(a, accounts().ids))
	return c
}

// cccpName names one record: by cid, by PIN, or as lists show it.
type cccpName struct{ cid, pin string }

func (n *cccpName) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&n.cid, "cid", "", "record of this number")
	c.Flags().StringVar(&n.pin, "pin", "", "record of this PIN, or - to read it from standard input")
	complete(c, "cid", cobra.NoFileCompletions)
	complete(c, "pin", cobra.NoFileCompletions)
}

// find is the record's ID. The hash of a PIN is known to ccd alone.
func (n *cccpName) find(cmd *cobra.Command, a *app, args []string) (id string, err error) {
	given := len(args)
	for _, v := range []string{n.cid, n.pin} {
		if v != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return "", usagef("give one of --cid NUMBER, --pin PIN and ID, as ccctl cccp list shows it")
	case n.pin == "-":
		if n.pin, err = readSecret(cmd.InOrStdin(), "PIN"); err != nil {
			return "", err
		}
	case len(args) == 1:
		return args[0], nil
	}
	asked := map[string]string{"kind": string(billing.PIN), "value": n.pin}
	if n.cid != "" {
		asked = map[string]string{"kind": string(billing.ANI), "value": n.cid}
	}
	var found billing.Credential
	err = a.do(cmd.Context(), http.MethodPost, at("credentials", "find"), asked, &found)
	return credentials().id(found), hint(err, "ccctl cccp list shows all, cids as international numbers")
}

func newCCCPShow(a *app) *cobra.Command {
	var n cccpName
	c := &cobra.Command{
		Use: "show [ID]", Short: "Show one record",
		Example: `  ccctl cccp show --cid +15149072508
  ccctl cccp show --pin 1506747290
  ccctl cccp show ani:15149072508`,
		Args: arguments("[ID]"), ValidArgsFunction: first(asked(a, cccpIDs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := n.find(cmd, a, args)
			if err != nil {
				return err
			}
			r, err := get[documents.Record](cmd.Context(), a, at("cccps", id))
			if err != nil {
				return err
			}
			return show(a, cmd, r)
		},
	}
	n.addFlags(c)
	return c
}

func newCCCPRemove(a *app) *cobra.Command {
	var n cccpName
	var o removeOptions
	c := &cobra.Command{
		Use: "remove [ID]", Short: "Remove one record; its user stays",
		Example: `  ccctl cccp remove --cid +15149072508
  ccctl cccp remove --pin - <pin.txt
  ccctl cccp remove ani:15149072508`,
		Args: arguments("[ID]"), ValidArgsFunction: first(asked(a, cccpIDs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := n.find(cmd, a, args)
			if err != nil {
				return err
			}
			return o.run(cmd, a, removal{"record " + id, at("cccps", id)})
		},
	}
	n.addFlags(c)
	o.addFlags(c)
	return c
}

// cccpIDs completes records.
func cccpIDs(ctx context.Context, a *app, typed string) (ids []string) {
	query := url.Values{"after": {before(typed)}, "limit": {strconv.Itoa(maxSuggestions)}}
	records, err := get[[]documents.Record](ctx, a, at("cccps")+"?"+query.Encode())
	if err != nil {
		return nil
	}
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}
