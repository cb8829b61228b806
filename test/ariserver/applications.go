package ariserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// version is that of the Asterisk this package was compared with.
const version = "22.10.1"

type applicationJSON struct {
	Name             string      `json:"name"`
	ChannelIDs       []string    `json:"channel_ids"`
	BridgeIDs        []string    `json:"bridge_ids"`
	EndpointIDs      []string    `json:"endpoint_ids"`
	DeviceNames      []string    `json:"device_names"`
	EventsAllowed    []eventType `json:"events_allowed"`
	EventsDisallowed []eventType `json:"events_disallowed"`
}

// eventType is one entry of an application's event filter.
type eventType struct {
	Type string `json:"type"`
}

// eventFilter is which events an application wants: those allowed, or all if there are
// none, but never those disallowed.
type eventFilter struct {
	allowed, disallowed []eventType
}

func (f eventFilter) passes(kind string) bool {
	of := eventType{kind}
	return (len(f.allowed) == 0 || slices.Contains(f.allowed, of)) && !slices.Contains(f.disallowed, of)
}

// applicationInfo describes an application. Subscriptions to other things than
// channels are not kept, so there are none to list.
func (s *Server) applicationInfo(name string) applicationJSON {
	none := []string{}
	info := applicationJSON{name, []string{}, none, none, none, []eventType{}, []eventType{}}
	if app := s.apps[name]; app != nil {
		info.EventsAllowed = append(info.EventsAllowed, app.filter.allowed...)
		info.EventsDisallowed = append(info.EventsDisallowed, app.filter.disallowed...)
	}
	for _, c := range s.liveChannels() {
		if c.app == name && c.subscriptions > 0 {
			info.ChannelIDs = append(info.ChannelIDs, c.id)
		}
	}
	return info
}

func (s *Server) getApplications(parameters) *reply {
	list := []applicationJSON{}
	for _, name := range slices.Sorted(maps.Keys(s.apps)) {
		list = append(list, s.applicationInfo(name))
	}
	return ok(list)
}

func (s *Server) getApplication(p parameters) *reply {
	if s.apps[p.id()] == nil {
		return refuse(http.StatusNotFound, "Application not found")
	}
	return ok(s.applicationInfo(p.id()))
}

// filterEvents sets which events an application wants.
func (s *Server) filterEvents(p parameters) *reply {
	app := s.apps[p.id()]
	if app == nil {
		return refuse(http.StatusNotFound, "Application not found")
	}
	var filter eventFilter
	for name, list := range map[string]*[]eventType{"allowed": &filter.allowed, "disallowed": &filter.disallowed} {
		if raw := p.get(name); raw != "" && json.Unmarshal([]byte(raw), list) != nil {
			return refuse(http.StatusBadRequest, "Invalid event filter")
		}
	}
	app.filter = filter
	return ok(s.applicationInfo(p.id()))
}

func (s *Server) subscribe(p parameters) *reply {
	return s.changeSubscriptions(p, +1)
}

func (s *Server) unsubscribe(p parameters) *reply {
	return s.changeSubscriptions(p, -1)
}

func (s *Server) changeSubscriptions(p parameters, by int) *reply {
	if s.apps[p.id()] == nil {
		return refuse(http.StatusNotFound, "Application not found")
	}
	sources := p.list("eventSource")
	if len(sources) == 0 {
		return refuse(http.StatusBadRequest, "Missing parameter eventSource")
	}
	var channels []*Channel
	for _, source := range sources {
		id, isChannel := strings.CutPrefix(source, "channel:")
		c := s.channels[id]
		switch {
		case !isChannel:
			return refuse(http.StatusBadRequest, "Invalid event source URI scheme")
		case by > 0 && c == nil:
			return refuse(http.StatusUnprocessableEntity, "Event source does not exist")
		case by < 0 && (c == nil || c.subscriptions == 0):
			return refuse(http.StatusUnprocessableEntity, "Event source was not subscribed to")
		}
		channels = append(channels, c)
	}
	for _, c := range channels {
		c.subscriptions += by
	}
	return ok(s.applicationInfo(p.id()))
}

// infoJSON describes the Asterisk.
type infoJSON struct {
	Build  *buildJSON  `json:"build,omitempty"`
	System *systemJSON `json:"system,omitempty"`
	Config *configJSON `json:"config,omitempty"`
	Status *statusJSON `json:"status,omitempty"`
}

type buildJSON struct {
	OS      string `json:"os"`
	Kernel  string `json:"kernel"`
	Machine string `json:"machine"`
	Options string `json:"options"`
	Date    string `json:"date"`
	User    string `json:"user"`
}

type systemJSON struct {
	Version  string `json:"version"`
	EntityID string `json:"entity_id"`
}

type configJSON struct {
	Name     string `json:"name"`
	Language string `json:"default_language"`
	SetID    struct {
		User  string `json:"user"`
		Group string `json:"group"`
	} `json:"setid"`
}

type statusJSON struct {
	Started  string `json:"startup_time"`
	Reloaded string `json:"last_reload_time"`
}

// getInfo describes the Asterisk, or those parts of it that only names.
func (s *Server) getInfo(p parameters) *reply {
	only := p.list("only")
	wanted := func(part string) bool { return len(only) == 0 || slices.Contains(only, part) }
	var info infoJSON
	if wanted("build") {
		info.Build = &buildJSON{"Linux", "unknown", "unknown", "OPTIONAL_API", "2026-07-20 21:35:32 UTC", "nobody"}
	}
	if wanted("system") {
		info.System = &systemJSON{version, s.options.EntityID}
	}
	if wanted("config") {
		info.Config = &configJSON{Language: "en"}
	}
	if wanted("status") {
		started := formatTime(s.started)
		info.Status = &statusJSON{started, started}
	}
	return ok(info)
}

func (s *Server) getPing(parameters) *reply {
	return ok(struct {
		Ping       string `json:"ping"`
		Timestamp  string `json:"timestamp"`
		AsteriskID string `json:"asterisk_id"`
	}{"pong", s.timestamp(), s.options.EntityID})
}
