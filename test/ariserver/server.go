package ariserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options of a fake Asterisk; the zero value is usable.
type Options struct {
	// User and Password of ARI; "cccp" and "secret" if empty.
	User, Password string
	// App is the Stasis application that calls are handed to; "cccp" if empty.
	App string
	// EntityID is reported as asterisk_id; "02:00:00:00:00:01" if empty.
	EntityID string
	// Now gives the time stamped on events; time.Now if nil. It is called with
	// the server locked, so it must not call the server.
	Now func() time.Time
	// NoRequestLog keeps no list of requests, for runs of many calls. Requests
	// is then empty and WaitRequest sees only what arrives while it waits.
	NoRequestLog bool
}

func (o Options) withDefaults() Options {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&o.User, "cccp")
	set(&o.Password, "secret")
	set(&o.App, "cccp")
	set(&o.EntityID, "02:00:00:00:00:01")
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server is a fake Asterisk.
type Server struct {
	options  Options
	listener net.Listener
	http     *http.Server
	started  time.Time
	done     chan struct{}  // closed by Close
	handlers sync.WaitGroup // requests and sockets being served

	// mu guards everything below and the channels, bridges and playbacks. Events
	// are put in line under it, so their order is the order of what happened.
	mu        sync.Mutex
	closed    bool
	apps      map[string]*application
	sockets   map[*socket]bool
	channels  map[string]*Channel
	bridges   map[string]*bridge
	playbacks map[string]*playback
	born      int // channels so far

	connection signal // a WebSocket has come or gone
	arrived    signal // a channel has come to be

	requests  []Request
	watchers  map[*watcher]bool
	faults    []*activeFault
	refusing  bool
	losing    bool
	holds     int // HoldEntry calls not yet released
	waiting   []*Channel
	playTime  func(media string) time.Duration
	onDial    Script
	endpoints []endpointRule
	// ringOutCause is the cause of channels whose ring time runs out.
	ringOutCause int
}

// application is one Stasis application, known since it first connected.
type application struct {
	name string
	// active applications take calls; they are so while connected.
	active bool
	filter eventFilter
	sock   *socket // nil after Replace, and when not active
}

// New starts a fake Asterisk on a free port. It panics if there is none, as
// httptest.NewServer does.
func New(o Options) *Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("ariserver: listen: %v", err))
	}
	s := &Server{
		options:      o.withDefaults(),
		listener:     listener,
		started:      time.Now(),
		done:         make(chan struct{}),
		apps:         map[string]*application{},
		sockets:      map[*socket]bool{},
		channels:     map[string]*Channel{},
		bridges:      map[string]*bridge{},
		playbacks:    map[string]*playback{},
		watchers:     map[*watcher]bool{},
		onDial:       Answers,
		ringOutCause: CauseNoAnswer,
	}
	s.http = &http.Server{Handler: s}
	s.handlers.Go(func() { _ = s.http.Serve(listener) })
	return s
}

// URL is where ARI is, http://127.0.0.1:port/ari.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/ari" }

// App is the Stasis application calls are handed to.
func (s *Server) App() string { return s.options.App }

// Close ends all connections and waits for requests being served. Channels are
// forgotten without events; scripts of callees see them gone.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.done)
	for _, c := range s.channels {
		c.forget()
	}
	var cuts []func()
	for sock := range s.sockets {
		cuts = append(cuts, sock.sever())
	}
	s.mu.Unlock()

	for _, cut := range cuts {
		cut()
	}
	_ = s.http.Close()
	s.handlers.Wait()
}

// enter admits one request, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// Channel returns a live channel by its ID, or nil.
func (s *Server) Channel(id string) *Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[id]
}

// Channels returns the live channels, oldest first.
func (s *Server) Channels() []*Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.liveChannels()
}

// WaitChannel waits until there is a channel with the ID.
func (s *Server) WaitChannel(ctx context.Context, id string) (*Channel, error) {
	var found *Channel
	err := s.await(ctx, &s.arrived, func() (bool, error) {
		found = s.channels[id]
		return found != nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait for channel %s: %w", id, err)
	}
	return found, nil
}

// BridgeInfo describes a bridge at one moment.
type BridgeInfo struct {
	ID, Name string
	// Types as asked for at creation, e.g. "mixing,dtmf_events".
	Types string
	// Channels in it by ID, in the order they joined.
	Channels []string
}

// Bridges returns the bridges there are, by ID.
func (s *Server) Bridges() []BridgeInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	infos := make([]BridgeInfo, 0, len(s.bridges))
	for _, b := range s.sortedBridges() {
		infos = append(infos, BridgeInfo{b.id, b.name, b.types, b.channelIDs()})
	}
	return infos
}
