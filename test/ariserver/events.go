package ariserver

import (
	"encoding/json"
	"time"
)

// timeLayout is how Asterisk writes times.
const timeLayout = "2006-01-02T15:04:05.000-0700"

// header and trailer enclose what an event says. Asterisk puts some fields even
// before the type, and so do the types below: a client must not rely on order.
type header struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
}

type trailer struct {
	AsteriskID  string `json:"asterisk_id"`
	Application string `json:"application"`
}

type replacedEvent struct {
	header
	Application string `json:"application"`
	AsteriskID  string `json:"asterisk_id"`
}

type stasisStartEvent struct {
	header
	Args    []string    `json:"args"`
	Channel channelJSON `json:"channel"`
	trailer
}

// channelEvent is StasisEnd, ChannelStateChange and ChannelConnectedLine.
type channelEvent struct {
	header
	Channel channelJSON `json:"channel"`
	trailer
}

type dtmfEvent struct {
	header
	Digit    string      `json:"digit"`
	Duration int         `json:"duration_ms"`
	Channel  channelJSON `json:"channel"`
	trailer
}

type dialEvent struct {
	header
	Status     string      `json:"dialstatus"`
	Forward    string      `json:"forward"`
	DialString string      `json:"dialstring"`
	Peer       channelJSON `json:"peer"`
	trailer
}

type dialplanEvent struct {
	header
	App     string      `json:"dialplan_app"`
	AppData string      `json:"dialplan_app_data"`
	Channel channelJSON `json:"channel"`
	trailer
}

type varsetEvent struct {
	Variable string `json:"variable"`
	Value    string `json:"value"`
	header
	Channel channelJSON `json:"channel"`
	trailer
}

type hangupRequestEvent struct {
	Cause     int  `json:"cause,omitempty"`
	TechCause int  `json:"tech_cause,omitempty"`
	Soft      bool `json:"soft,omitempty"`
	header
	Channel channelJSON `json:"channel"`
	trailer
}

type destroyedEvent struct {
	header
	Cause     int         `json:"cause"`
	CauseText string      `json:"cause_txt"`
	TechCause int         `json:"tech_cause,omitempty"`
	Channel   channelJSON `json:"channel"`
	trailer
}

type playbackEvent struct {
	header
	Playback playbackJSON `json:"playback"`
	trailer
}

type bridgeEvent struct {
	header
	Bridge  bridgeJSON   `json:"bridge"`
	Channel *channelJSON `json:"channel,omitempty"`
	trailer
}

type callerJSON struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

type dialplanJSON struct {
	Context  string `json:"context"`
	Exten    string `json:"exten"`
	Priority int    `json:"priority"`
	AppName  string `json:"app_name"`
	AppData  string `json:"app_data"`
}

type channelJSON struct {
	ID           string       `json:"id"`
	Name         string       `json:"name"`
	State        string       `json:"state"`
	ProtocolID   string       `json:"protocol_id"`
	Caller       callerJSON   `json:"caller"`
	Connected    callerJSON   `json:"connected"`
	AccountCode  string       `json:"accountcode"`
	Dialplan     dialplanJSON `json:"dialplan"`
	CreationTime string       `json:"creationtime"`
	Language     string       `json:"language"`
}

type playbackJSON struct {
	ID           string `json:"id"`
	MediaURI     string `json:"media_uri"`
	NextMediaURI string `json:"next_media_uri,omitempty"`
	TargetURI    string `json:"target_uri"`
	Language     string `json:"language"`
	State        string `json:"state"`
}

type bridgeJSON struct {
	ID           string   `json:"id"`
	Technology   string   `json:"technology"`
	Type         string   `json:"bridge_type"`
	Class        string   `json:"bridge_class"`
	Creator      string   `json:"creator"`
	Name         string   `json:"name"`
	Channels     []string `json:"channels"`
	CreationTime string   `json:"creationtime"`
	VideoMode    string   `json:"video_mode"`
}

func (h header) kind() string { return h.Type }

func (s *Server) timestamp() string { return formatTime(s.options.Now()) }

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func (s *Server) header(kind string) header { return header{kind, s.timestamp()} }

func (s *Server) trailer(app string) trailer { return trailer{s.options.EntityID, app} }

func (s *Server) encode(event any) []byte {
	encoded, err := json.Marshal(event)
	if err != nil {
		panic(err) // an event of this package's own making
	}
	return encoded
}

// hears tells whether an event for the application would reach anybody, so that
// it need not be made otherwise.
func (s *Server) hears(app string) bool {
	a := s.apps[app]
	return a != nil && a.sock != nil && !s.losing
}

// send sends an event to an application, unless its filter keeps it from there.
func (s *Server) send(app string, event any) {
	to := s.apps[app]
	if e, typed := event.(interface{ kind() string }); typed && !to.filter.passes(e.kind()) {
		return
	}
	to.sock.put(s.encode(event))
}

// emit sends an event about the channel to its application, if that subscribes.
func (c *Channel) emit(make func(channelJSON, trailer) any) {
	if c.subscriptions > 0 {
		c.emitAnyway(make)
	}
}

// emitAnyway sends an event about the channel to its application.
func (c *Channel) emitAnyway(make func(channelJSON, trailer) any) {
	if c.server.hears(c.app) {
		c.server.send(c.app, make(c.json(), c.server.trailer(c.app)))
	}
}

// emitPlain sends an event that says nothing beside the channel.
func (c *Channel) emitPlain(kind string) {
	c.emit(func(j channelJSON, t trailer) any {
		return channelEvent{c.server.header(kind), j, t}
	})
}
