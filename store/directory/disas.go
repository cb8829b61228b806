package directory

import (
	"cmp"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// disas is the kind of ways in from the dialplan.
type disas struct{ *pins.Keeper }

func (disas) ID(d billing.DISA) string                       { return d.Name }
func (disas) Owner(tx kv.Tx, d billing.DISA) (string, error) { return ownerOf(tx, d.Account) }
func (disas) Refs(d billing.DISA) []records.Ref              { return records.Accounts.To(d.Account) }

// Check fills in the seed's PIN length, and takes a PIN by its keyed hash alone.
func (k disas) Check(_ kv.Tx, d *billing.DISA) error {
	d.PINDigits = cmp.Or(d.PINDigits, billing.DefaultDISAPINDigits)
	if err := d.Validate(); err != nil {
		return err
	}
	return k.Ring().CheckHash("DISA's PIN", d.PINHash, d.KeyID)
}

// DISA is the named way in from the dialplan.
func (d *Directory) DISA(name string) (billing.DISA, bool, error) { return found(d.DISAs.Get(name)) }

// ByDISA recognises a caller by the PIN of a DISA. The calls are those of its account, made
// with no credential.
func (d *Directory) ByDISA(name, pin string) (sub billing.Subscriber, ok bool, err error) {
	err = d.db.View(func(tx kv.Tx) error {
		disa, kept, err := records.DISAs.Load(tx, name)
		if ok = kept && d.pins.Ring().Matches(pin, disa.PINHash, disa.KeyID); err == nil && ok {
			sub, err = standsFor(tx, disa.Account)
		}
		return err
	})
	return sub, ok && err == nil, err
}
