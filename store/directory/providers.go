package directory

import (
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
)

var _ records.Watcher = providers{}

// providers is the kind of providers.
type providers struct {
	records.Numbers
	zoned func() error
}

func (providers) ID(p billing.Provider) string                      { return p.Name }
func (providers) Owner(_ kv.Tx, p billing.Provider) (string, error) { return p.Name, nil }
func (providers) Refs(billing.Provider) []records.Ref               { return nil }
func (k providers) OnDisk(string) error                             { return k.zoned() }

func (k providers) Check(tx kv.Tx, p *billing.Provider) error {
	before, ok, err := records.Providers.Load(tx, p.Name)
	if err != nil {
		return err
	}
	if phone.KnownCountry(p.Country) {
		if err := k.readNumbers(p, before); err != nil {
			return err
		}
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if ok && before.Currency != p.Currency {
		for range records.Users(tx, string(records.Providers), p.Name) {
			return fmt.Errorf("%w: provider %s has accounts or offerings in %s: its currency cannot change",
				billing.ErrConflict, p.Name, before.Currency)
		}
	}
	return nil
}

func (k providers) readNumbers(p *billing.Provider, before billing.Provider) error {
	p.OwnedNumbers = slices.Clone(p.OwnedNumbers)
	kept := append([]phone.Number{before.DefaultCallerID}, before.OwnedNumbers...)
	return k.ReadNew("number", append(records.Each(p.OwnedNumbers), &p.DefaultCallerID), kept, p.Country)
}
