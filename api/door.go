package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cccp/staff"
	"cccp/wire"
)

// Open is the permission of what every administrator may do, such as to read.
const Open staff.Permission = "open"

// Endpoint is one endpoint, and who may use it.
type Endpoint struct {
	// ID names the endpoint in the OpenAPI description, as in add-account.
	ID, Method, Path, Summary string
	// May is the permission it takes, or Open. There is none by default: an endpoint
	// without one is not registered.
	May staff.Permission
	// Shared endpoints are open to administrators of one provider: what they answer and
	// change is confined to that provider. The others are the platform's own.
	Shared bool
	// Body bounds what is sent.
	Body Body
}

// Body is what an endpoint takes besides what stands in its URL.
type Body struct {
	// MaxBytes bounds it: 1 MiB where none is given. -1 is no bound: then the handler reads
	// the body itself, and bounds it.
	MaxBytes int64
	// Within is how long it may take to come: 5 s where none is given.
	Within time.Duration
	// Any is not compared with a schema: the handler says what is wrong with it.
	Any bool
	// Type is the media type of a body that the handler reads itself, such as text/csv.
	Type string
}

// maxBodyBytes bounds a request that is not a file.
const maxBodyBytes = 1 << 20

// Door is where endpoints are registered. Each lets in whom its Endpoint names, and nobody
// else; what lies behind it finds out who that is from its context (staff.From).
type Door struct {
	server server
	mux    *http.ServeMux
	huma   huma.API
}

// newDoor is a door without endpoints.
func newDoor(s server) *Door {
	config := huma.DefaultConfig("CCCP", s.Version)
	config.CreateHooks = nil // no $schema links in answers
	config.DocsPath = ""
	config.Transformers = append(config.Transformers, asProblem)
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	mux := http.NewServeMux()
	return &Door{server: s, mux: mux, huma: humago.New(mux, config)}
}

// schemaName calls a type in the OpenAPI description by its name, and what belongs to a
// face by the face's before it: two faces may have a Record each.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	_, below, ofFace := strings.Cut(t.PkgPath(), "/faces/")
	if !ofFace {
		return name
	}
	face, _, _ := strings.Cut(below, "/")
	return strings.ToUpper(face[:1]) + face[1:] + name
}

// answer is a reply with a body.
type answer[T any] struct{ Body T }

// Handle registers an endpoint. In and Out are read and written as huma does: parameters
// and headers by their tags, the body in Body. An error is answered as a problem document,
// unless it is a huma.StatusError.
func Handle[In, Out any](d *Door, e Endpoint, fn func(context.Context, *In) (*Out, error)) {
	huma.Register(d.huma, d.operation(e), func(ctx context.Context, in *In) (out *Out, err error) {
		defer d.survive(e, &err)
		out, err = fn(ctx, in)
		if err != nil {
			return nil, problem(err)
		}
		return out, nil
	})
}

// errPanicked is told in place of what panicked.
var errPanicked = errors.New("a fault in the program")

// survive is deferred around a handler: one that panics has failed, and no other with it.
func (d *Door) survive(e Endpoint, err *error) {
	why := recover()
	if why == nil {
		return
	}
	d.server.Log.Error().Str("endpoint", e.ID).Str("panic", fmt.Sprint(why)).Str("stack", string(debug.Stack())).
		Msg("request panicked: it has failed, others go on")
	*err = problem(errPanicked)
}

// Answer registers an endpoint that answers T as JSON.
func Answer[In, T any](d *Door, e Endpoint, fn func(context.Context, *In) (T, error)) {
	Handle(d, e, func(ctx context.Context, in *In) (*answer[T], error) {
		body, err := fn(ctx, in)
		return &answer[T]{body}, err
	})
}

// Act registers an endpoint that does something and answers nothing.
func Act[In any](d *Door, e Endpoint, fn func(context.Context, *In) error) {
	Handle(d, e, func(ctx context.Context, in *In) (*struct{}, error) { return nil, fn(ctx, in) })
}

// Serve registers an endpoint that reads and writes HTTP itself, such as a stream of events.
func Serve(d *Door, e Endpoint, h http.Handler) {
	o := d.operation(e)
	d.huma.OpenAPI().AddOperation(&o)
	d.mux.HandleFunc(e.Method+" "+e.Path, func(w http.ResponseWriter, r *http.Request) {
		o.Middlewares.Handler(func(ctx huma.Context) {
			r := r.WithContext(ctx.Context())
			if o.MaxBodyBytes > 0 {
				r.Body = http.MaxBytesReader(w, r.Body, o.MaxBodyBytes)
			}
			h.ServeHTTP(w, r)
		})(humago.NewContext(&o, r, w))
	})
}

// permissionNote is the member of an operation in the OpenAPI description that says what
// permission it takes; sharedNote says that administrators of one provider may use it.
const (
	permissionNote = "x-permission"
	sharedNote     = "x-shared"
)

// operation describes an endpoint to huma. It panics where the endpoint does not say whom
// it is for.
func (d *Door) operation(e Endpoint) huma.Operation {
	if e.May != Open && !slices.Contains(staff.Permissions(), e.May) {
		panic(fmt.Sprintf("%s %s: permission %q: say in its Endpoint what it takes, or Open", e.Method, e.Path, e.May))
	}
	o := huma.Operation{
		OperationID: e.ID, Method: e.Method, Path: e.Path, Summary: e.Summary,
		MaxBodyBytes: maxBodyBytes, BodyReadTimeout: e.Body.Within, SkipValidateBody: e.Body.Any,
		Middlewares: huma.Middlewares{d.admitting(e)},
		Extensions:  map[string]any{permissionNote: e.May, sharedNote: e.Shared},
	}
	if e.Body.MaxBytes != 0 {
		o.MaxBodyBytes = e.Body.MaxBytes
	}
	if e.Body.Type != "" {
		text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{e.Body.Type: text}}
	}
	return o
}

// admitting lets through who may use an endpoint, and says to what lies behind it who that
// is.
func (d *Door) admitting(e Endpoint) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor, err := d.server.actor(ctx.Context(), ctx.Header(wire.AsHeader))
		if err == nil {
			err = mayUse(actor, e)
		}
		if err != nil {
			refuse(ctx, problem(err).(huma.StatusError))
			return
		}
		next(huma.WithContext(ctx, staff.With(ctx.Context(), actor)))
	}
}

// refuse answers a problem document in place of an endpoint.
func refuse(ctx huma.Context, why huma.StatusError) {
	ctx.SetStatus(why.GetStatus())
	ctx.SetHeader("Content-Type", "application/problem+json")
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(why) // the client has gone
}

// mayUse refuses an endpoint to whom it is not for.
func mayUse(actor staff.Actor, e Endpoint) error {
	if only := actor.Role.Provider(); only != "" && !e.Shared {
		return fmt.Errorf("%w: this belongs to the platform, not to provider %s", staff.ErrForbidden, only)
	}
	if e.May == Open {
		return nil
	}
	return actor.May(e.May)
}
