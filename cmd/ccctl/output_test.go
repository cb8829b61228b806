package main

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"cccp/billing"
	"cccp/wire"
)

// Texts that a careless reader of YAML takes for something else come back as texts.
func TestYAMLKeepsTexts(t *testing.T) {
	type record struct {
		Text  string `json:"text"`
		Count uint64 `json:"count"`
	}
	for _, s := range []string{
		"", " ", "1e5", "0123", "0x1F", "1_000", "12:30:45", "10.00", ".inf", "~", "null", "yes", "on", "true", "-", "*", "a: b # c",
		"two\nlines", "\ttab", "it's \"quoted\"", "crème", "<a>&b", "2026-01-02", "=", "!x", "&y", "%z", "@", "`", "\x1b[31m",
	} {
		var b bytes.Buffer
		if err := writeYAML(&b, []record{{s, 1<<64 - 1}}); err != nil {
			t.Fatal(err)
		}
		var got []map[string]any
		if err := yaml.Unmarshal(b.Bytes(), &got); err != nil || got[0]["text"] != s || got[0]["count"] != uint64(1<<64-1) {
			t.Errorf("%q is written as %q and read as %v, %v", s, b.String(), got, err)
		}
		if strings.ContainsRune(b.String(), '\x1b') {
			t.Errorf("%q is written with a control character", s)
		}
	}
}

func TestTable(t *testing.T) {
	type record struct {
		Name   string        `json:"name"`
		Amount billing.Money `json:"amount"`
		At     time.Time     `json:"at,omitzero"`
		Active bool          `json:"active"`
		Limit  int           `json:"limit,omitempty"`
	}
	tab := newTabulator[record]([]column{
		text("NAME", "name").wide(6), amount("AMOUNT", "amount"), text("AT (UTC)", "at"), text("ACTIVE", "active"), amount("LIMIT", "limit"),
	})
	at := time.Date(2026, 1, 2, 23, 4, 5, 6, time.FixedZone("", -3600))
	var b bytes.Buffer
	for _, rows := range [][]record{
		{{"é", 1_500_000, at, true, 7}, {"", -1, time.Time{}, false, 0}},
		{{"bell\a", 12_345_678_900_000, at, true, 1}},
		{},
	} {
		if err := tab.write(&b, rows); err != nil {
			t.Fatal(err)
		}
	}
	want := `
NAME       AMOUNT  AT (UTC)             ACTIVE  LIMIT
é            1.50  2026-01-03 00:04:05  yes         7
-       -0.000001  -                    no          -
bell�   12345678.90  2026-01-03 00:04:05  yes         1
`
	if got := "\n" + b.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	err := writeCSV(&b, []billing.CDR{{
		Seq: 1, Leg: "a,\"b\"\nc", Charge: 1, Tariff: &billing.Tariff{Prefix: "49", Name: "Germany"}, Outcome: billing.Outcome{Result: billing.Answered},
	}}, true)
	header, row, _ := strings.Cut(b.String(), "\n")
	if err != nil || !strings.HasPrefix(header, "seq,leg,visit,") || !strings.Contains(header, ",tariff.prefix,tariff.name,tariff.connect_fee,") {
		t.Fatalf("header %s, %v", header, err)
	}
	if !strings.HasPrefix(row, "1,\"a,\"\"b\"\"\nc\",,") || !strings.Contains(row, ",0.000001,,0.00,49,Germany,0,0,0,,,,,,,,,,,,0,answered,,0,false\n") {
		t.Errorf("row %s", row)
	}
}

// What a shell offers while a word is typed begins after before(word).
func TestBefore(t *testing.T) {
	names := []string{"1", "10", "100", "101", "1010", "102", "11", "A", "a", "ab", "abc", "ac", "a-b", "a.b", "a_b", "ani:1514", "pin:ff"}
	slices.Sort(names)
	for _, typed := range names {
		for _, name := range names {
			if strings.HasPrefix(name, typed) && name <= before(typed) {
				t.Errorf("before(%q) = %q leaves out %q", typed, before(typed), name)
			}
			if name < typed && name > before(typed) {
				t.Errorf("before(%q) = %q lets %q in", typed, before(typed), name)
			}
		}
	}
	if before("") != "" {
		t.Error("nothing typed begins somewhere")
	}
}

// Embedded records are part of their holder, others are dotted, lists of records left out.
func TestLeaves(t *testing.T) {
	for _, c := range []struct {
		record reflect.Type
		want   string
	}{
		{reflect.TypeFor[wire.Call](), "visit ani dialled entry since account job to trunk answered granted_s held"},
		{reflect.TypeFor[billing.Rate](), "prefix tariff.prefix tariff.name tariff.connect_fee tariff.flat tariff.max_cost tariff.max_cost_action tariff.terms.service tariff.terms.plan tariff.terms.markup_percent tariff.terms.discount_percent tariff.terms.minimum_s tariff.terms.threshold_s tariff.terms.begins tariff.terms.slack_s tariff.terms.free_s effective end deny"},
		{reflect.TypeFor[billing.Provider](), "name country currency min_pin_digits owned_numbers any_caller_id default_caller_id max_concurrent_calls time_zone display_name first_name last_name email address phone notes"},
		{reflect.TypeFor[money](), "account currency balance held credit_limit open_calls entries available"},
	} {
		var names []string
		for _, l := range leaves(c.record) {
			names = append(names, l.name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s has %s\nwant %s", c.record, got, c.want)
		}
	}
}

// A flag is named for one value of a list, unless another field is called that.
func TestFlagNames(t *testing.T) {
	for _, c := range []struct {
		record     reflect.Type
		name, flag string
	}{
		{reflect.TypeFor[billing.AccessNumber](), "language", "language"},
		{reflect.TypeFor[billing.AccessNumber](), "languages", "languages"},
		{reflect.TypeFor[billing.AccessNumber](), "dial_tone", "dial-tone"},
		{reflect.TypeFor[billing.Offering](), "allowed_countries", "allowed-country"},
		{reflect.TypeFor[billing.Offering](), "constraints", "constraint"},
		{reflect.TypeFor[billing.Account](), "phone_me", "phone-me"},
		{reflect.TypeFor[billing.NamedRate](), "child_rates", "child-rate"},
		{reflect.TypeFor[billing.RatePlan](), "rates", "rate"},
		{reflect.TypeFor[billing.CallingService](), "rate_plans", "rate-plan"},
		{reflect.TypeFor[billing.Credential](), "retain_cid", "retain-cid"},
	} {
		all := leaves(c.record)
		i := slices.IndexFunc(all, func(l leaf) bool { return l.name == c.name })
		if i < 0 || all[i].flag != c.flag {
			t.Errorf("%s of %s: want flag %s, fields are %+v", c.name, c.record, c.flag, all)
		}
	}
}

func TestMomentFlag(t *testing.T) {
	for given, want := range map[string]string{
		"2030-12-31": "2030-12-31T00:00:00Z", "2030-12-31T18:00:00Z": "2030-12-31T18:00:00Z",
		"2030-12-31T18:00:00+02:00": "2030-12-31T18:00:00+02:00", "": "",
	} {
		m := new(momentFlag)
		if err := m.Set(given); err != nil || m.String() != want {
			t.Errorf("%q: %q, %v; want %q", given, m, err, want)
		}
	}
	for _, wrong := range []string{"tomorrow", "2030-13-01", "31.12.2030", "2030-12-31 18:00"} {
		if err := new(momentFlag).Set(wrong); err == nil {
			t.Errorf("%q is taken for a time", wrong)
		}
	}
}

func FuzzWhole(f *testing.F) {
	for _, s := range []string{"0", "010", "-1", "+1", "1e3", "0x1", "1_0", "", " 1", "9223372036854775807", "9223372036854775808", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseWhole(s)
		if err != nil {
			return
		}
		if want := strings.TrimLeft(s, "0"); n < 0 || strconv.FormatInt(n, 10) != max(want, "0") {
			t.Errorf("%q is read as %d", s, n)
		}
	})
}
