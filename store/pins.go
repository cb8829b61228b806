package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// MinPINKeyBytes is the least secret a PIN key may hold.
const MinPINKeyBytes = 32

// PINKey is the secret PINs are hashed with (HMAC-SHA256). It is kept outside the
// database: a stolen database alone does not give up its PINs.
type PINKey []byte

// ID names the key without giving it away; it is stored beside every hash.
func (k PINKey) ID() string {
	sum := sha256.Sum256(append([]byte("cccp pin key id:"), k...))
	return hex.EncodeToString(sum[:4])
}

// Hash is the credential ID of a PIN.
func (k PINKey) Hash(pin string) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(pin))
	return hex.EncodeToString(mac.Sum(nil))
}

// checkHash refuses what this key's hash did not make: whatever stands in its place, a
// PIN in clear above all, would be kept as it is.
func (k PINKey) checkHash(what, hash, keyID string) error {
	if !isHash(hash) || keyID != k.ID() {
		return fmt.Errorf("%w: a %s is named by a keyed hash, never by what is typed", billing.ErrInvalid, what)
	}
	return nil
}

// isHash says whether a text is written as hashes are.
func isHash(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == text
}

// PINCredential makes the credential of a PIN. The PIN must have between shortest
// and 20 digits.
func (s *Store) PINCredential(pin string, shortest int) (billing.Credential, error) {
	if err := billing.CheckPIN(pin, shortest); err != nil {
		return billing.Credential{}, err
	}
	k := s.pins().current()
	return billing.Credential{Kind: billing.PIN, ID: k.Hash(pin), KeyID: k.ID()}, nil
}

// FindCredential finds a credential by its number or PIN, if whoever asks may see it: one
// beyond his reach is as one that is not there, or PINs could be guessed by asking.
func (s *Store) FindCredential(ctx context.Context, kind billing.CredentialKind, value string) (c billing.Credential, err error) {
	value = strings.TrimPrefix(value, "+")
	err = s.db.View(func(tx kv.Tx) error {
		id, ok := CredentialID(kind, value), true
		if kind == billing.PIN {
			id, ok = s.pinID(tx, value)
		}
		if ok {
			if c, err = s.Credentials.find(tx, id); err == nil {
				err = s.Credentials.reached(ctx, tx, c)
			}
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
func (s *Store) pinID(tx kv.Tx, pin string) (id string, ok bool) {
	for _, k := range s.pins() {
		if id = CredentialID(billing.PIN, k.Hash(pin)); tx.Get(key("credential", id)) != nil {
			return id, true
		}
	}
	return "", false
}
