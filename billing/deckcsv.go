package billing

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxDeckRows bounds a rate deck file.
const MaxDeckRows = 5_000_000

// deckColumns are the columns of a deck file, found by header name in any order.
// prefix and rate_per_minute must be there; the others have defaults.
var deckColumns = []string{
	"prefix", "name", "connect_fee", "rate_per_minute", "first_increment_s", "increment_s",
	"from_s", "max_cost", "max_cost_action", "effective", "end",
}

// ReadDeckCSV reads a rate deck (RFC 4180, comma-separated, header first). A byte
// order mark and CRLF line ends are accepted, a leading + on a prefix too.
//
//	prefix             digits, required
//	name               what invoices and CDRs call the destination, default empty
//	connect_fee        per answered call, default 0
//	rate_per_minute    required
//	first_increment_s  the tier's first block, default increment_s
//	increment_s        each further block, default 1
//	from_s             the second of the call the tier begins at, default 0
//	max_cost           the most a call may cost, connect_fee included, default none (0)
//	max_cost_action    what happens there: free (default, the cost is capped) or disconnect
//	effective          RFC 3339 moment the rate holds from, default always
//	end                RFC 3339 moment it holds no more from, default never
//
// A date alone is its midnight in UTC. Rows of one prefix with the same dates are the
// tiers of one tariff; name, connect_fee, max_cost and max_cost_action are those of the
// row with from_s 0. Rates come sorted by prefix and date.
//
// Every bad row is reported, with its line number; nothing is returned beside an error.
func ReadDeckCSV(r io.Reader) ([]Rate, error) {
	in := csv.NewReader(skipBOM(r))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read deck: header: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read deck: no header line: write %s first", strings.Join(deckColumns, ","))
	}
	columns, err := deckHeader(header)
	if err != nil {
		return nil, err
	}
	rows, problems, err := readDeckRows(in, columns)
	if err != nil {
		return nil, err
	}
	rates, apart := joinTiers(rows, len(problems) == 0)
	problems = append(problems, apart...)
	if len(problems) > 0 {
		return nil, fmt.Errorf("read deck: %w", joined(problems))
	}
	if len(rates) == 0 {
		return nil, errors.New("read deck: no rows below the header")
	}
	return rates, nil
}

// deckRow is one row: a rate of one tier.
type deckRow struct {
	line int
	rate Rate
}

func (r deckRow) tier() Tier { return r.rate.Tariff.Tiers[0] }

// rowProblem is a mistake in a row.
type rowProblem struct {
	line int
	err  error
}

// maxReportedRows is how many bad rows one answer names.
const maxReportedRows = 20

// joined are problems in the order of their lines.
func joined(problems []rowProblem) error {
	slices.SortStableFunc(problems, func(a, b rowProblem) int { return cmp.Compare(a.line, b.line) })
	var all []error
	for i, p := range problems {
		if i == maxReportedRows {
			all = append(all, errors.New("and more"))
			break
		}
		all = append(all, fmt.Errorf("line %d: %w", p.line, p.err))
	}
	return errors.Join(all...)
}

func readDeckRows(in *csv.Reader, columns map[string]int) (rows []deckRow, problems []rowProblem, err error) {
	for len(problems) <= maxReportedRows {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if err != nil && !errors.As(err, &syntax) {
			return nil, nil, fmt.Errorf("read deck: %w", err)
		}
		line, err := recordLine(in, syntax)
		var rate Rate
		if err == nil {
			rate, err = rowFields{record, columns}.rate()
		}
		if err != nil {
			problems = append(problems, rowProblem{line, err})
			continue
		}
		if rows = append(rows, deckRow{line, rate}); len(rows) > MaxDeckRows {
			return nil, nil, fmt.Errorf("read deck: more than %d rows", MaxDeckRows)
		}
	}
	return rows, problems, nil
}

// recordLine is the line a record begins on, and what is wrong with its quotes or
// its number of fields. A record that broke off has no fields to ask.
func recordLine(in *csv.Reader, broken *csv.ParseError) (int, error) {
	if broken != nil {
		return broken.StartLine, broken.Err
	}
	line, _ := in.FieldPos(0)
	return line, nil
}

func deckHeader(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(deckColumns, name) {
			return nil, fmt.Errorf("read deck: unknown column %q: known are %s", name, strings.Join(deckColumns, ", "))
		}
		if _, twice := columns[name]; twice {
			return nil, fmt.Errorf("read deck: column %q stands twice", name)
		}
		columns[name] = i
	}
	for _, name := range []string{"prefix", "rate_per_minute"} {
		if _, ok := columns[name]; !ok {
			return nil, fmt.Errorf("read deck: column %q is missing", name)
		}
	}
	return columns, nil
}

func skipBOM(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if start, err := b.Peek(3); err == nil && bytes.Equal(start, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	return b
}
