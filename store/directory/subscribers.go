package directory

import (
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/books"
	"cccp/store/kv"
	"cccp/store/pins"
	"cccp/store/records"
)

// ByANI recognises a caller by number. Inactive credentials recognise nobody.
func (d *Directory) ByANI(n phone.Number) (billing.Subscriber, bool, error) {
	return found(d.subscriber(records.CredentialID(billing.ANI, string(n))))
}

// ByPIN recognises a caller by PIN. Inactive credentials recognise nobody.
func (d *Directory) ByPIN(pin string) (sub billing.Subscriber, ok bool, err error) {
	err = d.db.View(func(tx kv.Tx) error {
		id, known := d.pinID(tx, pin)
		if !known {
			return billing.ErrNotFound
		}
		sub, err = subscriberOf(tx, id)
		return err
	})
	return found(sub, err)
}

// BySIPUser recognises a subscriber's own phone, which Asterisk has authenticated.
func (d *Directory) BySIPUser(user string) (billing.Subscriber, bool, error) {
	c, known, err := found(d.Credentials.Get(records.CredentialID(billing.SIP, user)))
	if err == nil && known && c.Inactive {
		err = billing.Refusal{Reason: billing.NotAuthenticated}
	}
	if err != nil || !known {
		return billing.Subscriber{}, false, err
	}
	return found(d.subscriber(records.CredentialID(billing.SIP, user)))
}

// ByAccount is an account and all it stands for, for calls that are ordered on it. A
// credential ("kind:id"), where one is given, must be the account's and active.
func (d *Directory) ByAccount(account, credential string) (sub billing.Subscriber, ok bool, err error) {
	if credential == "" {
		err = d.db.View(func(tx kv.Tx) (err error) {
			sub, err = standsFor(tx, account)
			return err
		})
		return found(sub, err)
	}
	sub, ok, err = found(d.subscriber(credential))
	if !ok || sub.Account.ID != account {
		return billing.Subscriber{}, false, err
	}
	return sub, true, nil
}

// found tells what is not there from what could not be read.
func found[T any](v T, err error) (T, bool, error) {
	if errors.Is(err, billing.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// subscriber reads a credential and all it stands for on one snapshot.
func (d *Directory) subscriber(id string) (sub billing.Subscriber, err error) {
	err = d.db.View(func(tx kv.Tx) error {
		sub, err = subscriberOf(tx, pins.Present(tx, id))
		return err
	})
	return sub, err
}

func subscriberOf(tx kv.Tx, id string) (sub billing.Subscriber, err error) {
	c, err := records.Credentials.Find(tx, id)
	if err != nil {
		return sub, err
	}
	if c.Inactive {
		return sub, fmt.Errorf("credential is inactive: %w", billing.ErrNotFound)
	}
	sub, err = standsFor(tx, c.Account)
	sub.Credential = c
	return sub, err
}

// standsFor is an account with all it belongs to.
func standsFor(tx kv.Tx, account string) (sub billing.Subscriber, err error) {
	if sub.Account, sub.Balance, err = books.AccountMoney(tx, account); err != nil {
		return sub, err
	}
	var offeringErr, ownerErr, sellerErr error
	sub.Offering, offeringErr = records.Offerings.Find(tx, sub.Account.Offering)
	sub.Owner, ownerErr = records.Providers.Find(tx, sub.Offering.Provider)
	sub.Seller, sellerErr = records.Providers.Find(tx, sub.Account.Provider)
	return sub, errors.Join(offeringErr, ownerErr, sellerErr)
}
