package api

import (
	"context"
	"fmt"
	"net/http"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

func (s server) credentials(d *Door) {
	const at = "/v1/credentials"
	Answer(d, Endpoint{
		ID: "add-credential", Method: http.MethodPost, Path: at,
		Summary: "Add a credential", May: staff.Accounts, Shared: true,
	}, func(ctx context.Context, in *body[wire.NewCredential]) (billing.Credential, error) {
		return s.addCredential(ctx, in.Body)
	})
	Answer(d, Endpoint{
		ID: "find-credential", Method: http.MethodPost, Path: at + "/find",
		Summary: "Find a credential by number, PIN or SIP user", May: Open, Shared: true,
	}, func(ctx context.Context, in *body[wire.CredentialValue]) (billing.Credential, error) {
		return s.Store.FindCredential(ctx, in.Body.Kind, in.Body.Value)
	})
	Answer(d, Endpoint{
		ID: "change-credential", Method: http.MethodPatch, Path: at + "/{id}",
		Summary: "Change fields of a credential", May: staff.Accounts, Shared: true,
	}, func(ctx context.Context, in *patch) (billing.Credential, error) {
		return s.Store.Credentials.Change(ctx, in.ID, merge[billing.Credential](in.Body))
	})
	readable(d, noun{"credential", "credentials", staff.Accounts, true}, s.Store.Credentials)
}

func (s server) addCredential(ctx context.Context, n wire.NewCredential) (billing.Credential, error) {
	c := billing.Credential{
		Kind: n.Kind, Account: n.Account, OutboundCID: n.OutboundCID, RetainCID: n.RetainCID,
		Inactive: n.Inactive, MaxConcurrentCalls: n.MaxConcurrentCalls,
	}
	if n.Kind != billing.PIN {
		c.ID = n.Value
		return s.Store.Credentials.Add(ctx, c)
	}
	added, err := s.Store.AddPIN(ctx, c, n.Value)
	if isExisting(err) {
		err = fmt.Errorf("this PIN %w: choose another", billing.ErrExists)
	}
	return added, err
}
