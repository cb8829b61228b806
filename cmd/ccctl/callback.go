package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cccp/jobs"
	"cccp/wire"
)

func newCallback(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "callback", Short: "Callbacks: order, list, hurry, cancel",
		Long: `A callback calls somebody at an account's expense and connects them: to the number they
ask for, or to one given beforehand. Callers order one by ringing a callback access
number; ccctl callback add does it for them.`,
		Example: `  ccctl callback add --account 1000001 --to +15149072508 --then +78122404700
  ccctl callback list --state waiting`,
	}, newCallbackList(a), newCallbackShow(a), newCallbackAdd(a), newCallbackCancel(a), newCallbackNow(a))
}

// callbackListOptions are the flags of callback list.
type callbackListOptions struct {
	states  []string
	account string
	limit   int
}

func newCallbackList(a *app) *cobra.Command {
	o := callbackListOptions{limit: newestRecords}
	c := &cobra.Command{
		Use: "list", Short: "List the newest callbacks, oldest first",
		Example: `  ccctl callback list
  ccctl callback list --state waiting,running
  ccctl callback list --account 1000001 --limit 0 -o csv`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := o.read(cmd.Context(), a)
			if err != nil {
				return err
			}
			return list(a, cmd, records, []column{
				text("ID", "id"), text("STATE", "state"), text("DUE (UTC)", "due"), text("TO", "key"),
				text("ACCOUNT", "account"),
				amount("ATTEMPT", "attempt"), amount("OF", "tries"), text("OUTCOME", "outcome"),
				text("ORDERED BY", "actor"),
			})
		},
	}
	c.Flags().StringSliceVar(&o.states, "state", nil, "only those waiting, running, done, failed or cancelled")
	c.Flags().StringVar(&o.account, "account", "", "only those of this account")
	c.Flags().Var(wholeFlag(&o.limit), "limit", "most callbacks shown; 0 is no limit")
	complete(c, "state", fixed(jobStates()...))
	complete(c, "account", asked(a, accounts().ids))
	return c
}

func jobStates() (states []string) {
	for _, s := range jobs.States() {
		states = append(states, string(s))
	}
	return states
}

func (o callbackListOptions) read(ctx context.Context, a *app) ([]jobs.Job, error) {
	if o.limit > a.page {
		return nil, usagef("--limit %d: give at most %d, or 0 for all", o.limit, a.page)
	}
	query := url.Values{}
	if len(o.states) > 0 {
		query.Set("state", strings.Join(o.states, ","))
	}
	if o.account != "" {
		query.Set("account", o.account)
	}
	if o.limit > 0 {
		query.Set("newest", "true")
		query.Set("limit", strconv.Itoa(o.limit))
		return get[[]jobs.Job](ctx, a, at("callbacks")+"?"+query.Encode())
	}
	return pagesWith(ctx, a, at("callbacks"), query, func(j jobs.Job) string { return j.ID })
}

func newCallbackShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one callback", Example: "  ccctl callback show d0n1kqs5v0cqb3k7e1pg",
		Args: arguments("ID"), ValidArgsFunction: first(asked(a, callbackIDs(""))),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showCallback(cmd, a, http.MethodGet, at("callbacks", args[0]), nil)
		},
	}
}

// showCallback sends a request that is answered with a callback.
func showCallback(cmd *cobra.Command, a *app, method, path string, in any) error {
	var j jobs.Job
	if err := a.do(cmd.Context(), method, path, in, &j); err != nil {
		return err
	}
	return show(a, cmd, j)
}

func newCallbackAdd(a *app) *cobra.Command {
	var o wire.CallbackOrder
	var delay time.Duration
	c := &cobra.Command{
		Use: "add", Short: "Call somebody, and connect them to another number",
		Long: `Call somebody at an account's expense. Once they answer they hear --media, if given, and
are connected to --then, or asked for a destination. Both legs are rated and charged.`,
		Example: `  ccctl callback add --account 1000001 --to +15149072508
  ccctl callback add --account 1000001 --to +15149072508 --then +78122404700 --media hello-world --delay 10s`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if delay < 0 || delay%time.Second != 0 {
				return usagef("--delay %s: give whole seconds, 0s or more", delay)
			}
			o.DelayS = int(delay / time.Second)
			return showCallback(cmd, a, http.MethodPost, at("callbacks"), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.Account, "account", "", "account that pays")
	flags.StringVar(&o.To, "to", "", "number called first")
	flags.StringVar(&o.Then, "then", "", "number called once they answer; they are asked if it is left out")
	flags.StringVar(&o.Media, "media", "", "sound they hear first, as Asterisk names it, such as hello-world")
	flags.DurationVar(&delay, "delay", 0, "time to wait before calling, such as 10s")
	must(c.MarkFlagRequired("account"))
	must(c.MarkFlagRequired("to"))
	complete(c, "account", asked(a, accounts().ids))
	for _, name := range []string{"to", "then", "media", "delay"} {
		complete(c, name, cobra.NoFileCompletions)
	}
	return c
}

func newCallbackCancel(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: "cancel ID", Short: "Cancel a callback that waits",
		Example: "  ccctl callback cancel d0n1kqs5v0cqb3k7e1pg",
		Args:    arguments("ID"), ValidArgsFunction: first(asked(a, callbackIDs(jobs.Waiting))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.confirm(cmd, "Cancel callback "+args[0]); err != nil {
				return err
			}
			return showCallback(cmd, a, http.MethodDelete, at("callbacks", args[0]), nil)
		},
	}
	o.addFlags(c)
	return c
}

func newCallbackNow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "now ID", Short: "Call at once: do not wait for the delay, or for the next try",
		Example: "  ccctl callback now d0n1kqs5v0cqb3k7e1pg",
		Args:    arguments("ID"), ValidArgsFunction: first(asked(a, callbackIDs(jobs.Waiting))),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showCallback(cmd, a, http.MethodPost, at("callbacks", args[0], "now"), nil)
		},
	}
}

// callbackIDs completes the newest callbacks in a state, or in any where it is empty.
func callbackIDs(state jobs.State) names {
	return func(ctx context.Context, a *app, _ string) (ids []string) {
		query := url.Values{"newest": {"true"}, "limit": {strconv.Itoa(maxSuggestions)}}
		if state != "" {
			query.Set("state", string(state))
		}
		list, err := get[[]jobs.Job](ctx, a, at("callbacks")+"?"+query.Encode())
		if err != nil {
			return nil
		}
		for _, j := range list {
			ids = append(ids, cobra.CompletionWithDesc(j.ID, "to "+j.Key+", "+string(j.State)))
		}
		return ids
	}
}
