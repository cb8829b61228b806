package api

import (
	"context"
	"net/http"
	"time"

	"cccp/staff"
	"cccp/store"
)

type auditPage struct {
	After  uint64    `query:"after" doc:"only entries after this sequence number"`
	Actor  string    `query:"actor" maxLength:"64" doc:"only what this administrator did"`
	Kind   string    `query:"kind" maxLength:"64" doc:"only what was done to this kind of record"`
	ID     string    `query:"id" maxLength:"128" doc:"only what was done to the record of this ID"`
	Since  time.Time `query:"since" doc:"only what was done from this moment on"`
	Newest bool      `query:"newest" doc:"the last entries instead of the first"`
	Limit  int       `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

// admins registers who may do what, and what they did.
func (s server) admins(d *Door) {
	resource(d, noun{"admin", "admins", staff.Admins, false}, s.Store.Admins, ownPermissions)
	Answer(d, Endpoint{
		ID: "list-audit", Method: http.MethodGet, Path: "/v1/audit",
		Summary: "List who did what", May: Open,
	}, func(ctx context.Context, in *auditPage) ([]staff.Entry, error) {
		return s.Store.Audit(ctx, store.AuditFilter{
			After: in.After, Actor: in.Actor, Kind: in.Kind, ID: in.ID, Since: in.Since, Newest: in.Newest,
			Limit: in.Limit,
		})
	})
}
