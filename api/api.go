package api

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"cccp/billing"
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
	// Faces are rooms above that register endpoints of their own.
	Faces   []func(*Door)
	Version string
	// Log is told of what panicked.
	Log zerolog.Logger
}

// server carries what handlers need.
type server struct {
	Options
}

// New is the HTTP handler of the whole API.
func New(o Options) http.Handler {
	s := server{o}
	d := newDoor(s)
	s.catalogue(d)
	s.credentials(d)
	s.decks(d)
	s.pricing(d)
	s.money(d)
	s.transfers(d)
	s.records(d)
	s.vouchers(d)
	s.disas(d)
	s.lockouts(d)
	s.callbacks(d)
	s.callsInProgress(d)
	s.jobs(d)
	s.lots(d)
	s.archive(d)
	s.admins(d)
	s.charges(d)
	s.routes(d)
	for _, face := range o.Faces {
		face(d)
	}
	describeProblems(d.huma.OpenAPI())
	return d.mux
}

// problem is the answer to an error: a refusal has its sentence.
func problem(err error) error {
	if answered, ok := err.(huma.StatusError); ok {
		return answered
	}
	p := wire.NewProblem(err)
	var refused billing.Refusal
	if errors.As(err, &refused) {
		p.Detail = sentence(refused.Reason) + details(err, refused)
	}
	return p
}
