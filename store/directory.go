package store

import (
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
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
func (s *Store) ByPIN(pin string) (billing.Subscriber, bool, error) {
	return found(s.subscriber(CredentialID(billing.PIN, s.pins.Hash(pin))))
}

// found tells what is not there from what could not be read.
func found[T any](v T, err error) (T, bool, error) {
	if errors.Is(err, ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// Provider reads one provider.
func (s *Store) Provider(name string) (billing.Provider, error) { return s.Providers.Get(name) }

// subscriber reads a credential and all it stands for on one snapshot.
func (s *Store) subscriber(id string) (sub billing.Subscriber, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) {
		if sub.Credential, err = s.Credentials.find(tx, id); err != nil {
			return err
		}
		if sub.Credential.Inactive {
			return fmt.Errorf("credential is inactive: %w", ErrNotFound)
		}
		if sub.Account, sub.Balance, err = accountMoney(tx, sub.Credential.Account); err != nil {
			return err
		}
		var offeringErr, ownerErr, sellerErr error
		sub.Offering, offeringErr = s.Offerings.find(tx, sub.Account.Offering)
		sub.Owner, ownerErr = s.Providers.find(tx, sub.Offering.Provider)
		sub.Seller, sellerErr = s.Providers.find(tx, sub.Account.Provider)
		return errors.Join(offeringErr, ownerErr, sellerErr)
	})
	return sub, err
}

// Tariff is the price of a number in a deck, with the deck's version.
func (s *Store) Tariff(deck string, to phone.Number) (billing.Tariff, uint64, bool) {
	d := s.Deck(deck)
	if d == nil {
		return billing.Tariff{}, 0, false
	}
	t, ok := d.Match(string(to))
	return t, d.Version, ok
}

// Routes is the trunks a call tries, best first.
func (s *Store) Routes() ([]routing.Trunk, error) {
	all, err := s.Trunks.List("", MaxListed)
	return routing.Order(all), err
}
