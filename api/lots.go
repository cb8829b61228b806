package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/jobs"
	"cccp/provision"
)

// newLot is a lot as it is ordered.
type newLot struct {
	Name      string        `json:"name" doc:"unique name"`
	Offering  string        `json:"offering" doc:"offering the cards are sold under"`
	Provider  string        `json:"provider,omitempty" doc:"provider the cards belong to; the offering's if not given"`
	Count     int           `json:"count" doc:"how many cards"`
	First     string        `json:"first,omitempty" doc:"number of the first card; after the last lot's if not given"`
	PINDigits int           `json:"pin_digits,omitempty" doc:"digits of a PIN; 12 if not given"`
	Balance   billing.Money `json:"balance,omitzero" doc:"money on each card"`
}

type lotStatus struct {
	ByID
	Body struct {
		Status billing.Status `json:"status" enum:"uploaded,activated,blocked" doc:"status the cards are to have"`
		From   string         `json:"from,omitempty" doc:"number of the first card; the lot's if not given"`
		To     string         `json:"to,omitempty" doc:"number of the last card; the lot's if not given"`
	}
}

func (s server) lots(h huma.API) {
	const at = "/v1/lots"
	readable(h, noun{"lot", "lots"}, s.Store.Lots)
	huma.Register(h, operation("generate-lot", http.MethodPost, at, "Generate a lot of cards in the background"), func(ctx context.Context, in *body[newLot]) (*answer[jobs.Bulk], error) {
		n := in.Body
		return reply(s.Bulk.Generate(ctx, billing.Lot{
			Name: n.Name, Offering: n.Offering, Provider: n.Provider, Count: n.Count, First: n.First, PINDigits: n.PINDigits, Balance: n.Balance,
		}))
	})
	huma.Register(h, operation("set-lot-status", http.MethodPost, at+"/{id}/status", "Give the cards of a lot another status in the background"), func(ctx context.Context, in *lotStatus) (*answer[jobs.Bulk], error) {
		return reply(s.Bulk.SetStatus(ctx, provision.StatusOrder{Lot: in.ID, Status: in.Body.Status, From: in.Body.From, To: in.Body.To}))
	})
}
