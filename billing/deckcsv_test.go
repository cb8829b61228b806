package billing

import (
	"bytes"
	order "cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const deckHeaderLine = "prefix,name,connect_fee,rate_per_minute,first_increment_s,increment_s\n"

const everyColumn = "prefix,name,connect_fee,rate_per_minute,first_increment_s,increment_s,from_s,max_cost,max_cost_action,effective,end\n"

func row(t *testing.T, prefix, name, fee, perMinute string, first, increment int64) Rate {
	t.Helper()
	r := Rate{Prefix: prefix, Tariff: flat(t, fee, perMinute, first, increment)}
	r.Tariff.Name = name
	return r
}

// day is midnight in UTC, or no time at all.
func day(t testing.TB, date string) time.Time {
	t.Helper()
	if date == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestReadDeckCSV(t *testing.T) {
	montreal := row(t, "1514", "Montreal", "0.05", "0.06", 30, 6)
	russia := row(t, "7", "Russia", "0", "0.0083", 6, 6)
	ladder := row(t, "1", "North America", "0.1", "0.06", 60, 60)
	ladder.Tariff.Tiers = append(ladder.Tariff.Tiers, Tier{FromS: 120, RatePerMinute: decimal(t, "0.03"), FirstIncrementS: 6, IncrementS: 6})
	capped := func(prefix, most string, action MaxCostAction) Rate {
		r := row(t, prefix, "", "0", "0.06", 1, 1)
		r.Tariff = upTo(t, r.Tariff, most, action)
		return r
	}
	cut := row(t, "1", "", "0", "0.06", 60, 60)
	cut.Tariff = upTo(t, cut.Tariff, "5", Disconnect)
	cut.Tariff.Tiers = ladder.Tariff.Tiers
	between := func(price, effective, end string) Rate {
		r := row(t, "1", "", "0", price, 1, 1)
		r.Effective, r.End = day(t, effective), day(t, end)
		return r
	}
	for _, c := range []struct {
		name, in string
		want     []Rate
	}{
		{"every column", deckHeaderLine + "1514,Montreal,0.05,0.06,30,6\n7,Russia,0,0.0083,6,6\n", []Rate{montreal, russia}},
		{"columns in another order", "increment_s,rate_per_minute,name,first_increment_s,connect_fee,prefix\n6,0.06,Montreal,30,0.05,1514\n", []Rate{montreal}},
		{"header in capitals and spaces", " Prefix ,RATE_PER_MINUTE\n1,0.01\n", []Rate{row(t, "1", "", "0", "0.01", 1, 1)}},
		{"only what is required", "prefix,rate_per_minute\n1,0.01\n", []Rate{row(t, "1", "", "0", "0.01", 1, 1)}},
		{"first increment is the increment by default", "prefix,rate_per_minute,increment_s\n1,0.01,60\n", []Rate{row(t, "1", "", "0", "0.01", 60, 60)}},
		{"increment is a second by default", "prefix,rate_per_minute,first_increment_s\n1,0.01,60\n", []Rate{row(t, "1", "", "0", "0.01", 60, 1)}},
		{"empty fields take the defaults", deckHeaderLine + "1,,,0.01,,\n", []Rate{row(t, "1", "", "0", "0.01", 1, 1)}},
		{"byte order mark", "\ufeffprefix,rate_per_minute\n1,0.01\n", []Rate{row(t, "1", "", "0", "0.01", 1, 1)}},
		{"CRLF", strings.ReplaceAll(deckHeaderLine+"1514,Montreal,0.05,0.06,30,6\n", "\n", "\r\n"), []Rate{montreal}},
		{"no line end at the end", deckHeaderLine + "7,Russia,0,0.0083,6,6", []Rate{russia}},
		{"empty lines", deckHeaderLine + "\n7,Russia,0,0.0083,6,6\n\n", []Rate{russia}},
		{"quoted fields", deckHeaderLine + `"7","Russia, ""mobile""",0,"0.0083",6,6` + "\n", []Rate{row(t, "7", `Russia, "mobile"`, "0", "0.0083", 6, 6)}},
		{"plus and spaces", deckHeaderLine + " +7 , Russia ,0, 0.0083,6 ,6\n", []Rate{russia}},
		{"name in other letters", deckHeaderLine + "7,Россия,0,0.0083,6,6\n", []Rate{row(t, "7", "Россия", "0", "0.0083", 6, 6)}},
		{"twelve decimals", "prefix,rate_per_minute\n1,0.000000000001\n", []Rate{row(t, "1", "", "0", "0.000000000001", 1, 1)}},
		{"free", "prefix,rate_per_minute\n1800,0\n", []Rate{row(t, "1800", "", "0", "0", 1, 1)}},
		{"tiers, in any order", "prefix,rate_per_minute,increment_s,from_s,connect_fee,name\n1,0.03,6,120,0,later\n7,1,1,,,\n1,0.06,60,0,0.1,North America\n", []Rate{ladder, row(t, "7", "", "0", "1", 1, 1)}},
		{"maximum costs", "prefix,rate_per_minute,max_cost,max_cost_action\n1,0.06,5.000000000001,\n2,0.06,5,free\n3,0.06,5,disconnect\n4,0.06,,disconnect\n5,0.06,0,free\n", []Rate{
			capped("1", "5.000000000001", TalkOn), capped("2", "5", TalkOn), capped("3", "5", Disconnect),
			row(t, "4", "", "0", "0.06", 1, 1), row(t, "5", "", "0", "0.06", 1, 1),
		}},
		{"the action in every row", "prefix,rate_per_minute,increment_s,from_s,max_cost,max_cost_action\n1,0.06,60,0,5,disconnect\n1,0.03,6,120,0,disconnect\n", []Rate{cut}},
		{"dates, in any order", "prefix,rate_per_minute,effective,end\n1,3,2027-01-01T00:00:00Z,\n1,1,,2026-01-01\n1,2,2026-01-01T01:00:00+01:00,2027-01-01T00:00:00.000000Z\n", []Rate{
			between("1", "", "2026-01-01"), between("2", "2026-01-01", "2027-01-01"), between("3", "2027-01-01", ""),
		}},
		{"a gap between dates", "prefix,rate_per_minute,effective,end\n1,1,,2026-01-01\n1,2,2027-01-01,\n", []Rate{between("1", "", "2026-01-01"), between("2", "2027-01-01", "")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadDeckCSV(strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadDeckCSVRefuses(t *testing.T) {
	const short = "prefix,rate_per_minute\n"
	for _, c := range []struct {
		name, in string
		says     []string
	}{
		{"empty file", "", []string{"header", "prefix,name"}},
		{"byte order mark alone", "\ufeff", []string{"header"}},
		{"header alone", deckHeaderLine, []string{"no rows"}},
		{"unknown column", "prefix,rate_per_minute,sell_price\n1,0.01,1\n", []string{`unknown column "sell_price"`}},
		{"unnamed column", "prefix,rate_per_minute,\n1,0.01,\n", []string{`unknown column ""`}},
		{"semicolons", "prefix;rate_per_minute\n1;0.01\n", []string{`unknown column "prefix;rate_per_minute"`}},
		{"column twice", "prefix,rate_per_minute,Prefix\n1,0.01,1\n", []string{`column "prefix" stands twice`}},
		{"no prefix column", "name,rate_per_minute\nx,0.01\n", []string{`column "prefix" is missing`}},
		{"no rate column", "prefix,name\n1,x\n", []string{`column "rate_per_minute" is missing`}},
		{"no header", "1514,0.06\n", []string{`unknown column "1514"`}},
		{"broken quote in the header", "prefix,\"rate\n", []string{"header"}},

		{"prefix twice", short + "1,0.01\n7,0.02\n1,0.03\n", []string{"line 4", "prefix 1 ", "on line 2"}},
		{"prefix twice, once with a plus", short + "1,0.01\n+1,0.03\n", []string{"line 3", "on line 2"}},
		{"lines are counted through quoted line ends", "prefix,rate_per_minute,name\n1,0.01,\"two\nlines\"\n1,0.01,x\n", []string{"line 4", "on line 2"}},
		{"no prefix", short + ",0.01\n", []string{"line 2", "prefix"}},
		{"prefix of letters", short + "abc,0.01\n", []string{"line 2", `"abc"`}},
		{"prefix too long", short + "1234567890123456,0.01\n", []string{"line 2", "15 digits"}},
		{"no rate", short + "1,\n", []string{"line 2", "rate_per_minute"}},
		{"rate of letters", short + "1,free\n", []string{"line 2", "rate_per_minute", `"free"`}},
		{"negative rate", short + "1,-0.01\n", []string{"line 2", "rate_per_minute", "negative"}},
		{"decimal comma", short + "1,\"0,01\"\n", []string{"line 2", "rate_per_minute"}},
		{"thirteen decimals", short + "1,0.0000000000001\n", []string{"line 2", "rate_per_minute", "12 decimal places"}},
		{"thirteen decimals of a fee", "prefix,rate_per_minute,connect_fee\n1,1,0.0000000000001\n", []string{"line 2", "connect_fee", "12 decimal places"}},
		{"rate too great", short + "1,1000001\n", []string{"line 2", "rate_per_minute"}},
		{"no increment", "prefix,rate_per_minute,increment_s\n1,1,0\n", []string{"line 2", "increment_s: 0 s is not within"}},
		{"half an increment", "prefix,rate_per_minute,increment_s\n1,1,0.5\n", []string{"line 2", "increment_s"}},
		{"negative first increment", "prefix,rate_per_minute,first_increment_s\n1,1,-6\n", []string{"line 2", "first_increment_s: -6 s is not within"}},
		{"increment beyond an int64", "prefix,rate_per_minute,increment_s\n1,1,99999999999999999999\n", []string{"line 2", "increment_s"}},
		{"two bad fields in a row", deckHeaderLine + "1,,x,y,1,1\n", []string{"connect_fee", "rate_per_minute"}},
		{"bad rows apart", short + "x,1\n1,1\n2,y\n", []string{"line 2", "line 4"}},
		{"too few fields", short + "1,1\n2\n", []string{"line 3", "number of fields"}},
		{"too many fields", short + "1,1,1\n", []string{"line 2", "number of fields"}},
		{"quote inside a field", short + "1,0.0\"1\n", []string{"line 2", `"`}},
		{"first field never unquoted", short + "\"1,0.01\n", []string{"line 2", `"`}},
		{"text behind a quoted first field", short + "\"1\"2,0.01\n", []string{"line 2", `"`}},
		{"tier inside a block", "prefix,rate_per_minute,increment_s,from_s\n1,1,60,0\n1,1,6,90\n", []string{"line 3", "from_s: second 90", "line 2", "ends at 120"}},
		{"tier inside the first block", "prefix,rate_per_minute,first_increment_s,increment_s,from_s\n1,1,6,6,20\n1,1,30,6,0\n", []string{"line 2", "from_s: second 20", "line 3", "ends at 30"}},
		{"tier twice", "prefix,rate_per_minute,from_s\n1,1,0\n1,1,60\n1,2,60\n", []string{"line 4", "from_s 60", "on line 3"}},
		{"no tier from 0", "prefix,rate_per_minute,from_s\n7,1,0\n1,1,60\n", []string{"line 3", "from_s", "prefix 1 has no row with from_s 0"}},
		{"no tier from 0 with those dates", "prefix,rate_per_minute,from_s,end\n1,1,0,2026-01-01\n1,1,60,2026-01-02\n", []string{"line 3", "from_s", "same dates"}},
		{"from_s of letters", "prefix,rate_per_minute,from_s\n1,1,x\n", []string{"line 2", "from_s", `"x"`}},
		{"from_s before the call", "prefix,rate_per_minute,from_s\n1,1,-1\n", []string{"line 2", "from_s: -1 s"}},
		{"from_s after the longest call", "prefix,rate_per_minute,from_s\n1,1,31622401\n", []string{"line 2", "from_s", "31622400"}},
		{"fee of a later tier", everyColumn + "1,,0.1,1,,,,,,,\n1,,0.1,1,,,60,,,,\n", []string{"line 3", "connect_fee", "from_s 0"}},
		{"maximum cost of a later tier", everyColumn + "1,,,1,,,,1,,,\n1,,,1,,,60,1,,,\n", []string{"line 3", "max_cost", "from_s 0"}},
		{"another action for a later tier", everyColumn + "1,,,1,,,,1,,,\n1,,,1,,,60,,disconnect,,\n", []string{"line 3", "max_cost_action", "line 2"}},
		{"thirteen decimals of a maximum", everyColumn + "1,,,1,,,,0.0000000000001,,,\n", []string{"line 2", "max_cost", "12 decimal places"}},
		{"negative maximum", everyColumn + "1,,,1,,,,-1,,,\n", []string{"line 2", "max_cost", "negative"}},
		{"another action", everyColumn + "1,,,1,,,,1,stop,,\n", []string{"line 2", `max_cost_action: "stop"`, "free or disconnect"}},
		{"date of another form", everyColumn + "1,,,1,,,,,,01/02/2026,\n", []string{"line 2", "effective", "01/02/2026", "2030-12-31T18:00:00Z"}},
		{"time without a zone", everyColumn + "1,,,1,,,,,,,2026-01-01T00:00:00\n", []string{"line 2", "end", "2026-01-01T00:00:00"}},
		{"no such day", everyColumn + "1,,,1,,,,,,,2026-02-30\n", []string{"line 2", "end"}},
		{"finer than a microsecond", everyColumn + "1,,,1,,,,,,2026-01-01T00:00:00.0000001Z,\n", []string{"line 2", "effective", "microsecond"}},
		{"end before it begins", everyColumn + "1,,,1,,,,,,2026-01-02,2026-01-01\n", []string{"line 2", "end 2026-01-01", "not after effective 2026-01-02"}},
		{"end where it begins", everyColumn + "1,,,1,,,,,,2026-01-02,2026-01-02T01:00:00+01:00\n", []string{"line 2", "not after"}},
		{"dates that overlap", everyColumn + "1,,,1,,,,,,2026-01-01,2026-03-01\n7,,,1,,,,,,,\n1,,,1,,,,,,2026-02-01,\n", []string{"line 4", "effective", "prefix 1 ", "line 2", "2026-03-01"}},
		{"one without dates", everyColumn + "1,,,1,,,,,,2026-01-01,\n1,,,1,,,,,,,\n", []string{"line 2", "line 3", "no end"}},
		{"same beginning", everyColumn + "1,,,1,,,,,,2026-01-01,2026-02-01\n1,,,1,,,,,,2026-01-01,2026-03-01\n", []string{"line 3", "line 2"}},
		{"too many dates", everyColumn + manyDays(MaxRatesPerPrefix+1), []string{"line 1002", "more than 1000 rates"}},
		{"name that is not UTF-8", deckHeaderLine + "1514,Montr\xe9al,0,0.01,1,1\n", []string{"line 2", "UTF-8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadDeckCSV(strings.NewReader(c.in))
			if err == nil || got != nil {
				t.Fatalf("read %v, %v", got, err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

// manyDays are rows of one prefix for as many days.
func manyDays(n int) string {
	var rows strings.Builder
	for i := range n {
		at := someDay.AddDate(0, 0, i)
		fmt.Fprintf(&rows, "1,,,1,,,,,,%s,%s\n", at.Format(time.DateOnly), at.AddDate(0, 0, 1).Format(time.DateOnly))
	}
	return rows.String()
}

// A file of the wrong kind must not answer with a million lines.
func TestReadDeckCSVReportsSoManyRowsOnly(t *testing.T) {
	_, err := ReadDeckCSV(strings.NewReader("prefix,rate_per_minute\n" + strings.Repeat("x,y\n", 1000)))
	if err == nil {
		t.Fatal("read")
	}
	if n := strings.Count(err.Error(), "line "); n != maxReportedRows || !strings.Contains(err.Error(), "and more") {
		t.Errorf("%d lines are named", n)
	}
}

func TestReadDeckCSVPassesOnReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := iotest.ErrReader(broken)
	for name, r := range map[string]*bytes.Buffer{
		"before the header": bytes.NewBufferString(""),
		"after a row":       bytes.NewBufferString("prefix,rate_per_minute\n1,0.01\n"),
	} {
		if got, err := ReadDeckCSV(multiReader{r, in}); got != nil || !errors.Is(err, broken) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// multiReader reads a buffer to its end, then fails.
type multiReader struct {
	first *bytes.Buffer
	then  interface{ Read([]byte) (int, error) }
}

func (m multiReader) Read(p []byte) (int, error) {
	if m.first.Len() > 0 {
		return m.first.Read(p)
	}
	return m.then.Read(p)
}

// Whatever is read compiles, and written out again it reads the same.
func FuzzReadDeckCSV(f *testing.F) {
	for _, s := range []string{
		deckHeaderLine + "1514,Montreal,0.05,0.06,30,6\n7,Russia,0,0.0083,6,6\n",
		"\ufeffprefix,rate_per_minute\r\n+1,0.01\r\n",
		"prefix,rate_per_minute,name\n1,0.01,\"a \"\"b\"\", c\"\n",
		everyColumn + "1,x,0.1,0.06,60,60,0,5,disconnect,2026-01-01,2027-01-01T00:00:00+01:00\n1,,,0.03,,6,120,,,2026-01-01,2027-01-01T00:00:00+01:00\n1,y,,1,,,,,free,2027-01-01,\n",
		"prefix,rate_per_minute,from_s\n1,1,60\n1,2,0\n", "prefix,rate_per_minute,end\n1,1,2026-01-01T00:00:00.0000001Z\n",
		"prefix,rate_per_minute\n\"1,0.01\n", "prefix,rate_per_minute\n1\n", "\"", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		rates, err := ReadDeckCSV(bytes.NewReader(in))
		if err != nil {
			if rates != nil {
				t.Fatal("rows beside an error")
			}
			return
		}
		prefixes := map[string]bool{}
		for _, r := range rates {
			prefixes[r.Prefix] = true
		}
		if d, err := CompileDeck("x", 1, rates); err != nil || d.Len() != len(prefixes) {
			t.Fatalf("what was read does not compile: %v", err)
		}
		if bytes.ContainsRune(in, '\r') {
			return // RFC 4180 readers turn CRLF inside a field into LF: not the same text any more
		}
		again, err := ReadDeckCSV(writeDeck(t, rates))
		if diff := cmp.Diff(rates, again); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// Any deck written as a file reads as the same, in whatever order its rows stand.
func TestDeckFileRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want, _ := anyRates(r)
		for i := range want {
			want[i].Tariff = anyTariff().Draw(r, "tariff")
			if want[i].Tariff.MaxCost > 0 && want[i].Tariff.MaxCostAction == "" {
				want[i].Tariff.MaxCostAction = TalkOn
			}
		}
		slices.SortFunc(want, func(a, b Rate) int {
			return order.Or(strings.Compare(a.Prefix, b.Prefix), a.Effective.Compare(b.Effective))
		})
		header, rows, _ := strings.Cut(writeDeck(t, want).String(), "\n")
		lines := strings.Split(strings.TrimSuffix(rows, "\n"), "\n")
		lines = rapid.Permutation(lines).Draw(r, "order")
		got, err := ReadDeckCSV(strings.NewReader(header + "\n" + strings.Join(lines, "\n")))
		if diff := cmp.Diff(want, got); len(want) > 0 && (err != nil || diff != "") {
			r.Fatalf("%v\n%s", err, diff)
		}
	})
}

// writeDeck writes rates as a deck file, a row for each tier.
func writeDeck(t testing.TB, rates []Rate) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{deckColumns}
	for _, r := range rates {
		for _, tier := range r.Tariff.Tiers {
			fee, most, action := "", "", ""
			if tier.FromS == 0 {
				fee, most, action = r.Tariff.ConnectFee.String(), r.Tariff.MaxCost.String(), string(r.Tariff.MaxCostAction)
			}
			rows = append(rows, []string{
				r.Prefix, r.Tariff.Name, fee, tier.RatePerMinute.String(), fmt.Sprint(tier.FirstIncrementS), fmt.Sprint(tier.IncrementS),
				fmt.Sprint(tier.FromS), most, action, written(r.Effective), written(r.End),
			})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return &out
}

func written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}
