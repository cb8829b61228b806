package api

import (
	"context"
	"net/http"
	"time"

	"cccp/staff"
	"cccp/store"
)

type archivePage struct {
	Kind  string `query:"kind" maxLength:"64" doc:"only records of this kind, such as account"`
	After string `query:"after" maxLength:"256" doc:"only records after this one: KIND/ID"`
	Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

type archivedID struct {
	Kind string `path:"kind" maxLength:"64"`
	ID   string `path:"id" maxLength:"128"`
}

// archivable registers what brings a record into the archive.
func archivable[T any](d *Door, n noun, c *store.Collection[T]) {
	Act(d, Endpoint{
		ID: "archive-" + n.one, Method: http.MethodPost, Path: n.path() + "/{id}/archive",
		Summary: "Move a " + n.one + " into the archive", May: n.may, Shared: n.shared,
	}, func(ctx context.Context, in *ByID) error {
		return c.Archive(ctx, in.ID, time.Now())
	})
}

// archive registers what becomes of records in the archive.
func (s server) archive(d *Door) {
	const at = "/v1/archive"
	Answer(d, Endpoint{
		ID: "list-archive", Method: http.MethodGet, Path: at,
		Summary: "List records in the archive", May: Open, Shared: true,
	}, func(ctx context.Context, in *archivePage) ([]staff.Archived, error) {
		return s.Store.Archive(ctx, store.ArchiveFilter{Kind: in.Kind, After: in.After, Limit: in.Limit})
	})
	Answer(d, Endpoint{
		ID: "get-archived", Method: http.MethodGet, Path: at + "/{kind}/{id}",
		Summary: "Read a record in the archive", May: Open, Shared: true,
	}, func(ctx context.Context, in *archivedID) (staff.Archived, error) {
		return s.Store.Archived(ctx, in.Kind, in.ID)
	})
	Act(d, Endpoint{
		ID: "restore-archived", Method: http.MethodPost, Path: at + "/{kind}/{id}/restore",
		Summary: "Bring a record back from the archive", May: staff.Bulk, Shared: true,
	}, func(ctx context.Context, in *archivedID) error {
		return s.Store.Restore(ctx, in.Kind, in.ID, time.Now())
	})
	Act(d, Endpoint{
		ID: "purge-archived", Method: http.MethodDelete, Path: at + "/{kind}/{id}",
		Summary: "Forget a record in the archive for good", May: staff.Bulk, Shared: true,
	}, func(ctx context.Context, in *archivedID) error {
		return s.Store.Purge(ctx, in.Kind, in.ID, time.Now())
	})
}
