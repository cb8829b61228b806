package directory

import (
	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// Directory is who may call, of one store.
type Directory struct {
	db   *kv.DB
	pins *pins.Keeper

	Providers     *records.Collection[billing.Provider]
	Offerings     *records.Collection[billing.Offering]
	Credentials   *records.Collection[billing.Credential]
	AccessNumbers *records.Collection[billing.AccessNumber]
	SpeedDials    *records.Collection[billing.SpeedDial]
	DISAs         *records.Collection[billing.DISA]
	Admins        *records.Collection[staff.Admin]
}

// New is the directory of a database. zoned is called when a provider changed on disk: its
// time zone is that of its rate plans.
func New(db *kv.DB, r *records.Registry, keeper *pins.Keeper, zoned func() error) *Directory {
	d := &Directory{db: db, pins: keeper}
	d.Providers = records.Collect(r, records.Providers, providers{r.Numbers, zoned})
	d.Offerings = records.Collect(r, records.Offerings, offerings{r.Numbers})
	d.Credentials = records.Collect(r, records.Credentials, credentials{keeper, r.Numbers})
	d.AccessNumbers = records.Collect(r, records.AccessNumbers, accessNumbers{r.Numbers})
	d.SpeedDials = records.Collect(r, records.SpeedDials, speedDials{r.Numbers})
	d.DISAs = records.Collect(r, records.DISAs, disas{keeper})
	d.Admins = records.Collect(r, records.Admins, admins{})
	return d
}

// seller is an account and the provider that sells it.
func seller(tx kv.Tx, account string) (a billing.Account, of billing.Provider, err error) {
	if a, err = records.Accounts.Find(tx, account); err != nil {
		return a, of, err
	}
	of, err = records.Providers.Find(tx, a.Provider)
	return a, of, err
}

// ownerOf is the provider an account belongs to.
func ownerOf(tx kv.Tx, account string) (string, error) {
	a, err := records.Accounts.Find(tx, account)
	return a.Provider, err
}

// AccessNumber is the access number a caller dialled.
func (d *Directory) AccessNumber(n phone.Number) (billing.AccessNumber, bool, error) {
	return found(d.AccessNumbers.Get(string(n)))
}

// Provider reads one provider.
func (d *Directory) Provider(name string) (billing.Provider, error) { return d.Providers.Get(name) }

// admins is the kind of administrators.
type admins struct{}

func (admins) ID(a staff.Admin) string                  { return a.Username }
func (admins) Owner(kv.Tx, staff.Admin) (string, error) { return "", nil }
func (admins) Check(_ kv.Tx, a *staff.Admin) error      { return a.Validate() }

func (admins) Refs(a staff.Admin) []records.Ref {
	if of := a.Role.Provider(); of != "" {
		return records.Providers.To(of)
	}
	return nil
}
