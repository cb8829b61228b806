package billing

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxDeckRows bounds a rate deck file.
const MaxDeckRows = 5_000_000

// deckColumns are the columns of a deck file, found by header name in any order.
// prefix and rate_per_minute must be there; the others have defaults.
var deckColumns = []string{"prefix", "name", "connect_fee", "rate_per_minute", "first_increment_s", "increment_s"}

// ReadDeckCSV reads a rate deck (RFC 4180, comma-separated, header first). A byte
// order mark and CRLF line ends are accepted, a leading + on a prefix too.
//
//	prefix             digits, required
//	name               what invoices and CDRs call the destination, default empty
//	connect_fee        per answered call, default 0
//	rate_per_minute    required
//	first_increment_s  default increment_s
//	increment_s        default 1
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
	return readDeckRows(in, columns)
}

func readDeckRows(in *csv.Reader, columns map[string]int) ([]Rate, error) {
	var rates []Rate
	var problems []error
	lines := map[string]int{}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return finishDeck(rates, problems)
		}
		var syntax *csv.ParseError
		if err != nil && !errors.As(err, &syntax) {
			return nil, fmt.Errorf("read deck: %w", err)
		}
		line, err := recordLine(in, syntax)
		var rate Rate
		if err == nil {
			rate, err = deckRow(record, columns)
		}
		if first, twice := lines[rate.Prefix]; err == nil && twice {
			err = fmt.Errorf("prefix %s stands already on line %d", rate.Prefix, first)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", line, err))
			if len(problems) >= maxReportedRows {
				return finishDeck(nil, append(problems, errors.New("and more")))
			}
			continue
		}
		lines[rate.Prefix] = line
		if rates = append(rates, rate); len(rates) > MaxDeckRows {
			return nil, fmt.Errorf("read deck: more than %d rows", MaxDeckRows)
		}
	}
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

// maxReportedRows is how many bad rows one answer names.
const maxReportedRows = 20

func finishDeck(rates []Rate, problems []error) ([]Rate, error) {
	if len(problems) > 0 {
		return nil, fmt.Errorf("read deck: %w", errors.Join(problems...))
	}
	if len(rates) == 0 {
		return nil, errors.New("read deck: no rows below the header")
	}
	return rates, nil
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

func deckRow(record []string, columns map[string]int) (Rate, error) {
	field := func(name, otherwise string) string {
		if i, ok := columns[name]; ok && strings.TrimSpace(record[i]) != "" {
			return strings.TrimSpace(record[i])
		}
		return otherwise
	}
	prefix := strings.TrimPrefix(field("prefix", ""), "+")
	if err := checkPrefix(prefix); err != nil {
		return Rate{}, err
	}
	fee, feeErr := ParseDecimal(field("connect_fee", "0"))
	perMinute, rateErr := ParseDecimal(field("rate_per_minute", ""))
	increment, incErr := strconv.ParseInt(field("increment_s", "1"), 10, 64)
	first, firstErr := strconv.ParseInt(field("first_increment_s", strconv.FormatInt(increment, 10)), 10, 64)
	if err := errors.Join(named("connect_fee", feeErr), named("rate_per_minute", rateErr),
		named("increment_s", incErr), named("first_increment_s", firstErr)); err != nil {
		return Rate{}, err
	}
	tariff := Tariff{
		Name:       field("name", ""),
		ConnectFee: fee,
		Tiers:      []Tier{{RatePerMinute: perMinute, FirstIncrementS: first, IncrementS: increment}},
	}
	return Rate{Prefix: prefix, Tariff: tariff}, tariff.Validate()
}

func named(column string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", column, err)
}

func skipBOM(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if start, err := b.Peek(3); err == nil && bytes.Equal(start, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	return b
}
