package kv

// Bell tells one listener that something is on disk. Several rings at once are heard as
// one, and ringing never waits.
type Bell chan struct{}

// NewBell is one nobody has rung.
func NewBell() Bell { return make(Bell, 1) }

// Ring is called once a change is on disk, never inside a transaction.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}
