package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/staff"
	"cccp/store/kv"
)

// Reached refuses a record beyond the reach of the actor.
func (c *Collection[T]) Reached(ctx context.Context, tx kv.Tx, v T) error {
	actor := staff.From(ctx)
	if actor.Role.Provider() == "" {
		return nil
	}
	owner, err := c.kind.Owner(tx, v)
	if err != nil {
		return err
	}
	return actor.Reach(owner, c.word()+" "+c.kind.ID(v))
}

// MayRefer refuses to refer to what is beyond the reach of the actor: who names
// another's rate plan sells by it, and is told what is wrong with it. What a record
// referred to before may stay: somebody who may has had it so, such as an account sold
// under another provider's offering. It is asked before anything is checked, so that no
// other refusal tells of others' records; what is not there yet, or not filled in, is
// left to the check.
func (c *Collection[T]) MayRefer(ctx context.Context, tx kv.Tx, before []Ref, v T) error {
	actor := staff.From(ctx)
	if actor.Role.Provider() == "" {
		return nil
	}
	if owner, err := c.kind.Owner(tx, v); err == nil && owner != "" {
		if err := actor.Reach(owner, c.word()+" "+c.kind.ID(v)); err != nil {
			return err
		}
	}
	for _, r := range c.kind.Refs(v) {
		if r.ID == "" || slices.Contains(before, r) || !r.There(tx) {
			continue
		}
		owner, err := c.registry.owner(tx, r.Table, r.ID)
		if err == nil {
			err = actor.Reach(owner, r.Word+" "+r.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unused refuses to take away what others refer to, until the same is done to them.
// Who they are is told to those whose records they are.
func (c *Collection[T]) unused(ctx context.Context, tx kv.Tx, id, todo string) error {
	actor := staff.From(ctx)
	for user := range Users(tx, c.word(), id) {
		table, of, _ := strings.Cut(user, "/")
		owner, err := c.registry.owner(tx, table, of)
		switch err = errors.Join(err, actor.Reach(owner, user)); {
		case errors.Is(err, staff.ErrForbidden):
			return fmt.Errorf("%s %s is %w by a record of the platform or of another provider: ask a platform owner",
				c.table, id, billing.ErrInUse)
		case err != nil:
			return err
		}
		return fmt.Errorf("%s %s is %w by %s: %s that first", c.table, id, billing.ErrInUse, user, todo)
	}
	return nil
}
