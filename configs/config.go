// Package configs holds what is configured from outside: ccd's own file, read
// strictly, and the Asterisk files an admin needs beside it. Both ship embedded, with
// comments, and the example is the default: a test keeps them equal.
package configs

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed ccd.yaml
var example []byte

// Example is the commented example file; it holds every default.
func Example() []byte { return bytes.Clone(example) }

// Config is ccd's configuration.
type Config struct {
	DataDir     string   `yaml:"data_dir"`
	Socket      string   `yaml:"socket"`
	SocketGroup string   `yaml:"socket_group"`
	Country     string   `yaml:"country"`
	Log         Log      `yaml:"log"`
	Asterisk    ARI      `yaml:"asterisk"`
	PINKey      Secret   `yaml:"pin_key"`
	Prompts     Prompts  `yaml:"prompts"`
	Calls       Calls    `yaml:"calls"`
	Drain       Duration `yaml:"drain"`
}

// Log says how events are written.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// ARI says where Asterisk is.
type ARI struct {
	URL            string   `yaml:"url"`
	User           string   `yaml:"user"`
	Password       Secret   `yaml:"password"`
	App            string   `yaml:"app"`
	CommandTimeout Duration `yaml:"command_timeout"`
}

// Prompts says what callers hear.
type Prompts struct {
	Dir      string `yaml:"dir"`
	Language string `yaml:"language"`
}

// Calls are the limits of calls.
type Calls struct {
	Max           int      `yaml:"max"`
	FirstDigit    Duration `yaml:"first_digit"`
	BetweenDigits Duration `yaml:"between_digits"`
	Tries         int      `yaml:"tries"`
	Ring          Duration `yaml:"ring"`
	Grant         Duration `yaml:"grant"`
	ExtendAhead   Duration `yaml:"extend_ahead"`
	Longest       Duration `yaml:"longest"`
	SettleWithin  Duration `yaml:"settle_within"`
}

// Duration is written like 5s, 10m or 6h.
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write it like 5s, 10m or 6h", text)
	}
	*d = Duration(parsed)
	return nil
}

// Secret is kept outside the configuration file.
type Secret struct {
	File string `yaml:"file"`
	Env  string `yaml:"env"`
}

// Read fetches the secret. An empty one is refused.
func (s Secret) Read() (string, error) {
	if s.Env != "" {
		if v := os.Getenv(s.Env); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("secret: environment variable %s is not set", s.Env)
	}
	b, err := os.ReadFile(s.File)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if v := strings.TrimRight(string(b), "\r\n"); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("secret: file %s is empty", s.File)
}

// Load reads a configuration file over the defaults.
func Load(path string) (Config, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("load config: %w", err)
	}
	c, err := Parse(source)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Default is the configuration of an empty file.
func Default() Config {
	var c Config
	if err := yaml.Unmarshal(example, &c); err != nil {
		panic(err) // embedded, and tested
	}
	return c
}

// Parse reads a configuration over the defaults. Unknown and repeated fields are
// refused; every error points at its line.
func Parse(source []byte) (Config, error) {
	c := Default()
	given := c
	given.Asterisk.Password, given.PINKey = Secret{}, Secret{} // env and file exclude each other
	err := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict()).Decode(&given)
	if err != nil && !errors.Is(err, io.EOF) {
		return Config{}, errors.New(yaml.FormatError(err, false, true))
	}
	if given == (Config{}) { // nothing but comments decodes to nothing, not to what was there
		return c, nil
	}
	if given.Asterisk.Password == (Secret{}) {
		given.Asterisk.Password = c.Asterisk.Password
	}
	if given.PINKey == (Secret{}) {
		given.PINKey = c.PINKey
	}
	return given, given.validate(source)
}

// Database is where the store's file is.
func (c Config) Database() string { return filepath.Join(c.DataDir, "cccp.db") }

// rule is one thing that must hold of a field.
type rule struct {
	path string // YAML path of the field, and of those it depends on
	ok   bool
	want string
}

func (c Config) validate(source []byte) error {
	var problems []error
	for _, r := range c.rules() {
		if !r.ok {
			problems = append(problems, r.problem(source))
		}
	}
	return errors.Join(problems...)
}

// problem points at the field's line where the file has one.
func (r rule) problem(source []byte) error {
	for candidate := range strings.FieldsSeq(r.path) {
		field := strings.TrimPrefix(candidate, "$.")
		path, err := yaml.PathString(candidate)
		if err != nil {
			continue
		}
		if node, err := path.ReadNode(bytes.NewReader(source)); err == nil {
			return fmt.Errorf("line %d: %s: %s", node.GetToken().Position.Line, field, r.want)
		}
	}
	return fmt.Errorf("%s: %s", strings.TrimPrefix(r.path, "$."), r.want)
}

func (c Config) rules() []rule {
	return slices.Concat(c.placeRules(), c.callRules())
}

func (c Config) placeRules() []rule {
	oneSource := func(s Secret) bool { return (s.File == "") != (s.Env == "") }
	return []rule{
		{"$.data_dir", filepath.IsAbs(c.DataDir), "give an absolute folder"},
		{"$.socket", filepath.IsAbs(c.Socket) && len(c.Socket) <= maxSocketPath, fmt.Sprintf("give an absolute path of at most %d bytes", maxSocketPath)},
		{"$.country", len(c.Country) == 2 && strings.ToUpper(c.Country) == c.Country, "give an ISO 3166-1 code of two capital letters"},
		{"$.log.level", slices.Contains([]string{"trace", "debug", "info", "warn", "error"}, c.Log.Level), "give trace, debug, info, warn or error"},
		{"$.log.format", c.Log.Format == "json" || c.Log.Format == "console", "give json or console"},
		{"$.asterisk.url", strings.HasPrefix(c.Asterisk.URL, "http://") || strings.HasPrefix(c.Asterisk.URL, "https://"), "write it like http://127.0.0.1:8088/ari"},
		{"$.asterisk.user", c.Asterisk.User != "", "give the user of ari.conf"},
		{"$.asterisk.password", oneSource(c.Asterisk.Password), "give either file or env"},
		{"$.asterisk.app", c.Asterisk.App != "" && !strings.ContainsAny(c.Asterisk.App, ", "), "give the name used in Stasis(…), without commas or spaces"},
		{"$.asterisk.command_timeout", within(c.Asterisk.CommandTimeout, 100*time.Millisecond, time.Minute), "give 100ms to 1m"},
		{"$.pin_key", oneSource(c.PINKey), "give either file or env"},
		{"$.prompts.dir", filepath.IsAbs(c.Prompts.Dir), "give an absolute folder"},
		{"$.prompts.language", c.Prompts.Language != "", "give a language, such as en"},
	}
}

// maxSocketPath is what fits into a sockaddr_un on every Unix.
const maxSocketPath = 100

func (c Config) callRules() []rule {
	calls := c.Calls
	return []rule{
		{"$.calls.max", calls.Max >= 1 && calls.Max <= 100_000, "give 1 to 100000"},
		{"$.calls.first_digit", within(calls.FirstDigit, time.Second, time.Minute), "give 1s to 1m"},
		{"$.calls.between_digits", within(calls.BetweenDigits, 500*time.Millisecond, time.Minute), "give 500ms to 1m"},
		{"$.calls.tries", calls.Tries >= 1 && calls.Tries <= 10, "give 1 to 10"},
		{"$.calls.ring", within(calls.Ring, 5*time.Second, 5*time.Minute), "give 5s to 5m"},
		{"$.calls.grant", within(calls.Grant, 10*time.Second, time.Hour), "give 10s to 1h"},
		{"$.calls.extend_ahead $.calls.grant", within(calls.ExtendAhead, time.Second, time.Duration(calls.Grant)/2), "extend_ahead must be 1s to half of grant"},
		{"$.calls.longest", within(calls.Longest, time.Minute, 24*time.Hour), "give 1m to 24h"},
		{"$.calls.settle_within", within(calls.SettleWithin, time.Second, time.Minute), "give 1s to 1m"},
		{"$.drain", within(c.Drain, 0, 24*time.Hour), "give 0s to 24h"},
	}
}

func within(d Duration, least, most time.Duration) bool {
	return time.Duration(d) >= least && time.Duration(d) <= most
}
