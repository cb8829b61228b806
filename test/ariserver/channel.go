package ariserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Channel states, as Asterisk names them.
const (
	StateDown    = "Down"    // outbound, not ringing yet
	StateRing    = "Ring"    // inbound, not answered
	StateRinging = "Ringing" // outbound, ringing
	StateUp      = "Up"
)

// ErrGone is what waiting for something on a channel gives once it is gone.
var ErrGone = errors.New("the channel is gone")

// Party is who a channel talks to or comes from.
type Party struct {
	Name, Number string
	// Presentation is what CONNECTEDLINE(pres) was set to; "" is the default.
	Presentation string
}

// Channel is one leg of a call, inbound or outbound.
type Channel struct {
	server  *Server
	gone    chan struct{} // closed when the channel is gone
	changed signal        // fired at every change Snapshot or Played shows

	id, name  string
	serial    int // in order of creation
	app       string
	args      []string
	created   time.Time
	caller    Party
	connected Party
	// redirecting is who sent the call on, as REDIRECTING(from-…) was set.
	redirecting    Party
	redirectReason string
	context        string
	exten          string
	endpoint       string // as given to create; "" if inbound

	state         string
	inStasis      bool
	ringing       bool // POST ring is in force
	ended         bool
	cause         int
	subscriptions int
	bridge        *bridge
	hidden        bool // joined with inhibitConnectedLineUpdates
	variables     []Variable
	played        []string
	heard         int // how many of played WaitPlayed has passed

	hungUp    bool // no media any more, but the queue is still worked off
	queue     []*task
	playing   *playback
	dialled   bool
	deaf      bool        // dialled outside of a bridge: Asterisk keeps it in one of its own
	limit     *time.Timer // TIMEOUT(absolute)
	limitAt   time.Time
	ringLimit *time.Timer // of POST dial
}

// newChannel makes a channel that is in no application yet.
func (s *Server) newChannel(id, peer string) *Channel {
	s.born++
	now := s.options.Now()
	if id == "" {
		id = fmt.Sprintf("%d.%d", now.Unix(), s.born)
	}
	c := &Channel{
		server:  s,
		gone:    make(chan struct{}),
		id:      id,
		name:    fmt.Sprintf("PJSIP/%s-%08x", peer, s.born),
		serial:  s.born,
		app:     s.options.App,
		created: now,
	}
	s.channels[id] = c
	s.arrived.fire()
	return c
}

func (s *Server) liveChannels() []*Channel {
	live := make([]*Channel, 0, len(s.channels))
	for _, c := range s.channels {
		live = append(live, c)
	}
	slices.SortFunc(live, func(a, b *Channel) int { return cmp.Compare(a.serial, b.serial) })
	return live
}

// appData is what Stasis() was called with.
func (c *Channel) appData() string {
	return strings.Join(append([]string{c.app}, c.args...), ",")
}

func (c *Channel) json() channelJSON {
	j := channelJSON{
		ID:           c.id,
		Name:         c.name,
		State:        c.state,
		ProtocolID:   c.id + "@127.0.0.1",
		Caller:       callerJSON{c.caller.Name, c.caller.Number},
		Connected:    callerJSON{c.connected.Name, c.connected.Number},
		Dialplan:     dialplanJSON{Context: c.context, Exten: c.exten, Priority: 1},
		CreationTime: formatTime(c.created),
		Language:     "en",
	}
	if c.inStasis {
		j.Dialplan.AppName, j.Dialplan.AppData = "Stasis", c.appData()
	}
	return j
}

// startStasis puts the channel into its application and tells it.
func (c *Channel) startStasis() {
	c.inStasis = true
	c.subscriptions++
	c.emitStart()
	c.changed.fire()
}

func (c *Channel) emitStart() {
	c.emitAnyway(func(j channelJSON, t trailer) any {
		args := c.args
		if args == nil {
			args = []string{} // Asterisk sends [], not null
		}
		return stasisStartEvent{c.server.header("StasisStart"), args, j, t}
	})
}

// setState changes the state and tells the application.
func (c *Channel) setState(state string) {
	c.state = state
	c.emitPlain("ChannelStateChange")
	c.changed.fire()
}

// Snapshot is a channel at one moment.
type Snapshot struct {
	ID, Name, State string
	// Endpoint it was created for; "" if inbound.
	Endpoint string
	// InStasis from StasisStart to StasisEnd.
	InStasis bool
	// RingIndicated while POST ring is in force.
	RingIndicated bool
	// Bridge it is in, by ID, or "".
	Bridge string
	// Playing is the media being played, or "".
	Playing           string
	Caller, Connected Party
	// Redirecting is who sent the call on, and RedirectReason why.
	Redirecting    Party
	RedirectReason string
	// Gone, with the Q.850 cause.
	Gone  bool
	Cause int
}

// ID of the channel.
func (c *Channel) ID() string { return c.id }

// Done is closed when the channel is gone.
func (c *Channel) Done() <-chan struct{} { return c.gone }

// Snapshot of the channel as it is now.
func (c *Channel) Snapshot() Snapshot {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.snapshot()
}

func (c *Channel) snapshot() Snapshot {
	shot := Snapshot{
		ID: c.id, Name: c.name, State: c.state, Endpoint: c.endpoint,
		InStasis: c.inStasis, RingIndicated: c.ringing,
		Caller: c.caller, Connected: c.connected,
		Redirecting: c.redirecting, RedirectReason: c.redirectReason,
		Gone: c.ended, Cause: c.cause,
	}
	if c.bridge != nil {
		shot.Bridge = c.bridge.id
	}
	if c.playing != nil {
		shot.Playing = c.playing.current()
	}
	return shot
}

// Wait waits until the channel is as wished. It fails with ErrGone if the channel
// goes before. The wish is asked with the server locked, so it must not call it.
func (c *Channel) Wait(ctx context.Context, wish func(Snapshot) bool) error {
	err := c.server.await(ctx, &c.changed, func() (bool, error) {
		shot := c.snapshot()
		switch {
		case wish(shot):
			return true, nil
		case shot.Gone:
			return false, ErrGone
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait on channel %s: %w", c.id, err)
	}
	return nil
}

// WaitAnswered waits until the channel is Up.
func (c *Channel) WaitAnswered(ctx context.Context) error {
	return c.Wait(ctx, func(now Snapshot) bool { return now.State == StateUp && !now.Gone })
}

// WaitBridged waits until the channel is in a bridge and returns its ID.
func (c *Channel) WaitBridged(ctx context.Context) (bridgeID string, err error) {
	err = c.Wait(ctx, func(now Snapshot) bool {
		bridgeID = now.Bridge
		return bridgeID != ""
	})
	return bridgeID, err
}

// WaitGone waits until the channel is gone and returns the Q.850 cause.
func (c *Channel) WaitGone(ctx context.Context) (cause int, err error) {
	err = c.Wait(ctx, func(now Snapshot) bool {
		cause = now.Cause
		return now.Gone
	})
	return cause, err
}

// WaitPlayed waits until the media, e.g. "sound:digits/1", begins to play. It
// looks on from where the last WaitPlayed on this channel found what it waited
// for, so a caller can wait for the same prompt twice.
func (c *Channel) WaitPlayed(ctx context.Context, media string) error {
	err := c.server.await(ctx, &c.changed, func() (bool, error) {
		if i := slices.Index(c.played[c.heard:], media); i >= 0 {
			c.heard += i + 1
			return true, nil
		}
		if c.ended {
			return false, ErrGone
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait on channel %s for %s: %w", c.id, media, err)
	}
	return nil
}

// Played returns the media that began to play on the channel, in order.
func (c *Channel) Played() []string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return slices.Clone(c.played)
}
