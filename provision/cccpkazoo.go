package provision

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kazooRecord is a document of Kazoo's cccps database, as it is written.
type kazooRecord struct {
	account, user  string
	pin, cid       string
	hash           string // of a PIN that was left out by our own export
	outbound       string
	active, retain bool
	activeGiven    bool
	maxCalls       int
}

// hashedID is the ID our own export gives a pin record: with it, and without the PIN, no
// credential can be made.
var hashedID = regexp.MustCompile(`^pin:[0-9a-f]{64}$`)

// recordFields are those that are read; Kazoo's bookkeeping means nothing to us.
var recordFields = []string{"id", "pin", "cid", "outbound_cid", "user_id", "account_id", "active", "retain_cid", "max_concurent_calls_per_user"}

// readRecord reads a document of the cccps database.
func readRecord(o object) (r kazooRecord, err error) {
	for name, into := range map[string]*string{
		"pin": &r.pin, "cid": &r.cid, "outbound_cid": &r.outbound, "user_id": &r.user,
	} {
		if *into, err = text(o[name]); err != nil {
			return r, fmt.Errorf("%s %w", name, err)
		}
	}
	if r.account, err = accountOf(o); err != nil {
		return r, err
	}
	if r.active, r.activeGiven, err = truth(o["active"]); err != nil {
		return r, fmt.Errorf("active %w", err)
	}
	if r.retain, _, err = truth(o["retain_cid"]); err != nil {
		return r, fmt.Errorf("retain_cid %w", err)
	}
	if r.maxCalls, err = count(o["max_concurent_calls_per_user"]); err != nil {
		return r, fmt.Errorf("max_concurent_calls_per_user %w", err)
	}
	if id := o.id(); r.pin == "" && r.cid == "" && hashedID.MatchString(id) {
		r.hash = id
	}
	return r, r.check()
}

// check refuses what no credential can be made of, whatever is in the store.
func (r kazooRecord) check() error {
	switch {
	case r.pin == "" && r.cid == "" && r.hash == "":
		return errors.New("neither pin nor cid: a record has one of them")
	case r.pin != "" && r.cid != "":
		return errors.New("both pin and cid: a record has one of them")
	case r.user == "":
		return errors.New("no user_id: nobody would pay for its calls")
	}
	return nil
}

// accountOf is the Kazoo account of a document: what Kazoo itself looks at comes first.
func accountOf(o object) (string, error) {
	for _, name := range []string{"pvt_account_id", "account_id"} {
		s, err := text(o[name])
		if err != nil {
			return "", fmt.Errorf("%s %w", name, err)
		}
		if s != "" {
			return s, nil
		}
	}
	return "", nil
}

// count is a whole number, which may be written as a text; 0 where there is none.
func count(raw []byte) (int, error) {
	digits, err := text(raw)
	if err == nil && digits == "" {
		return 0, nil
	}
	n, convErr := strconv.Atoi(digits)
	if err != nil || convErr != nil || n < 0 {
		return 0, errors.New("is no whole number")
	}
	return n, nil
}

// unknown are the fields of a document that are neither read nor Kazoo's bookkeeping.
func unknown(o object, known []string) (names []string) {
	for name := range o {
		bookkeeping := strings.HasPrefix(name, "_") || strings.HasPrefix(name, "pvt_") && name != "pvt_last_dialed"
		if !bookkeeping && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

// kazooConfig is the system_config/cccp document. What is nil was not in it.
type kazooConfig struct {
	callback, dialthrough *string
	redial                *string
	ensureValid           *bool
	defaultCID            *string
	allowedCallee         *string
	callbackDelayS        *int
}

var configFields = []string{
	"cccp_cb_number", "cccp_cc_number", "last_number_redial_code", "ensure_valid_caller_id",
	"default_caller_id_number", "allowed_callee_regex", "callback_delay",
}

// readConfig reads the settings of a system_config/cccp document.
func readConfig(o object) (c kazooConfig, err error) {
	for name, into := range map[string]**string{
		"cccp_cb_number": &c.callback, "cccp_cc_number": &c.dialthrough, "last_number_redial_code": &c.redial,
		"default_caller_id_number": &c.defaultCID, "allowed_callee_regex": &c.allowedCallee,
	} {
		s, err := text(o[name])
		if err != nil {
			return c, fmt.Errorf("%s %w", name, err)
		}
		if s != "" {
			*into = &s
		}
	}
	ensure, given, err := truth(o["ensure_valid_caller_id"])
	if err != nil {
		return c, fmt.Errorf("ensure_valid_caller_id %w", err)
	}
	if given {
		c.ensureValid = &ensure
	}
	delay, err := count(o["callback_delay"])
	if err != nil {
		return c, fmt.Errorf("callback_delay %w of seconds", err)
	}
	if raw := string(o["callback_delay"]); raw != "" && raw != "null" && raw != `""` {
		c.callbackDelayS = &delay
	}
	return c, nil
}
