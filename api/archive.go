package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

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
func archivable[T any](h huma.API, n noun, c *store.Collection[T]) {
	huma.Register(h, operation("archive-"+n.one, http.MethodPost, "/v1/"+n.many+"/{id}/archive", "Move a "+n.one+" into the archive"), func(ctx context.Context, in *ByID) (*struct{}, error) {
		return done(c.Archive(ctx, in.ID, time.Now()))
	})
}

// done is a reply without a body.
func done(err error) (*struct{}, error) {
	if err != nil {
		return nil, problem(err)
	}
	return nil, nil
}

// archive registers what becomes of records in the archive.
func (s server) archive(h huma.API) {
	const at = "/v1/archive"
	huma.Register(h, operation("list-archive", http.MethodGet, at, "List records in the archive"), func(ctx context.Context, in *archivePage) (*answer[[]staff.Archived], error) {
		return reply(s.Store.Archive(ctx, store.ArchiveFilter{Kind: in.Kind, After: in.After, Limit: in.Limit}))
	})
	huma.Register(h, operation("get-archived", http.MethodGet, at+"/{kind}/{id}", "Read a record in the archive"), func(ctx context.Context, in *archivedID) (*answer[staff.Archived], error) {
		return reply(s.Store.Archived(ctx, in.Kind, in.ID))
	})
	huma.Register(h, operation("restore-archived", http.MethodPost, at+"/{kind}/{id}/restore", "Bring a record back from the archive"), func(ctx context.Context, in *archivedID) (*struct{}, error) {
		return done(s.Store.Restore(ctx, in.Kind, in.ID, time.Now()))
	})
	huma.Register(h, operation("purge-archived", http.MethodDelete, at+"/{kind}/{id}", "Forget a record in the archive for good"), func(ctx context.Context, in *archivedID) (*struct{}, error) {
		return done(s.Store.Purge(ctx, in.Kind, in.ID, time.Now()))
	})
}
