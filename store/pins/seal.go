package pins

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// sealInfo is what the sealing key is derived for (RFC 5869, info): the hashes have a
// key of their own.
const sealInfo = "cccp pin sealing 1"

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Sealer seals PINs under one key, which is derived once.
type Sealer struct{ aead cipher.AEAD }

// Sealer encrypts PINs with AES-256-GCM under random nonces.
func (k Key) Sealer() Sealer {
	derived := must(hkdf.Key(sha256.New, k, nil, sealInfo, 32))
	return Sealer{must(cipher.NewGCMWithRandomNonce(must(aes.NewCipher(derived))))}
}

// Seal encrypts a PIN for the credential it belongs to: under another's ID it does not
// open.
func (s Sealer) Seal(id, pin string) []byte { return s.aead.Seal(nil, nil, []byte(pin), []byte(id)) }

func (k Key) unseal(id string, sealed []byte) (string, error) {
	pin, err := k.Sealer().aead.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return "", fmt.Errorf("PIN of credential %s: what is kept of it is damaged: %w", id, err)
	}
	return string(pin), nil
}
