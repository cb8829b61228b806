package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"cccp/billing"
	"cccp/staff"
)

// An endpoint that does not say whom it is for is not registered.
func TestNoEndpointWithoutAPermission(t *testing.T) {
	for name, may := range map[string]staff.Permission{"none": "", "unknown": "everything"} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if why := recover(); why == nil || !strings.Contains(why.(string), "/v1/gate") {
					t.Errorf("registered: %v", why)
				}
			}()
			Act(newDoor(server{}), Endpoint{ID: "gate", Method: http.MethodPost, Path: "/v1/gate", Summary: "Gate", May: may},
				func(context.Context, *struct{}) error { return nil })
		})
	}
}

// Rooms above register endpoints of their own, those that speak HTTP themselves among them.
func TestFaces(t *testing.T) {
	face := func(d *Door) {
		Answer(d, Endpoint{ID: "greet", Method: http.MethodGet, Path: "/v1/greet/{id}", Summary: "Greet", May: Open},
			func(ctx context.Context, in *ByID) (string, error) {
				if in.ID == "nobody" {
					return "", billing.ErrNotFound
				}
				return staff.From(ctx).Username + " greets " + in.ID, nil
			})
		Serve(d, Endpoint{
			ID: "echo", Method: http.MethodPost, Path: "/v1/echo", Summary: "Echo",
			May: staff.Calls, Shared: true, Body: Body{MaxBytes: 4, Type: "text/csv"},
		}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			_, _ = w.Write([]byte(staff.From(r.Context()).Username + " says " + string(text)))
		}))
	}
	root, s := serveWith(t, Options{Faces: []func(*Door){face}})
	ctx := t.Context()
	for name, may := range map[string][]staff.Permission{"al": {staff.Calls}, "bob": {staff.Money}} {
		_, err := s.Admins.Add(ctx, staff.Admin{Username: name, Role: staff.PlatformOwner, Permissions: may})
		must(t, err)
	}
	var greeting string
	must(t, root.As("bob").Do(ctx, http.MethodGet, "/v1/greet/al", nil, &greeting))
	if greeting != "bob greets al" {
		t.Errorf("greeted %q", greeting)
	}
	if err := root.Do(ctx, http.MethodGet, "/v1/greet/nobody", nil, nil); !contains(err, "not found") {
		t.Errorf("greeted nobody: %v", err)
	}
	var said strings.Builder
	must(t, root.As("al").Do(ctx, http.MethodPost, "/v1/echo", io.Reader(strings.NewReader("ciao")), &said))
	if said.String() != "al says ciao" {
		t.Errorf("said %q", &said)
	}
	if err := root.As("al").Do(ctx, http.MethodPost, "/v1/echo", io.Reader(strings.NewReader("goodbye")), nil); err == nil {
		t.Error("said more than it takes")
	}
	if err := root.As("bob").Do(ctx, http.MethodPost, "/v1/echo", io.Reader(strings.NewReader("ciao")), nil); !forbidden(err) {
		t.Errorf("said without permission: %v", err)
	}
}
