package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// sealInfo is what the sealing key is derived for (RFC 5869, info): the hashes have a
// key of their own.
const sealInfo = "cccp pin sealing 1"

// sealer encrypts PINs with AES-256-GCM under random nonces.
func (k PINKey) sealer() cipher.AEAD {
	derived := must(hkdf.Key(sha256.New, k, nil, sealInfo, 32))
	return must(cipher.NewGCMWithRandomNonce(must(aes.NewCipher(derived))))
}

// seal encrypts a PIN for the credential it belongs to: under another's ID it does not
// open.
func (k PINKey) seal(id, pin string) []byte {
	return k.sealer().Seal(nil, nil, []byte(pin), []byte(id))
}

func (k PINKey) unseal(id string, sealed []byte) (string, error) {
	pin, err := k.sealer().Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return "", fmt.Errorf("PIN of credential %s: what is kept of it is damaged: %w", id, err)
	}
	return string(pin), nil
}

// AddPIN adds the credential of a PIN, which must be as long as the account's provider
// asks. Beside its hash the PIN is kept sealed, so that it can be told its holder again:
// see RevealPIN.
func (s *Store) AddPIN(ctx context.Context, c billing.Credential, pin string) (added billing.Credential, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if err := s.Credentials.mayRefer(ctx, tx, nil, c); err != nil {
			return err
		}
		if added, err = s.addPIN(tx, c, pin); err != nil {
			return err
		}
		audit(ctx, tx, deed{action: auditAdd, kind: "credential", id: CredentialID(added.Kind, added.ID), after: added})
		return nil
	})
	return added, err
}

func (s *Store) checkPIN(tx kv.Tx, account, pin string) error {
	a, err := s.Accounts.find(tx, account)
	if err != nil {
		return err
	}
	seller, err := s.Providers.find(tx, a.Provider)
	if err != nil {
		return err
	}
	return billing.CheckPIN(pin, seller.ShortestPIN())
}

// RevealPIN is the PIN of a credential ("pin:" and its hash). One that was added before
// PINs were kept sealed cannot be told any more.
func (s *Store) RevealPIN(id string) (pin string, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		c, err := s.Credentials.find(tx, id)
		if err != nil {
			return err
		}
		sealed := tx.Get(key("sealed", id))
		if sealed == nil {
			return fmt.Errorf("PIN of credential %s: %w: only its hash was kept: give its holder a new PIN", id, billing.ErrNotFound)
		}
		pin, err = s.unseal(c, sealed)
		return err
	})
	return pin, err
}

// unseal opens what is sealed of a credential's PIN.
func (s *Store) unseal(c billing.Credential, sealed []byte) (string, error) {
	id := CredentialID(c.Kind, c.ID)
	k, ok := s.pins().of(c.KeyID)
	if !ok {
		return "", fmt.Errorf("PIN of credential %s: %w: its key %s is not in the key file", id, billing.ErrNotFound, c.KeyID)
	}
	return k.unseal(id, sealed)
}
