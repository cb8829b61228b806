package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cccp/jobs"
)

// importOptions are the flags of import.
type importOptions struct {
	waitOptions
	dryRun                  bool
	country, currency, deck string
}

func newImport(a *app) *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use: "import OBJECT FILE|-", Short: "Import records from a CSV file, in the background",
		Long: fmt.Sprintf(`Import records from a CSV file; OBJECT is one of %s. The first
line must name all the columns, in any order; ccctl export OBJECT writes such a file.

What is there already is never overwritten: a row that is just alike is unchanged, one
that differs is rejected, and the report says in which column. Rejected rows can be
corrected and imported again: ccctl job rejects ID >rejects.csv. Every other row is kept,
each as a whole. The import goes on when you log off or press Ctrl-C.`, strings.Join(jobs.Objects(), ", ")),
		Example: `  ccctl import lots spring.csv --dry-run
  ccctl import lots spring.csv
  ccctl import providers providers.csv --country CA --currency USD`,
		Args: arguments("OBJECT", "FILE"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return jobs.Objects(), cobra.ShellCompDirectiveNoFileComp
			}
			return []string{"csv"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0], args[1]) },
	}
	o.addFlags(c)
	flags := c.Flags()
	flags.BoolVarP(&o.dryRun, "dry-run", "n", false, "do everything but keep it")
	flags.StringVar(&o.country, "country", "", "country of new providers, which the format lacks")
	flags.StringVar(&o.currency, "currency", "", "currency of new providers, which the format lacks")
	flags.StringVar(&o.deck, "deck", "", "rate deck of new offerings and plans that name none")
	complete(c, "deck", asked(a, deckNames))
	complete(c, "country", cobra.NoFileCompletions)
	complete(c, "currency", cobra.NoFileCompletions)
	return c
}

func (o importOptions) run(cmd *cobra.Command, a *app, object, path string) error {
	file, err := openInput(cmd, path)
	if err != nil {
		return err
	}
	defer file.Close()
	query := url.Values{"object": {object}}
	for name, value := range map[string]string{"country": o.country, "currency": o.currency, "deck": o.deck} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.dryRun {
		query.Set("dry_run", "true")
	}
	var j jobs.Bulk
	path = at("jobs", "import") + "?" + query.Encode()
	if err := a.do(cmd.Context(), http.MethodPost, path, io.Reader(file), &j); err != nil {
		return err
	}
	return o.follow(cmd, a, j)
}

// openInput opens a file, or standard input for "-".
func openInput(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(path)
}
