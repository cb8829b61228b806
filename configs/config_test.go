package configs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestExampleIsTheDefault(t *testing.T) {
	fromExample, err := Parse(Example())
	if err != nil {
		t.Fatal(err)
	}
	fromNothing, err := Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromExample, fromNothing) || !reflect.DeepEqual(fromNothing, Default()) {
		t.Errorf("the example differs from the defaults:\n%+v\n%+v", fromExample, fromNothing)
	}
	if got := time.Duration(fromExample.Calls.Longest); got != 6*time.Hour {
		t.Errorf("longest = %v", got)
	}
}

// Every field must stand in the example, or nobody learns of it.
func TestExampleNamesEveryField(t *testing.T) {
	var missing func(reflect.Type)
	missing = func(rt reflect.Type) {
		for f := range rt.Fields() {
			if name := f.Tag.Get("yaml"); !strings.Contains(string(Example()), name+":") {
				t.Errorf("the example does not mention %s", name)
			}
			if f.Type.Kind() == reflect.Struct {
				missing(f.Type)
			}
		}
	}
	missing(reflect.TypeFor[Config]())
}

func TestParse(t *testing.T) {
	c, err := Parse([]byte("country: CA\nasterisk:\n  password:\n    env: SECRET\ncalls:\n  ring: 20s\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Country != "CA" || time.Duration(c.Calls.Ring) != 20*time.Second || c.Calls.Tries != 3 {
		t.Errorf("%+v", c)
	}
	if c.Asterisk.Password != (Secret{Env: "SECRET"}) {
		t.Errorf("password %+v: the default file must not stay beside a given variable", c.Asterisk.Password)
	}
}

func TestSections(t *testing.T) {
	c, err := Parse([]byte("codes:\n  redial: \"\"\n  balance: \"*0\"\ncallback: {delay: 0s, per_day: 0}\nlockout:\n  caller: {misses: 0}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Codes{NextCall: "**", Balance: "*0", LastCall: "*151", Voucher: "*152", SpeedDial: "*153", Transfer: "*154"}); c.Codes != want {
		t.Errorf("codes %+v, want %+v", c.Codes, want)
	}
	if c.Callback.Delay != 0 || c.Callback.PerDay != 0 || c.Callback.Tries != 2 || time.Duration(c.Callback.Cooldown) != 30*time.Second {
		t.Errorf("callback %+v", c.Callback)
	}
	if want := (LockRule{0, Duration(time.Hour), Duration(time.Hour)}); c.Lockout.Caller != want || c.Lockout.Everybody.Misses != 1000 {
		t.Errorf("lockout %+v", c.Lockout)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"unknown field", "country: CA\ncolour: blue\n", "2"},
		{"unknown nested field", "calls:\n  rings: 20s\n", "rings"},
		{"repeated field", "country: CA\ncountry: US\n", "country"},
		{"not a duration", "calls:\n  ring: soon\n", "soon"},
		{"too short", "# first\ncalls:\n  ring: 1s\n", "line 3: calls.ring: give 5s to 5m"},
		{"two secrets", "pin_key:\n  file: /a\n  env: B\n", "pin_key: give either"},
		{"relative folder", "data_dir: here\n", "line 1: data_dir"},
		{"wrong level", "log:\n  level: loud\n", "line 2: log.level"},
		{"extends later than it grants", "calls:\n  grant: 20s\n", "line 2: calls.grant: extend_ahead must be"},
		{"a number for a field", "drain: 5m\n0: 1\n", `line 2: "0" is no field`},
		{"a number for a nested field", "codes:\n  150: balance\n", `line 2: "150" is no field`},
		{"no destinations", "calls:\n  per_visit: 0\n", "line 2: calls.per_visit: give 1 to 100"},
		{"a code of letters", "codes:\n  balance: \"*a\"\n", `line 2: codes.balance: give "*"`},
		{"a code like a number", "codes:\n  balance: \"150\"\n", "line 2: codes.balance: give"},
		{"a code too long", "codes:\n  balance: \"*150000\"\n", "line 2: codes.balance: give"},
		{"a code of one key", "codes:\n  balance: \"*\"\n", "line 2: codes.balance: give"},
		{"two equal codes", "codes:\n  balance: \"*1\"\n  voucher: \"*1\"\n  last_call: \"\"\n  speed_dial: \"\"\n", `line 3: codes.voucher: balance "*1" and voucher "*1" cannot be told apart`},
		{"a code that begins a default one", "codes:\n  speed_dial: \"*15\"\n", `line 2: codes.speed_dial: balance "*150" and speed_dial "*15" cannot`},
		{"a code that begins with a default one", "# mine\ncodes:\n  redial: \"*1501\"\n", `line 3: codes.redial: redial "*1501" and balance "*150" cannot`},
		{"a code that begins like the key of a call", "codes:\n  voucher: \"**5\"\n", `next_call "**" and voucher "**5" cannot`},
		{"waits too long", "callback:\n  delay: 61s\n", "line 2: callback.delay: give 0s to 1m"},
		{"cooldown", "callback:\n  cooldown: 25h\n", "line 2: callback.cooldown: give 0s to 24h"},
		{"per day", "callback:\n  per_day: -1\n", "line 2: callback.per_day: give 0 (no limit)"},
		{"callback tries", "callback:\n  tries: 0\n", "line 2: callback.tries: give 1 to 10"},
		{"retry", "callback:\n  retry_after: 0s\n", "line 2: callback.retry_after: give 1s to 24h"},
		{"callback ring", "callback:\n  ring: 4s\n", "line 2: callback.ring: give 5s to 5m"},
		{"at once", "callback:\n  at_once: 10001\n", "line 2: callback.at_once: give 1 to 10000"},
		{"misses", "lockout:\n  caller: {misses: -1}\n", "line 2: lockout.caller.misses: give 0 (never locks)"},
		{"within", "lockout:\n  access_number:\n    within: 721h\n", "line 3: lockout.access_number.within: give 1s to 720h"},
		{"for", "lockout:\n  everybody: {for: 0s}\n", "line 2: lockout.everybody.for: give 1s to 720h"},
		{"unknown scope", "lockout:\n  account: {misses: 1}\n", "account"},
		{"not yaml", "calls: [\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.source))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse: %v; want mention of %q", err, c.want)
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ccd.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("drain: -1s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path+": line 1: drain") {
		t.Errorf("bad file: %v", err)
	}
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	full, empty := filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	for path, text := range map[string]string{full: "s3cret\n", empty: "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CCCP_TEST_SECRET", "from env")
	for _, c := range []struct {
		secret Secret
		want   string
	}{
		{Secret{File: full}, "s3cret"},
		{Secret{Env: "CCCP_TEST_SECRET"}, "from env"},
		{Secret{File: empty}, ""},
		{Secret{File: filepath.Join(dir, "none")}, ""},
		{Secret{Env: "CCCP_TEST_UNSET"}, ""},
	} {
		got, err := c.secret.Read()
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q, %v", c.secret, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example())
	f.Add([]byte("calls: {ring: 5s}"))
	f.Fuzz(func(t *testing.T, source []byte) {
		c, err := Parse(source)
		if err == nil && (c.Calls.Tries < 1 || c.DataDir == "") {
			t.Fatalf("accepted %q: %+v", source, c)
		}
	})
}
