package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/routing"
	"cccp/staff"
	"cccp/store"
)

type routeQuery struct {
	Offering string    `query:"offering" maxLength:"64" doc:"offering of the call; the account's if not given"`
	Account  string    `query:"account" maxLength:"64" doc:"account that calls: may it, and can it pay?"`
	Callback string    `query:"callback_to" maxLength:"32" doc:"number the caller is called back at"`
	To       string    `query:"to" required:"true" maxLength:"32" doc:"number called, national or with +"`
	At       time.Time `query:"at" doc:"moment of the call (RFC 3339); now if not given"`
}

type alertPage struct {
	After  uint64 `query:"after" doc:"only alerts after this sequence number"`
	Newest bool   `query:"newest" doc:"the last alerts instead of the first"`
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

// routes registers how calls leave, and who is kept from calling too much.
func (s server) routes(d *Door) {
	Answer(d, Endpoint{
		ID: "explain-route", Method: http.MethodGet, Path: "/v1/routes",
		Summary: "Tell how a call would leave, trunk by trunk", May: Open,
	}, func(ctx context.Context, in *routeQuery) ([]routing.Route, error) {
		if in.Offering == "" && in.Account == "" {
			return nil, fmt.Errorf("%w: give an offering or an account", billing.ErrInvalid)
		}
		q := store.Question{
			Account: in.Account, Offering: in.Offering, To: in.To, CallbackTo: in.Callback, At: in.At,
		}
		if q.At.IsZero() {
			q.At = time.Now()
		}
		return s.Store.Explain(ctx, q)
	})
	resource(d, noun{"fraud-rule", "fraud-rules", staff.Routing, false}, s.Store.FraudRules, nil)
	Answer(d, Endpoint{
		ID: "list-alerts", Method: http.MethodGet, Path: "/v1/alerts",
		Summary: "List alerts of fraud rules", May: Open,
	}, func(_ context.Context, in *alertPage) ([]routing.Alert, error) {
		return s.alerts(*in)
	})
}

func (s server) alerts(in alertPage) ([]routing.Alert, error) {
	if in.Newest {
		last, err := s.Store.LastAlert()
		if err != nil {
			return nil, err
		}
		in.After = max(in.After, last-min(last, uint64(in.Limit)))
	}
	return s.Store.Alerts(in.After, in.Limit)
}
