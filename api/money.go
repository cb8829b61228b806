package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

type entryRequest struct {
	ByID
	Body wire.NewEntry
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
