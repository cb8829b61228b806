package ariserver

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const maxBodyBytes = 1 << 20

// Request is one HTTP request as it arrived, the WebSocket's opening included.
type Request struct {
	Method string
	// Path below /ari, unescaped: /channels/123/answer.
	Path  string
	Query url.Values
	Body  string
	At    time.Time
}

func (r Request) String() string {
	text := r.Method + " " + r.Path
	if len(r.Query) > 0 {
		text += "?" + r.Query.Encode()
	}
	if r.Body != "" {
		text += " " + r.Body
	}
	return text
}

// Match tells whether a request is meant. It is called with the server locked,
// so it must not call the server.
type Match func(Request) bool

// On matches a method and a path below /ari, in which * stands for one segment
// as in path.Match: On("POST", "/channels/*/answer"). An empty method is any.
func On(method, pattern string) Match {
	if _, err := path.Match(pattern, ""); err != nil {
		panic(fmt.Sprintf("ariserver: pattern %q: %v", pattern, err))
	}
	return func(r Request) bool {
		ok, _ := path.Match(pattern, r.Path)
		return ok && (method == "" || method == r.Method)
	}
}

// Any matches every request.
func Any(Request) bool { return true }

// Requests returns what has arrived so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// watcher waits for one request.
type watcher struct {
	match Match
	found chan Request // holds one
}

// WaitRequest returns the first request that matches, from the start of the log,
// or waits for one. The match is asked once about each request, in order, so it
// may count.
func (s *Server) WaitRequest(ctx context.Context, match Match) (Request, error) {
	w := &watcher{match, make(chan Request, 1)}
	s.watch(w)
	defer s.unwatch(w)
	select {
	case r := <-w.found:
		return r, nil
	case <-ctx.Done():
		return Request{}, fmt.Errorf("wait for a request: %w", context.Cause(ctx))
	case <-s.done:
		return Request{}, fmt.Errorf("wait for a request: %w", errClosed)
	}
}

func (s *Server) watch(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if w.match(r) {
			w.found <- r
			return
		}
	}
	s.watchers[w] = true
}

func (s *Server) unwatch(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}

// admit logs a request, shows it to the tests waiting for it, and picks the fault
// it runs into, if any.
func (s *Server) admit(r Request) *activeFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.options.NoRequestLog {
		s.requests = append(s.requests, r)
	}
	for w := range s.watchers {
		if w.match(r) {
			w.found <- r
			delete(s.watchers, w)
		}
	}
	return s.takeFault(r)
}

// readRequest takes a request off the wire.
func (s *Server) readRequest(r *http.Request) (Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes))
	if err != nil {
		return Request{}, err
	}
	return Request{
		Method: r.Method,
		Path:   strings.TrimPrefix(r.URL.Path, "/ari"),
		Query:  r.URL.Query(),
		Body:   string(body),
		At:     s.options.Now(),
	}, nil
}

// parameters of a command: wildcards of its path, and what query and JSON body
// say. Asterisk takes either; the body wins.
type parameters struct {
	wildcards []string
	values    url.Values
	variables []Variable
}

// id is the first wildcard of the path.
func (p parameters) id() string { return p.wildcards[0] }

// get returns a parameter. Of a repeated one the last counts.
func (p parameters) get(name string) string {
	all := p.values[name]
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// list returns a comma-separated parameter without empty entries.
func (p parameters) list(name string) []string {
	var list []string
	for entry := range strings.SplitSeq(p.get(name), ",") {
		if entry != "" {
			list = append(list, entry)
		}
	}
	return list
}

// readParameters merges the JSON body into the query. A body of another type is
// ignored, as Asterisk does.
func readParameters(r Request, contentType string, wildcards []string) (parameters, *reply) {
	p := parameters{wildcards: wildcards, values: maps.Clone(r.Query)}
	if r.Body == "" || !strings.HasPrefix(contentType, "application/json") {
		return p, nil
	}
	fields := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(r.Body), &fields) != nil {
		return p, refuse(http.StatusBadRequest, "Error parsing request body")
	}
	for name, raw := range fields {
		if name != "variables" {
			p.values.Set(name, scalar(raw))
			continue
		}
		variables, err := readVariables(raw)
		if err != nil {
			return p, refuse(
				http.StatusBadRequest,
				"Each value in 'variables' must be a string or an object with 'value' and optional 'report_events'",
			)
		}
		p.variables = variables
	}
	return p, nil
}

// scalar turns a JSON value into what the query would hold: an array becomes a
// comma-separated list.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, ",")
	}
	return string(raw)
}
