package api

import (
	"context"
	"net/http"
	"time"

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

func (s server) money(d *Door) {
	Answer(d, Endpoint{
		ID: "get-balance", Method: http.MethodGet, Path: "/v1/accounts/{id}/balance",
		Summary: "Read an account's balance", May: Open, Shared: true,
	}, func(ctx context.Context, in *ByID) (billing.Balance, error) {
		return s.Store.SeeBalance(ctx, in.ID)
	})
	Answer(d, Endpoint{
		ID: "book-entry", Method: http.MethodPost, Path: "/v1/accounts/{id}/entries",
		Summary: "Credit or debit an account", May: staff.Money, Shared: true,
	}, func(ctx context.Context, in *entryRequest) (billing.LedgerEntry, error) {
		return s.Store.Book(ctx, store.Entry{
			Account: in.ID, Kind: in.Body.Kind, Amount: in.Body.Amount, Ref: in.Body.Ref,
			Reason: in.Body.Reason, Actor: staff.From(ctx).String(), At: time.Now(),
		})
	})
	Answer(d, Endpoint{
		ID: "list-ledger", Method: http.MethodGet, Path: "/v1/accounts/{id}/ledger",
		Summary: "List an account's ledger entries", May: Open, Shared: true,
	}, func(ctx context.Context, in *ledgerPage) ([]billing.LedgerEntry, error) {
		return s.Store.Ledger(ctx, in.ID, in.After, in.Limit)
	})
	Answer(d, Endpoint{
		ID: "list-bundle-uses", Method: http.MethodGet, Path: "/v1/accounts/{id}/bundles",
		Summary: "List what an account has had of its bundles", May: Open, Shared: true,
	}, func(ctx context.Context, in *ByID) ([]billing.BundleUse, error) {
		return s.Store.BundleUses(ctx, in.ID)
	})
	Answer(d, Endpoint{
		ID: "verify-ledger", Method: http.MethodGet, Path: "/v1/ledger/verify",
		Summary: "Prove all balances, holds and counters", May: Open,
	}, func(context.Context, *struct{}) (billing.Report, error) {
		return s.Store.Check()
	})
}
