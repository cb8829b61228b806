package api

import (
	"context"
	"net/http"

	"cccp/billing"
	"cccp/jobs"
	"cccp/provision"
	"cccp/staff"
	"cccp/wire"
)

type lotStatus struct {
	ByID
	Body wire.LotStatus
}

func (s server) lots(d *Door) {
	const at = "/v1/lots"
	readable(d, noun{"lot", "lots", staff.Accounts, true}, s.Store.Lots)
	Answer(d, Endpoint{
		ID: "generate-lot", Method: http.MethodPost, Path: at,
		Summary: "Generate a lot of cards in the background", May: staff.Accounts, Shared: true,
	}, func(ctx context.Context, in *body[wire.NewLot]) (jobs.Bulk, error) {
		n := in.Body
		return s.Bulk.Generate(ctx, billing.Lot{
			Name: n.Name, Offering: n.Offering, Provider: n.Provider, Count: n.Count, First: n.First,
			PINDigits: n.PINDigits, Balance: n.Balance,
		})
	})
	Answer(d, Endpoint{
		ID: "set-lot-status", Method: http.MethodPost, Path: at + "/{id}/status",
		Summary: "Give the cards of a lot another status in the background", May: staff.Accounts, Shared: true,
	}, func(ctx context.Context, in *lotStatus) (jobs.Bulk, error) {
		n := in.Body
		return s.Bulk.SetStatus(ctx, provision.StatusOrder{Lot: in.ID, Status: n.Status, From: n.From, To: n.To})
	})
}
