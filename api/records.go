package api

import (
	"context"
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
		last, err := s.Store.SeeLastCall(ctx, in.ID)
		return sellersView(ctx, last), err
	})
}
