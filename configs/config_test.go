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
