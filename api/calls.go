package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/wire"
)

func (s server) callsInProgress(h huma.API) {
	huma.Register(h, operation("get-status", http.MethodGet, "/v1/status", "Version and health"), func(context.Context, *struct{}) (*answer[wire.Status], error) {
		return reply(wire.Status{Version: s.Version, Asterisk: s.Calls.Online(), Calls: len(s.Calls.Callers()), Dropped: s.Calls.Dropped()}, nil)
	})
	huma.Register(h, operation("list-calls", http.MethodGet, "/v1/calls", "List calls in progress"), func(context.Context, *struct{}) (*answer[[]wire.Call], error) {
		return reply(s.calls())
	})
	huma.Register(h, operation("hang-up-call", http.MethodDelete, "/v1/calls/{id}", "Hang a caller up"), func(ctx context.Context, in *ByID) (*struct{}, error) {
		if !s.Calls.CutCaller(billing.VisitID(in.ID)) {
			return nil, problem(fmt.Errorf("call %s: %w: see ccctl call list", in.ID, billing.ErrNotFound))
		}
		if err := s.Store.Note(ctx, "hang up", "call", in.ID); err != nil {
			return nil, problem(err)
		}
		return nil, nil
	})
}

// calls joins who is on the line with what the books hold for them.
func (s server) calls() ([]wire.Call, error) {
	legs, err := s.Store.OpenLegs()
	if err != nil {
		return nil, err
	}
	paying := make(map[billing.VisitID]billing.OpenLeg, len(legs))
	held := make(map[billing.VisitID]billing.Money, len(legs))
	for _, leg := range legs {
		visit := leg.Leg.Visit()
		held[visit] += leg.Held
		if _, known := paying[visit]; !known || !leg.Leg.Caller() {
			paying[visit] = leg
		}
	}
	calls := []wire.Call{}
	for _, c := range s.Calls.Callers() {
		leg := paying[c.Visit]
		calls = append(calls, wire.Call{
			Caller: c, Account: leg.Account, Job: leg.Job, To: string(leg.To), Trunk: leg.Trunk,
			Answered: leg.Answered, GrantedS: leg.GrantedS, Held: held[c.Visit],
		})
	}
	return calls, nil
}
