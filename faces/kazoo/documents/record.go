package documents

import "cccp/internal/phone"

// The two kinds of CCCP record.
const (
	CID = "cid" // a caller_id record: recognised by the number the caller calls from
	PIN = "pin" // a pin record
)

// Record is a credential in CCCP's words.
type Record struct {
	Account            string       `json:"account" doc:"CCCP account: our provider"`
	User               string       `json:"user" doc:"CCCP user: our account"`
	Kind               string       `json:"kind" doc:"cid or pin"`
	CID                phone.Number `json:"cid,omitempty" doc:"number the caller calls from"`
	OutboundCID        phone.Number `json:"outbound_cid,omitempty" doc:"number its calls show, where owned"`
	RetainCID          bool         `json:"retain_cid" doc:"show the caller's own number instead"`
	Active             bool         `json:"active" doc:"whether it is accepted"`
	MaxConcurrentCalls int          `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	ID                 string       `json:"id" doc:"name of the credential, as ccctl credential knows it"`
	// Note says what an operator may not expect of the record's calls.
	Note string `json:"note,omitempty" doc:"what its calls do not do"`
}

// NewRecord is a record as an operator gives it.
type NewRecord struct {
	Account            string `json:"account" doc:"CCCP account: our provider"`
	User               string `json:"user" doc:"CCCP user: our account, added if it does not exist"`
	PIN                string `json:"pin,omitempty" maxLength:"64" doc:"PIN, or else cid"`
	CID                string `json:"cid,omitempty" maxLength:"64" doc:"number the caller calls from, or else pin"`
	OutboundCID        string `json:"outbound_cid,omitempty" maxLength:"64" doc:"number its calls show, where owned"`
	RetainCID          bool   `json:"retain_cid,omitempty" doc:"show the caller's own number instead"`
	Inactive           bool   `json:"inactive,omitempty" doc:"kept but not accepted"`
	MaxConcurrentCalls int    `json:"max_concurrent_calls,omitempty" doc:"calls at the same time; 0 is no limit"`
	// Offering the account is sold under, if it has to be added.
	Offering string `json:"offering,omitempty" doc:"offering of a new account; the provider's only one if not given"`
}

// RecordDocument is a record as Kazoo's cccps database has it.
type RecordDocument struct {
	ID          string `json:"_id" doc:"name of our credential"`
	PIN         string `json:"pin,omitempty" doc:"PIN in clear, where it was asked for"`
	CID         string `json:"cid,omitempty" doc:"number the caller calls from"`
	OutboundCID string `json:"outbound_cid,omitempty" doc:"number its calls show"`
	UserID      string `json:"user_id" doc:"our account"`
	AccountID   string `json:"account_id" doc:"our provider"`
	Active      bool   `json:"active" doc:"whether it is accepted"`
	RetainCID   bool   `json:"retain_cid" doc:"show the caller's own number"`
	// MaxCalls has the name Kazoo gives it.
	MaxCalls     int    `json:"max_concurent_calls_per_user,omitempty" doc:"calls at the same time"`
	Type         string `json:"pvt_type" doc:"cccp"`
	PvtAccountID string `json:"pvt_account_id" doc:"our provider"`
}

// Page is a part of an export.
type Page struct {
	Documents []RecordDocument `json:"documents" doc:"records as Kazoo's cccps database has them"`
	// Unsealed are IDs of PIN records whose PIN was never kept, and cannot be told.
	Unsealed []string `json:"unsealed" doc:"pin records whose PIN was never kept"`
	// Next is what to ask on after; empty at the end.
	Next string `json:"next,omitempty" doc:"where the next page begins; none at the end"`
}

// ConfigDocument is the system_config/cccp document, as far as the store knows it. Kazoo
// has one for everybody.
type ConfigDocument struct {
	ID         string         `json:"_id" doc:"cccp"`
	Default    ConfigSettings `json:"default" doc:"settings of the platform"`
	AccountID  string         `json:"pvt_account_id" doc:"system_config"`
	AccountDB  string         `json:"pvt_account_db" doc:"system_config"`
	ConfigType string         `json:"pvt_type" doc:"config"`
}

// ConfigSettings are Kazoo's settings. What is left out has no one value here.
type ConfigSettings struct {
	Callback       string `json:"cccp_cb_number,omitempty" doc:"callback access number"`
	Dialthrough    string `json:"cccp_cc_number,omitempty" doc:"dialthrough access number"`
	RedialCode     string `json:"last_number_redial_code,omitempty" doc:"codes.redial of ccd.yaml"`
	EnsureValid    *bool  `json:"ensure_valid_caller_id,omitempty" doc:"whether caller IDs have to be owned"`
	DefaultCID     string `json:"default_caller_id_number,omitempty" doc:"shown where no other number may be"`
	AllowedCallee  string `json:"allowed_callee_regex,omitempty" doc:"what destinations must match"`
	CallbackDelayS *int   `json:"callback_delay,omitempty" doc:"callback.delay of ccd.yaml, in seconds"`
}

// Config is the system_config/cccp document, and what it cannot say.
type Config struct {
	Document ConfigDocument `json:"document" doc:"as Kazoo's system_config has it"`
	Notes    []string       `json:"notes" doc:"what the document cannot say"`
}
