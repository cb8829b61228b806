package stasis_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"cccp/stasis"
	"cccp/test/ariserver"
)

// linkTo is a link without a server.
func linkTo(t *testing.T, to, secret string) *stasis.Native {
	t.Helper()
	link, err := stasis.NewNative(stasis.NativeOptions{URL: to, User: "cccp", Password: secret, App: "cccp", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	return link
}

func newARI(t *testing.T) *ariserver.Server {
	t.Helper()
	t.Parallel()
	server := ariserver.New(ariserver.Options{Password: password})
	t.Cleanup(server.Close)
	return server
}

func TestNewNativeRefuses(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:8088", "ws://127.0.0.1:8088/ari", "http://", "http:///ari", "http://a b/ari", "127.0.0.1:8088/ari"} {
		if _, err := stasis.NewNative(stasis.NativeOptions{URL: bad}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8088/ari") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A command to a channel that has gone says so; taking away what has gone is done.
func TestChannelThatHasGone(t *testing.T) {
	link := linkTo(t, newARI(t).URL(), password)
	ctx := t.Context()
	for name, err := range map[string]error{
		"answer": link.Answer(ctx, "none"),
		"dial":   link.Dial(ctx, "none", time.Second),
		"ring":   link.Ring(ctx, "none", true),
		"unring": link.Ring(ctx, "none", false),
		"set":    link.Set(ctx, "none", "A", "1"),
		"play":   link.Play(ctx, "none", "p", []string{"sound:one"}),
	} {
		if !errors.Is(err, stasis.ErrNoSuchChannel) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"hang up":        link.Hangup(ctx, "none", 16),
		"stop playback":  link.StopPlayback(ctx, "none"),
		"destroy bridge": link.DestroyBridge(ctx, "none"),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusalSaysWhatAsteriskSaid(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"message", `{"message":"Channel not in Stasis application"}`, "409 Channel not in Stasis application"},
		{"other JSON", `{"error":"Allocation failed"}`, "409 Conflict"},
		{"no JSON", `<html>`, "409 Conflict"},
		{"very long", strings.Repeat("x", 1<<20), "409 Conflict"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newARI(t)
			server.Fail(ariserver.Any, ariserver.Fault{Status: 409, Body: tt.body})
			err := linkTo(t, server.URL(), password).Answer(t.Context(), "A")
			var refused *stasis.StatusError
			if !errors.As(err, &refused) || refused.Status != 409 || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Only what is in an application has one: the library would call every channel ours.
func TestChannelsTellWhoseTheyAre(t *testing.T) {
	server := newARI(t)
	link := linkTo(t, server.URL(), password)
	listening, done := listen(t, link)
	<-listening
	server.Call(ariserver.CallOptions{ID: "in", Exten: access})
	server.Call(ariserver.CallOptions{ID: "bare", Args: []string{}})
	server.Call(ariserver.CallOptions{ID: "outside", Outside: true})
	got, err := link.Channels(t.Context())
	want := []stasis.Channel{
		{ID: "in", State: "Ring", App: "cccp", Args: "access," + access},
		{ID: "bare", State: "Ring", App: "cccp"},
		{ID: "outside", State: "Ring"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	done()
}

// listener tells of connections, and of what ended them.
type listener struct {
	connected chan struct{}
	lost      chan error
}

func (l listener) Connected()      { l.connected <- struct{}{} }
func (l listener) Event(ari.Event) {}
func (l listener) Disconnected(err error) {
	select {
	case l.lost <- err:
	default:
	}
}

// listen holds the event socket open until done is called.
func listen(t *testing.T, link *stasis.Native) (connected <-chan struct{}, done func()) {
	t.Helper()
	l := listener{make(chan struct{}, 1), make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- link.Listen(ctx, l) }()
	return l.connected, func() { cancel(); <-ended }
}

// The password is in a header of every request, the event socket's included. No error
// tells it, in no form.
func TestPasswordIsNeverTold(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	html := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(html.Close)
	turning := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path+"?"+r.URL.RawQuery, http.StatusFound)
	}))
	t.Cleanup(turning.Close)
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"message":"no"}`))
	}))
	t.Cleanup(hostile.Close)
	locked := ariserver.New(ariserver.Options{Password: "another"})
	t.Cleanup(locked.Close)
	for name, to := range map[string]string{
		"nobody there": closed.URL, "no ARI": html.URL, "redirected": turning.URL, "refused": hostile.URL, "wrong password": locked.URL(),
	} {
		for _, secret := range []string{password, "p", "%", "häßlich", "a b\"c'"} {
			t.Run(name, func(t *testing.T) {
				link := linkTo(t, to, secret)
				l := listener{make(chan struct{}, 1), make(chan error, 1)}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- link.Listen(ctx, l) }()
				wantSecret(t, <-l.lost, secret)
				cancel()
				wantSecret(t, <-ended, secret)
				_, err := link.Channels(t.Context())
				wantSecret(t, err, secret)
				wantSecret(t, link.Answer(t.Context(), "A"), secret)
			})
		}
	}
}

// wantSecret fails if there is no error, or one that tells the password.
func wantSecret(t *testing.T, err error, secret string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, form := range []string{"cccp:" + secret, url.QueryEscape("cccp:" + secret), "cccp:" + url.PathEscape(secret)} {
		if strings.Contains(err.Error(), form) {
			t.Errorf("the password is told: %v", err)
		}
	}
}
