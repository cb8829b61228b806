package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

// newEntry is an operator's change of a balance.
type newEntry struct {
	Kind   billing.LedgerKind `json:"kind" enum:"credit,debit"`
	Amount billing.Money      `json:"amount" doc:"decimal amount, more than 0, at most 6 places"`
	Reason string             `json:"reason" minLength:"1" maxLength:"250" doc:"why the balance changes"`
	// Ref makes it safe to send the same request again.
	Ref string `json:"ref" minLength:"1" maxLength:"64" doc:"the request's own ID: the same one is booked once"`
}

type entryRequest struct {
	ByID
	Body newEntry
}

type ledgerPage struct {
	ByID
	After uint64 `query:"after" doc:"only entries after this sequence number"`
	Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

func (s server) money(h huma.API) {
	huma.Register(h, operation("get-balance", http.MethodGet, "/v1/accounts/{id}/balance", "Read an account's balance"), func(ctx context.Context, in *ByID) (*answer[billing.Balance], error) {
		if err := s.Store.WithinReach(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.Balance(in.ID))
	})
	huma.Register(h, operation("book-entry", http.MethodPost, "/v1/accounts/{id}/entries", "Credit or debit an account"), func(ctx context.Context, in *entryRequest) (*answer[billing.LedgerEntry], error) {
		if err := s.Store.WithinReach(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.Book(ctx, store.Entry{
			Account: in.ID, Kind: in.Body.Kind, Amount: in.Body.Amount, Ref: in.Body.Ref,
			Reason: in.Body.Reason, Actor: staff.From(ctx).String(), At: time.Now(),
		}))
	})
	huma.Register(h, operation("list-ledger", http.MethodGet, "/v1/accounts/{id}/ledger", "List an account's ledger entries"), func(ctx context.Context, in *ledgerPage) (*answer[[]billing.LedgerEntry], error) {
		if err := s.Store.WithinReach(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.Ledger(ctx, in.ID, in.After, in.Limit))
	})
	huma.Register(h, operation("list-bundle-uses", http.MethodGet, "/v1/accounts/{id}/bundles", "List what an account has had of its bundles"), func(ctx context.Context, in *ByID) (*answer[[]billing.BundleUse], error) {
		if err := s.Store.WithinReach(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return reply(s.Store.BundleUses(ctx, in.ID))
	})
	huma.Register(h, operation("verify-ledger", http.MethodGet, "/v1/ledger/verify", "Prove all balances, holds and counters"), func(context.Context, *struct{}) (*answer[billing.Report], error) {
		return reply(s.Store.Check())
	})
}
