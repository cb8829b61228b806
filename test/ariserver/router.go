package ariserver

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// route is one command of ARI; * in its path is a wildcard.
type route struct {
	method, path string
	// run carries the command out, with the server locked.
	run func(*Server, parameters) *reply
}

var routes = []route{
	{"GET", "/asterisk/info", (*Server).getInfo},
	{"GET", "/asterisk/ping", (*Server).getPing},
	{"GET", "/applications", (*Server).getApplications},
	{"GET", "/applications/*", (*Server).getApplication},
	{"POST", "/applications/*/subscription", (*Server).subscribe},
	{"DELETE", "/applications/*/subscription", (*Server).unsubscribe},
	{"PUT", "/applications/*/eventFilter", (*Server).filterEvents},
	{"GET", "/channels", (*Server).getChannels},
	{"POST", "/channels/create", (*Server).createChannel},
	{"GET", "/channels/*", (*Server).getChannel},
	{"DELETE", "/channels/*", (*Server).hangupChannel},
	{"POST", "/channels/*/dial", (*Server).dialChannel},
	{"POST", "/channels/*/answer", (*Server).answerChannel},
	{"POST", "/channels/*/ring", (*Server).ringChannel},
	{"DELETE", "/channels/*/ring", (*Server).unringChannel},
	{"POST", "/channels/*/progress", (*Server).progressChannel},
	{"POST", "/channels/*/continue", (*Server).continueChannel},
	{"POST", "/channels/*/play", (*Server).playChannel},
	{"POST", "/channels/*/play/*", (*Server).playChannel},
	{"GET", "/channels/*/variable", (*Server).getVariable},
	{"POST", "/channels/*/variable", (*Server).setVariable},
	{"GET", "/playbacks/*", (*Server).getPlayback},
	{"DELETE", "/playbacks/*", (*Server).stopPlayback},
	{"GET", "/bridges", (*Server).getBridges},
	{"POST", "/bridges", (*Server).createBridge},
	{"GET", "/bridges/*", (*Server).getBridge},
	{"POST", "/bridges/*", (*Server).createBridge},
	{"DELETE", "/bridges/*", (*Server).destroyBridge},
	{"POST", "/bridges/*/addChannel", (*Server).addToBridge},
	{"POST", "/bridges/*/removeChannel", (*Server).removeFromBridge},
}

// reply to a request. While pending is not nil, the command is in a channel's
// queue, and the reply is what the command then says.
type reply struct {
	status  int
	body    any
	pending []*task
}

func ok(body any) *reply      { return &reply{status: http.StatusOK, body: body} }
func created(body any) *reply { return &reply{status: http.StatusCreated, body: body} }
func noContent() *reply       { return &reply{status: http.StatusNoContent} }

func refuse(status int, message string) *reply {
	return &reply{status: status, body: map[string]string{"message": message}}
}

// allocationFailed is what Asterisk says when it cannot make something, for
// instance a channel to an endpoint it does not know.
func allocationFailed() *reply {
	return &reply{status: http.StatusInternalServerError, body: map[string]string{"error": "Allocation failed"}}
}

// ServeHTTP serves one request, in the way its fault demands.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	request, err := s.readRequest(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	fault := s.admit(request)
	if answer := s.failBefore(fault); answer != nil {
		s.write(w, answer)
		return
	}
	if request.Path == "/events" {
		s.serveSocket(w, r)
		return
	}
	answer := s.perform(request, r)
	s.failAfter(fault)
	s.write(w, answer)
}

// perform carries a command out, and waits until the channel gets to it.
func (s *Server) perform(request Request, r *http.Request) *reply {
	if !s.authorized(r) {
		return refuse(http.StatusUnauthorized, "Authentication required")
	}
	command, wildcards, refusal := find(r)
	if refusal != nil {
		return refusal
	}
	p, refusal := readParameters(request, r.Header.Get("Content-Type"), wildcards)
	if refusal != nil {
		return refusal
	}
	s.mu.Lock()
	answer := command(s, p)
	s.mu.Unlock()
	for _, t := range answer.pending {
		select {
		case <-t.done:
			answer = t.answer
		case <-s.done:
			panic(http.ErrAbortHandler)
		}
	}
	return answer
}

// find looks up the command a request is for.
func find(r *http.Request) (func(*Server, parameters) *reply, []string, *reply) {
	path, isARI := strings.CutPrefix(r.URL.EscapedPath(), "/ari")
	known := false
	for _, candidate := range routes {
		wildcards, fits := candidate.match(path)
		if !fits || !isARI {
			continue
		}
		if candidate.method == r.Method {
			return candidate.run, wildcards, nil
		}
		known = true
	}
	if known {
		return nil, nil, refuse(http.StatusMethodNotAllowed, "Invalid method")
	}
	return nil, nil, refuse(http.StatusNotFound, "Resource not found")
}

func (r route) match(path string) (wildcards []string, fits bool) {
	want, got := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		if want[i] != "*" {
			if want[i] != got[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(got[i])
		if err != nil || value == "" {
			return nil, false
		}
		wildcards = append(wildcards, value)
	}
	return wildcards, true
}

// authorized accepts Basic authentication and the api_key of the query.
func (s *Server) authorized(r *http.Request) bool {
	given := r.URL.Query().Get("api_key")
	if user, password, ok := r.BasicAuth(); ok {
		given = user + ":" + password
	}
	want := s.options.User + ":" + s.options.Password
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

func (s *Server) write(w http.ResponseWriter, answer *reply) {
	header := w.Header()
	header.Set("Server", "Asterisk")
	header.Set("Cache-Control", "no-cache, no-store")
	if answer.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="Asterisk REST Interface"`)
	}
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return
	}
	body, isText := answer.body.(string)
	if !isText {
		encoded, err := json.Marshal(answer.body)
		if err != nil {
			panic(err) // a body of this package's own making
		}
		body = string(encoded)
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	_, _ = w.Write([]byte(body))
}
