package ivr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cccp/billing"
)

// scene is the script of one or more calls, as testdata/calls/README.md explains it.
type scene struct {
	title     string
	given     []string
	meanwhile []string
	parts     []part
}

// part is one caller, or somebody who is called or left over, and the callees he meets.
type part struct {
	visit   billing.VisitID
	caller  []string
	called  []string
	left    []string
	callees []string
}

// The sections of an archive that are expected of a call, not given to it.
const (
	transcriptFile = "transcript"
	cdrFile        = "cdr"
	ledgerFile     = "ledger"
)

func readScene(t testing.TB, a *txtar.Archive) scene {
	t.Helper()
	s := scene{title: strings.TrimSpace(string(a.Comment))}
	for _, f := range a.Files {
		section, name, _ := strings.Cut(f.Name, " ")
		lines := linesOf(f.Data)
		switch section {
		case "given":
			s.given = lines
		case "meanwhile":
			s.meanwhile = lines
		case "caller":
			s.part(name).caller = lines
		case "called":
			s.part(name).called = lines
		case "left":
			s.part(name).left = lines
		case "callee":
			s.part(name).callees = lines
		case transcriptFile, cdrFile, ledgerFile:
		default:
			t.Fatalf("section %q: use given, caller, called, left, callee, meanwhile, transcript, cdr or ledger", f.Name)
		}
	}
	return s
}

// part is that of the caller with the name given; a call alone is visit v1.
func (s *scene) part(name string) *part {
	visit := billing.VisitID(name)
	if name == "" {
		visit = "v1"
	}
	for i := range s.parts {
		if s.parts[i].visit == visit {
			return &s.parts[i]
		}
	}
	s.parts = append(s.parts, part{visit: visit})
	return &s.parts[len(s.parts)-1]
}

func linesOf(data []byte) (lines []string) {
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

// verb cuts the first words off a line, if it begins with them.
func verb(line, words string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(line, words)
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// reader reads words of a scene; what cannot be read ends the test.
type reader struct{ testing.TB }

func (r reader) duration(s string) time.Duration {
	r.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		r.Fatalf("%q is not a duration", s)
	}
	return d
}

func (r reader) number(s string) int {
	r.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		r.Fatalf("%q is not a number", s)
	}
	return n
}

func (r reader) money(s string) billing.Money {
	r.Helper()
	m, err := billing.ParseMoney(s)
	if err != nil {
		r.Fatal(err)
	}
	return m
}

func (r reader) decimal(s string) billing.Decimal {
	r.Helper()
	d, err := billing.ParseDecimal(s)
	if err != nil {
		r.Fatal(err)
	}
	return d
}

// fields reads JSON into a record, leaving alone what is not mentioned.
func (r reader) fields(text string, record any) {
	r.Helper()
	if text == "" {
		return
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(record); err != nil {
		r.Fatalf("%s: %v", text, err)
	}
}

// rate reads "PREFIX PRICE_PER_MINUTE FIRST/FURTHER [fee FEE] [free|disconnect MAX_COST]".
func (r reader) rate(line string) billing.Rate {
	r.Helper()
	words := strings.Fields(line)
	if len(words) < 3 || len(words)%2 == 0 {
		r.Fatalf("rate %s: write it like: rate 33 0.30 30/6 fee 0.05", line)
	}
	first, further, _ := strings.Cut(words[2], "/")
	rate := billing.Rate{Prefix: words[0], Tariff: billing.Tariff{Tiers: []billing.Tier{{
		RatePerMinute: r.decimal(words[1]), FirstIncrementS: int64(r.number(first)), IncrementS: int64(r.number(further)),
	}}}}
	for more := range slices.Chunk(words[3:], 2) {
		switch word := more[0]; word {
		case "fee":
			rate.Tariff.ConnectFee = r.decimal(more[1])
		case "free", "disconnect":
			rate.Tariff.MaxCost, rate.Tariff.MaxCostAction = r.decimal(more[1]), billing.MaxCostAction(word)
		default:
			r.Fatalf("rate %s: no fee and no maximum cost: %s", line, word)
		}
	}
	return rate
}

// conducts reads what callees do, an attempt a line.
func (r reader) conducts(lines []string) (all []conduct) {
	r.Helper()
	for _, line := range lines {
		c := conduct{dialling: dialTakes}
		for phrase := range strings.SplitSeq(line, ",") {
			r.phrase(strings.TrimSpace(phrase), &c)
		}
		all = append(all, c)
	}
	return all
}

func (r reader) phrase(phrase string, c *conduct) {
	r.Helper()
	then := func(do func(*fakeCallee)) { c.steps = append(c.steps, func(f *fakeCallee) bool { do(f); return true }) }
	wait := func(text string) {
		if text != "" {
			d := r.duration(text)
			c.steps = append(c.steps, func(f *fakeCallee) bool { return pass(f.ctx, d) })
		}
	}
	if phrase == "cannot be dialled" {
		c.refused = true
	} else if rest, ok := verb(phrase, "dialling takes"); ok {
		c.dialling = r.duration(rest)
	} else if phrase == "is deaf" {
		c.deaf = true
	} else if rest, ok := verb(phrase, "waits"); ok {
		wait(rest)
	} else if rest, ok := verb(phrase, "rings"); ok {
		then((*fakeCallee).ring)
		wait(rest)
	} else if phrase == "sends sound" {
		then((*fakeCallee).sound)
	} else if phrase == "answers" {
		then((*fakeCallee).answer)
	} else if rest, ok := verb(phrase, "talks"); ok {
		wait(rest)
	} else if rest, ok := verb(phrase, "fails"); ok {
		cause := r.number(rest)
		then(func(f *fakeCallee) { f.finish(cause, fmt.Sprintf("fails, cause %d", cause)) })
	} else if phrase == "hangs up" {
		then(func(f *fakeCallee) { f.finish(16, "hangs up") })
	} else {
		r.Fatalf("callee: %q: use waits, rings, sends sound, answers, talks, fails, hangs up, is deaf, cannot be dialled or dialling takes", phrase)
	}
}
