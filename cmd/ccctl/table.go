package main

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// column is one column of a table: a field under a heading that names its unit.
type column struct {
	heading string
	field   string // JSON name, as leaf has it
	right   bool   // numbers and amounts
	width   int    // least width, for tables that grow line by line
}

func text(heading, field string) column   { return column{heading: heading, field: field} }
func amount(heading, field string) column { return column{heading: heading, field: field, right: true} }

// wide gives a column a least width in characters.
func (c column) wide(width int) column {
	c.width = width
	return c
}

// nothing stands in a table where a field is not set, so that columns can be counted.
const nothing = "-"

// columnGap is how many spaces part two columns.
const columnGap = 2

// tabulator writes a table in one or more goes; columns only ever grow.
type tabulator[T any] struct {
	columns []column
	fields  []leaf
	widths  []int
	begun   bool
}

func newTabulator[T any](columns []column) *tabulator[T] {
	t := &tabulator[T]{columns: columns}
	all := leaves(reflect.TypeFor[T]())
	for _, c := range columns {
		i := slices.IndexFunc(all, func(l leaf) bool { return l.name == c.field })
		if i < 0 {
			panic(fmt.Sprintf("ccctl: no field %s for column %s", c.field, c.heading)) // every table is tested
		}
		t.fields = append(t.fields, all[i])
		t.widths = append(t.widths, max(c.width, utf8.RuneCountInString(c.heading)))
	}
	return t
}

// write adds rows, below the headings if they are the first.
func (t *tabulator[T]) write(w io.Writer, records []T) error {
	var rows [][]string
	if !t.begun {
		t.begun = true
		headings := make([]string, len(t.columns))
		for i, c := range t.columns {
			headings[i] = c.heading
		}
		rows = append(rows, headings)
	}
	for _, r := range records {
		rows = append(rows, t.row(reflect.ValueOf(r)))
	}
	return t.align(w, rows)
}

func (t *tabulator[T]) row(record reflect.Value) []string {
	cells := make([]string, len(t.fields))
	for i, f := range t.fields {
		cells[i] = cell(f, record)
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cells[i]))
	}
	return cells
}

func (t *tabulator[T]) align(w io.Writer, rows [][]string) error {
	out := bufio.NewWriter(w)
	for _, row := range rows {
		line := ""
		for i, c := range row {
			space := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(c))
			if t.columns[i].right {
				c = space + c
			} else {
				c += space
			}
			line += c + strings.Repeat(" ", columnGap)
		}
		_, _ = out.WriteString(strings.TrimRight(line, " ") + "\n") // errors stay with the writer
	}
	return out.Flush()
}

// cell is a field as people read it.
func cell(f leaf, record reflect.Value) string {
	v := f.value(record)
	if !v.IsValid() || f.optional && v.IsZero() {
		return nothing
	}
	if at, ok := v.Interface().(time.Time); ok {
		return moment(at)
	}
	if v.Kind() == reflect.Bool {
		return map[bool]string{true: "yes", false: "no"}[v.Bool()]
	}
	if s := printable(scalarText(v)); s != "" {
		return s
	}
	return nothing
}

// moment is a time in UTC, to the second.
func moment(at time.Time) string {
	if at.IsZero() {
		return nothing
	}
	return at.UTC().Format(time.DateTime)
}

// printable keeps what a network sent from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// namedField is a line of a table that shows one record.
type namedField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// writeFields writes a record as one field a line. Fields that are not set are left out
// where they may be: a card has thirty, and few of them say anything.
func writeFields[T any](w io.Writer, record T) error {
	var lines []namedField
	for _, f := range leaves(reflect.TypeFor[T]()) {
		value := reflect.ValueOf(record)
		if v := f.value(value); f.optional && (!v.IsValid() || v.IsZero()) {
			continue
		}
		lines = append(lines, namedField{f.name, fieldText(f, value)})
	}
	t := newTabulator[namedField]([]column{text("FIELD", "field"), text("VALUE", "value")})
	return t.write(w, lines)
}

// fieldText is a cell, but with times in full: a line has room for them.
func fieldText(f leaf, record reflect.Value) string {
	if f.kind == reflect.TypeFor[time.Time]() && f.text(record) != "" {
		return f.text(record)
	}
	return cell(f, record)
}
