package pins

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"cccp/billing"
)

// MinKeyBytes is the least secret a key may hold.
const MinKeyBytes = 32

// Key is the secret PINs are hashed with (HMAC-SHA256). It is kept outside the
// database: a stolen database alone does not give up its PINs.
type Key []byte

// ID names the key without giving it away; it is stored beside every hash.
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte("cccp pin key id:"), k...))
	return hex.EncodeToString(sum[:4])
}

// Hash is the credential ID of a PIN.
func (k Key) Hash(pin string) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(pin))
	return hex.EncodeToString(mac.Sum(nil))
}

// VoucherHash is the ID of the voucher of a code. A PIN is digits alone, so that no code
// and no PIN ever share a hash.
func (k Key) VoucherHash(code string) string { return k.Hash("cccp voucher:" + code) }

// checkHash refuses what this key's hash did not make: whatever stands in its place, a
// PIN in clear above all, would be kept as it is.
func (k Key) checkHash(what, hash, keyID string) error {
	if !billing.IsKeyedHash(hash) || keyID != k.ID() {
		return fmt.Errorf("%w: a %s is named by a keyed hash, never by what is typed", billing.ErrInvalid, what)
	}
	return nil
}

func (k Key) checkLength() error {
	if len(k) < MinKeyBytes {
		return fmt.Errorf("PIN key of %d bytes: it takes at least %d", len(k), MinKeyBytes)
	}
	return nil
}
