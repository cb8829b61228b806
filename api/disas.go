package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

func (s server) disas(d *Door) {
	const at = "/v1/disas"
	Answer(d, Endpoint{
		ID: "add-disa", Method: http.MethodPost, Path: at,
		Summary: "Add a DISA", May: staff.Offerings, Shared: true,
	}, func(ctx context.Context, in *body[wire.NewDISA]) (billing.DISA, error) {
		return s.addDISA(ctx, in.Body)
	})
	Answer(d, Endpoint{
		ID: "change-disa", Method: http.MethodPatch, Path: at + "/{id}",
		Summary: "Change fields of a DISA", May: staff.Offerings, Shared: true,
	}, func(ctx context.Context, in *patch) (billing.DISA, error) {
		return s.changeDISA(ctx, in)
	})
	readable(d, noun{"disa", "disas", staff.Offerings, true}, s.Store.DISAs)
}

func (s server) addDISA(ctx context.Context, n wire.NewDISA) (billing.DISA, error) {
	d := billing.DISA{Name: n.Name}
	if n.PIN == nil {
		n.PIN = new(string)
	}
	pin, err := s.disaPIN(ctx, n.DISAFields)
	if err == nil {
		err = layDISA(n.DISAFields, &d, pin)
	}
	if err != nil {
		return d, err
	}
	return s.Store.DISAs.Add(ctx, d)
}

// changeDISA lays the fields given over a DISA. The PIN is hashed before the change
// begins, by the rules of the account it will have then.
func (s server) changeDISA(ctx context.Context, in *patch) (billing.DISA, error) {
	before, err := s.Store.DISAs.See(ctx, in.ID)
	if err != nil {
		return before, err
	}
	fields, err := fieldsOver(before, in.Body)
	if err != nil {
		return before, err
	}
	pin, err := s.disaPIN(ctx, fields)
	if err != nil {
		return before, err
	}
	return s.Store.DISAs.Change(ctx, in.ID, func(d *billing.DISA) error {
		fields, err := fieldsOver(*d, in.Body)
		if err != nil {
			return err
		}
		return layDISA(fields, d, pin)
	})
}

// fieldsOver are the fields of a DISA after a change. The length asked is given only
// where the change names it.
func fieldsOver(d billing.DISA, raw []byte) (wire.DISAFields, error) {
	f := wire.DISAFields{Account: d.Account, Tries: d.Tries, OwnCallerID: d.OwnCallerID, Unmetered: d.Unmetered}
	err := merge[wire.DISAFields](raw)(&f)
	return f, err
}

// disaPIN is the hashed PIN, as long as the account's provider asks; none where no PIN
// is given.
func (s server) disaPIN(ctx context.Context, f wire.DISAFields) (billing.Credential, error) {
	if f.PIN == nil {
		return billing.Credential{}, nil
	}
	if *f.PIN == "" {
		return billing.Credential{}, fmt.Errorf(
			"%w: the PIN is empty: whoever reaches the DISA could call at the account's expense", billing.ErrInvalid)
	}
	account, err := s.Store.Accounts.See(ctx, f.Account)
	if err != nil {
		return billing.Credential{}, err
	}
	seller, err := s.Store.Providers.Get(account.Provider)
	if err != nil {
		return billing.Credential{}, err
	}
	return s.Store.PINCredential(*f.PIN, seller.ShortestPIN())
}

// layDISA lays fields over a DISA. How many digits its present PIN has nobody knows any
// more, so their number changes with the PIN alone.
func layDISA(f wire.DISAFields, d *billing.DISA, pin billing.Credential) error {
	d.Account, d.Tries, d.OwnCallerID, d.Unmetered = f.Account, f.Tries, f.OwnCallerID, f.Unmetered
	switch {
	case f.PIN != nil:
		d.PINHash, d.KeyID = pin.ID, pin.KeyID
		d.PINDigits = cmp.Or(f.PINDigits, len(*f.PIN))
		if d.PINDigits < len(*f.PIN) {
			return fmt.Errorf("%w: pin_digits %d: this PIN has %d", billing.ErrInvalid, d.PINDigits, len(*f.PIN))
		}
	case f.PINDigits != 0 && f.PINDigits != d.PINDigits:
		return fmt.Errorf("%w: pin_digits changes with the PIN only: give the PIN, too", billing.ErrInvalid)
	}
	return nil
}
