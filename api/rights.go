package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

// right is what it takes to use the endpoints below a path.
type right struct {
	path string
	// change is the permission for everything but reading; none at all is "".
	change staff.Permission
	// shared endpoints are open to administrators of one provider: what they answer and
	// change is confined to that provider. The others are the platform's own.
	shared bool
}

// rights are all there are: the longest path that an endpoint's begins with says what it
// takes, and what is not listed belongs to platform owners.
var rights = []right{
	{"/v1/status", "", true},
	{"/v1/providers", staff.Offerings, true},
	{"/v1/offerings", staff.Offerings, true},
	{"/v1/access-numbers", staff.Offerings, true},
	{"/v1/disas", staff.Offerings, true},
	{"/v1/accounts", staff.Accounts, true},
	{"/v1/accounts/{id}/entries", staff.Money, true},
	{"/v1/accounts/{id}/transfers", staff.Money, true},
	{"/v1/credentials", staff.Accounts, true},
	{"/v1/credentials/find", "", true},
	{"/v1/speed-dials", staff.Accounts, true},
	{"/v1/vouchers", staff.Money, true},
	{"/v1/vouchers/find", "", true},
	{"/v1/groups", staff.Money, true},
	{"/v1/named-rates", staff.Rates, true},
	{"/v1/rate-plans", staff.Rates, true},
	{"/v1/calling-services", staff.Rates, true},
	{"/v1/bundles", staff.Rates, true},
	{"/v1/decks", staff.Rates, false},
	{"/v1/routes", "", false},
	{"/v1/fraud-rules", staff.Routing, false},
	{"/v1/alerts", "", false},
	{"/v1/trunks", staff.Routing, false},
	{"/v1/ledger/verify", "", false},
	{"/v1/cdrs", "", true},
	{"/v1/charges", staff.Calls, false},
	{"/v1/calls", staff.Calls, false},
	{"/v1/callbacks", staff.Calls, false},
	{"/v1/lockouts", staff.Calls, false},
	{"/v1/lots", staff.Accounts, true},
	{"/v1/jobs", staff.Bulk, true},
	{"/v1/archive", staff.Bulk, true},
	{"/v1/pin-key", staff.PINs, false},
	{"/v1/cccps", staff.Bulk, false},
	{"/v1/admins", staff.Admins, false},
	{"/v1/audit", "", false},
}

// rightOf is what an endpoint takes.
func rightOf(path string) (r right, listed bool) {
	for _, candidate := range rights {
		below := path == candidate.path || strings.HasPrefix(path, candidate.path+"/")
		if below && len(candidate.path) > len(r.path) {
			r, listed = candidate, true
		}
	}
	return r, listed
}

// admitting lets through who may do what he asks for, and says to what lies behind who
// that is.
func (s server) admitting(h huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor, err := s.actor(ctx.Context(), ctx.Header(wire.AsHeader))
		if err == nil {
			err = mayUse(actor, ctx.Operation())
		}
		if err != nil {
			refusal := problem(err).(huma.StatusError)
			_ = huma.WriteErr(h, ctx, refusal.GetStatus(), refusal.Error()) // whoever asked has gone
			return
		}
		next(huma.WithContext(ctx, staff.With(ctx.Context(), actor)))
	}
}

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
		err = fmt.Errorf("%w: %s is no administrator here: root can add one with ccctl admin add %s --role-id platform_owner", staff.ErrForbidden, cmp.Or(who.name, "whoever asks"), cmp.Or(who.name, "NAME"))
	}
	return staff.Actor{Admin: admin}, err
}

// mayUse refuses an endpoint to whom it is not for.
func mayUse(actor staff.Actor, o *huma.Operation) error {
	r, listed := rightOf(o.Path)
	if only := actor.Role.Provider(); only != "" && !(listed && r.shared) {
		return fmt.Errorf("%w: this belongs to the platform, not to provider %s", staff.ErrForbidden, only)
	}
	if o.Method == http.MethodGet || r.change == "" {
		return nil
	}
	return actor.May(r.change)
}
