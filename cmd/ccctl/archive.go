package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"cccp/staff"

	"github.com/spf13/cobra"
)

func newArchive(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "archive", Short: "Records that were archived: restore or purge them",
		Long: `What is archived (ccctl account archive 1000001, and so on) takes part in nothing any
more: no call is routed by it. Its name and its PINs stay taken. An account takes along
what opens it, and its speed dials. The archive keeps records for archive.keep_days of
ccd.yaml; then they are purged, at nightly.at. Purging cannot be undone: money that is
left on an account is written off.`,
		Example: `  ccctl archive list --kind account
  ccctl archive restore account 1000001
  ccctl archive purge account 1000001`,
	}, newArchiveList(a), newArchiveShow(a), newArchiveRestore(a), newArchivePurge(a))
}

func newArchiveList(a *app) *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use: "list", Short: "List what is in the archive",
		Example: `  ccctl archive list
  ccctl archive list --kind account -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{}
			if kind != "" {
				query.Set("kind", kind)
			}
			name := func(r staff.Archived) string { return r.Kind + "/" + r.ID }
			records, err := pagesWith(cmd.Context(), a, at("archive"), query, name)
			if err != nil {
				return err
			}
			return list(a, cmd, records, []column{
				text("KIND", "kind"), text("ID", "id"), text("PROVIDER", "provider"),
				text("ARCHIVED (UTC)", "archived"), text("BY", "by"), text("WITH", "with"),
			})
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "only records of this kind")
	complete(c, "kind", fixed("account", "offering", "provider"))
	return c
}

func newArchiveShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show KIND ID", Short: "Show one record of the archive", Example: "  ccctl archive show account 1000001",
		Args: arguments("KIND", "ID"), ValidArgsFunction: archivedNames(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := get[staff.Archived](cmd.Context(), a, at("archive", args...))
			if err != nil {
				return err
			}
			return show(a, cmd, record)
		},
	}
}

func newArchiveRestore(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "restore KIND ID", Short: "Bring a record back, and all that went along with it",
		Example: "  ccctl archive restore account 1000001",
		Args:    arguments("KIND", "ID"), ValidArgsFunction: archivedNames(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := at("archive", args[0], args[1], "restore")
			if err := a.do(cmd.Context(), http.MethodPost, path, nil, nil); err != nil {
				return err
			}
			a.say(cmd, "restored %s %s", args[0], args[1])
			return nil
		},
	}
}

func newArchivePurge(a *app) *cobra.Command {
	var o removeOptions
	c := &cobra.Command{
		Use: "purge KIND ID", Short: "Forget a record for good", Example: "  ccctl archive purge account 1000001",
		Long: `Forget a record for good, and all that went along with it. Money that is left on an account
is written off; its ledger is kept, and its name is not given to another.`,
		Args: arguments("KIND", "ID"), ValidArgsFunction: archivedNames(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.confirm(cmd, "Forget "+args[0]+" "+args[1]+" for good"); err != nil {
				return err
			}
			if err := a.do(cmd.Context(), http.MethodDelete, at("archive", args...), nil, nil); err != nil {
				return err
			}
			a.say(cmd, "purged %s %s", args[0], args[1])
			return nil
		},
	}
	o.addFlags(c)
	return c
}

// archive moves records into the archive: one, or several where each is named by one word.
func (n noun[T]) archive(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     n.use("archive", n.naming.args),
		Short:   "Move one " + n.word + " into the archive, from where it can be restored",
		Example: "  ccctl archive list --kind " + n.word,
		Args:    arguments(n.naming.args...), ValidArgsFunction: n.naming.suggest(a),
		RunE: func(cmd *cobra.Command, args []string) error { return n.runArchive(cmd, a, args) },
	}
	if len(n.naming.args) == 1 {
		c.Use += "..."
		c.Args = several(n.naming.args[0])
		c.RunE = func(cmd *cobra.Command, args []string) (err error) {
			for _, arg := range args {
				err = errors.Join(err, n.runArchive(cmd, a, []string{arg})) // the others may be free to go
			}
			return err
		}
	}
	return c
}

// several takes one argument or more of a kind.
func several(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		for i := range max(1, len(args)) {
			if err := arguments(name)(cmd, args[min(i, len(args)):min(i+1, len(args))]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (n noun[T]) runArchive(cmd *cobra.Command, a *app, args []string) error {
	id, err := n.naming.find(cmd, a, args)
	if err != nil {
		return err
	}
	if err := a.do(cmd.Context(), http.MethodPost, at(n.resource, id, "archive"), nil, nil); err != nil {
		return err
	}
	a.say(cmd, "archived %s %s: ccctl archive restore %s %s brings it back", n.word, id, n.word, id)
	return nil
}

// archivedNames completes archived records.
func archivedNames(a *app) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return asked(a, func(ctx context.Context, a *app, _ string) (names []string) {
			query := url.Values{"limit": {strconv.Itoa(maxSuggestions)}}
			if len(args) == 1 {
				query.Set("kind", args[0])
			}
			records, err := get[[]staff.Archived](ctx, a, at("archive")+"?"+query.Encode())
			if err != nil || len(args) > 1 {
				return nil
			}
			for i, r := range records {
				switch {
				case len(args) == 1:
					names = append(names, r.ID)
				case i == 0 || records[i-1].Kind != r.Kind:
					names = append(names, r.Kind)
				}
			}
			return names
		})(cmd, args, typed)
	}
}
