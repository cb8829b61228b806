package pins

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
)

// Ring is the key PINs are hashed with, and those they were hashed with before: what
// only a hash is kept of, vouchers above all, stays under the key it was made with. It is
// never changed, but replaced.
type Ring []Key

// Current is the key of everything new.
func (r Ring) Current() Key { return r[0] }

// Of is the key of an ID; the bool says whether there is one.
func (r Ring) Of(id string) (Key, bool) {
	i := slices.IndexFunc(r, func(k Key) bool { return k.ID() == id })
	if i < 0 {
		return nil, false
	}
	return r[i], true
}

// first puts the key of an ID first.
func (r Ring) first(id string) Ring {
	k, _ := r.Of(id)
	return append(Ring{k}, slices.DeleteFunc(slices.Clone(r), func(other Key) bool { return other.ID() == id })...)
}

// CheckHash refuses what is the hash of no key. Whatever stands in its place, a PIN in
// clear above all, would be kept as it is.
func (r Ring) CheckHash(what, hash, keyID string) error {
	k, ok := r.Of(keyID)
	if !ok {
		k = r.Current() // which refuses it
	}
	return k.checkHash(what, hash, keyID)
}

// Matches says whether a PIN has a hash under the key of an ID.
func (r Ring) Matches(pin, hash, keyID string) bool {
	k, known := r.Of(keyID)
	return known && hmac.Equal([]byte(hash), []byte(k.Hash(pin)))
}

// Credential makes the credential of a PIN of between shortest and 20 digits.
func (r Ring) Credential(pin string, shortest int) (billing.Credential, error) {
	if err := billing.CheckPIN(pin, shortest); err != nil {
		return billing.Credential{}, err
	}
	k := r.Current()
	return billing.Credential{Kind: billing.PIN, ID: k.Hash(pin), KeyID: k.ID()}, nil
}

// Voucher makes the voucher of a code; whose it is and what it is worth is to be filled in.
func (r Ring) Voucher(code string) (billing.Voucher, error) {
	digits := strings.Trim(code, "0123456789") == ""
	if !digits || len(code) < billing.MinVoucherDigits || len(code) > billing.MaxVoucherDigits {
		return billing.Voucher{}, fmt.Errorf("%w: voucher code: give %d to %d digits",
			billing.ErrInvalid, billing.MinVoucherDigits, billing.MaxVoucherDigits)
	}
	k := r.Current()
	return billing.Voucher{ID: k.VoucherHash(code), KeyID: k.ID()}, nil
}

// FindHash tries the hashes of a secret under all keys, the present one first, until one is
// found.
func FindHash[T any](r Ring, hash func(Key) string, find func(hash string) (T, error)) (v T, err error) {
	for _, k := range r {
		if v, err = find(hash(k)); err == nil || !errors.Is(err, billing.ErrNotFound) {
			return v, err
		}
	}
	return v, err
}
