package main

import (
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
	o := auditOptions{limit: newestRecords}
	c := &cobra.Command{
		Use: "audit", Short: "Who did what, when, to which record: the newest last",
		Long: `Every change an administrator makes is kept for ever, with the record as it was and as it
became (-o json shows them). Entries are chained to each other: ccctl ledger verify finds
out if one was changed or taken out.`,
		Example: "  ccctl audit\n  ccctl audit --actor bob --since 2027-01-01\n  ccctl audit --kind account --id 1000001 -o json",
		Args:    arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, a) },
	}
	c.Flags().StringVar(&o.actor, "actor", "", "only what this administrator did")
	c.Flags().StringVar(&o.kind, "kind", "", "only what was done to this kind of record, such as account")
	c.Flags().StringVar(&o.id, "id", "", "only what was done to the record of this ID")
	c.Flags().Var(&o.since, "since", "only what was done from this moment on")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most entries shown")
	complete(c, "actor", asked(a, admins().ids))
	return c
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
