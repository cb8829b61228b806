package stasis

import (
	"context"
	"errors"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// Errors of a link.
var (
	// ErrReplaced means another instance registered our application with Asterisk and
	// gets its events now.
	ErrReplaced = errors.New("another instance took the Stasis application over")
	// ErrNoSuchChannel means the channel has gone.
	ErrNoSuchChannel = errors.New("no such channel")
)

// Link is a connection to Asterisk: the seam at which a link over NATS can take the
// place of the native one. Commands to a channel that has gone fail with
// ErrNoSuchChannel; hanging it up once more does not.
type Link interface {
	// Listen delivers events to h until ctx ends or another instance replaces us,
	// reconnecting as often as it takes.
	Listen(ctx context.Context, h EventHandler) error

	Channels(ctx context.Context) ([]Channel, error)
	Create(ctx context.Context, c NewChannel) error
	Dial(ctx context.Context, channel string, ring time.Duration) error
	Answer(ctx context.Context, channel string) error
	Hangup(ctx context.Context, channel string, cause int) error
	Ring(ctx context.Context, channel string, on bool) error
	Set(ctx context.Context, channel, variable, value string) error
	// Get reads a variable or function; what is not set is "".
	Get(ctx context.Context, channel, variable string) (string, error)

	Play(ctx context.Context, channel, playback string, media []string) error
	StopPlayback(ctx context.Context, playback string) error

	// Bridges lists the bridges that Bridge made and that are still there.
	Bridges(ctx context.Context) ([]string, error)
	Bridge(ctx context.Context, bridge string) error
	Join(ctx context.Context, bridge string, channels ...string) error
	DestroyBridge(ctx context.Context, bridge string) error
}

// EventHandler is told what happens. It must not wait.
type EventHandler interface {
	// Connected is called before the first event of every connection.
	Connected()
	Event(ari.Event)
	Disconnected(error)
}

// NewChannel is a channel to be created, but not yet dialled.
type NewChannel struct {
	ID       string
	Endpoint string
	// Originator is the A leg's channel; empty where this is the A leg of a callback.
	Originator string
	// Args tell our own channels from callers'.
	Args      string
	Variables map[string]string
}

// Channel is a live channel of the switch.
type Channel struct {
	ID    string
	State string
	// App and Args are set while the channel is in a Stasis application.
	App, Args string
}
