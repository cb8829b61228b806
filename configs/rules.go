package configs

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

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
	return slices.Concat(c.placeRules(), c.callRules(), c.Codes.rules(), c.Callback.rules(), c.Lockout.rules(),
		c.Nightly.rules(), c.Archive.rules())
}

func (c Config) placeRules() []rule {
	oneSource := func(s Secret) bool { return (s.File == "") != (s.Env == "") }
	return []rule{
		{"$.data_dir", filepath.IsAbs(c.DataDir), "give an absolute folder"},
		{"$.socket", filepath.IsAbs(c.Socket) && len(c.Socket) <= maxSocketPath,
			fmt.Sprintf("give an absolute path of at most %d bytes", maxSocketPath)},
		{"$.country", len(c.Country) == 2 && strings.ToUpper(c.Country) == c.Country,
			"give an ISO 3166-1 code of two capital letters"},
		{"$.log.level", slices.Contains([]string{"trace", "debug", "info", "warn", "error"}, c.Log.Level),
			"give trace, debug, info, warn or error"},
		{"$.log.format", c.Log.Format == "json" || c.Log.Format == "console", "give json or console"},
		{"$.asterisk.url", strings.HasPrefix(c.Asterisk.URL, "http://") ||
			strings.HasPrefix(c.Asterisk.URL, "https://"), "write it like http://127.0.0.1:8088/ari"},
		{"$.asterisk.user", c.Asterisk.User != "", "give the user of ari.conf"},
		{"$.asterisk.password", oneSource(c.Asterisk.Password), "give either file or env"},
		{"$.asterisk.app", c.Asterisk.App != "" && !strings.ContainsAny(c.Asterisk.App, ", "),
			"give the name used in Stasis(…), without commas or spaces"},
		{"$.asterisk.command_timeout", within(c.Asterisk.CommandTimeout, 100*time.Millisecond, time.Minute),
			"give 100ms to 1m"},
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
		{"$.calls.per_visit", calls.PerVisit >= 1 && calls.PerVisit <= 100, "give 1 to 100"},
		{"$.calls.first_digit", within(calls.FirstDigit, time.Second, time.Minute), "give 1s to 1m"},
		{"$.calls.between_digits", within(calls.BetweenDigits, 500*time.Millisecond, time.Minute), "give 500ms to 1m"},
		{"$.calls.tries", calls.Tries >= 1 && calls.Tries <= 10, "give 1 to 10"},
		{"$.calls.ring", within(calls.Ring, 5*time.Second, 5*time.Minute), "give 5s to 5m"},
		{"$.calls.grant", within(calls.Grant, 10*time.Second, time.Hour), "give 10s to 1h"},
		{"$.calls.extend_ahead $.calls.grant", within(calls.ExtendAhead, time.Second, time.Duration(calls.Grant)/2),
			"extend_ahead must be 1s to half of grant"},
		{"$.calls.longest", within(calls.Longest, time.Minute, 24*time.Hour), "give 1m to 24h"},
		{"$.calls.settle_within", within(calls.SettleWithin, time.Second, time.Minute), "give 1s to 1m"},
		{"$.drain", within(c.Drain, 0, 24*time.Hour), "give 0s to 24h"},
	}
}

// codePattern is what a caller can type and what no number begins with.
var codePattern = regexp.MustCompile(`^\*[*0-9]{1,5}$`)

// rules refuse codes that cannot be typed, and any two that cannot be told apart: the
// shorter one would be complete while the longer one is being typed.
func (c Codes) rules() []rule {
	codes := []struct{ name, code string }{
		{"redial", c.Redial}, {"next_call", c.NextCall}, {"balance", c.Balance},
		{"last_call", c.LastCall}, {"voucher", c.Voucher}, {"speed_dial", c.SpeedDial}, {"transfer", c.Transfer},
	}
	var rules []rule
	for i, a := range codes {
		rules = append(rules,
			rule{"$.codes." + a.name, a.code == "" || codePattern.MatchString(a.code),
				`give "*" and 1 to 5 digits or "*", or "" to switch it off`})
		for _, b := range codes[:i] {
			rules = append(rules, rule{
				"$.codes." + a.name + " $.codes." + b.name,
				a.code == "" || b.code == "" || !strings.HasPrefix(a.code, b.code) &&
					!strings.HasPrefix(b.code, a.code),
				fmt.Sprintf("%s %q and %s %q cannot be told apart: none may begin another",
					b.name, b.code, a.name, a.code),
			})
		}
	}
	return rules
}

func (c Callback) rules() []rule {
	return []rule{
		{"$.callback.delay", within(c.Delay, 0, time.Minute), "give 0s to 1m"},
		{"$.callback.cooldown", within(c.Cooldown, 0, 24*time.Hour), "give 0s to 24h"},
		{"$.callback.per_day", c.PerDay >= 0 && c.PerDay <= 10_000, "give 0 (no limit) to 10000"},
		{"$.callback.tries", c.Tries >= 1 && c.Tries <= 10, "give 1 to 10"},
		{"$.callback.retry_after", within(c.RetryAfter, time.Second, 24*time.Hour), "give 1s to 24h"},
		{"$.callback.ring", within(c.Ring, 5*time.Second, 5*time.Minute), "give 5s to 5m"},
		{"$.callback.at_once", c.AtOnce >= 1 && c.AtOnce <= 10_000, "give 1 to 10000"},
	}
}

// longestLock bounds how long misses are remembered, and how long a lock lasts.
const longestLock = 30 * 24 * time.Hour

func (l Lockout) rules() []rule {
	return slices.Concat(l.Caller.rules("caller"), l.AccessNumber.rules("access_number"),
		l.Everybody.rules("everybody"))
}

func (l LockRule) rules(scope string) []rule {
	at := "$.lockout." + scope
	return []rule{
		{at + ".misses", l.Misses >= 0 && l.Misses <= 1_000_000, "give 0 (never locks) to 1000000"},
		{at + ".within", within(l.Within, time.Second, longestLock), "give 1s to 720h"},
		{at + ".for", within(l.For, time.Second, longestLock), "give 1s to 720h"},
	}
}

func (n Nightly) rules() []rule {
	_, timeErr := n.Clock()
	_, zoneErr := n.Zone()
	return []rule{
		{"$.nightly.at", timeErr == nil, "write it like 00:00 or 23:30"},
		{"$.nightly.time_zone", zoneErr == nil,
			"give a name of the IANA database, such as America/Toronto, or \"\" for that of the machine"},
	}
}

// Clock is the time of day, on some day.
func (n Nightly) Clock() (time.Time, error) { return time.Parse("15:04", n.At) }

// Zone is the time zone of Clock.
func (n Nightly) Zone() (*time.Location, error) {
	if n.TimeZone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(n.TimeZone)
}

func (a Archive) rules() []rule {
	return []rule{{"$.archive.keep_days", a.KeepDays >= 0 && a.KeepDays <= 36500, "give 0 (for ever) to 36500"}}
}

func within(d Duration, least, most time.Duration) bool {
	return time.Duration(d) >= least && time.Duration(d) <= most
}
