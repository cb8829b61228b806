package billing

import (
	"crypto/sha256"
	"encoding/hex"
)

// IsKeyedHash says whether a text is written as the keyed hash of a PIN or a voucher code
// is: an HMAC-SHA256 (RFC 2104) in lower-case hexadecimal.
func IsKeyedHash(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == text
}
