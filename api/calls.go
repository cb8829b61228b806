package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
)

// Caller is somebody on the line.
type Caller struct {
	Visit   billing.VisitID `json:"visit"`
	ANI     string          `json:"ani"`
	Dialled string          `json:"dialled"`
	// Entry is how they came: access, callback, direct or disa.
	Entry string    `json:"entry,omitempty"`
	Since time.Time `json:"since"`
}

// Call is a caller with the leg they are paying for, if there is one: the one to the
// number they called before their own, which a callback pays for, too.
type Call struct {
	Caller
	Account  string    `json:"account,omitempty"`
	Job      string    `json:"job,omitempty"`
	To       string    `json:"to,omitempty"`
	Trunk    string    `json:"trunk,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
	GrantedS int64     `json:"granted_s,omitempty"`
	// Held is put aside for all their legs.
	Held billing.Money `json:"held"`
}

// Status is what ccd says of itself.
type Status struct {
	Version string `json:"version"`
	// Asterisk says whether events arrive at present.
	Asterisk bool `json:"asterisk"`
	Calls    int  `json:"calls"`
	Dropped
}

// Dropped counts what could not be taken in since the start.
type Dropped struct {
	// EventsSkipped were of a kind or form nobody could decode.
	EventsSkipped uint64 `json:"events_skipped"`
	// DigitOverflows are callers hung up because they typed more than fits.
	DigitOverflows uint64 `json:"digit_overflows"`
}

func (s server) callsInProgress(h huma.API) {
	huma.Register(h, operation("get-status", http.MethodGet, "/v1/status", "Version and health"), func(context.Context, *struct{}) (*answer[Status], error) {
		return reply(Status{Version: s.Version, Asterisk: s.Calls.Online(), Calls: len(s.Calls.Callers()), Dropped: s.Calls.Dropped()}, nil)
	})
	huma.Register(h, operation("list-calls", http.MethodGet, "/v1/calls", "List calls in progress"), func(context.Context, *struct{}) (*answer[[]Call], error) {
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
func (s server) calls() ([]Call, error) {
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
	calls := []Call{}
	for _, c := range s.Calls.Callers() {
		leg := paying[c.Visit]
		calls = append(calls, Call{
			Caller: c, Account: leg.Account, Job: leg.Job, To: string(leg.To), Trunk: leg.Trunk,
			Answered: leg.Answered, GrantedS: leg.GrantedS, Held: held[c.Visit],
		})
	}
	return calls, nil
}
