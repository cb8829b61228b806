package kv

import (
	"errors"
	"fmt"
)

// What a transaction may write, so that any engine can take it: refused before one sees it.
const (
	MaxKeyBytes         = 1 << 10
	MaxValueBytes       = 16 << 20
	MaxTransactionBytes = 64 << 20 // of keys and values together
)

// ErrTooLarge is wrapped by the refusal of a key, a value or a transaction beyond these
// limits. Nothing of the transaction is kept.
var ErrTooLarge = errors.New("too large for the database")

// ErrNoKey refuses a value under an empty key.
var ErrNoKey = errors.New("a key of the database cannot be empty")

func tooLarge(what string, n, most int) error {
	return fmt.Errorf("%w: %s of %d bytes, at most %d", ErrTooLarge, what, n, most)
}

// sized refuses one write beyond the limits.
func sized(key string, value []byte) error {
	switch {
	case value == nil: // what is there already can always be deleted
		return nil
	case key == "":
		return ErrNoKey
	case len(key) > MaxKeyBytes:
		return tooLarge("a key", len(key), MaxKeyBytes)
	case len(value) > MaxValueBytes:
		return tooLarge("a value", len(value), MaxValueBytes)
	}
	return nil
}
