package provision

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"cccp/billing"
)

// reasonColumn is the last column of a file of rejected rows. It is read over, so that the
// file can be corrected and imported as it is.
const reasonColumn = "Reason"

// table reads a CSV file (RFC 4180) the way spreadsheets write it: with or without a byte
// order mark, line ends of either kind, commas, semicolons or tabs, line breaks within
// quotes, and empty columns at the end.
type table struct {
	file   io.ReadSeeker
	rows   *csv.Reader
	start  int64 // where rows begins to count in the file
	comma  rune
	header []string
	// at is where each column stands, by its plain name.
	at map[string]int
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// openTable reads the header of a file, which must name all the columns.
func openTable(file io.ReadSeeker, columns []string) (*table, error) {
	t := &table{file: file, at: map[string]int{}}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, byteOrderMark) {
		t.start = int64(len(byteOrderMark))
		head = head[t.start:]
	}
	t.comma = separator(head)
	if err := t.seek(t.start); err != nil {
		return nil, err
	}
	if t.header, err = t.rows.Read(); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty: its first line must name the columns %s",
			billing.ErrInvalid, strings.Join(columns, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read header: %w", billing.ErrInvalid, err)
	}
	return t, t.find(columns)
}

// headBytes is how much of a file is looked at to find out how it is separated.
const headBytes = 4096

// separator is the most frequent one of the first line.
func separator(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// find remembers where the columns stand.
func (t *table) find(columns []string) error {
	for i, name := range t.header {
		plain := plainName(name)
		if _, twice := t.at[plain]; twice &&
			slices.ContainsFunc(columns, func(c string) bool { return plainName(c) == plain }) {
			return fmt.Errorf("%w: column %q stands in the header twice", billing.ErrInvalid, name)
		}
		t.at[plain] = i
	}
	var missing []string
	for _, c := range columns {
		if _, ok := t.at[plainName(c)]; !ok {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: the header lacks %s: "+
			"all columns are needed, empty ones too, and the first line must name them",
			billing.ErrInvalid, strings.Join(missing, ", "))
	}
	return nil
}

// plainName is a column's name without what people write differently.
func plainName(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name),
		func(r rune) bool { return r == ' ' || r == '_' || r == '\u00a0' || r == '\t' }), " ")
}

// seek goes on reading from an offset of the file, where a row must begin.
func (t *table) seek(offset int64) error {
	if _, err := t.file.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	t.start = offset
	t.rows = csv.NewReader(t.file)
	t.rows.Comma, t.rows.FieldsPerRecord = t.comma, -1
	return nil
}

// offset is where the next row begins.
func (t *table) offset() int64 { return t.start + t.rows.InputOffset() }

// next is the next row that says anything, or io.EOF. What is no CSV is an error that
// names the line.
func (t *table) next() ([]string, error) {
	for {
		row, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", billing.ErrInvalid, err)
		}
		if slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			return row, nil
		}
	}
}

// count reads to the end and says how many rows there are. A file that cannot be read to
// its end is refused before the first of them is taken.
func (t *table) count() (n int, err error) {
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n++
		if slices.ContainsFunc(row, func(cell string) bool { return !utf8.ValidString(cell) }) {
			return n, fmt.Errorf("%w: row %d is not UTF-8: save the file as CSV UTF-8", billing.ErrInvalid, n)
		}
	}
}

// cells are the fields of one row by the names of their columns. The first that cannot be
// read stays as the problem of the row.
type cells struct {
	table   *table
	values  []string
	problem error
}

func (c *cells) fail(column string, err error) {
	if c.problem == nil && err != nil {
		c.problem = fmt.Errorf("%s: %w", column, err)
	}
}

// text is a field without the spaces around it. Spreadsheets are made to leave digits
// alone by ="0123", which is read as 0123.
func (c *cells) text(column string) string {
	text := strings.TrimSpace(c.free(column))
	if inner, ok := strings.CutPrefix(text, `="`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.TrimSuffix(inner, `"`)
	}
	return text
}

// free is a field as somebody wrote it. Line breaks are those of Unix.
func (c *cells) free(column string) string {
	i, ok := c.table.at[plainName(column)]
	if !ok || i >= len(c.values) {
		c.fail(column,
			fmt.Errorf("%w: the row ends before it: it has %d of %d fields",
				billing.ErrInvalid, len(c.values), len(c.table.header)))
		return ""
	}
	return unixLines(c.values[i])
}

func unixLines(text string) string { return strings.ReplaceAll(text, "\r", "") }

// checkLength refuses a row with more fields than the header, as an unquoted comma makes.
func (c *cells) checkLength() {
	for _, extra := range c.values[min(len(c.values), len(c.table.header)):] {
		if strings.TrimSpace(extra) != "" {
			c.fail("row",
				fmt.Errorf("%w: it has %d fields, the header %d: is a comma not quoted?",
					billing.ErrInvalid, len(c.values), len(c.table.header)))
		}
	}
}
