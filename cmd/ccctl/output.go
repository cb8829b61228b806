package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
)

// format is how answers are written.
type format string

// The formats of --output.
const (
	table  format = "table"
	asJSON format = "json"
	asYAML format = "yaml"
	asCSV  format = "csv"
)

var formats = []string{string(table), string(asJSON), string(asYAML), string(asCSV)}

// String, Set and Type make a format a flag.
func (f *format) String() string { return string(*f) }

// Set refuses anything but a format.
func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return fmt.Errorf("give %s", strings.Join(formats, ", "))
	}
	*f = format(s)
	return nil
}

// Type is what usage calls the flag's value.
func (f *format) Type() string { return "format" }

// list writes records: JSON and YAML as an array, CSV with a header and every scalar
// field, a table with the columns given.
func list[T any](a *app, cmd *cobra.Command, records []T, columns []column) error {
	if records == nil {
		records = []T{}
	}
	w := cmd.OutOrStdout()
	switch a.format {
	case asJSON:
		return writeJSON(w, records)
	case asYAML:
		return writeYAML(w, records)
	case asCSV:
		return writeCSV(w, records, true)
	}
	t := newTabulator[T](columns)
	return t.write(w, records)
}

// show writes one record: JSON and YAML as an object, a table as one field a line.
func show[T any](a *app, cmd *cobra.Command, record T) error {
	w := cmd.OutOrStdout()
	switch a.format {
	case asJSON:
		return writeJSON(w, record)
	case asYAML:
		return writeYAML(w, record)
	case asCSV:
		return writeCSV(w, []T{record}, true)
	}
	return writeFields(w, record)
}

// say writes a line for people; scripts that asked for data get none.
func (a *app) say(cmd *cobra.Command, format string, args ...any) {
	if a.format == table {
		fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...)
	}
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// writeYAML writes the JSON of v as YAML, fields in the same order. Every text is
// quoted: an account called 1e5 must not come back as a number.
func writeYAML(w io.Writer, v any) error {
	var asIs bytes.Buffer
	if err := writeJSON(&asIs, v); err != nil {
		return err
	}
	var ordered any
	if err := yaml.UnmarshalWithOptions(asIs.Bytes(), &ordered, yaml.UseOrderedMap()); err != nil {
		return err
	}
	quote := func(s string) ([]byte, error) { return json.Marshal(s) }
	b, err := yaml.MarshalWithOptions(ordered, yaml.CustomMarshaler[string](quote))
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// writeCSV writes records by RFC 4180 with line ends as Unix has them.
func writeCSV[T any](w io.Writer, records []T, header bool) error {
	fields := leaves(reflect.TypeFor[T]())
	out := csv.NewWriter(w)
	row := make([]string, len(fields))
	if header {
		for i, f := range fields {
			row[i] = f.name
		}
		_ = out.Write(row) // errors stay with the writer until Flush
	}
	for _, r := range records {
		v := reflect.ValueOf(r)
		for i, f := range fields {
			row[i] = f.text(v)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}
