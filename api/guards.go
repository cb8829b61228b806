package api

import (
	"context"
	"fmt"
	"slices"

	"cccp/billing"
	"cccp/staff"
)

// ownLimits keeps an administrator of one provider from changing what the platform grants
// that provider: the numbers its callers may show, which might be another's, and how many
// calls it may have.
func ownLimits(ctx context.Context, before, after billing.Provider) error {
	actor := staff.From(ctx)
	if actor.Role.Provider() == "" {
		return nil
	}
	for name, same := range map[string]bool{
		"owned_numbers":        slices.Equal(before.OwnedNumbers, after.OwnedNumbers),
		"default_caller_id":    before.DefaultCallerID == after.DefaultCallerID,
		"any_caller_id":        before.AnyCallerID == after.AnyCallerID,
		"max_concurrent_calls": before.MaxConcurrentCalls == after.MaxConcurrentCalls,
	} {
		if !same {
			return fmt.Errorf("%w: %s of a provider is for the platform to say: ask a platform owner",
				staff.ErrForbidden, name)
		}
	}
	return nil
}

// ownPermissions keeps an administrator from giving anybody, himself above all, a permission
// he does not have.
func ownPermissions(ctx context.Context, before, after staff.Admin) error {
	actor := staff.From(ctx)
	for _, p := range after.Permissions {
		if slices.Contains(before.Permissions, p) {
			continue
		}
		if err := actor.May(p); err != nil {
			return fmt.Errorf("%w: nobody gives a permission he has not himself", err)
		}
	}
	return nil
}

// sellersView is a record as the administrator of one provider sees it: carriers, and
// what they cost, are the platform's own.
func sellersView(ctx context.Context, c billing.CDR) billing.CDR {
	if staff.From(ctx).Role.Provider() != "" {
		c.Trunk, c.Cost, c.Attempts, c.Node = "", 0, 0, ""
	}
	return c
}
