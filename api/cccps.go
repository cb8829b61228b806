package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/provision"
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

func (s server) cccps(h huma.API) {
	const at = "/v1/cccps"
	huma.Register(h, operation("list-cccps", http.MethodGet, at, "List CCCP records"), func(_ context.Context, in *recordPage) (*answer[[]provision.CCCPRecord], error) {
		return reply(provision.ListCCCPs(s.Store, in.Account, in.User, in.After, in.Limit))
	})
	huma.Register(h, operation("add-cccp", http.MethodPost, at, "Add a CCCP record, and its account if need be"), func(ctx context.Context, in *body[provision.NewCCCP]) (*answer[provision.CCCPRecord], error) {
		return reply(provision.AddCCCP(ctx, s.Store, in.Body))
	})
	huma.Register(h, operation("get-cccp", http.MethodGet, at+"/{id}", "Read a CCCP record"), func(_ context.Context, in *ByID) (*answer[provision.CCCPRecord], error) {
		return reply(provision.GetCCCP(s.Store, in.ID))
	})
	huma.Register(h, operation("remove-cccp", http.MethodDelete, at+"/{id}", "Remove a CCCP record"), func(ctx context.Context, in *ByID) (*struct{}, error) {
		_, err := provision.GetCCCP(s.Store, in.ID)
		if err == nil {
			err = s.Store.Credentials.Remove(ctx, in.ID)
		}
		if err != nil {
			return nil, problem(err)
		}
		return nil, nil
	})
	s.cccpFiles(h, at)
}

// cccpFiles moves CCCP's own documents in and out.
func (s server) cccpFiles(h huma.API, at string) {
	take := operation("import-cccps", http.MethodPost, at+"/import", "Import CCCP's documents as CouchDB or Kazoo wrote them")
	take.MaxBodyBytes, take.BodyReadTimeout = provision.MaxCCCPBytes, time.Minute
	take.SkipValidateBody = true // a file, whatever it holds: Import says what is wrong with it
	huma.Register(h, take, func(ctx context.Context, in *documentFile) (*answer[provision.CCCPReport], error) {
		return reply(s.importCCCPs(ctx, in))
	})
	huma.Register(h, operation("export-cccps", http.MethodGet, at+"/export", "Export records as CCCP's documents"), func(ctx context.Context, in *exportPage) (*answer[provision.CCCPPage], error) {
		if in.WithPINs {
			if err := s.tellPINs(ctx, in.Provider); err != nil {
				return nil, problem(err)
			}
		}
		return reply(provision.ExportCCCPs(s.Store, provision.CCCPExport{Provider: in.Provider, WithPINs: in.WithPINs, After: in.After, Limit: in.Limit}))
	})
	huma.Register(h, operation("export-cccp-config", http.MethodGet, at+"/config", "Make CCCP's system_config document"), func(_ context.Context, in *ofProvider) (*answer[provision.CCCPConfig], error) {
		return reply(provision.ExportCCCPConfig(s.Store, in.Provider))
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
