package stasis

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/ivr"
)

// argCallee is the first argument of Stasis(cccp,…) for a channel that we made. Callers
// come with an ivr.Entry, and what they dialled as second argument.
const argCallee = "callee"

// entries are the ways in that a dialplan may name.
var entries = []ivr.Entry{ivr.EntryAccess, ivr.EntryDirect, ivr.EntryDISA}

// Connected is called by the link at the beginning of every connection.
func (s *Server) Connected() {
	s.connected.Store(true)
	s.Log.Info().Str("app", s.App).Msg("connected to Asterisk")
	s.readyOnce.Do(func() { close(s.ready) })
	go s.sweep()
}

// Disconnected is called by the link when a connection ended or could not be made. Only
// the first time is worth a warning: Asterisk may be away for long.
func (s *Server) Disconnected(err error) {
	level := zerolog.DebugLevel
	if s.connected.Swap(false) || !s.told.Swap(true) {
		level = zerolog.WarnLevel
		s.losses.add(time.Now())
	}
	s.Log.WithLevel(level).Err(err).Msg("no connection to Asterisk: trying again until there is one")
}

// Event hands an event to the channel it belongs to. Nothing here waits, and an event that
// cannot be handled is passed over.
func (s *Server) Event(e ari.Event) {
	err := recovered(func() error { s.dispatch(e); return nil })
	if err != nil {
		s.Log.Error().Err(err).Str("event", e.GetType()).Msg("event passed over")
	}
}

func (s *Server) dispatch(e ari.Event) {
	switch e := e.(type) {
	case *ari.StasisStart:
		s.start(e)
	case *ari.ChannelDtmfReceived:
		if l := s.line(e.Channel.ID); l != nil {
			l.press(e.Digit, at(e.EventData), time.Duration(e.DurationMs)*time.Millisecond)
		}
	case *ari.PlaybackFinished:
		if l := s.line(strings.TrimPrefix(e.Playback.TargetURI, "channel:")); l != nil {
			l.played(e.Playback.ID)
		}
	case *ari.ChannelStateChange:
		s.stateChanged(e.Channel, at(e.EventData))
	case *ari.Dial:
		if c := s.callee(e.Peer.ID); c != nil && e.Dialstatus == dialProgress {
			c.progress()
		}
	case *ari.ChannelHangupRequest:
		s.leaving(e.Channel.ID, at(e.EventData), requested(e))
	case *ari.ChannelDestroyed:
		s.left(e.Channel.ID, at(e.EventData), e.Cause)
	case *ari.StasisEnd:
		if l := s.line(e.Channel.ID); l != nil {
			l.noteEnd(ivr.End{At: at(e.EventData)})
		}
	}
}

// requested is the Q.850 cause of a request to hang up, 0 if there is none: where
// Asterisk made the request itself, the flags of its soft hang-up are in that place.
func requested(e *ari.ChannelHangupRequest) int {
	if e.Soft {
		return 0
	}
	return e.Cause
}

// at is when Asterisk says it happened.
func at(e ari.EventData) time.Time { return time.Time(e.Timestamp) }

func (s *Server) start(e *ari.StasisStart) {
	s.node.Store(&e.Node)
	if len(e.Args) > 0 && e.Args[0] == argCallee {
		s.entered(e.Channel.ID)
		return
	}
	if len(e.Args) < 2 || !slices.Contains(entries, ivr.Entry(e.Args[0])) {
		s.Log.Error().
			Strs("args", e.Args).
			Msg("unknown arguments of Stasis: write Stasis(" + s.App + ",access,${EXTEN}), " +
				"or direct or disa in place of access")
		s.reject(e.Channel.ID, billing.SystemFailure)
		return
	}
	caller := ivr.Caller{
		Channel: e.Channel.ID, Node: e.Node, Entry: ivr.Entry(e.Args[0]), Dialled: e.Args[1],
		User: endpoint(e.Channel.Name), Arrived: at(e.EventData),
	}
	if e.Channel.Caller != nil {
		caller.ANI = e.Channel.Caller.Number
	}
	if refused := s.admit(caller); refused != "" {
		s.reject(e.Channel.ID, refused)
	}
}

// endpoint is the endpoint in the name of a channel: PJSIP/alice-00000001 is alice's.
func endpoint(channel string) string {
	_, name, _ := strings.Cut(channel, "/")
	if end := strings.LastIndexByte(name, '-'); end >= 0 {
		name = name[:end]
	}
	return name
}

// entered is told when a channel of ours has entered the application. One whose script has
// given up, since its creation took too long, would live on undialled.
func (s *Server) entered(channel string) {
	if b := s.callee(channel); b != nil {
		b.entered()
		return
	}
	s.Log.Warn().Str("channel", channel).Msg("channel that nobody waits for: hanging up")
	s.command("hang up channel that nobody waits for", func(ctx context.Context) error {
		return s.Link.Hangup(ctx, channel, billing.CauseNormalClearing)
	})
}

// States of a channel, as ARI names them.
const (
	stateDown    = "Down"
	stateRinging = "Ringing"
	stateUp      = "Up"
)

// dialProgress is the state of dialling in which sound comes before the answer (SIP 183).
const dialProgress = "PROGRESS"

func (s *Server) stateChanged(c ari.ChannelData, when time.Time) {
	if l := s.line(c.ID); l != nil && c.State == stateUp {
		l.up(when)
	}
	if callee := s.callee(c.ID); callee != nil {
		callee.stateChanged(c.State, when)
	}
}

// leaving is the moment a side hung up; the channel itself lives a little longer.
func (s *Server) leaving(channel string, when time.Time, cause int) {
	if l := s.line(channel); l != nil {
		l.noteEnd(ivr.End{At: when, Cause: cause})
	}
	if c := s.callee(channel); c != nil {
		c.leaving(when)
	}
}

func (s *Server) left(channel string, when time.Time, cause int) {
	if l := s.line(channel); l != nil {
		l.noteEnd(ivr.End{At: when, Cause: cause})
	}
	if c := s.callee(channel); c != nil {
		c.left(when, cause)
	}
}

func (s *Server) line(channel string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[channel]
}

func (s *Server) callee(channel string) *callee {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callees[channel]
}

func (s *Server) addCallee(c *callee) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callees[c.channel] = c
}

func (s *Server) removeCallee(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.callees, channel)
}
