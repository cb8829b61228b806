package main

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"cccp/staff"
)

// auditOptions are the flags of audit.
type auditOptions struct {
	actor, kind, id string
	since           momentFlag
	limit           int
}

func newAudit(a *app) *cobra.Command {
	c := newAuditList(a)
	c.Use, c.Short = "audit", "Who did what, when, to which record: the newest last"
	c.Long = `Every change an administrator makes is kept for ever, with the record as it was and as it
became: ccctl audit show SEQ tells both. Entries are chained to each other: ccctl ledger
verify finds out if one was changed or taken out. ccctl audit alone lists, too.`
	c.Example = `  ccctl audit list --actor bob --since 2027-01-01
  ccctl audit list --kind account --id 1000001 -o json
  ccctl audit show 17`
	c.AddCommand(newAuditList(a), newAuditShow(a))
	return c
}

// newAuditList is ccctl audit list, which ccctl audit alone is, too.
func newAuditList(a *app) *cobra.Command {
	o := auditOptions{limit: newestRecords}
	c := &cobra.Command{
		Use: "list", Short: "List who did what: the newest last",
		Example: `  ccctl audit list
  ccctl audit list --kind account --id 1000001 -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, a) },
	}
	c.Flags().StringVar(&o.actor, "actor", "", "only what this administrator did")
	c.Flags().StringVar(&o.kind, "kind", "", "only what was done to this kind of record, such as account")
	c.Flags().StringVar(&o.id, "id", "", "only what was done to the record of this ID")
	c.Flags().Var(&o.since, "since", "only what was done from this moment on")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most entries shown")
	complete(c, "actor", asked(a, admins().ids))
	complete(c, "kind", fixed(auditKinds()...))
	complete(c, "id", cobra.NoFileCompletions)
	return c
}

// auditKinds are the audit log's names for kinds of records.
func auditKinds() []string {
	return []string{
		"access", "account", "admin", "balance", "bundle", "call", "callback", "calling-service", "credential", "disa",
		"fraud-rule", "group", "lockout", "named-rate", "offering", "provider", "rate", "rate-plan",
		"speed-dial", "trunk", "voucher",
	}
}

func newAuditShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show SEQ", Short: "Show one entry, with the record as it was and as it became",
		Example: `  ccctl audit show 17
  ccctl audit show 17 -o yaml`,
		Args: arguments("SEQ"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || seq == 0 {
				return usagef("%q is no number of an entry: give one that ccctl audit lists", args[0])
			}
			query := url.Values{"after": {strconv.FormatUint(seq-1, 10)}, "limit": {"1"}}
			entries, err := get[[]staff.Entry](cmd.Context(), a, at("audit")+"?"+query.Encode())
			if err == nil && (len(entries) == 0 || entries[0].Seq != seq) {
				err = fmt.Errorf("audit entry %d: not found: see ccctl audit", seq)
			}
			if err != nil {
				return err
			}
			return show(a, cmd, entries[0])
		},
	}
}

func (o auditOptions) run(cmd *cobra.Command, a *app) error {
	if o.limit < 1 || o.limit > a.page {
		return usagef("--limit %d: give 1 to %d", o.limit, a.page)
	}
	query := url.Values{"newest": {"true"}, "limit": {strconv.Itoa(o.limit)}}
	for name, value := range map[string]string{"actor": o.actor, "kind": o.kind, "id": o.id} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if !o.since.at.IsZero() {
		query.Set("since", o.since.at.Format(time.RFC3339Nano))
	}
	entries, err := get[[]staff.Entry](cmd.Context(), a, at("audit")+"?"+query.Encode())
	if err != nil {
		return err
	}
	return list(a, cmd, entries, []column{
		amount("SEQ", "seq"), text("AT (UTC)", "at"), text("ACTOR", "actor"), text("BY", "by"),
		text("ACTION", "action"), text("KIND", "kind"), text("ID", "id"),
	})
}
