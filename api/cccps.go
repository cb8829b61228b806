package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cccp/billing"
	"cccp/provision"
	"cccp/staff"
)

// RecordsOf narrows CCCP records. Exported for huma, as ByID.
type RecordsOf struct {
	Account string `query:"account" maxLength:"64" doc:"only records of this CCCP account (provider)"`
	User    string `query:"user" maxLength:"64" doc:"only records of this CCCP user (account)"`
}

type recordPage struct {
	Page
	RecordsOf
}

type exportPage struct {
	Page
	Provider string `query:"provider" maxLength:"64" doc:"only records of this provider"`
	WithPINs bool   `query:"with_pins" doc:"tell PINs in clear"`
}

type ofProvider struct {
	Provider string `query:"provider" maxLength:"64" doc:"of this provider; of all if not given"`
}

// documentFile is any mix of documents, as CouchDB or Kazoo wrote them.
type documentFile struct {
	Provider        string   `query:"provider" maxLength:"64" doc:"provider of records that name no account, and of the access numbers"`
	Country         string   `query:"country" maxLength:"2" doc:"country of providers that are added"`
	Currency        string   `query:"currency" maxLength:"3" doc:"currency of providers that are added"`
	Offering        string   `query:"offering" maxLength:"64" doc:"offering of accounts that are added; it is added, too, where deck is given"`
	Deck            string   `query:"deck" maxLength:"64" doc:"rate deck of the offering, if that has to be added"`
	Rename          []string `query:"rename" doc:"CCCP account and what its provider is to be called, as in ID=NAME"`
	OwnOutboundCIDs bool     `query:"own_outbound_cids" doc:"add every outbound_cid to the owned numbers of its provider"`
	DryRun          bool     `query:"dry_run" doc:"change nothing, but report the same"`
	RawBody         []byte   `contentType:"application/json"`
}

func (s server) cccps(d *Door) {
	const at = "/v1/cccps"
	Answer(d, Endpoint{
		ID: "list-cccps", Method: http.MethodGet, Path: at,
		Summary: "List CCCP records", May: Open,
	}, func(_ context.Context, in *recordPage) ([]provision.CCCPRecord, error) {
		return provision.ListCCCPs(s.Store, in.Account, in.User, in.After, in.Limit)
	})
	Answer(d, Endpoint{
		ID: "add-cccp", Method: http.MethodPost, Path: at,
		Summary: "Add a CCCP record, and its account if need be", May: staff.Bulk,
	}, func(ctx context.Context, in *body[provision.NewCCCP]) (provision.CCCPRecord, error) {
		return provision.AddCCCP(ctx, s.Store, in.Body)
	})
	Answer(d, Endpoint{
		ID: "get-cccp", Method: http.MethodGet, Path: at + "/{id}",
		Summary: "Read a CCCP record", May: Open,
	}, func(_ context.Context, in *ByID) (provision.CCCPRecord, error) {
		return provision.GetCCCP(s.Store, in.ID)
	})
	Act(d, Endpoint{
		ID: "remove-cccp", Method: http.MethodDelete, Path: at + "/{id}",
		Summary: "Remove a CCCP record", May: staff.Bulk,
	}, func(ctx context.Context, in *ByID) error {
		_, err := provision.GetCCCP(s.Store, in.ID)
		if err == nil {
			err = s.Store.Credentials.Remove(ctx, in.ID)
		}
		return err
	})
	s.cccpFiles(d, at)
}

// cccpFiles moves CCCP's own documents in and out.
func (s server) cccpFiles(d *Door, at string) {
	Answer(d, Endpoint{
		ID: "import-cccps", Method: http.MethodPost, Path: at + "/import",
		Summary: "Import CCCP's documents as CouchDB or Kazoo wrote them", May: staff.Bulk,
		Body: Body{MaxBytes: provision.MaxCCCPBytes, Within: time.Minute, Any: true},
	}, func(ctx context.Context, in *documentFile) (provision.CCCPReport, error) {
		return s.importCCCPs(ctx, in)
	})
	Answer(d, Endpoint{
		ID: "export-cccps", Method: http.MethodGet, Path: at + "/export",
		Summary: "Export records as CCCP's documents", May: Open,
	}, func(ctx context.Context, in *exportPage) (provision.CCCPPage, error) {
		if in.WithPINs {
			if err := s.tellPINs(ctx, in.Provider); err != nil {
				return provision.CCCPPage{}, err
			}
		}
		return provision.ExportCCCPs(s.Store, provision.CCCPExport{Provider: in.Provider, WithPINs: in.WithPINs, After: in.After, Limit: in.Limit})
	})
	Answer(d, Endpoint{
		ID: "export-cccp-config", Method: http.MethodGet, Path: at + "/config",
		Summary: "Make CCCP's system_config document", May: Open,
	}, func(_ context.Context, in *ofProvider) (provision.CCCPConfig, error) {
		return provision.ExportCCCPConfig(s.Store, in.Provider)
	})
}

func (s server) importCCCPs(ctx context.Context, in *documentFile) (provision.CCCPReport, error) {
	values, err := provision.ReadJSONValues(in.RawBody)
	if err != nil {
		return provision.CCCPReport{}, err
	}
	in.RawBody = nil // values are copies
	rename := map[string]string{}
	for _, pair := range in.Rename {
		account, name, ok := strings.Cut(pair, "=")
		if !ok || account == "" || name == "" {
			return provision.CCCPReport{}, fmt.Errorf("%w: rename %q: give ID=NAME", billing.ErrInvalid, pair)
		}
		rename[account] = name
	}
	return provision.ImportCCCPs(ctx, s.Store, values, provision.CCCPImport{
		Provider: in.Provider, Country: in.Country, Currency: in.Currency, Offering: in.Offering, Deck: in.Deck,
		Rename: rename, OwnOutboundCIDs: in.OwnOutboundCIDs, DryRun: in.DryRun,
	})
}
