package store

import (
	"errors"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// AccessNumber is the access number a caller dialled.
func (s *Store) AccessNumber(n phone.Number) (billing.AccessNumber, bool, error) {
	return found(s.AccessNumbers.Get(string(n)))
}

// ByANI recognises a caller by number. Inactive credentials recognise nobody.
func (s *Store) ByANI(n phone.Number) (billing.Subscriber, bool, error) {
	return found(s.subscriber(CredentialID(billing.ANI, string(n))))
}

// ByPIN recognises a caller by PIN. Inactive credentials recognise nobody.
func (s *Store) ByPIN(pin string) (sub billing.Subscriber, ok bool, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		id, known := s.pinID(tx, pin)
		if !known {
			return billing.ErrNotFound
		}
		sub, err = s.subscriberOf(tx, id)
		return err
	})
	return found(sub, err)
}

// BySIPUser recognises a phone of one's own, which Asterisk has authenticated.
func (s *Store) BySIPUser(user string) (billing.Subscriber, bool, error) {
	c, known, err := found(s.Credentials.Get(CredentialID(billing.SIP, user)))
	if err == nil && known && c.Inactive {
		err = billing.Refusal{Reason: billing.NotAuthenticated}
	}
	if err != nil || !known {
		return billing.Subscriber{}, false, err
	}
	return found(s.subscriber(CredentialID(billing.SIP, user)))
}

// ByAccount is an account and all it stands for, as whoever orders calls for it needs
// it. A credential ("kind:id"), where one is given, must be the account's and active.
func (s *Store) ByAccount(account, credential string) (sub billing.Subscriber, ok bool, err error) {
	if credential == "" {
		return found(s.stands(account))
	}
	sub, ok, err = found(s.subscriber(credential))
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

// Provider reads one provider.
func (s *Store) Provider(name string) (billing.Provider, error) { return s.Providers.Get(name) }

// subscriber reads a credential and all it stands for on one snapshot.
func (s *Store) subscriber(id string) (sub billing.Subscriber, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		sub, err = s.subscriberOf(tx, presentCredential(tx, id))
		return err
	})
	return sub, err
}

func (s *Store) subscriberOf(tx kv.Tx, id string) (sub billing.Subscriber, err error) {
	c, err := s.Credentials.find(tx, id)
	if err != nil {
		return sub, err
	}
	if c.Inactive {
		return sub, fmt.Errorf("credential is inactive: %w", billing.ErrNotFound)
	}
	sub, err = s.standsFor(tx, c.Account)
	sub.Credential = c
	return sub, err
}

// stands is standsFor on a snapshot of its own.
func (s *Store) stands(account string) (sub billing.Subscriber, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) {
		sub, err = s.standsFor(tx, account)
		return err
	})
	return sub, err
}

// standsFor is an account with all it belongs to.
func (s *Store) standsFor(tx kv.Tx, account string) (sub billing.Subscriber, err error) {
	if sub.Account, sub.Balance, err = accountMoney(tx, account); err != nil {
		return sub, err
	}
	var offeringErr, ownerErr, sellerErr error
	sub.Offering, offeringErr = s.Offerings.find(tx, sub.Account.Offering)
	sub.Owner, ownerErr = s.Providers.find(tx, sub.Offering.Provider)
	sub.Seller, sellerErr = s.Providers.find(tx, sub.Account.Provider)
	return sub, errors.Join(offeringErr, ownerErr, sellerErr)
}

// Tariff is the price of a number in a deck at a moment, with the deck's version.
func (s *Store) Tariff(deck string, to phone.Number, at time.Time) (billing.Tariff, uint64, bool) {
	d := s.Deck(deck)
	if d == nil {
		return billing.Tariff{}, 0, false
	}
	t, ok := d.Match(string(to), at)
	return t, d.Version, ok
}
