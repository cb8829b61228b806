package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An endpoint that panics answers like one that failed.
func TestEndpointThatPanics(t *testing.T) {
	d := newDoor(server{})
	Answer(d, Endpoint{ID: "break", Method: http.MethodGet, Path: "/v1/break", May: Open, Shared: true},
		func(context.Context, *struct{}) (string, error) { panic("secret") })
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/v1/break", nil)
	d.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, peerUser{name: "root", owner: true})))
	if body := w.Body.String(); w.Code != http.StatusInternalServerError || !strings.Contains(body, `"code":"internal"`) ||
		strings.Contains(body, "secret") {
		t.Errorf("%d %s", w.Code, body)
	}
}
