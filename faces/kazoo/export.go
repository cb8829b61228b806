package kazoo

import (
	"errors"

	"cccp/billing"
	"cccp/faces/kazoo/documents"
	"cccp/store"
)

// ExportOptions say what is exported.
type ExportOptions struct {
	// Provider is whose records are exported; all are where it is empty.
	Provider string
	// WithPINs tells PINs in clear.
	WithPINs bool
	// After is the ID that the page begins after, Limit the most records it has.
	After string
	Limit int
}

// Export answers records as Kazoo's cccps database has them, in the order of their IDs.
func Export(s *store.Store, o ExportOptions) (documents.Page, error) {
	page := documents.Page{Documents: []documents.RecordDocument{}, Unsealed: []string{}}
	if o.Provider != "" {
		if _, err := s.Providers.Get(o.Provider); err != nil {
			return page, err
		}
	}
	list, err := List(s, o.Provider, "", o.After, o.Limit)
	if err != nil {
		return page, err
	}
	for _, r := range list {
		d := documents.RecordDocument{
			ID: r.ID, CID: r.CID.E164(), OutboundCID: r.OutboundCID.E164(), UserID: r.User, AccountID: r.Account,
			Active: r.Active, RetainCID: r.RetainCID, MaxCalls: r.MaxConcurrentCalls, Type: "cccp",
			PvtAccountID: r.Account,
		}
		if r.Kind == documents.PIN && o.WithPINs {
			switch d.PIN, err = s.RevealPIN(r.ID); {
			case errors.Is(err, billing.ErrNotFound):
				page.Unsealed = append(page.Unsealed, r.ID)
			case err != nil:
				return page, err
			}
		}
		page.Documents = append(page.Documents, d)
	}
	if len(list) == o.Limit && o.Limit > 0 {
		page.Next = list[len(list)-1].ID
	}
	return page, nil
}
