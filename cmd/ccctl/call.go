package main

import (
	"context"
	"net/http"

	"cccp/wire"

	"github.com/spf13/cobra"
)

func newCall(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "call", Short: "Calls in progress: list, hang up",
		Example: `  ccctl call list
  ccctl call hangup d0n1kqs5v0cqb3k7e1pg`,
	}, newCallList(a), newCallHangup(a))
}

func newCallList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who is on the line",
		Example: `  ccctl call list
  ccctl call list -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			calls, err := get[[]wire.Call](cmd.Context(), a, at("calls"))
			if err != nil {
				return err
			}
			return list(a, cmd, calls, []column{
				text("VISIT", "visit"), text("SINCE (UTC)", "since"), text("FROM", "ani"),
				text("DIALLED", "dialled"), text("ENTRY", "entry"),
				text("ACCOUNT", "account"), text("TO", "to"), text("TRUNK", "trunk"),
				text("ANSWERED (UTC)", "answered"),
				amount("GRANTED (s)", "granted_s"), amount("HELD", "held"), text("JOB", "job"),
			})
		},
	}
}

func newCallHangup(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "hangup VISIT", Short: "Hang a caller up; what was talked is charged",
		Example: "  ccctl call hangup d0n1kqs5v0cqb3k7e1pg",
		Args:    arguments("VISIT"), ValidArgsFunction: first(asked(a, visits)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.do(cmd.Context(), http.MethodDelete, at("calls", args[0]), nil, nil); err != nil {
				return err
			}
			a.say(cmd, "hung up %s", args[0])
			return nil
		},
	}
}

// visits lists the callers on the line, for completion.
func visits(ctx context.Context, a *app, _ string) []string {
	calls, err := get[[]wire.Call](ctx, a, at("calls"))
	if err != nil {
		return nil
	}
	var ids []string
	for _, c := range calls {
		ids = append(ids, cobra.CompletionWithDesc(string(c.Visit), "from "+c.ANI))
	}
	return ids
}
