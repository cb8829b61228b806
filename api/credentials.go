package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/wire"
)

func (s server) credentials(h huma.API) {
	const at = "/v1/credentials"
	huma.Register(h, operation("add-credential", http.MethodPost, at, "Add a credential"), func(ctx context.Context, in *body[wire.NewCredential]) (*answer[billing.Credential], error) {
		return reply(s.addCredential(ctx, in.Body))
	})
	huma.Register(h, operation("find-credential", http.MethodPost, at+"/find", "Find a credential by number, PIN or SIP user"), func(ctx context.Context, in *body[wire.CredentialValue]) (*answer[billing.Credential], error) {
		return reply(s.Store.FindCredential(ctx, in.Body.Kind, in.Body.Value))
	})
	huma.Register(h, operation("change-credential", http.MethodPatch, at+"/{id}", "Change fields of a credential"), func(ctx context.Context, in *patch) (*answer[billing.Credential], error) {
		return reply(s.Store.Credentials.Change(ctx, in.ID, merge[billing.Credential](in.Body)))
	})
	readable(h, noun{"credential", "credentials"}, s.Store.Credentials)
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
	if err := s.Store.WithinReach(ctx, n.Account); err != nil {
		return c, err
	}
	added, err := s.Store.AddPIN(ctx, c, n.Value)
	if isExisting(err) {
		err = fmt.Errorf("this PIN %w: choose another", billing.ErrExists)
	}
	return added, err
}
