// Package configs holds what is configured from outside: ccd's own file, read
// strictly, and the Asterisk files an admin needs beside it. Both ship embedded, with
// comments, and the example is the default: a test keeps them equal.
//
// Set changes the tokens that the YAML library reads, not its tree. Printing a changed tree
// (goccy/go-yaml 1.19) loses the comment of a replaced value, moves aligned comments and
// turns CRLF into LF: the owner of the file would find a hundred changed lines for two
// values.
package configs

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
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
	Numbering   Numbers  `yaml:"numbering"`
	Prompts     Prompts  `yaml:"prompts"`
	Calls       Calls    `yaml:"calls"`
	Codes       Codes    `yaml:"codes"`
	Callback    Callback `yaml:"callback"`
	Lockout     Lockout  `yaml:"lockout"`
	Nightly     Nightly  `yaml:"nightly"`
	Archive     Archive  `yaml:"archive"`
	Drain       Duration `yaml:"drain"`
}

// Log says how events are written.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Numbers says what of numbering plans ccd's tables do not know.
type Numbers struct {
	// Ranges is a CSV file with the columns prefix, country and digits; empty is none.
	Ranges string `yaml:"ranges"`
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
	PerVisit      int      `yaml:"per_visit"`
	FirstDigit    Duration `yaml:"first_digit"`
	BetweenDigits Duration `yaml:"between_digits"`
	Tries         int      `yaml:"tries"`
	Ring          Duration `yaml:"ring"`
	Grant         Duration `yaml:"grant"`
	ExtendAhead   Duration `yaml:"extend_ahead"`
	Longest       Duration `yaml:"longest"`
	SettleWithin  Duration `yaml:"settle_within"`
}

// Codes are typed instead of a destination, and NextCall during a call. An empty one
// is switched off.
type Codes struct {
	Redial    string `yaml:"redial"`
	NextCall  string `yaml:"next_call"`
	Balance   string `yaml:"balance"`
	LastCall  string `yaml:"last_call"`
	Voucher   string `yaml:"voucher"`
	SpeedDial string `yaml:"speed_dial"`
	Transfer  string `yaml:"transfer"`
}

// Callback says how callers are called back.
type Callback struct {
	Delay      Duration `yaml:"delay"`
	Cooldown   Duration `yaml:"cooldown"`
	PerDay     int      `yaml:"per_day"`
	Tries      int      `yaml:"tries"`
	RetryAfter Duration `yaml:"retry_after"`
	Ring       Duration `yaml:"ring"`
	AtOnce     int      `yaml:"at_once"`
}

// Lockout says how many wrong PINs lock whom.
type Lockout struct {
	Caller       LockRule `yaml:"caller"`
	AccessNumber LockRule `yaml:"access_number"`
	Everybody    LockRule `yaml:"everybody"`
}

// Nightly says when what is done every night is done.
type Nightly struct {
	At       string `yaml:"at"`
	TimeZone string `yaml:"time_zone"`
}

// Archive says how long records are kept that were archived; 0 is for ever.
type Archive struct {
	KeepDays int `yaml:"keep_days"`
}

// LockRule locks for a time after so many misses within a time; 0 misses never lock.
type LockRule struct {
	Misses int      `yaml:"misses"`
	Within Duration `yaml:"within"`
	For    Duration `yaml:"for"`
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
	if err := textKeys(source); err != nil {
		return Config{}, err
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

// textKeys refuses names of fields that are no text: the decoder would silently take
// the section they stand in for empty.
func textKeys(source []byte) error {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return errors.New(yaml.FormatError(err, false, true))
	}
	var k keys
	for _, doc := range file.Docs {
		if doc.Body != nil {
			ast.Walk(&k, doc.Body)
		}
	}
	return errors.Join(k.problems...)
}

// keys visits a file and notes the keys that are no text.
type keys struct{ problems []error }

// Visit looks at one node.
func (k *keys) Visit(n ast.Node) ast.Visitor {
	if field, ok := n.(*ast.MappingValueNode); ok && field.Key.Type() != ast.StringType &&
		field.Key.Type() != ast.MergeKeyType {
		at := field.Key.GetToken()
		k.problems = append(k.problems, fmt.Errorf("line %d: %q is no field", at.Position.Line, at.Value))
	}
	return k
}

// Database is where the store's file is.
func (c Config) Database() string { return filepath.Join(c.DataDir, "cccp.db") }
