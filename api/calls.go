package api

import (
	"context"
	"fmt"
	"net/http"

	"cccp/billing"
	"cccp/staff"
	"cccp/wire"
)

func (s server) callsInProgress(d *Door) {
	Answer(d, Endpoint{
		ID: "get-status", Method: http.MethodGet, Path: "/v1/status",
		Summary: "Version and health", May: Open, Shared: true,
	}, func(context.Context, *struct{}) (wire.Status, error) {
		return wire.Status{
			Version: s.Version, Asterisk: s.Calls.Online(), Calls: len(s.Calls.Callers()), Dropped: s.Calls.Dropped(),
		}, nil
	})
	Answer(d, Endpoint{
		ID: "list-calls", Method: http.MethodGet, Path: "/v1/calls",
		Summary: "List calls in progress", May: Open,
	}, func(context.Context, *struct{}) ([]wire.Call, error) {
		return s.calls()
	})
	Act(d, Endpoint{
		ID: "hang-up-call", Method: http.MethodDelete, Path: "/v1/calls/{id}",
		Summary: "Hang a caller up", May: staff.Calls,
	}, func(ctx context.Context, in *ByID) error {
		if !s.Calls.CutCaller(billing.VisitID(in.ID)) {
			return fmt.Errorf("call %s: %w: see ccctl call list", in.ID, billing.ErrNotFound)
		}
		return s.Store.Note(ctx, "hang up", "call", in.ID)
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
