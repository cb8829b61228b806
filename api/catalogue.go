package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
	"cccp/store"
)

// catalogue registers the plain records: each can be listed, added, read, changed
// and removed.
func (s server) catalogue(h huma.API) {
	resource(h, noun{"provider", "providers"}, s.Store.Providers, ownLimits)
	resource(h, noun{"offering", "offerings"}, s.Store.Offerings, speaks(s, func(o billing.Offering) []string { return []string{o.Language} }))
	resource(h, noun{"account", "accounts"}, s.Store.Accounts, speaks(s, func(a billing.Account) []string { return []string{a.Language} }))
	resource(h, noun{"access-number", "access-numbers"}, s.Store.AccessNumbers, speaks(s, func(n billing.AccessNumber) []string {
		return append([]string{n.Language}, n.Languages...)
	}))
	resource(h, noun{"trunk", "trunks"}, s.Store.Trunks, nil)
	resource(h, noun{"speed-dial", "speed-dials"}, s.Store.SpeedDials, nil)
	resource(h, noun{"group", "groups"}, s.Store.Groups, nil)
	resource(h, noun{"bundle", "bundles"}, s.Store.Bundles, nil)
}

// rule refuses a record by what the store does not know. before is empty where the
// record is new; nil is no rule.
type rule[T any] func(ctx context.Context, before, after T) error

// speaks refuses languages that are not spoken. Those a record has already may stay:
// changing something else must not fail because of them.
func speaks[T any](s server, of func(T) []string) rule[T] {
	return func(_ context.Context, before, after T) error {
		for _, code := range of(after) {
			if s.Languages == nil || code == "" || slices.Contains(s.Languages, code) || slices.Contains(of(before), code) {
				continue
			}
			return fmt.Errorf("%w: language %q is not spoken: give one of %s", billing.ErrInvalid, code, strings.Join(s.Languages, ", "))
		}
		return nil
	}
}

type noun struct{ one, many string }

// Page asks for a part of a list.
type Page struct {
	After string `query:"after" doc:"answer only records after this ID"`
	Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"most records answered"`
}

// ByID names one record. It is exported because huma looks only into exported parts.
type ByID struct {
	ID string `path:"id" maxLength:"128"`
}

type body[T any] struct{ Body T }

// patch is a JSON merge patch (RFC 7396): fields given are set, others stay. null,
// which would remove a field, is refused: to empty one, give the empty value.
type patch struct {
	ID   string `path:"id" maxLength:"128"`
	Body json.RawMessage
}

func resource[T any](h huma.API, n noun, c *store.Collection[T], allow rule[T]) {
	if allow == nil {
		allow = func(context.Context, T, T) error { return nil }
	}
	at := "/v1/" + n.many
	readable(h, n, c)
	huma.Register(h, operation("add-"+n.one, http.MethodPost, at, "Add a "+n.one), func(ctx context.Context, in *body[T]) (*answer[T], error) {
		var none T
		if err := allow(ctx, none, in.Body); err != nil {
			return nil, problem(err)
		}
		return reply(c.Add(ctx, in.Body))
	})
	huma.Register(h, operation("change-"+n.one, http.MethodPatch, at+"/{id}", "Change fields of a "+n.one), func(ctx context.Context, in *patch) (*answer[T], error) {
		return reply(c.Change(ctx, in.ID, func(v *T) error {
			before := *v
			if err := merge[T](in.Body)(v); err != nil {
				return err
			}
			return allow(ctx, before, *v)
		}))
	})
}

// readable registers what every collection offers: list, read, remove, archive.
func readable[T any](h huma.API, n noun, c *store.Collection[T]) {
	at := "/v1/" + n.many
	archivable(h, n, c)
	huma.Register(h, operation("list-"+n.many, http.MethodGet, at, "List "+n.many), func(ctx context.Context, in *Page) (*answer[[]T], error) {
		return reply(c.SeeAll(ctx, in.After, in.Limit))
	})
	huma.Register(h, operation("get-"+n.one, http.MethodGet, at+"/{id}", "Read a "+n.one), func(ctx context.Context, in *ByID) (*answer[T], error) {
		return reply(c.See(ctx, in.ID))
	})
	huma.Register(h, operation("remove-"+n.one, http.MethodDelete, at+"/{id}", "Remove a "+n.one), func(ctx context.Context, in *ByID) (*struct{}, error) {
		if err := c.Remove(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return nil, nil
	})
}

// merge is the edit that lays a JSON object over a record. It works on a copy: decoding
// writes into the arrays of lists, which whoever kept the record as it was has, too.
func merge[T any](raw []byte) func(*T) error {
	return func(v *T) error {
		whole, err := json.Marshal(v)
		var changed T
		if err == nil {
			err = json.Unmarshal(whole, &changed)
		}
		if err == nil {
			err = lay(raw, &changed)
		}
		if err == nil {
			*v = changed
		}
		return err
	}
}

// lay sets the fields that a JSON object names.
func lay(raw []byte, v any) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fmt.Errorf("%w: give an object of the fields to change: %w", billing.ErrInvalid, err)
	}
	for name, value := range fields {
		if string(value) == "null" {
			return fmt.Errorf("%w: %s is null: to empty it, give the empty value", billing.ErrInvalid, name)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", billing.ErrInvalid, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%w: more than one JSON object", billing.ErrInvalid)
	}
	return nil
}
