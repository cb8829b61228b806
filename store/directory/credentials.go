package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/staff"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

var (
	_ records.Follower[billing.Credential] = credentials{}
	_ records.Leaver[billing.Credential]   = credentials{}
)

// credentials is the kind of what callers are recognised by.
type credentials struct {
	*pins.Keeper
	records.Numbers
}

func (credentials) ID(c billing.Credential) string { return records.CredentialID(c.Kind, c.ID) }

func (credentials) Owner(tx kv.Tx, c billing.Credential) (string, error) {
	return ownerOf(tx, c.Account)
}

func (credentials) Refs(c billing.Credential) []records.Ref { return records.Accounts.To(c.Account) }

// Check reads numbers in the country of the account's provider; those that are kept already
// are left as they are.
func (k credentials) Check(tx kv.Tx, c *billing.Credential) error {
	account, seller, err := seller(tx, c.Account)
	if err != nil {
		return err
	}
	before, kept, err := records.Credentials.Load(tx, k.ID(*c))
	if err != nil {
		return err
	}
	if c.OutboundCID != before.OutboundCID {
		if err := k.ReadNumber("outbound caller ID", &c.OutboundCID, seller.Country); err != nil {
			return err
		}
	}
	if c.Kind == billing.ANI && !kept {
		ani := phone.Number(c.ID)
		if err := k.ReadNumber("ANI", &ani, seller.Country); err != nil {
			return err
		}
		if ani.Placeholder() {
			return fmt.Errorf("%w: ANI %s: networks signal it for callers who have no number, so anybody would be "+
				"recognised by it: give a number of somebody's own", billing.ErrInvalid, ani.E164())
		}
		c.ID = string(ani)
	}
	if c.Kind == billing.ANI && before.Account != c.Account {
		if err := roomForOneStep(tx, account); err != nil {
			return err
		}
	}
	if c.Kind == billing.PIN {
		if err := k.Ring().CheckHash("PIN credential", c.ID, c.KeyID); err != nil {
			return err
		}
	}
	return c.Validate()
}

// Follow forgets what is kept beside a credential that is removed.
func (k credentials) Follow(tx kv.Tx, before, after *billing.Credential) error {
	if after == nil {
		pins.Forget(tx, k.ID(*before))
	}
	return nil
}

// Leave keeps a credential that somebody calls with.
func (k credentials) Leave(l *records.Leaving, c billing.Credential) error {
	id := k.ID(c)
	if n := records.Calls.Of(l.Tx, "credential", id); n > 0 {
		return fmt.Errorf("credential %s is %w by %d calls: set it inactive and wait for their end",
			id, billing.ErrInUse, n)
	}
	return nil
}

// Back brings back a credential beside which all was kept.
func (credentials) Back(*records.Leaving, billing.Credential) error { return nil }

// Purge forgets what is kept beside a credential.
func (k credentials) Purge(l *records.Leaving, c billing.Credential) error {
	pins.Forget(l.Tx, k.ID(c))
	return nil
}

// PINCredential makes the credential of a PIN of between shortest and 20 digits.
func (d *Directory) PINCredential(pin string, shortest int) (billing.Credential, error) {
	return d.pins.Ring().Credential(pin, shortest)
}

// FindCredential finds a credential by its number or PIN, if the actor may see it: one
// beyond its reach is as one that is not there, or PINs could be guessed by asking.
func (d *Directory) FindCredential(
	ctx context.Context, kind billing.CredentialKind, value string) (c billing.Credential, err error,
) {
	value = strings.TrimPrefix(value, "+")
	err = d.db.View(func(tx kv.Tx) error {
		id, ok := records.CredentialID(kind, value), true
		if kind == billing.PIN {
			id, ok = d.pinID(tx, value)
		}
		if ok {
			c, err = d.Credentials.SeeIn(ctx, tx, id)
		}
		switch hidden := !ok || errors.Is(err, staff.ErrForbidden) || errors.Is(err, billing.ErrNotFound); {
		case hidden && kind == billing.PIN:
			return fmt.Errorf("PIN: %w: see ccctl credential list", billing.ErrNotFound)
		case hidden:
			return fmt.Errorf("credential %s: %w: see ccctl credential list", id, billing.ErrNotFound)
		}
		return err
	})
	return c, err
}

// pinID is the credential of a PIN, under whichever key it was hashed.
func (d *Directory) pinID(tx kv.Tx, pin string) (id string, ok bool) {
	for _, k := range d.pins.Ring() {
		if id = records.CredentialID(billing.PIN, k.Hash(pin)); records.Credentials.Has(tx, id) {
			return id, true
		}
	}
	return "", false
}

// AddPIN adds the credential of a PIN, which must be as long as the account's provider
// asks. Beside its hash the PIN is kept sealed, so that it can be told its holder again:
// see RevealPIN.
func (d *Directory) AddPIN(
	ctx context.Context, c billing.Credential, pin string) (added billing.Credential, err error,
) {
	err = d.db.Update(ctx, func(tx kv.Tx) (err error) {
		if err := d.Credentials.MayRefer(ctx, tx, nil, c); err != nil {
			return err
		}
		if added, err = InsertPIN(tx, d, c, pin); err != nil {
			return err
		}
		records.Audit(ctx, tx, records.Deed{
			Action: records.ActionAdd, Kind: "credential", ID: records.CredentialID(added.Kind, added.ID), After: added,
		})
		return nil
	})
	return added, err
}

// InsertPIN keeps the credential of a PIN, and the PIN sealed, within a transaction.
func InsertPIN(tx kv.Tx, d *Directory, c billing.Credential, pin string) (billing.Credential, error) {
	_, seller, err := seller(tx, c.Account)
	if err != nil {
		return c, err
	}
	made, err := d.pins.Ring().Credential(pin, seller.ShortestPIN())
	if err != nil {
		return c, err
	}
	if err := VacantPIN(tx, d, pin); err != nil {
		return c, err
	}
	c.Kind, c.ID, c.KeyID = made.Kind, made.ID, made.KeyID
	added, err := d.Credentials.Insert(tx, c)
	if err == nil {
		pins.Keep(tx, d.pins.Ring().Current().Sealer(), records.CredentialID(added.Kind, added.ID), pin)
	}
	return added, err
}

// VacantPIN refuses a PIN that is somebody's, under whichever key.
func VacantPIN(tx kv.Tx, d *Directory, pin string) error {
	for _, k := range d.pins.Ring() {
		if err := d.Credentials.Vacant(tx, records.CredentialID(billing.PIN, k.Hash(pin))); err != nil {
			return err
		}
	}
	return nil
}

// RevealPIN is the PIN of a credential ("pin:" and its hash). One that was added before
// PINs were kept sealed cannot be told any more.
func (d *Directory) RevealPIN(id string) (pin string, err error) {
	err = d.db.View(func(tx kv.Tx) error {
		c, err := records.Credentials.Find(tx, id)
		if err == nil {
			pin, err = d.pins.Ring().Reveal(tx, c)
		}
		return err
	})
	return pin, err
}
