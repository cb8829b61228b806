package kazoo

import (
	"cmp"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/store"
)

// ExportConfig makes the system_config/cccp document of one provider, or of all.
func ExportConfig(s *store.Store, provider string) (documents.Config, error) {
	if provider != "" {
		if _, err := s.Providers.Get(provider); err != nil {
			return documents.Config{}, err
		}
	}
	c := configExport{store: s, provider: provider}
	c.Notes = []string{}
	c.Document = documents.ConfigDocument{
		ID: "cccp", AccountID: "system_config", AccountDB: "system_config", ConfigType: "config",
	}
	err := errors.Join(c.accessNumbers(), c.providers(), c.offerings())
	return c.Config, err
}

// configExport is the system_config/cccp document in the making.
type configExport struct {
	documents.Config
	store    *store.Store
	provider string // whose it is; all providers' where it is empty
}

func (c *configExport) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// accessNumbers takes the first number of each kind: Kazoo knows one.
func (c *configExport) accessNumbers() error {
	all, err := every(c.store.AccessNumbers, func(n billing.AccessNumber) string { return string(n.Number) })
	for _, n := range all {
		into := &c.Document.Default.Dialthrough
		if n.Kind == billing.Callback {
			into = &c.Document.Default.Callback
		}
		switch {
		case c.provider != "" && n.Provider != c.provider:
		case *into == "":
			*into = n.Number.E164()
		default:
			c.note("access number %s is left out: CCCP has one of kind %s, %s", n.Number.E164(), n.Kind, *into)
		}
	}
	return err
}

// providers takes what all of them have in common.
func (c *configExport) providers() error {
	all, err := every(c.store.Providers, func(p billing.Provider) string { return p.Name })
	var ensure, shown []string
	for _, p := range all {
		if c.provider != "" && p.Name != c.provider {
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
func (c *configExport) offerings() error {
	all, err := every(c.store.Offerings, func(o billing.Offering) string { return o.Name })
	var patterns []string
	for _, o := range all {
		if c.provider != "" && o.Provider != c.provider {
			continue
		}
		patterns = append(patterns, cmp.Or(o.AllowedCallee, anyCallee))
	}
	c.Document.Default.AllowedCallee, _ = c.common("allowed_callee_regex", "offerings", patterns)
	return err
}

// common is the one value all have.
func (c *configExport) common(field, of string, values []string) (string, bool) {
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
