package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// Callbacks is what the API needs of whoever calls people back.
type Callbacks interface {
	// Order has somebody called, and answers the job that stands for it. What the
	// rules do not allow is refused with a billing.Refusal.
	Order(ctx context.Context, o wire.CallbackOrder, actor string) (jobs.Job, error)
}

var errNoCallbacks = errors.New("callbacks are not running")

type callbackPage struct {
	State   []string `query:"state" enum:"waiting,running,done,failed,cancelled" doc:"only those in one of these states"`
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

func (s server) callbacks(h huma.API) {
	const at = "/v1/callbacks"
	huma.Register(h, operation("list-callbacks", http.MethodGet, at, "List callbacks, the first made first"), func(_ context.Context, in *callbackPage) (*answer[[]jobs.Job], error) {
		return reply(s.Store.Jobs(in.filter()))
	})
	huma.Register(h, operation("get-callback", http.MethodGet, at+"/{id}", "Read a callback"), func(_ context.Context, in *ByID) (*answer[jobs.Job], error) {
		return reply(s.Store.Job(in.ID))
	})
	huma.Register(h, operation("order-callback", http.MethodPost, at, "Have somebody called, and connected to another number"), func(ctx context.Context, in *body[wire.CallbackOrder]) (*answer[jobs.Job], error) {
		if s.Callbacks == nil {
			return nil, problem(errNoCallbacks)
		}
		return reply(s.Callbacks.Order(ctx, in.Body, staff.From(ctx).String()))
	})
	huma.Register(h, operation("hurry-callback", http.MethodPost, at+"/{id}/now", "Do not wait any longer for a callback"), func(ctx context.Context, in *ByID) (*answer[jobs.Job], error) {
		return reply(s.Store.HurryJob(ctx, in.ID, time.Now()))
	})
	huma.Register(h, operation("cancel-callback", http.MethodDelete, at+"/{id}", "Cancel a callback that waits"), func(ctx context.Context, in *ByID) (*answer[jobs.Job], error) {
		return reply(s.Store.CancelJob(ctx, in.ID, time.Now()))
	})
}
