package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/jobs"
	"cccp/provision"
	"cccp/wire"
)

type lotStatus struct {
	ByID
	Body wire.LotStatus
}

func (s server) lots(h huma.API) {
	const at = "/v1/lots"
	readable(h, noun{"lot", "lots"}, s.Store.Lots)
	huma.Register(h, operation("generate-lot", http.MethodPost, at, "Generate a lot of cards in the background"), func(ctx context.Context, in *body[wire.NewLot]) (*answer[jobs.Bulk], error) {
		n := in.Body
		return reply(s.Bulk.Generate(ctx, billing.Lot{
			Name: n.Name, Offering: n.Offering, Provider: n.Provider, Count: n.Count, First: n.First, PINDigits: n.PINDigits, Balance: n.Balance,
		}))
	})
	huma.Register(h, operation("set-lot-status", http.MethodPost, at+"/{id}/status", "Give the cards of a lot another status in the background"), func(ctx context.Context, in *lotStatus) (*answer[jobs.Bulk], error) {
		return reply(s.Bulk.SetStatus(ctx, provision.StatusOrder{Lot: in.ID, Status: in.Body.Status, From: in.Body.From, To: in.Body.To}))
	})
}
