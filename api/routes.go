package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/routing"
)

type routeQuery struct {
	Offering string    `query:"offering" required:"true" maxLength:"64" doc:"offering the call is made under"`
	To       string    `query:"to" required:"true" maxLength:"32" doc:"number called: a national one of the offering's provider, or an international one with +"`
	At       time.Time `query:"at" doc:"moment of the call (RFC 3339); now if not given"`
}

type alertPage struct {
	After  uint64 `query:"after" doc:"only alerts after this sequence number"`
	Newest bool   `query:"newest" doc:"the last alerts instead of the first"`
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

// routes registers how calls leave, and who is kept from calling too much.
func (s server) routes(h huma.API) {
	huma.Register(h, operation("explain-route", http.MethodGet, "/v1/routes", "Tell how a call would leave, trunk by trunk"), func(_ context.Context, in *routeQuery) (*answer[[]routing.Route], error) {
		at := in.At
		if at.IsZero() {
			at = time.Now()
		}
		return reply(s.Store.Explain(in.Offering, in.To, at))
	})
	resource(h, noun{"fraud-rule", "fraud-rules"}, s.Store.FraudRules, nil)
	huma.Register(h, operation("list-alerts", http.MethodGet, "/v1/alerts", "List alerts of fraud rules"), func(_ context.Context, in *alertPage) (*answer[[]routing.Alert], error) {
		return reply(s.alerts(*in))
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
