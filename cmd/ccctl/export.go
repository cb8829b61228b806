package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"cccp/jobs"
)

// exportOptions are the flags of export.
type exportOptions struct {
	waitOptions
	file, provider string
	lot, from, to  string
	withPINs       bool
}

func newExport(a *app) *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use: "export OBJECT", Short: "Export records to a CSV file, in the background",
		Long: fmt.Sprintf(`Export records to a CSV file, which ccctl import takes again; OBJECT is one of
%s. PINs are left out unless asked for: with them the file is
as good as the cards. Amounts of cards have two decimals; what is cut off is reported.`,
			strings.Join(jobs.Objects(), ", ")),
		Example: `  ccctl export lots --lot spring --with-pins --file print.csv
  ccctl export lots --lot spring --from 10000001 --to 10000100 >shop.csv
  ccctl export offerings --provider acme >offerings.csv`,
		Args: arguments("OBJECT"), ValidArgsFunction: first(fixed(jobs.Objects()...)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0]) },
	}
	o.addFlags(c)
	flags := c.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "write to this file, readable for you alone, instead of standard output")
	flags.StringVar(&o.provider, "provider", "", "only records of this provider")
	flags.StringVar(&o.lot, "lot", "", "only cards of this lot")
	flags.StringVar(&o.from, "from", "", "number of the first card; the lot's if not given")
	flags.StringVar(&o.to, "to", "", "number of the last card; the lot's if not given")
	flags.BoolVar(&o.withPINs, "with-pins", false, "tell the PINs of the cards")
	complete(c, "provider", asked(a, providers().ids))
	complete(c, "lot", asked(a, lots().ids))
	return c
}

func (o exportOptions) run(cmd *cobra.Command, a *app, object string) error {
	query := url.Values{"object": {object}}
	for name, value := range map[string]string{"provider": o.provider, "lot": o.lot, "from": o.from, "to": o.to} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.withPINs {
		query.Set("with_pins", "true")
	}
	var j jobs.Bulk
	if err := a.do(cmd.Context(), http.MethodPost, at("jobs", "export")+"?"+query.Encode(), nil, &j); err != nil {
		return err
	}
	if o.detach {
		return show(a, cmd, j)
	}
	// The file itself is the answer, whatever the format: how it went goes beside it.
	quiet := *a
	quiet.format = table
	cmd.SetOut(cmd.ErrOrStderr())
	err := awaitJob(cmd, &quiet, j)
	cmd.SetOut(nil)
	if err != nil {
		return err
	}
	return fetch(cmd, a, at("jobs", j.ID, "output"), o.file)
}
