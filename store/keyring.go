package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/store/kv"
)

// keyring is the key PINs are hashed with, and those they were hashed with before: what
// only a hash is kept of, vouchers above all, stays under the key it was made with. It is
// never changed, but replaced.
type keyring []PINKey

// current is the key of everything new.
func (r keyring) current() PINKey { return r[0] }

// of is the key of an ID; the bool says whether there is one.
func (r keyring) of(id string) (PINKey, bool) {
	i := slices.IndexFunc(r, func(k PINKey) bool { return k.ID() == id })
	if i < 0 {
		return nil, false
	}
	return r[i], true
}

// first puts the key of an ID first.
func (r keyring) first(id string) keyring {
	k, _ := r.of(id)
	return append(keyring{k}, slices.DeleteFunc(slices.Clone(r), func(other PINKey) bool { return other.ID() == id })...)
}

// checkHash refuses what no key's hash is. Whatever stands in its place, a PIN in clear
// above all, would be kept as it is.
func (r keyring) checkHash(what, hash, keyID string) error {
	k, ok := r.of(keyID)
	if !ok {
		k = r.current() // which refuses it
	}
	return k.checkHash(what, hash, keyID)
}

// pins is the present keyring.
func (s *Store) pins() keyring { return *s.keys.Load() }

// PINKeys are the key PINs are hashed with, and after it those that are still needed.
func (s *Store) PINKeys() []PINKey { return slices.Clone(s.pins()) }

// checkPINKeys finds the key the file's PINs are hashed with among those given.
func checkPINKeys(tx kv.Tx, given keyring) (keyring, error) {
	for _, k := range given {
		if len(k) < MinPINKeyBytes {
			return nil, fmt.Errorf("PIN key of %d bytes: it takes at least %d", len(k), MinPINKeyBytes)
		}
	}
	at := key("meta", "pin-key")
	known := string(tx.Get(at))
	if known == "" {
		tx.Put(at, []byte(given.current().ID()))
		return given, nil
	}
	if _, ok := given.of(known); !ok {
		return nil, fmt.Errorf("%w: PINs in this database were hashed with key %s, not with %s: give ccd the key file it was created with", billing.ErrConflict, known, given.current().ID())
	}
	return given.first(known), nil
}

// UsePINKey makes a key that of everything new. PINs that are kept are still found under
// the keys before it.
func (s *Store) UsePINKey(ctx context.Context, k PINKey) error {
	if len(k) < MinPINKeyBytes {
		return fmt.Errorf("PIN key of %d bytes: it takes at least %d", len(k), MinPINKeyBytes)
	}
	s.rotating.Lock()
	defer s.rotating.Unlock()
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		tx.Put(key("meta", "pin-key"), []byte(k.ID()))
		return nil
	})
	if err != nil {
		return err
	}
	ring := append(keyring{k}, s.pins()...).first(k.ID())
	s.keys.Store(&ring)
	return nil
}

// DropPINKeys forgets keys that nothing is hashed with any more.
func (s *Store) DropPINKeys(kept []PINKey) {
	s.rotating.Lock()
	defer s.rotating.Unlock()
	ring := keyring(slices.DeleteFunc(s.PINKeys(), func(k PINKey) bool {
		return k.ID() != s.pins().current().ID() && !slices.ContainsFunc(kept, func(other PINKey) bool { return other.ID() == k.ID() })
	}))
	s.keys.Store(&ring)
}

// vacantPIN refuses a PIN that is somebody's, under whichever key.
func (s *Store) vacantPIN(tx kv.Tx, pin string) error {
	for _, k := range s.pins() {
		if err := s.Credentials.vacant(tx, CredentialID(billing.PIN, k.Hash(pin))); err != nil {
			return err
		}
	}
	return nil
}

// addPIN keeps the credential of a PIN, and the PIN sealed.
func (s *Store) addPIN(tx kv.Tx, c billing.Credential, pin string) (billing.Credential, error) {
	if err := s.checkPIN(tx, c.Account, pin); err != nil {
		return c, err
	}
	if err := s.vacantPIN(tx, pin); err != nil {
		return c, err
	}
	k := s.pins().current()
	c.Kind, c.ID, c.KeyID = billing.PIN, k.Hash(pin), k.ID()
	added, err := s.Credentials.add(tx, c)
	if err == nil {
		id := CredentialID(added.Kind, added.ID)
		tx.Put(key("sealed", id), k.seal(id, pin))
	}
	return added, err
}

// eachHash tries the hashes of a secret under all keys, the present one first, until one
// is found.
func eachHash[T any](r keyring, hash func(PINKey) string, find func(hash string) (T, error)) (v T, err error) {
	for _, k := range r {
		if v, err = find(hash(k)); err == nil || !errors.Is(err, billing.ErrNotFound) {
			return v, err
		}
	}
	return v, err
}
