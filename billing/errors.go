package billing

import (
	"errors"
	"fmt"
)

// Why something is refused that is no matter of calls or money (those are Refusals). Text
// for operators is added around them: what is meant, and what to type next.
var (
	// ErrInvalid is wrapped by every refusal of a record's contents.
	ErrInvalid  = errors.New("invalid")
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	ErrInUse    = errors.New("in use")
	// ErrConflict means the request contradicts what is kept.
	ErrConflict = errors.New("conflict")
	// ErrNotOpen is answered for a leg that holds nothing: settled already, or never held.
	ErrNotOpen = errors.New("leg is not open")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}
