package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
)

// lockScope names whose wrong PINs are to be forgotten.
type lockScope struct {
	Scope billing.LockScope `path:"scope" enum:"caller,access_number,everybody"`
	Who   string            `query:"who" maxLength:"64" doc:"the caller's number (withheld for those who show none), or the access number or DISA; nobody for everybody"`
}

func (s server) lockouts(h huma.API) {
	huma.Register(h, operation("list-lockouts", http.MethodGet, "/v1/lockouts", "List who entered wrong PINs lately, and who is locked out"), func(context.Context, *struct{}) (*answer[[]billing.Misses], error) {
		return reply(s.Store.Lockouts(time.Now()))
	})
	huma.Register(h, operation("clear-lockout", http.MethodDelete, "/v1/lockouts/{scope}", "Forget wrong PINs, and with them the lock"), func(ctx context.Context, in *lockScope) (*struct{}, error) {
		if err := s.Store.ClearLockout(ctx, in.Scope, in.Who); err != nil {
			return nil, problem(err)
		}
		return nil, nil
	})
}
