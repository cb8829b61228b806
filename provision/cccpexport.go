package provision

import (
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/store"
)

// CCCPDocument is a record as Kazoo's cccps database has it.
type CCCPDocument struct {
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

// CCCPPage is a part of an export.
type CCCPPage struct {
	Documents []CCCPDocument `json:"documents" doc:"records as Kazoo's cccps database has them"`
	// Unsealed are IDs of PIN records whose PIN was never kept, and cannot be told.
	Unsealed []string `json:"unsealed" doc:"pin records whose PIN was never kept"`
	// Next is what to ask on after; empty at the end.
	Next string `json:"next,omitempty" doc:"where the next page begins; none at the end"`
}

// CCCPExport say what is exported.
type CCCPExport struct {
	Provider string // only its records, where it is not empty
	WithPINs bool
	After    string
	Limit    int
}

// ExportCCCPs answers records as Kazoo's cccps database has them, in the order of their IDs.
func ExportCCCPs(s *store.Store, o CCCPExport) (CCCPPage, error) {
	page := CCCPPage{Documents: []CCCPDocument{}, Unsealed: []string{}}
	if o.Provider != "" {
		if _, err := s.Providers.Get(o.Provider); err != nil {
			return page, err
		}
	}
	list, err := ListCCCPs(s, o.Provider, "", o.After, o.Limit)
	if err != nil {
		return page, err
	}
	for _, r := range list {
		d := CCCPDocument{
			ID: r.ID, CID: r.CID.E164(), OutboundCID: r.OutboundCID.E164(), UserID: r.User, AccountID: r.Account,
			Active: r.Active, RetainCID: r.RetainCID, MaxCalls: r.MaxConcurrentCalls, Type: "cccp", PvtAccountID: r.Account,
		}
		if r.Kind == PIN && o.WithPINs {
			switch d.PIN, err = s.RevealPIN(r.ID); {
			case errors.Is(err, billing.ErrNotFound):
				page.Unsealed = append(page.Unsealed, r.ID)
			case err != nil:
				return page, err
			}
		}
		page.Documents = append(page.Documents, d)
	}
	if len(list) == o.Limit && o.Limit > 0 {
		page.Next = list[len(list)-1].ID
	}
	return page, nil
}

// CCCPConfigDocument is the system_config/cccp document, as far as the store knows it. Kazoo
// has one for everybody.
type CCCPConfigDocument struct {
	ID         string             `json:"_id" doc:"cccp"`
	Default    CCCPConfigSettings `json:"default" doc:"settings of the platform"`
	AccountID  string             `json:"pvt_account_id" doc:"system_config"`
	AccountDB  string             `json:"pvt_account_db" doc:"system_config"`
	ConfigType string             `json:"pvt_type" doc:"config"`
}

// CCCPConfigSettings are Kazoo's settings. What is left out has no one value here.
type CCCPConfigSettings struct {
	Callback       string `json:"cccp_cb_number,omitempty" doc:"callback access number"`
	Dialthrough    string `json:"cccp_cc_number,omitempty" doc:"dialthrough access number"`
	RedialCode     string `json:"last_number_redial_code,omitempty" doc:"codes.redial of ccd.yaml"`
	EnsureValid    *bool  `json:"ensure_valid_caller_id,omitempty" doc:"whether caller IDs have to be owned"`
	DefaultCID     string `json:"default_caller_id_number,omitempty" doc:"shown where no other number may be"`
	AllowedCallee  string `json:"allowed_callee_regex,omitempty" doc:"what destinations must match"`
	CallbackDelayS *int   `json:"callback_delay,omitempty" doc:"callback.delay of ccd.yaml, in seconds"`
}

// CCCPConfig is the system_config/cccp document, and what it cannot say.
type CCCPConfig struct {
	Document CCCPConfigDocument `json:"document" doc:"as Kazoo's system_config has it"`
	Notes    []string           `json:"notes" doc:"what the document cannot say"`
}

// ExportCCCPConfig makes the system_config/cccp document of one provider, or of all.
func ExportCCCPConfig(s *store.Store, provider string) (CCCPConfig, error) {
	c := CCCPConfig{
		Document: CCCPConfigDocument{ID: "cccp", AccountID: "system_config", AccountDB: "system_config", ConfigType: "config"},
		Notes:    []string{},
	}
	if provider != "" {
		if _, err := s.Providers.Get(provider); err != nil {
			return c, err
		}
	}
	return c, errors.Join(c.accessNumbers(s, provider), c.providers(s, provider), c.offerings(s, provider))
}

func (c *CCCPConfig) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// accessNumbers takes the first number of each kind: Kazoo knows one.
func (c *CCCPConfig) accessNumbers(s *store.Store, provider string) error {
	all, err := every(s.AccessNumbers, func(n billing.AccessNumber) string { return string(n.Number) })
	for _, n := range all {
		into := &c.Document.Default.Dialthrough
		if n.Kind == billing.Callback {
			into = &c.Document.Default.Callback
		}
		switch {
		case provider != "" && n.Provider != provider:
		case *into == "":
			*into = n.Number.E164()
		default:
			c.note("access number %s is left out: CCCP has one of kind %s, %s", n.Number.E164(), n.Kind, *into)
		}
	}
	return err
}

// providers takes what all of them have in common.
func (c *CCCPConfig) providers(s *store.Store, provider string) error {
	all, err := every(s.Providers, func(p billing.Provider) string { return p.Name })
	var ensure, shown []string
	for _, p := range all {
		if provider != "" && p.Name != provider {
			continue
		}
		ensure = append(ensure, fmt.Sprint(!p.AnyCallerID))
		shown = append(shown, p.DefaultCallerID.E164())
	}
	if v, ok := c.common("ensure_valid_caller_id", "providers", ensure); ok {
		is := v == "true"
		c.Document.Default.EnsureValid = &is
	}
	c.Document.Default.DefaultCID, _ = c.common("default_caller_id_number", "providers", shown)
	return err
}

// offerings takes what all of them have in common.
func (c *CCCPConfig) offerings(s *store.Store, provider string) error {
	all, err := every(s.Offerings, func(o billing.Offering) string { return o.Name })
	var patterns []string
	for _, o := range all {
		if provider != "" && o.Provider != provider {
			continue
		}
		if o.AllowedCallee == "" {
			o.AllowedCallee = billing.DefaultAllowedCallee
		}
		patterns = append(patterns, o.AllowedCallee)
	}
	c.Document.Default.AllowedCallee, _ = c.common("allowed_callee_regex", "offerings", patterns)
	return err
}

// common is the one value all have.
func (c *CCCPConfig) common(field, of string, values []string) (string, bool) {
	for _, v := range values {
		if v != values[0] {
			c.note("%s is left out: %s differ, and CCCP has one for all: export provider by provider", field, of)
			return "", false
		}
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}
