package directory

import (
	"context"
	"fmt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
)

// speedDials is the kind of speed dials.
type speedDials struct{ records.Numbers }

func (speedDials) ID(d billing.SpeedDial) string { return records.SpeedDialID(d.Account, d.Digits) }

func (speedDials) Owner(tx kv.Tx, d billing.SpeedDial) (string, error) { return ownerOf(tx, d.Account) }
func (speedDials) Refs(billing.SpeedDial) []records.Ref                { return nil } // an account takes them with it

// Check reads the number in the country of the account's provider; one that is kept already
// is left as it is.
func (k speedDials) Check(tx kv.Tx, d *billing.SpeedDial) error {
	account, seller, err := seller(tx, d.Account)
	if err != nil {
		return err
	}
	o, err := records.Offerings.Find(tx, account.Offering)
	if err == nil && o.SpeedDialOff {
		err = fmt.Errorf("%w: offering %s has no speed dials: see ccctl offering set %s --speed-dial-off=false",
			billing.ErrInvalid, o.Name, o.Name)
	}
	if err != nil {
		return err
	}
	before, _, err := records.SpeedDials.Load(tx, k.ID(*d))
	if err != nil {
		return err
	}
	err = k.ReadNew("number", []*phone.Number{&d.Number}, []phone.Number{before.Number}, seller.Country)
	if err != nil {
		return err
	}
	return d.Validate()
}

// SpeedDial is the number an account's digits stand for.
func (d *Directory) SpeedDial(account, digits string) (phone.Number, bool, error) {
	dial, ok, err := found(d.SpeedDials.Get(records.SpeedDialID(account, digits)))
	return dial.Number, ok, err
}

// SetSpeedDial adds a speed dial, or puts another number in its place.
func (d *Directory) SetSpeedDial(ctx context.Context, dial billing.SpeedDial) error {
	return d.db.Update(ctx, func(tx kv.Tx) error {
		set := dial
		if err := (speedDials{}).Check(tx, &set); err != nil {
			return err
		}
		return d.SpeedDials.Put(tx, set)
	})
}
