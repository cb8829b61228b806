package api

import (
	"context"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/staff"
)

// lockScope names whose wrong PINs are to be forgotten.
type lockScope struct {
	Scope billing.LockScope `path:"scope" enum:"caller,access_number,everybody"`
	// Who is nobody where the scope is everybody.
	Who string `query:"who" maxLength:"64" doc:"the caller's number, or withheld; or the access number or DISA"`
}

func (s server) lockouts(d *Door) {
	Answer(d, Endpoint{
		ID: "list-lockouts", Method: http.MethodGet, Path: "/v1/lockouts",
		Summary: "List who entered wrong PINs lately, and who is locked out", May: Open,
	}, func(context.Context, *struct{}) ([]billing.Misses, error) {
		return s.Store.Lockouts(time.Now())
	})
	Act(d, Endpoint{
		ID: "clear-lockout", Method: http.MethodDelete, Path: "/v1/lockouts/{scope}",
		Summary: "Forget wrong PINs, and with them the lock", May: staff.Calls,
	}, func(ctx context.Context, in *lockScope) error {
		return s.Store.ClearLockout(ctx, in.Scope, in.Who)
	})
}
