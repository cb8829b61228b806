package main

import (
	"context"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"cccp/routing"
)

// newestAlerts is how many alerts alert list shows unless told otherwise.
const newestAlerts = 20

func newAlert(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "alert", Short: "Alerts of fraud rules: list, follow",
		Long: `An alert is raised when an account reaches the warning level of a fraud rule, and when a
call would pass a maximum or goes to a denied number: once for each rule, account, level
and measure within a minute (calls per minute), a day (minutes per day) or an hour. ACTION
is what was done: noted, refused (the call) or blocked (the account).`,
		Example: `  ccctl alert list
  ccctl alert follow -o json`,
	}, newAlertList(a), newAlertFollow(a))
}

func alertJournal() journal[routing.Alert] {
	return journal[routing.Alert]{
		resource: "alerts",
		columns: []column{
			amount("SEQ", "seq").wide(6), text("AT (UTC)", "at").wide(19), text("LEVEL", "level").wide(8),
			text("RULE", "rule").wide(10),
			text("MEASURE", "measure").wide(16), amount("VALUE", "value"), amount("LIMIT", "limit"),
			text("ACCOUNT", "account").wide(10),
			text("TO", "to").wide(13), text("ACTION", "action").wide(7), text("LEG", "leg"),
		},
		seq: func(a routing.Alert) uint64 { return a.Seq }, account: func(a routing.Alert) string { return a.Account },
	}
}

// alertListOptions are the flags of alert list.
type alertListOptions struct {
	after uint64
	limit int
}

func newAlertList(a *app) *cobra.Command {
	o := alertListOptions{limit: newestAlerts}
	c := &cobra.Command{
		Use: "list", Short: "List alerts, oldest first: the newest 20, or those after a number",
		Example: `  ccctl alert list
  ccctl alert list --after 0 --limit 0 -o csv >alerts.csv   # every alert`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			alerts, err := o.read(cmd.Context(), a, cmd.Flags().Changed("after"))
			if err != nil {
				return err
			}
			return list(a, cmd, alerts, alertJournal().columns)
		},
	}
	c.Flags().Var(wholeFlag(&o.after), "after", "begin after this sequence number")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most alerts shown; 0 is no limit")
	return c
}

func (o alertListOptions) read(ctx context.Context, a *app, begin bool) (all []routing.Alert, err error) {
	if !begin && o.limit > 0 && o.limit <= a.page {
		query := url.Values{"newest": {"true"}, "limit": {strconv.Itoa(o.limit)}}
		return get[[]routing.Alert](ctx, a, at("alerts")+"?"+query.Encode())
	}
	for {
		page, err := alertJournal().after(ctx, a, o.after)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if o.limit > 0 && len(all) >= o.limit {
			return all[:o.limit], nil
		}
		if len(page) < a.page {
			return all, nil
		}
		o.after = page[len(page)-1].Seq
	}
}

func newAlertFollow(a *app) *cobra.Command {
	c := newFollow(a, alertJournal())
	c.Short = "Print alerts as they are raised, until Ctrl-C"
	c.Long = `Print alerts as they are raised, until Ctrl-C. Alerts are asked for by sequence number, so
none is missed and none shown twice, even when ccd is restarted meanwhile. JSON is one
object a line.`
	c.Example = `  ccctl alert follow
  ccctl alert follow --account 1000001 -o json`
	return c
}
