package documents

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cccp/billing"
)

// RecordInput is a document of Kazoo's cccps database as it was read. Nothing in it is
// compared with a store yet: numbers and PIN are as they were written.
type RecordInput struct {
	Account, User string // as Kazoo has them: our provider, our account
	// PIN and CID: exactly one of them is given, or else Hash.
	PIN, CID string
	// Hash is the ID of a PIN record that our own export wrote without its PIN.
	Hash        string
	OutboundCID string
	RetainCID   bool
	// Active is whether it is accepted; ActiveGiven is false where the document does not say.
	Active, ActiveGiven bool
	// MaxCalls bounds calls at the same time; 0 is no limit.
	MaxCalls int
}

// hashedID is the ID our own export gives a pin record: with it, and without the PIN, no
// credential can be made.
var hashedID = regexp.MustCompile(`^pin:[0-9a-f]{64}$`)

// recordFields are those that are read; Kazoo's bookkeeping means nothing to us.
var recordFields = []string{
	"id", "pin", "cid", "outbound_cid", "user_id", "account_id", "active", "retain_cid", "max_concurent_calls_per_user",
}

// ReadRecord reads a document of the cccps database. Its error is why no credential can be made of it;
// unknown are fields that mean nothing to us, whether there is an error or not.
func ReadRecord(o Object) (r RecordInput, unknown []string, err error) {
	unknown = o.unknown(recordFields)
	for name, into := range map[string]*string{
		"pin": &r.PIN, "cid": &r.CID, "outbound_cid": &r.OutboundCID, "user_id": &r.User,
	} {
		if *into, err = text(o[name]); err != nil {
			return r, unknown, fmt.Errorf("%s %w", name, err)
		}
	}
	if r.Account, err = accountOf(o); err != nil {
		return r, unknown, err
	}
	if r.Active, r.ActiveGiven, err = truth(o["active"]); err != nil {
		return r, unknown, fmt.Errorf("active %w", err)
	}
	if r.RetainCID, _, err = truth(o["retain_cid"]); err != nil {
		return r, unknown, fmt.Errorf("retain_cid %w", err)
	}
	if r.MaxCalls, err = count(o["max_concurent_calls_per_user"]); err != nil {
		return r, unknown, fmt.Errorf("max_concurent_calls_per_user %w", err)
	}
	if id := o.id(); r.PIN == "" && r.CID == "" && hashedID.MatchString(id) {
		r.Hash = id
	}
	return r, unknown, r.check()
}

// check refuses what no credential can be made of, whatever is in the store.
func (r RecordInput) check() error {
	switch {
	case r.PIN == "" && r.CID == "" && r.Hash == "":
		return errors.New("neither pin nor cid: a record has one of them")
	case r.PIN != "" && r.CID != "":
		return errors.New("both pin and cid: a record has one of them")
	case r.User == "":
		return errors.New("no user_id: nobody would pay for its calls")
	}
	return nil
}

// accountOf is the Kazoo account of a document: what Kazoo itself looks at comes first.
func accountOf(o Object) (string, error) {
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
func (o Object) unknown(known []string) (names []string) {
	for name := range o {
		bookkeeping := strings.HasPrefix(name, "_") || strings.HasPrefix(name, "pvt_") && name != "pvt_last_dialed"
		if !bookkeeping && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

// ConfigInput is the system_config/cccp document as it was read. What is nil was not in it.
type ConfigInput struct {
	// Callback and Dialthrough are access numbers, as they were written.
	Callback, Dialthrough *string
	// Redial is the code for the last number again.
	Redial *string
	// EnsureValid is whether outbound caller IDs are checked.
	EnsureValid *bool
	// DefaultCID is the number shown where no other may be.
	DefaultCID *string
	// AllowedCallee is a regular expression.
	AllowedCallee *string
	// CallbackDelayS is in seconds.
	CallbackDelayS *int
}

var configFields = []string{
	"cccp_cb_number", "cccp_cc_number", "last_number_redial_code", "ensure_valid_caller_id",
	"default_caller_id_number", "allowed_callee_regex", "callback_delay",
}

// ReadConfig reads a system_config/cccp document. Kazoo looks at the settings of a node before those of all; we have
// one node, and take those of all. unknown are fields that mean nothing to us.
func ReadConfig(document Object) (c ConfigInput, unknown []string, err error) {
	unknown = document.unknown([]string{"default", "id"})
	var settings Object
	if err := json.Unmarshal(document["default"], &settings); err != nil {
		return c, unknown, err
	}
	c, err = readSettings(settings)
	return c, append(unknown, settings.unknown(configFields)...), err
}

func readSettings(o Object) (c ConfigInput, err error) {
	for name, into := range map[string]**string{
		"cccp_cb_number": &c.Callback, "cccp_cc_number": &c.Dialthrough, "last_number_redial_code": &c.Redial,
		"default_caller_id_number": &c.DefaultCID, "allowed_callee_regex": &c.AllowedCallee,
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
		c.EnsureValid = &ensure
	}
	delay, err := count(o["callback_delay"])
	if err != nil {
		return c, fmt.Errorf("callback_delay %w of seconds", err)
	}
	if raw := string(o["callback_delay"]); raw != "" && raw != "null" && raw != `""` {
		c.CallbackDelayS = &delay
	}
	return c, nil
}

// DISADefaults compares Kazoo's defaults of its DISA callflow with ours, and says what is to be done by hand.
func DISADefaults(document Object) (Action, string) {
	var o Object
	if err := json.Unmarshal(document["default"], &o); err != nil {
		return Refused, err.Error()
	}
	ofAccount, given, err := truth(o["default_use_account_caller_id"])
	if err != nil {
		return Refused, "default_use_account_caller_id " + err.Error()
	}
	digits, err := count(o["default_pin_length"])
	if err != nil {
		return Refused, "default_pin_length " + err.Error()
	}
	var todo []string
	if given && !ofAccount {
		todo = append(todo, "the caller's own number is shown: ccctl disa set NAME --own-caller-id for every DISA")
	}
	if digits != 0 && digits != billing.DefaultDISAPINDigits {
		const way = "PINs have %d digits: ccctl disa set NAME --pin PIN --pin-digits %d for every DISA"
		todo = append(todo, fmt.Sprintf(way, digits, digits))
	}
	if len(todo) > 0 {
		return Noted, strings.Join(todo, "; ")
	}
	return Unchanged, "DISA defaults are the same here"
}
