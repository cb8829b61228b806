package ariserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

// socket is one WebSocket of a client. Server.mu guards its queue, and conn until
// that is set.
type socket struct {
	conn    *websocket.Conn // nil until the handshake is done
	queue   [][]byte
	wake    chan struct{} // holds one
	stop    context.CancelFunc
	stopped context.Context
}

func newSocket() *socket {
	sock := &socket{wake: make(chan struct{}, 1)}
	sock.stopped, sock.stop = context.WithCancel(context.Background())
	return sock
}

// put queues a message, without limit: a slow client must not slow the fake.
func (sock *socket) put(message []byte) {
	sock.queue = append(sock.queue, message)
	select {
	case sock.wake <- struct{}{}:
	default:
	}
}

// sever ends a socket. What it returns closes the TCP connection without a word,
// and is to be called with the server unlocked: it waits for a write under way.
func (sock *socket) sever() (cut func()) {
	sock.stop()
	sock.queue = nil
	conn := sock.conn
	return func() {
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

// serveSocket serves the WebSocket of events until it closes.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("app")
	switch {
	case s.refusesSockets():
		panic(http.ErrAbortHandler)
	case !s.authorized(r):
		s.write(w, refuse(http.StatusUnauthorized, "Authentication required"))
		return
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		s.write(w, refuse(http.StatusUpgradeRequired, "Upgrade Required"))
		return
	case name == "":
		s.write(w, refuse(http.StatusBadRequest, "HTTP request is missing param: [app]"))
		return
	}
	// Asterisk makes the application known before it replies, so that no call
	// comes between.
	sock := s.attach(name)
	defer s.detach(name, sock)
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{"ari"},
		InsecureSkipVerify: true, // as Asterisk, which looks at no Origin
	})
	if err != nil {
		return // Accept has replied
	}
	defer conn.CloseNow()
	if s.open(sock, conn) {
		s.handlers.Go(func() { s.feed(sock) })
		discard(sock)
	}
}

// discard reads until the socket closes. Asterisk understands REST requests
// here; we do not.
func discard(sock *socket) {
	for {
		if _, _, err := sock.conn.Read(sock.stopped); err != nil {
			return
		}
	}
}

// feed writes queued events to a socket until it closes.
func (s *Server) feed(sock *socket) {
	for {
		s.mu.Lock()
		batch := sock.queue
		sock.queue = nil
		s.mu.Unlock()
		for _, message := range batch {
			if sock.conn.Write(sock.stopped, websocket.MessageText, message) != nil {
				return
			}
		}
		select {
		case <-sock.wake:
		case <-sock.stopped.Done():
			return
		}
	}
}

// attach makes a socket the one of its application, in place of another.
func (s *Server) attach(name string) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.apps[name]
	if app == nil {
		app = &application{name: name}
		s.apps[name] = app
	}
	s.replace(app)
	app.active, app.sock = true, newSocket()
	return app.sock
}

// replace tells the socket of an application that it has been replaced, and
// sends it nothing from then on.
func (s *Server) replace(app *application) {
	if app.sock == nil {
		return
	}
	app.sock.put(s.encode(replacedEvent{
		header:      s.header("ApplicationReplaced"),
		Application: app.name,
		AsteriskID:  s.options.EntityID,
	}))
	app.sock = nil
}

// open notes the connection of a socket, unless it was dropped meanwhile.
func (s *Server) open(sock *socket, conn *websocket.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || sock.stopped.Err() != nil {
		return false
	}
	sock.conn = conn
	s.sockets[sock] = true
	s.connection.fire()
	return true
}

// detach forgets a socket. Its application takes no calls then, unless another
// socket has taken over.
func (s *Server) detach(name string, sock *socket) {
	sock.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, sock)
	s.connection.fire()
	if app := s.apps[name]; app.sock == sock {
		app.active, app.sock = false, nil
	}
}

// WaitConnected waits until the application's WebSocket is connected.
func (s *Server) WaitConnected(ctx context.Context) error {
	err := s.await(ctx, &s.connection, func() (bool, error) {
		app := s.apps[s.options.App]
		return app != nil && app.sock != nil && app.sock.conn != nil, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the WebSocket: %w", err)
	}
	return nil
}

// WaitSockets waits until n WebSockets are open, those of all applications and
// replaced ones included.
func (s *Server) WaitSockets(ctx context.Context, n int) error {
	err := s.await(ctx, &s.connection, func() (bool, error) { return len(s.sockets) == n, nil })
	if err != nil {
		return fmt.Errorf("wait for %d WebSockets: %w", n, err)
	}
	return nil
}

// DropSocket closes the TCP connection of the application's WebSocket without a
// closing handshake. Events not yet written are lost. When it returns, the
// application takes no calls until it has connected again.
func (s *Server) DropSocket() {
	s.mu.Lock()
	app := s.apps[s.options.App]
	if app == nil || app.sock == nil {
		s.mu.Unlock()
		return
	}
	cut := app.sock.sever()
	app.active, app.sock = false, nil
	s.mu.Unlock()
	cut()
}

// RefuseSockets makes new WebSockets fail, by closing their connection, while it
// is on. Those there are stay.
func (s *Server) RefuseSockets(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = on
}

func (s *Server) refusesSockets() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusing
}

// Replace tells the client that another instance has taken the application over,
// and sends it no more events, as if that instance were there. The WebSocket
// stays open.
func (s *Server) Replace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.apps[s.options.App]; app != nil {
		s.replace(app)
	}
}

// SendRaw sends a message to the application's WebSocket as it is: events of
// unknown types, or no JSON at all.
func (s *Server) SendRaw(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.apps[s.options.App]; app != nil && app.sock != nil {
		app.sock.put([]byte(message))
	}
}
