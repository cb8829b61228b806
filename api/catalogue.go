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

	"cccp/billing"
	"cccp/staff"
	"cccp/store"
)

// catalogue registers the plain records: each can be listed, added, read, changed
// and removed.
func (s server) catalogue(d *Door) {
	resource(d, noun{"provider", "providers", staff.Offerings, true}, s.Store.Providers, ownLimits)
	resource(d, noun{"offering", "offerings", staff.Offerings, true}, s.Store.Offerings,
		speaks(s, func(o billing.Offering) []string { return []string{o.Language} }))
	resource(d, noun{"account", "accounts", staff.Accounts, true}, s.Store.Accounts,
		speaks(s, func(a billing.Account) []string { return []string{a.Language} }))
	resource(d, noun{"access-number", "access-numbers", staff.Offerings, true}, s.Store.AccessNumbers,
		speaks(s, func(n billing.AccessNumber) []string { return append([]string{n.Language}, n.Languages...) }))
	resource(d, noun{"trunk", "trunks", staff.Routing, false}, s.Store.Trunks, nil)
	resource(d, noun{"speed-dial", "speed-dials", staff.Accounts, true}, s.Store.SpeedDials, nil)
	resource(d, noun{"group", "groups", staff.Money, true}, s.Store.Groups, nil)
	resource(d, noun{"bundle", "bundles", staff.Rates, true}, s.Store.Bundles, nil)
}

// rule refuses a record by what the store does not know. before is empty where the
// record is new; nil is no rule.
type rule[T any] func(ctx context.Context, before, after T) error

// speaks refuses languages that are not spoken. Those a record has already may stay:
// changing something else must not fail because of them.
func speaks[T any](s server, of func(T) []string) rule[T] {
	return func(_ context.Context, before, after T) error {
		if s.Languages == nil {
			return nil
		}
		for _, code := range of(after) {
			if code == "" || slices.Contains(s.Languages, code) || slices.Contains(of(before), code) {
				continue
			}
			return fmt.Errorf("%w: language %q is not spoken: give one of %s",
				billing.ErrInvalid, code, strings.Join(s.Languages, ", "))
		}
		return nil
	}
}

// noun is what a kind of records is called, and who may change them.
type noun struct {
	one, many string
	may       staff.Permission
	// shared records are providers' own; the others are the platform's.
	shared bool
}

func (n noun) path() string { return "/v1/" + n.many }

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

func resource[T any](d *Door, n noun, c *store.Collection[T], allow rule[T]) {
	if allow == nil {
		allow = func(context.Context, T, T) error { return nil }
	}
	readable(d, n, c)
	Answer(d, Endpoint{
		ID: "add-" + n.one, Method: http.MethodPost, Path: n.path(),
		Summary: "Add a " + n.one, May: n.may, Shared: n.shared,
	}, func(ctx context.Context, in *body[T]) (T, error) {
		var none T
		if err := allow(ctx, none, in.Body); err != nil {
			return none, err
		}
		return c.Add(ctx, in.Body)
	})
	Answer(d, Endpoint{
		ID: "change-" + n.one, Method: http.MethodPatch, Path: n.path() + "/{id}",
		Summary: "Change fields of a " + n.one, May: n.may, Shared: n.shared,
	}, func(ctx context.Context, in *patch) (T, error) {
		return c.Change(ctx, in.ID, func(v *T) error {
			before := *v
			if err := merge[T](in.Body)(v); err != nil {
				return err
			}
			return allow(ctx, before, *v)
		})
	})
}

// readable registers what every collection offers: list, read, remove, archive.
func readable[T any](d *Door, n noun, c *store.Collection[T]) {
	archivable(d, n, c)
	Answer(d, Endpoint{
		ID: "list-" + n.many, Method: http.MethodGet, Path: n.path(),
		Summary: "List " + n.many, May: Open, Shared: n.shared,
	}, func(ctx context.Context, in *Page) ([]T, error) {
		return c.SeeAll(ctx, in.After, in.Limit)
	})
	Answer(d, Endpoint{
		ID: "get-" + n.one, Method: http.MethodGet, Path: n.path() + "/{id}",
		Summary: "Read a " + n.one, May: Open, Shared: n.shared,
	}, func(ctx context.Context, in *ByID) (T, error) {
		return c.See(ctx, in.ID)
	})
	Act(d, Endpoint{
		ID: "remove-" + n.one, Method: http.MethodDelete, Path: n.path() + "/{id}",
		Summary: "Remove a " + n.one, May: n.may, Shared: n.shared,
	}, func(ctx context.Context, in *ByID) error {
		return c.Remove(ctx, in.ID)
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
