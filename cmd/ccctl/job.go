package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"cccp/jobs"
)

func newJob(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "job", Short: "Bulk jobs: imports, exports, lots",
		Long: `Imports, exports and the generation of lots go on inside ccd, whoever ordered them may
log off: a restart takes them up where they were. They are done one after the other.`,
		Example: `  ccctl job list
  ccctl job wait d0n1kqs5v0cqb3k7e1pg
  ccctl job rejects d0n1kqs5v0cqb3k7e1pg >rejects.csv`,
	}, newJobList(a), newJobShow(a), newJobWait(a), newJobCancel(a),
		newJobFile(a, "report", "what became of each row, as CSV"),
		newJobFile(a, "rejects", "the rows that were rejected, to be corrected and imported again"),
		newJobFile(a, "output", "what was exported"))
}

func newJobList(a *app) *cobra.Command {
	var states []string
	c := &cobra.Command{
		Use: "list", Short: "List bulk jobs, oldest first",
		Example: `  ccctl job list
  ccctl job list --state waiting,running -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := pages(cmd.Context(), a, at("jobs"), func(j jobs.Bulk) string { return j.ID })
			if err != nil {
				return err
			}
			if len(states) > 0 {
				all = slices.DeleteFunc(all, func(j jobs.Bulk) bool {
					return !slices.Contains(states, string(j.State))
				})
			}
			return list(a, cmd, all, []column{
				text("ID", "id"), text("KIND", "kind"), text("OBJECT", "object"), text("STATE", "state"),
				text("DRY RUN", "dry_run"),
				amount("ROWS", "rows"), amount("DONE", "done"), amount("ADDED", "added"),
				amount("UNCHANGED", "unchanged"),
				amount("REJECTED", "rejected"), amount("WARNED", "warned"), text("ORDERED BY", "actor"),
			})
		},
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only those waiting, running, done, failed or cancelled")
	complete(c, "state", fixed(jobStates()...))
	return c
}

func newJobShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one bulk job", Example: "  ccctl job show d0n1kqs5v0cqb3k7e1pg",
		Args: arguments("ID"), ValidArgsFunction: first(asked(a, bulkIDs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := get[jobs.Bulk](cmd.Context(), a, at("jobs", args[0]))
			if err != nil {
				return err
			}
			return show(a, cmd, j)
		},
	}
}

func newJobWait(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "wait ID", Short: "Wait for a bulk job to end, and show how far it is",
		Long: `Wait for a bulk job to end, and show how far it is. It ends well if the job did and no
row was rejected. Ctrl-C leaves the job running.`,
		Example: "  ccctl job wait d0n1kqs5v0cqb3k7e1pg",
		Args:    arguments("ID"), ValidArgsFunction: first(asked(a, bulkIDs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := get[jobs.Bulk](cmd.Context(), a, at("jobs", args[0]))
			if err != nil {
				return err
			}
			return awaitJob(cmd, a, j)
		},
	}
}

func newJobCancel(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: "cancel ID", Short: "End a bulk job where it stands: what was done stays done",
		Example: "  ccctl job cancel d0n1kqs5v0cqb3k7e1pg",
		Args:    arguments("ID"), ValidArgsFunction: first(asked(a, bulkIDs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.confirm(cmd, "Cancel job "+args[0]); err != nil {
				return err
			}
			var j jobs.Bulk
			if err := a.do(cmd.Context(), http.MethodDelete, at("jobs", args[0]), nil, &j); err != nil {
				return err
			}
			return show(a, cmd, j)
		},
	}
	o.addFlags(c)
	return c
}

// newJobFile prints one of a job's files as it is.
func newJobFile(a *app, name, what string) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: name + " ID", Short: "Print " + what,
		Example: "  ccctl job " + name + " d0n1kqs5v0cqb3k7e1pg >" + name + ".csv",
		Args:    arguments("ID"), ValidArgsFunction: first(asked(a, bulkIDs)),
		RunE: func(cmd *cobra.Command, args []string) error { return fetch(cmd, a, at("jobs", args[0], name), file) },
	}
	c.Flags().StringVarP(&file, "file", "f", "", "write to this file instead, readable for you alone")
	return c
}

// bulkIDs completes the names of jobs.
func bulkIDs(ctx context.Context, a *app, _ string) (ids []string) {
	all, err := get[[]jobs.Bulk](ctx, a, at("jobs")+"?"+url.Values{"limit": {"500"}}.Encode())
	if err != nil {
		return nil
	}
	for _, j := range all {
		ids = append(ids, cobra.CompletionWithDesc(j.ID, string(j.Kind)+" "+j.Object+", "+string(j.State)))
	}
	return ids
}
