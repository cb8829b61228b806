package kazoo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cccp/api"
	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/staff"
	"cccp/store"
)

// RecordsOf narrows CCCP records. It is exported because huma looks only into exported parts.
type RecordsOf struct {
	Account string `query:"account" maxLength:"64" doc:"only records of this CCCP account (provider)"`
	User    string `query:"user" maxLength:"64" doc:"only records of this CCCP user (account)"`
}

type recordPage struct {
	api.Page
	RecordsOf
}

type exportPage struct {
	api.Page
	Provider string `query:"provider" maxLength:"64" doc:"only records of this provider"`
	WithPINs bool   `query:"with_pins" doc:"tell PINs in clear"`
}

type ofProvider struct {
	Provider string `query:"provider" maxLength:"64" doc:"of this provider; of all if not given"`
}

// documentFile is any mix of documents, as CouchDB or Kazoo wrote them.
type documentFile struct {
	Provider        string   `query:"provider" maxLength:"64" doc:"of records without an account and of access numbers"`
	Country         string   `query:"country" maxLength:"2" doc:"country of providers that are added"`
	Currency        string   `query:"currency" maxLength:"3" doc:"currency of providers that are added"`
	Offering        string   `query:"offering" maxLength:"64" doc:"of new accounts; added, too, where deck is given"`
	Deck            string   `query:"deck" maxLength:"64" doc:"rate deck of the offering, if that has to be added"`
	Rename          []string `query:"rename" doc:"CCCP account and what its provider is to be called, as in ID=NAME"`
	OwnOutboundCIDs bool     `query:"own_outbound_cids" doc:"let every provider own the outbound_cid of its records"`
	DryRun          bool     `query:"dry_run" doc:"change nothing, but report the same"`
	RawBody         []byte   `contentType:"application/json"`
}

// at is where the endpoints are.
const at = "/v1/cccps"

// Face registers the endpoints of CCCP's records over a store.
func Face(s *store.Store) func(*api.Door) {
	return func(d *api.Door) {
		records(d, s)
		files(d, s)
	}
}

func records(d *api.Door, s *store.Store) {
	api.Answer(d, api.Endpoint{
		ID: "list-cccps", Method: http.MethodGet, Path: at,
		Summary: "List CCCP records", May: api.Open,
	}, func(_ context.Context, in *recordPage) ([]documents.Record, error) {
		return List(s, in.Account, in.User, in.After, in.Limit)
	})
	api.Answer(d, api.Endpoint{
		ID: "add-cccp", Method: http.MethodPost, Path: at,
		Summary: "Add a CCCP record, and its account if need be", May: staff.Bulk,
	}, func(ctx context.Context, in *struct{ Body documents.NewRecord }) (documents.Record, error) {
		return Add(ctx, s, in.Body)
	})
	api.Answer(d, api.Endpoint{
		ID: "get-cccp", Method: http.MethodGet, Path: at + "/{id}",
		Summary: "Read a CCCP record", May: api.Open,
	}, func(_ context.Context, in *api.ByID) (documents.Record, error) {
		return Get(s, in.ID)
	})
	api.Act(d, api.Endpoint{
		ID: "remove-cccp", Method: http.MethodDelete, Path: at + "/{id}",
		Summary: "Remove a CCCP record", May: staff.Bulk,
	}, func(ctx context.Context, in *api.ByID) error {
		_, err := Get(s, in.ID)
		if err == nil {
			err = s.Credentials.Remove(ctx, in.ID)
		}
		return err
	})
}

// files moves CCCP's own documents in and out.
func files(d *api.Door, s *store.Store) {
	api.Answer(d, api.Endpoint{
		ID: "import-cccps", Method: http.MethodPost, Path: at + "/import",
		Summary: "Import CCCP's documents as CouchDB or Kazoo wrote them", May: staff.Bulk,
		Body: api.Body{MaxBytes: documents.MaxBytes, Within: time.Minute, Any: true},
	}, func(ctx context.Context, in *documentFile) (documents.Report, error) {
		return importFile(ctx, s, in)
	})
	api.Answer(d, api.Endpoint{
		ID: "export-cccps", Method: http.MethodGet, Path: at + "/export",
		Summary: "Export records as CCCP's documents", May: api.Open,
	}, func(ctx context.Context, in *exportPage) (documents.Page, error) {
		if in.WithPINs {
			if err := tellPINs(ctx, s, in.Provider); err != nil {
				return documents.Page{}, err
			}
		}
		return Export(s, ExportOptions{
			Provider: in.Provider, WithPINs: in.WithPINs, After: in.After, Limit: in.Limit,
		})
	})
	api.Answer(d, api.Endpoint{
		ID: "export-cccp-config", Method: http.MethodGet, Path: at + "/config",
		Summary: "Make CCCP's system_config document", May: api.Open,
	}, func(_ context.Context, in *ofProvider) (documents.Config, error) {
		return ExportConfig(s, in.Provider)
	})
}

// tellPINs lets PINs be told in clear to whoever may see them, and has it on record first.
func tellPINs(ctx context.Context, s *store.Store, provider string) error {
	if err := staff.From(ctx).May(staff.PINs); err != nil {
		return err
	}
	return s.Note(ctx, "tell pins", "provider", provider)
}

func importFile(ctx context.Context, s *store.Store, in *documentFile) (documents.Report, error) {
	values, err := documents.ReadJSONValues(in.RawBody)
	if err != nil {
		return documents.Report{}, err
	}
	in.RawBody = nil // values are copies
	rename := map[string]string{}
	for _, pair := range in.Rename {
		account, name, ok := strings.Cut(pair, "=")
		if !ok || account == "" || name == "" {
			return documents.Report{}, fmt.Errorf("%w: rename %q: give ID=NAME", billing.ErrInvalid, pair)
		}
		rename[account] = name
	}
	return Import(ctx, s, values, documents.ImportOptions{
		Provider: in.Provider, Country: in.Country, Currency: in.Currency, Offering: in.Offering, Deck: in.Deck,
		Rename: rename, OwnOutboundCIDs: in.OwnOutboundCIDs, DryRun: in.DryRun,
	})
}
