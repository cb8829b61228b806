package api

import (
	"context"
	"fmt"
	"net/http"

	"cccp/billing"
	"cccp/store"
)

type cdrPage struct {
	After   uint64 `query:"after" doc:"only records after this sequence number"`
	Account string `query:"account" doc:"only records of this account"`
	Newest  bool   `query:"newest" doc:"the last records instead of the first"`
	Limit   int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

func (s server) records(d *Door) {
	Answer(d, Endpoint{
		ID: "list-cdrs", Method: http.MethodGet, Path: "/v1/cdrs",
		Summary: "List call detail records", May: Open, Shared: true,
	}, func(ctx context.Context, in *cdrPage) ([]billing.CDR, error) {
		list, err := s.Store.CDRs(ctx, store.CDRFilter{
			After: in.After, Account: in.Account, Newest: in.Newest, Limit: in.Limit,
		})
		for i, c := range list {
			list[i] = sellersView(ctx, c)
		}
		return list, err
	})
	Answer(d, Endpoint{
		ID: "last-call", Method: http.MethodGet, Path: "/v1/accounts/{id}/last-call",
		Summary: "Read the record of an account's last call", May: Open, Shared: true,
	}, func(ctx context.Context, in *ByID) (billing.CDR, error) {
		if err := s.Store.WithinReach(ctx, in.ID); err != nil {
			return billing.CDR{}, err
		}
		last, err := s.lastCall(in.ID)
		return sellersView(ctx, last), err
	})
}

func (s server) lastCall(account string) (billing.CDR, error) {
	cdr, ok, err := s.Store.LastCall(account)
	if err != nil || ok {
		return cdr, err
	}
	if _, err := s.Store.Accounts.Get(account); err != nil {
		return cdr, err
	}
	return cdr, fmt.Errorf("last call of account %s: %w: it has made none", account, billing.ErrNotFound)
}
