package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store"
)

// newCredential is a credential as an operator gives it: the PIN itself goes no
// further than this.
type newCredential struct {
	Kind        billing.CredentialKind `json:"kind" enum:"ani,pin" doc:"how the caller is recognised"`
	Value       string                 `json:"value" maxLength:"32" doc:"the number, or the PIN"`
	Account     string                 `json:"account" doc:"account it opens"`
	OutboundCID phone.Number           `json:"outbound_cid,omitempty" doc:"number its calls show, where owned"`
	Inactive    bool                   `json:"inactive,omitempty" doc:"kept but not accepted"`
}

type credentialValue struct {
	Kind  billing.CredentialKind `json:"kind" enum:"ani,pin"`
	Value string                 `json:"value" maxLength:"32"`
}

func (s server) credentials(h huma.API) {
	const at = "/v1/credentials"
	huma.Register(h, operation("add-credential", http.MethodPost, at, "Add a credential"), func(ctx context.Context, in *body[newCredential]) (*answer[billing.Credential], error) {
		return reply(s.addCredential(ctx, in.Body))
	})
	huma.Register(h, operation("find-credential", http.MethodPost, at+"/find", "Find a credential by number or PIN"), func(_ context.Context, in *body[credentialValue]) (*answer[billing.Credential], error) {
		return reply(s.Store.FindCredential(in.Body.Kind, in.Body.Value))
	})
	huma.Register(h, operation("change-credential", http.MethodPatch, at+"/{id}", "Change fields of a credential"), func(ctx context.Context, in *patch) (*answer[billing.Credential], error) {
		return reply(s.Store.Credentials.Change(ctx, in.ID, merge[billing.Credential](in.Body)))
	})
	readable(h, noun{"credential", "credentials"}, s.Store.Credentials)
}

func (s server) addCredential(ctx context.Context, n newCredential) (billing.Credential, error) {
	c := billing.Credential{Kind: n.Kind, ID: n.Value}
	if n.Kind == billing.PIN {
		account, err := s.Store.Accounts.Get(n.Account)
		if err != nil {
			return c, err
		}
		seller, err := s.Store.Providers.Get(account.Provider)
		if err != nil {
			return c, err
		}
		if c, err = s.Store.PINCredential(n.Value, seller.ShortestPIN()); err != nil {
			return c, err
		}
	}
	c.Account, c.OutboundCID, c.Inactive = n.Account, n.OutboundCID, n.Inactive
	added, err := s.Store.Credentials.Add(ctx, c)
	if n.Kind == billing.PIN && isExisting(err) {
		err = fmt.Errorf("this PIN %w: choose another", store.ErrExists)
	}
	return added, err
}
