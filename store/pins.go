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

// checkPINKey refuses a key other than the one the file's PINs were hashed with.
func checkPINKey(tx kv.Tx, k PINKey) error {
	if len(k) < MinPINKeyBytes {
		return fmt.Errorf("PIN key of %d bytes: it takes at least %d", len(k), MinPINKeyBytes)
	}
	at := key("meta", "pin-key")
	known := string(tx.Get(at))
	if known != "" && known != k.ID() {
		return fmt.Errorf("%w: PINs in this database were hashed with key %s, not with %s: give ccd the key file it was created with", ErrConflict, known, k.ID())
	}
	tx.Put(at, []byte(k.ID()))
	return nil
}

// PINCredential makes the credential of a PIN. The PIN must have between shortest
// and 20 digits.
func (s *Store) PINCredential(pin string, shortest int) (billing.Credential, error) {
	if err := billing.CheckPIN(pin, shortest); err != nil {
		return billing.Credential{}, err
	}
	return billing.Credential{Kind: billing.PIN, ID: s.pins.Hash(pin), KeyID: s.pins.ID()}, nil
}

// FindCredential finds a credential by its number or PIN, if whoever asks may see it: one
// beyond his reach is as one that is not there, or PINs could be guessed by asking.
func (s *Store) FindCredential(ctx context.Context, kind billing.CredentialKind, value string) (billing.Credential, error) {
	value = strings.TrimPrefix(value, "+")
	if kind == billing.PIN {
		value = s.pins.Hash(value)
	}
	c, err := s.Credentials.See(ctx, CredentialID(kind, value))
	switch beyond := errors.Is(err, staff.ErrForbidden); {
	case kind == billing.PIN && (beyond || errors.Is(err, ErrNotFound)):
		err = fmt.Errorf("PIN: %w: see ccctl credential list", ErrNotFound)
	case beyond:
		err = fmt.Errorf("credential %s: %w: see ccctl credential list", CredentialID(kind, value), ErrNotFound)
	}
	return c, err
}
