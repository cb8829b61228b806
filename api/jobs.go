package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/jobs"
	"cccp/provision"
	"cccp/staff"
)

// Bulk is what the API needs of bulk jobs.
type Bulk interface {
	Import(ctx context.Context, o provision.ImportOrder, body io.Reader) (jobs.Bulk, error)
	Export(ctx context.Context, o provision.ExportOrder) (jobs.Bulk, error)
	Generate(ctx context.Context, l billing.Lot) (jobs.Bulk, error)
	SetStatus(ctx context.Context, o provision.StatusOrder) (jobs.Bulk, error)
	Rotate(ctx context.Context) (jobs.Bulk, error)
	Cancel(ctx context.Context, id string) (jobs.Bulk, error)
	Open(ctx context.Context, id string, f provision.File) (io.ReadCloser, error)
}

// importRequest carries its file past the memory: it is read while it is written to disk.
type importRequest struct {
	Object   string `query:"object" required:"true" doc:"kind of record, such as lots"`
	DryRun   bool   `query:"dry_run" doc:"do everything but keep it"`
	Country  string `query:"country" doc:"country of new providers"`
	Currency string `query:"currency" doc:"currency of new providers"`
	Deck     string `query:"deck" doc:"rate deck of new offerings without calling services"`

	body io.Reader
}

// Resolve takes hold of the body before anybody reads it.
func (r *importRequest) Resolve(ctx huma.Context) []error {
	r.body = ctx.BodyReader()
	return nil
}

type exportRequest struct {
	Object   string `query:"object" required:"true" doc:"kind of record, such as lots"`
	Provider string `query:"provider" doc:"only records of this provider"`
	Lot      string `query:"lot" doc:"only cards of this lot"`
	From     string `query:"from" doc:"number of the first card; the lot's if not given"`
	To       string `query:"to" doc:"number of the last card; the lot's if not given"`
	WithPINs bool   `query:"with_pins" doc:"tell the PINs of cards"`
}

func (s server) jobs(d *Door) {
	const at = "/v1/jobs"
	Answer(d, Endpoint{
		ID: "import-records", Method: http.MethodPost, Path: at + "/import",
		Summary: "Import a CSV file in the background", May: staff.Bulk, Shared: true,
		Body: Body{Within: uploadWithin, Type: csvType},
	}, func(ctx context.Context, in *importRequest) (jobs.Bulk, error) {
		return s.Bulk.Import(ctx, provision.ImportOrder{
			Object: in.Object, DryRun: in.DryRun, Country: in.Country, Currency: in.Currency, Deck: in.Deck,
		}, in.body)
	})
	Answer(d, Endpoint{
		ID: "export-records", Method: http.MethodPost, Path: at + "/export",
		Summary: "Export records to a CSV file in the background", May: staff.Bulk, Shared: true,
	}, func(ctx context.Context, in *exportRequest) (jobs.Bulk, error) {
		return s.Bulk.Export(ctx, provision.ExportOrder{
			Object: in.Object, Provider: in.Provider, Lot: in.Lot, From: in.From, To: in.To, WithPINs: in.WithPINs,
		})
	})
	Answer(d, Endpoint{
		ID: "list-jobs", Method: http.MethodGet, Path: at,
		Summary: "List bulk jobs, oldest first", May: Open, Shared: true,
	}, func(ctx context.Context, in *Page) ([]jobs.Bulk, error) {
		return s.Store.SeeBulks(ctx, in.After, in.Limit)
	})
	Answer(d, Endpoint{
		ID: "get-job", Method: http.MethodGet, Path: at + "/{id}",
		Summary: "Read a bulk job", May: Open, Shared: true,
	}, func(ctx context.Context, in *ByID) (jobs.Bulk, error) {
		return s.Store.SeeBulk(ctx, in.ID)
	})
	Answer(d, Endpoint{
		ID: "cancel-job", Method: http.MethodDelete, Path: at + "/{id}",
		Summary: "Cancel a bulk job: what was done stays done", May: staff.Bulk, Shared: true,
	}, func(ctx context.Context, in *ByID) (jobs.Bulk, error) {
		return s.Bulk.Cancel(ctx, in.ID)
	})
	Answer(d, Endpoint{
		ID: "rotate-pin-key", Method: http.MethodPost, Path: "/v1/pin-key/rotate",
		Summary: "Give all PINs a new key, in the background", May: staff.PINs,
	}, func(ctx context.Context, _ *struct{}) (jobs.Bulk, error) {
		return s.Bulk.Rotate(ctx)
	})
	s.jobFile(d, "report", provision.Report, "Read what became of each row of a bulk job")
	s.jobFile(d, "rejects", provision.Rejects, "Read the rows a bulk job rejected, to be corrected and imported again")
	s.jobFile(d, "output", provision.Output, "Read what a bulk job exported")
}

// uploadWithin bounds how long a file may take to come.
const uploadWithin = 10 * time.Minute

const csvType = "text/csv"

// jobFile gives one of a job's files out as it is.
func (s server) jobFile(d *Door, name string, f provision.File, summary string) {
	Handle(d, Endpoint{
		ID: "get-job-" + name, Method: http.MethodGet, Path: "/v1/jobs/{id}/" + name,
		Summary: summary, May: Open, Shared: true,
	}, func(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
		file, err := s.Bulk.Open(ctx, in.ID, f)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			defer file.Close()
			ctx.SetHeader("Content-Type", csvType)
			_, _ = io.Copy(ctx.BodyWriter(), file) // whoever stopped reading knows it
		}}, nil
	})
}
