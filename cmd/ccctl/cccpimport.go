package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cccp/faces/kazoo/documents"
)

// cccpImportOptions are the flags of cccp import.
type cccpImportOptions struct {
	documents.ImportOptions
	rename []string
	config string
}

const cccpImportHelp = `Take over what Kazoo's CCCP has. A file holds its JSON documents: one, several, an array,
a CouchDB dump (_all_docs?include_docs=true), or an answer of Kazoo's API, in any mix:

  curl -s http://COUCHDB:5984/cccps/_all_docs?include_docs=true >cccps.json
  curl -s http://COUCHDB:5984/system_config/cccp >system_config.json

Records of the cccps database become credentials. Their account is our provider and
their user our account; both are added where they are missing. The system_config/cccp
document becomes two access numbers and fields of providers and offerings. Its redial
code and callback delay belong into ccd's own file: --config FILE puts them there, else
they are printed. What cannot be guessed is asked for before anything is done.

Nothing that is there already is changed: the same is unchanged, anything else is a
conflict. Importing again what was imported changes nothing. Exit code 1 says that
something was refused, or is a conflict; everything else was done.`

func newCCCPImport(a *app) *cobra.Command {
	var o cccpImportOptions
	c := &cobra.Command{
		Use: "import FILE|-...", Short: "Import CCCP's documents, as CouchDB or Kazoo wrote them", Long: cccpImportHelp,
		Example: `  ccctl cccp import cccps.json system_config.json --provider acme --country CA \
    --currency USD --offering standard --deck retail --config /etc/cccp/ccd.yaml
  ccctl cccp import - --dry-run <cccps.json
  ccctl cccp import cccps.json --rename 1ed4f3a9c1b24e3c9d7e0a5b6c7d8e9f=acme --own-outbound-cids`,
		Args: someFiles,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json", "jsonl"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args) },
	}
	o.addFlags(c, a)
	return c
}

func someFiles(_ *cobra.Command, args []string) error {
	standard := 0
	for _, arg := range args {
		if arg == "-" {
			standard++
		}
	}
	switch {
	case len(args) == 0:
		return usagef("FILE (or - for standard input) is missing")
	case standard > 1:
		return usagef("standard input can be read once only")
	}
	return nil
}

func (o *cccpImportOptions) addFlags(c *cobra.Command, a *app) {
	flags := c.Flags()
	flags.StringVar(&o.Provider, "provider", "", "provider of records that name no account, and of the access numbers")
	flags.StringVar(&o.Country, "country", "", "country of providers that are added, such as CA")
	flags.StringVar(&o.Currency, "currency", "", "currency of providers that are added, such as USD")
	flags.StringVar(&o.Offering, "offering", "",
		"offering new users are sold under; their provider's only one if left out")
	flags.StringVar(&o.Deck, "deck", "", "rate deck of the offering, which is added if it is missing")
	flags.StringArrayVar(&o.rename, "rename", nil, "ACCOUNT=NAME: what a CCCP account is to be called as a provider")
	flags.BoolVar(&o.OwnOutboundCIDs, "own-outbound-cids", false,
		"let providers show every outbound_cid of their records")
	flags.StringVar(&o.config, "config", "", "ccd's configuration file, to put redial code and callback delay into")
	flags.BoolVar(&o.DryRun, "dry-run", false, "change nothing, but report the same")
	complete(c, "provider", asked(a, providers().ids))
	complete(c, "offering", asked(a, offerings().ids))
	complete(c, "deck", asked(a, deckNames))
	for _, name := range []string{"country", "currency", "rename"} {
		complete(c, name, cobra.NoFileCompletions)
	}
	must(c.MarkFlagFilename("config", "yaml", "yml"))
}

func (o *cccpImportOptions) run(cmd *cobra.Command, a *app, files []string) error {
	var own *ownConfig
	if o.config != "" {
		var err error
		if own, err = readOwnConfig(o.config); err != nil {
			return err
		}
	}
	body, err := readDocuments(cmd, files)
	if err != nil {
		return err
	}
	var report documents.Report
	err = a.do(cmd.Context(), http.MethodPost, at("cccps", "import")+"?"+o.query().Encode(), body, &report)
	var broken *url.Error
	if errors.As(err, &broken) && !o.DryRun {
		return hint(err, "repeat the import: what it added already stays, and is reported as unchanged")
	}
	if err != nil {
		return err
	}
	if values := settingsOf(report.Settings); len(values) > 0 {
		row, err := own.take(cmd, values, o.DryRun)
		if err != nil {
			return errors.Join(o.tell(cmd, a, report), err)
		}
		report.Rows = append(report.Rows, row)
	}
	return o.tell(cmd, a, report)
}

func (o *cccpImportOptions) query() url.Values {
	query := url.Values{"rename": {strings.Join(o.rename, ",")}}
	if len(o.rename) == 0 {
		query.Del("rename")
	}
	for name, v := range map[string]string{
		"provider": o.Provider, "country": o.Country, "currency": o.Currency, "offering": o.Offering, "deck": o.Deck,
	} {
		if v != "" {
			query.Set(name, v)
		}
	}
	query.Set("own_outbound_cids", strconv.FormatBool(o.OwnOutboundCIDs))
	query.Set("dry_run", strconv.FormatBool(o.DryRun))
	return query
}

// fileOfDocuments is how files are told apart within one request.
type fileOfDocuments struct {
	File string            `json:"file"`
	Docs []json.RawMessage `json:"docs"`
}

func readDocuments(cmd *cobra.Command, files []string) (all []fileOfDocuments, err error) {
	left := int64(documents.MaxBytes)
	for _, name := range files {
		source, err := readBounded(cmd, name, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(source))
		values, err := documents.ReadJSONValues(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, fileOfDocuments{name, values})
	}
	return all, nil
}

func readBounded(cmd *cobra.Command, name string, left int64) ([]byte, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		defer file.Close()
		in = file
	}
	source, err := io.ReadAll(io.LimitReader(in, left+1))
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	if int64(len(source)) > left {
		return nil, fmt.Errorf("%s: an import takes %d MiB of documents: split them", name, documents.MaxBytes>>20)
	}
	return source, nil
}

// tell shows the report, and fails where something was left undone.
func (o *cccpImportOptions) tell(cmd *cobra.Command, a *app, r documents.Report) error {
	err := list(a, cmd, r.Rows, []column{
		text("FILE", "file"), text("DOCUMENT", "document"), text("ACTION", "action"), text("WHAT", "what"),
	})
	if err != nil {
		return err
	}
	did := map[documents.Action]int{}
	for _, row := range r.Rows {
		did[row.Action]++
	}
	notes := cmd.ErrOrStderr()
	if len(r.IgnoredFields) > 0 {
		fmt.Fprintf(notes, "fields without a counterpart were ignored: %s\n", strings.Join(r.IgnoredFields, ", "))
	}
	if r.NewAccounts > 0 {
		fmt.Fprintf(notes, "new users: %d, each with a balance of zero: "+
			"ccctl balance credit USER AMOUNT --reason TEXT\n", r.NewAccounts)
	}
	a.say(cmd, "added %d, unchanged %d, conflict %d, refused %d, ignored %d, noted %d%s",
		did[documents.Added], did[documents.Unchanged], did[documents.Conflict], did[documents.Refused],
		did[documents.Ignored], did[documents.Noted],
		map[bool]string{true: " (dry run: nothing was changed)"}[r.DryRun])
	if left := did[documents.Conflict] + did[documents.Refused]; left > 0 {
		return fmt.Errorf("%d of %d lines are refused or conflict with what is there: they say why", left, len(r.Rows))
	}
	return nil
}
