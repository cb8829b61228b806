package configs

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSet(t *testing.T) {
	for _, c := range []struct {
		name, source string
		values       map[string]any
		want         string
	}{
		{"a value, its comment and what is around it", "# mine\ncountry: US   # here\n\ndrain: 5m\n",
			map[string]any{"country": "CA"}, "# mine\ncountry: CA   # here\n\ndrain: 5m\n"},
		{"quoted values", "codes:\n  redial: \"*0\"   # again\n  balance: '*1'\n",
			map[string]any{"codes.redial": "*9", "codes.balance": ""}, "codes:\n  redial: \"*9\"   # again\n  balance: \"\"\n"},
		{"into braces", "lockout:\n  caller: {misses: 3, for: 1m}  # strict\n",
			map[string]any{"lockout.caller.misses": 5, "lockout.caller.within": "2h"}, "lockout:\n  caller: {within: \"2h\", misses: 5, for: 1m}  # strict\n"},
		{"into empty braces", "callback: {}\n", map[string]any{"callback.tries": 3}, "callback: {tries: 3}\n"},
		{"a field that is missing", "callback:\n  # patience\n  tries: 3\n",
			map[string]any{"callback.delay": 5 * time.Second}, "callback:\n  delay: 5s\n  # patience\n  tries: 3\n"},
		{"a section that is missing", "country: US", map[string]any{"callback.delay": Duration(time.Minute), "lockout.caller.misses": 0},
			"country: US\ncallback:\n  delay: 1m0s\nlockout:\n  caller:\n    misses: 0\n"},
		{"a section without fields", "codes:\ncountry: US\n", map[string]any{"codes.redial": "*9"}, "codes:\n  redial: \"*9\"\ncountry: US\n"},
		{"deeper", "asterisk:\n    password:\n        file: /a\n", map[string]any{"asterisk.password.file": "/etc/b", "asterisk.user": "ari"},
			"asterisk:\n    user: \"ari\"\n    password:\n        file: /etc/b\n"},
		{"nothing but comments", "# all defaults\n", map[string]any{"country": "NO"}, "# all defaults\ncountry: \"NO\"\n"},
		{"an empty file", "", map[string]any{"calls.per_visit": 1}, "calls:\n  per_visit: 1\n"},
		{"letters of several bytes", "socket_group: größe   # ü\n", map[string]any{"socket_group": "x y"}, "socket_group: \"x y\"   # ü\n"},
		{"line ends of DOS", "country: US\r\ndrain: 5m\r\n", map[string]any{"country": "CA"}, "country: CA\r\ndrain: 5m\r\n"},
		{"below a heading with a comment", "codes: # mine\n  # first\n  balance: '*8'\n",
			map[string]any{"codes.redial": "*9"}, "codes: # mine\n  redial: \"*9\"\n  # first\n  balance: '*8'\n"},
		{"below a section without fields, with a comment", "codes: # none\ncountry: US\n",
			map[string]any{"codes.redial": "*9"}, "codes: # none\n  redial: \"*9\"\ncountry: US\n"},
		{"below the last line", "codes:", map[string]any{"codes.redial": "*9"}, "codes:\n  redial: \"*9\"\n"},
		{"a document's mark", "---\ncountry: US\n", map[string]any{"country": "CA"}, "---\ncountry: CA\n"},
		{"a section with line ends of DOS", "callback:\r\n  tries: 3\r\n",
			map[string]any{"callback.delay": 5 * time.Second}, "callback:\r\n  delay: 5s\n  tries: 3\r\n"},
		{"no value said so", "country: ~ # unset\n", map[string]any{"country": "CA"}, "country: CA # unset\n"},
		{"quoted names, tabs in a comment", "\"country\": US\t# a\tb\n", map[string]any{"country": "CA"}, "\"country\": CA\t# a\tb\n"},
		{"the same name elsewhere", "calls:\n  tries: 2\ncallback:\n  tries: 3\n",
			map[string]any{"callback.tries": 4}, "calls:\n  tries: 2\ncallback:\n  tries: 4\n"},
		{"nothing", "country: US\n", nil, "country: US\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Set([]byte(c.source), c.values)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The example is what an importer begins with: all it sets must arrive, and no comment go.
func TestSetExample(t *testing.T) {
	got, err := Set(Example(), map[string]any{
		"country": "CA", "codes.redial": "*7", "codes.voucher": "", "callback.delay": "4s",
		"lockout.caller.misses": 4, "asterisk.app": "other", "calls.ring": 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if c.Country != "CA" || c.Codes.Redial != "*7" || c.Codes.Voucher != "" || c.Lockout.Caller.Misses != 4 ||
		c.Asterisk.App != "other" || time.Duration(c.Calls.Ring) != 20*time.Second || time.Duration(c.Callback.Delay) != 4*time.Second {
		t.Errorf("%+v", c)
	}
	if want, is := strings.Count(string(Example()), "#"), strings.Count(string(got), "#"); want != is {
		t.Errorf("%d comments of %d are left:\n%s", is, want, got)
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct {
		name, source string
		values       map[string]any
		want         string
	}{
		{"an unknown field", "country: US\n", map[string]any{"colour": "blue"}, "colour"},
		{"a value out of range", "country: US\n", map[string]any{"callback.tries": 11}, "callback.tries: give 1 to 10"},
		{"a conflict with what is there", "codes:\n  balance: \"*1\"\n", map[string]any{"codes.last_call": "*12"}, "cannot be told apart"},
		{"a value of no known kind", "", map[string]any{"country": []string{"US"}}, "set country: a []string"},
		{"text that is none", "", map[string]any{"socket_group": "\xff"}, "not UTF-8"},
		{"a field of a value", "country: US\n", map[string]any{"country.code": "US"}, "line 1: country holds no fields"},
		{"a section as a value", "calls:\n  ring: 20s\n", map[string]any{"calls": "many"}, "change it by hand"},
		{"text of many lines", "country: |\n  US\n", map[string]any{"country": "CA"}, "by hand"},
		{"a section that would go into another document", "country: US\n---\ncountry: CA\n", map[string]any{"callback.tries": 4}, "by hand"},
		{"a section below the document's end", "country: US\n...\n", map[string]any{"callback.tries": 4}, "by hand"},
		{"a file that is no YAML", "calls: [\n", map[string]any{"country": "CA"}, "set country"},
		{"a file that is refused as it is", "drain: -1s\n", map[string]any{"country": "CA"}, "drain: give 0s to 24h"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Set([]byte(c.source), c.values)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want mention of %q; got\n%s", err, c.want, got)
			}
		})
	}
}

// Whatever text is set is what is read back.
func FuzzSet(f *testing.F) {
	f.Add("country: US\nsocket_group: x # y\n", "cccp")
	f.Add("socket_group: \"a\\\"b\" # c\n", "# ü: {")
	f.Fuzz(func(t *testing.T, source, group string) {
		got, err := Set([]byte(source), map[string]any{"socket_group": group})
		if err != nil {
			return
		}
		if c, err := Parse(got); err != nil || c.SocketGroup != group {
			t.Fatalf("%q in %q: %q, %v", group, source, got, err)
		}
	})
}
