package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"cccp/configs"
	"cccp/faces/kazoo/documents"
)

// cccpExportOptions are the flags of cccp export.
type cccpExportOptions struct {
	provider, config string
	withPINs         bool
}

func newCCCPExport(a *app) *cobra.Command {
	var o cccpExportOptions
	c := &cobra.Command{
		Use: "export", Short: "Export records and configuration as CCCP's JSON documents",
		Long: `Write every record as a document of Kazoo's cccps database, and the system_config/cccp
document, as one JSON array. PINs are left out unless --with-pins asks for them: without
them the records of PINs cannot be restored. Redial code and callback delay are those of
ccd's own file, where --config names it.`,
		Example: `  ccctl cccp export --with-pins >cccps.json
  ccctl cccp export --provider acme --config /etc/cccp/ccd.yaml`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, a) },
	}
	c.Flags().StringVar(&o.provider, "provider", "", "only what belongs to this provider")
	c.Flags().BoolVar(&o.withPINs, "with-pins", false, "write PINs in clear")
	c.Flags().StringVar(&o.config, "config", "", "ccd's configuration file, for redial code and callback delay")
	complete(c, "provider", asked(a, providers().ids))
	must(c.MarkFlagFilename("config", "yaml", "yml"))
	return c
}

func (o cccpExportOptions) run(cmd *cobra.Command, a *app) error {
	if a.format != table && a.format != asJSON {
		return usagef("-o %s: CCCP's documents are JSON", a.format)
	}
	query := url.Values{"provider": {o.provider}}
	config, err := get[documents.Config](cmd.Context(), a, at("cccps", "config")+"?"+query.Encode())
	if err != nil {
		return err
	}
	if err := o.addOwn(&config.Document.Default); err != nil {
		return err
	}
	for _, note := range config.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), note)
	}
	out := &documentWriter{w: bufio.NewWriter(cmd.OutOrStdout())}
	if config.Document.Default != (documents.ConfigSettings{}) {
		out.add(config.Document)
	}
	unsealed, err := o.records(cmd, a, out)
	if err != nil {
		return err
	}
	if err := out.end(); err != nil {
		return err
	}
	if unsealed > 0 {
		return fmt.Errorf("%d PINs cannot be told: only their hashes were kept: give their holders new ones", unsealed)
	}
	return nil
}

// addOwn adds what stands in ccd's own file.
func (o cccpExportOptions) addOwn(s *documents.ConfigSettings) error {
	if o.config == "" {
		return nil
	}
	own, err := configs.Load(o.config)
	if err != nil {
		return err
	}
	delay := int(time.Duration(own.Callback.Delay).Round(time.Second) / time.Second)
	s.RedialCode, s.CallbackDelayS = own.Codes.Redial, &delay
	return nil
}

// records writes them page by page, and counts those whose PIN nobody knows.
func (o cccpExportOptions) records(cmd *cobra.Command, a *app, out *documentWriter) (unsealed int, err error) {
	query := url.Values{
		"limit": {strconv.Itoa(a.page)}, "with_pins": {strconv.FormatBool(o.withPINs)}, "provider": {o.provider},
	}
	for {
		page, err := get[documents.Page](cmd.Context(), a, at("cccps", "export")+"?"+query.Encode())
		if err != nil {
			return unsealed, err
		}
		for _, d := range page.Documents {
			out.add(d)
		}
		for _, id := range page.Unsealed {
			fmt.Fprintf(cmd.ErrOrStderr(), "record %s is exported without its PIN\n", id)
		}
		unsealed += len(page.Unsealed)
		if page.Next == "" {
			return unsealed, nil
		}
		query.Set("after", page.Next)
	}
}

// documentWriter writes an array, one document a line. Errors stay with the writer.
type documentWriter struct {
	w     *bufio.Writer
	begun bool
}

func (d *documentWriter) add(document any) {
	before := ",\n"
	if !d.begun {
		before, d.begun = "[\n", true
	}
	_, _ = io.WriteString(d.w, before)
	b, err := json.Marshal(document)
	must(err)
	_, _ = d.w.Write(b)
}

func (d *documentWriter) end() error {
	last := "\n]\n"
	if !d.begun {
		last = "[]\n"
	}
	_, _ = io.WriteString(d.w, last)
	return d.w.Flush()
}
