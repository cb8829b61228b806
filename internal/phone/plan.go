package phone

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Plan is what is known of the world's numbers: the library's tables, and ranges that are
// newer. The zero Plan is the tables alone.
type Plan struct {
	ranges []Range // the longest prefix first
}

// Range is a part of a numbering plan that the tables do not know.
type Range struct {
	// Prefix is where its numbers begin, country code first: 1565.
	Prefix string
	// Country has the range (ISO 3166-1 alpha-2).
	Country string
	// Digits are the lengths of its numbers, country code included; none are those the
	// country has anyway.
	Digits []int
}

// rangeColumns head a file of ranges.
var rangeColumns = []string{"prefix", "country", "digits"}

// ReadRanges reads a CSV file of ranges with the columns prefix, country and digits, such as
// "1565,US,11" or "22901,BJ,13". Several lengths are written 11|12; none may be given. The
// error names the line.
func ReadRanges(r io.Reader) (Plan, error) {
	table := csv.NewReader(r)
	table.Comment, table.TrimLeadingSpace = '#', true
	head, err := table.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return Plan{}, err
	}
	if !slices.Equal(head, rangeColumns) {
		return Plan{}, fmt.Errorf("line 1: begin the file with the columns %s", strings.Join(rangeColumns, ","))
	}
	var p Plan
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Plan{}, err
		}
		one, err := rangeOf(row)
		if err != nil {
			line, _ := table.FieldPos(0)
			return Plan{}, fmt.Errorf("line %d: %w", line, err)
		}
		p.ranges = append(p.ranges, one)
	}
	slices.SortStableFunc(p.ranges, func(a, b Range) int { return len(b.Prefix) - len(a.Prefix) })
	return p, nil
}

func rangeOf(row []string) (Range, error) {
	one := Range{Prefix: strings.TrimPrefix(row[0], "+"), Country: row[1]}
	if digits, _ := strip(one.Prefix); digits != one.Prefix || digits == "" || len(digits) > MaxDigits {
		return one, fmt.Errorf("prefix %q: give the first digits of an E.164 number, such as 1565", row[0])
	}
	code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(one.Country))
	if code == "0" {
		return one, fmt.Errorf("country %q: give an ISO 3166-1 code, such as US", one.Country)
	}
	if !strings.HasPrefix(one.Prefix, code) {
		return one, fmt.Errorf("prefix %q: numbers of %s begin with %s", row[0], one.Country, code)
	}
	for _, length := range strings.FieldsFunc(row[2], func(c rune) bool { return c == '|' }) {
		n, err := strconv.Atoi(length)
		if err != nil || n <= len(one.Prefix) || n > MaxDigits {
			return one, fmt.Errorf("digits %q: give lengths above %d and up to %d, such as 11|12",
				row[2], len(one.Prefix), MaxDigits)
		}
		one.Digits = append(one.Digits, n)
	}
	return one, nil
}

// added is the range a number is in, of those that are newer than the tables.
func (p Plan) added(n Number) (Range, bool) {
	i := slices.IndexFunc(p.ranges, func(r Range) bool { return strings.HasPrefix(string(n), r.Prefix) })
	if i < 0 {
		return Range{}, false
	}
	return p.ranges[i], true
}

// possible says whether a number is of a length its plan has.
func (p Plan) possible(n Number, parsed *phonenumbers.PhoneNumber) bool {
	if len(n) > MaxDigits {
		return false
	}
	if r, ok := p.added(n); ok && len(r.Digits) > 0 {
		return slices.Contains(r.Digits, len(n))
	}
	return phonenumbers.IsPossibleNumberWithReason(parsed) == phonenumbers.IS_POSSIBLE
}

// assigned says whether a number is in a range that is in use.
func (p Plan) assigned(n Number) bool {
	if _, ok := p.added(n); ok {
		return true
	}
	parsed, err := n.parsed()
	return err == nil && phonenumbers.IsValidNumber(parsed)
}

// nanp is the country code that 25 countries share as one numbering plan (ITU-T E.164,
// Annex B).
const nanp = 1

// Country is the ISO 3166-1 alpha-2 country a number belongs to, "001" for numbers that
// belong to no country (ITU-T E.164, global services), or "" where the number is none.
//
// A number in a range newer than the tables belongs to the main country of its country code;
// in North America to home, the country that asks, unless the tables know its area code.
func (p Plan) Country(n Number, home string) string {
	if r, ok := p.added(n); ok {
		return r.Country
	}
	parsed, err := n.parsed()
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(parsed); region != "" {
		return region
	}
	code := int(parsed.GetCountryCode())
	if code != nanp {
		return known(phonenumbers.GetRegionCodeForCountryCode(code))
	}
	if region := ofAreaCode(n); region != "" {
		return region
	}
	if phonenumbers.IsNANPACountry(home) {
		return home
	}
	return known(phonenumbers.GetRegionCodeForCountryCode(nanp))
}

// known is a region the library names, or "".
func known(region string) string {
	if region == phonenumbers.UNKNOWN_REGION {
		return ""
	}
	return region
}

// ofAreaCode is the country of a North American area code, whose exchange the tables do not
// know: that of a number in an exchange they know.
func ofAreaCode(n Number) string {
	const (
		upToArea = 4         // digits of the country code and the area code
		exchange = "2223333" // the rest of a number that is valid in every area code
	)
	if len(n) < upToArea {
		return ""
	}
	parsed, err := (n[:upToArea] + exchange).parsed()
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(parsed)
}
