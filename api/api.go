package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cccp/billing"
	"cccp/jobs"
	"cccp/staff"
	"cccp/store"
	"cccp/wire"
)

// Calls is what the API needs of calls in progress.
type Calls interface {
	// Callers lists who is on the line.
	Callers() []wire.Caller
	// CutCaller ends one caller's stay and says whether there was one.
	CutCaller(billing.VisitID) bool
	// Online says whether Asterisk is connected.
	Online() bool
	// Dropped counts what could not be taken in since the start.
	Dropped() wire.Dropped
}

// Options of the API.
type Options struct {
	Store *store.Store
	Calls Calls
	// Callbacks takes orders to call somebody; without one they are refused.
	Callbacks Callbacks
	// Bulk does bulk jobs; with none they must not be asked for.
	Bulk Bulk
	// Languages are those that are spoken; with none given, no language is refused.
	Languages []string
	Version   string
}

// server carries what handlers need.
type server struct {
	Options
}

// maxBodyBytes bounds a request that is not a rate deck.
const maxBodyBytes = 1 << 20

// New is the HTTP handler of the whole API.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("CCCP", o.Version)
	config.CreateHooks = nil // no $schema links in answers
	config.DocsPath = ""
	config.Transformers = append(config.Transformers, withoutValues)
	h := humago.New(mux, config)
	s := server{o}
	h.UseMiddleware(s.admitting(h))
	s.catalogue(h)
	s.credentials(h)
	s.decks(h)
	s.pricing(h)
	s.money(h)
	s.transfers(h)
	s.records(h)
	s.vouchers(h)
	s.disas(h)
	s.lockouts(h)
	s.callbacks(h)
	s.callsInProgress(h)
	s.cccps(h)
	s.jobs(h)
	s.lots(h)
	s.archive(h)
	s.admins(h)
	s.charging(h)
	s.routes(h)
	return mux
}

// operation is the description of one endpoint.
func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBodyBytes}
}

// answer is a reply with a body.
type answer[T any] struct{ Body T }

// reply wraps a handler's result, turning errors into problem documents.
func reply[T any](v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, problem(err)
	}
	return &answer[T]{v}, nil
}

// problem gives an error the HTTP status that says whose fault it is, and a refusal its
// sentence.
func problem(err error) error {
	var refused billing.Refusal
	if errors.As(err, &refused) {
		return huma.NewError(http.StatusConflict, sentence(refused.Reason)+details(err, refused))
	}
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, staff.ErrForbidden):
		status = http.StatusForbidden
	case errors.Is(err, billing.ErrNotFound), errors.Is(err, billing.ErrNotOpen):
		status = http.StatusNotFound
	case errors.Is(err, billing.ErrExists), errors.Is(err, billing.ErrInUse), errors.Is(err, billing.ErrConflict):
		status = http.StatusConflict
	case errors.Is(err, billing.ErrInvalid), errors.Is(err, billing.ErrBadAmount):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, jobs.ErrPending), errors.Is(err, jobs.ErrCooldown), errors.Is(err, jobs.ErrDailyCap):
		status = http.StatusConflict
	case errors.Is(err, errNoCallbacks), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
	}
	return huma.NewError(status, err.Error())
}
