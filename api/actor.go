package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/staff"
)

// actor is who sends a request: whoever the kernel says is at the other end, or another
// administrator whose part he plays.
func (s server) actor(ctx context.Context, as string) (staff.Actor, error) {
	actor, err := s.person(ctx)
	if err != nil || as == "" {
		return actor, err
	}
	if _, err := actor.As(staff.Admin{}); err != nil {
		return actor, err // whom else there is, is not his to find out
	}
	other, err := s.Store.Admins.Get(as)
	if err != nil {
		return actor, err
	}
	return actor.As(other)
}

func (s server) person(ctx context.Context) (staff.Actor, error) {
	who, _ := ctx.Value(peerKey{}).(peerUser)
	if who.owner {
		return staff.Actor{Admin: staff.Owner(who.name)}, nil
	}
	admin, err := s.Store.Admins.Get(who.name)
	if errors.Is(err, billing.ErrNotFound) {
		const remedy = "root can add one with ccctl admin add %s --role-id platform_owner"
		err = fmt.Errorf("%w: %s is no administrator here: "+remedy,
			staff.ErrForbidden, cmp.Or(who.name, "whoever asks"), cmp.Or(who.name, "NAME"))
	}
	return staff.Actor{Admin: admin}, err
}
