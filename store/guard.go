package store

import (
	"context"
	"time"

	"cccp/internal/phone"
	"cccp/store/directory"
)

// Guard counts wrong PINs and locks out who enters too many. A scope without a rule is
// neither counted nor locked.
type Guard struct {
	*Store
	Rules directory.LockRules
}

// Locked says whether no PIN of this caller is taken now. An empty caller withholds his
// number.
func (g Guard) Locked(caller phone.Number, access string) (bool, error) {
	return g.LockedOut(g.Rules, caller, access, time.Now())
}

// Missed counts a wrong PIN against its caller, the access number and everybody.
func (g Guard) Missed(ctx context.Context, caller phone.Number, access string) error {
	return g.CountMiss(ctx, g.Rules, caller, access, time.Now())
}
