package api

import (
	"context"
	"net/http"
	"time"

	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// Callbacks is what the API needs of the dialer.
type Callbacks interface {
	// Order has somebody called, and answers the job that stands for it. What the
	// rules do not allow is refused with a billing.Refusal.
	Order(ctx context.Context, o wire.CallbackOrder, actor string) (jobs.Job, error)
}

type callbackPage struct {
	State   []string `query:"state" enum:"waiting,running,done,failed,cancelled" doc:"only those in these states"`
	Account string   `query:"account" doc:"only those of this account"`
	After   string   `query:"after" maxLength:"128" doc:"only those made after this one (an ID)"`
	Newest  bool     `query:"newest" doc:"the last ones instead of the first"`
	Limit   int      `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"most callbacks answered"`
}

func (p callbackPage) filter() store.JobFilter {
	f := store.JobFilter{Account: p.Account, After: p.After, Newest: p.Newest, Limit: p.Limit}
	for _, state := range p.State {
		f.States = append(f.States, jobs.State(state))
	}
	return f
}

func (s server) callbacks(d *Door) {
	const at = "/v1/callbacks"
	Answer(d, Endpoint{
		ID: "list-callbacks", Method: http.MethodGet, Path: at,
		Summary: "List callbacks, the first made first", May: Open,
	}, func(_ context.Context, in *callbackPage) ([]jobs.Job, error) {
		return s.Store.Jobs(in.filter())
	})
	Answer(d, Endpoint{
		ID: "get-callback", Method: http.MethodGet, Path: at + "/{id}",
		Summary: "Read a callback", May: Open,
	}, func(_ context.Context, in *ByID) (jobs.Job, error) {
		return s.Store.Job(in.ID)
	})
	Answer(d, Endpoint{
		ID: "order-callback", Method: http.MethodPost, Path: at,
		Summary: "Have somebody called, and connected to another number", May: staff.Calls,
	}, func(ctx context.Context, in *body[wire.CallbackOrder]) (jobs.Job, error) {
		if s.Callbacks == nil {
			return jobs.Job{}, wire.ErrNoCallbacks
		}
		return s.Callbacks.Order(ctx, in.Body, staff.From(ctx).String())
	})
	Answer(d, Endpoint{
		ID: "hurry-callback", Method: http.MethodPost, Path: at + "/{id}/now",
		Summary: "Do not wait any longer for a callback", May: staff.Calls,
	}, func(ctx context.Context, in *ByID) (jobs.Job, error) {
		return s.Store.HurryJob(ctx, in.ID, time.Now())
	})
	Answer(d, Endpoint{
		ID: "cancel-callback", Method: http.MethodDelete, Path: at + "/{id}",
		Summary: "Cancel a callback that waits", May: staff.Calls,
	}, func(ctx context.Context, in *ByID) (jobs.Job, error) {
		return s.Store.CancelJob(ctx, in.ID, time.Now())
	})
}
