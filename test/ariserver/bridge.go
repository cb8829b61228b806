package ariserver

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

type bridge struct {
	id, name string
	types    string // as given, "mixing,dtmf_events"
	created  time.Time
	channels []*Channel
	app      string // of the first channel to join; hears of the bridge's end
	gone     bool
}

func (b *bridge) reportsDigits() bool {
	return slices.Contains(strings.Split(b.types, ","), "dtmf_events")
}

func (b *bridge) channelIDs() []string {
	ids := make([]string, len(b.channels))
	for i, c := range b.channels {
		ids[i] = c.id
	}
	return ids
}

func (b *bridge) json() bridgeJSON {
	kind := "mixing"
	if strings.Contains(b.types, "holding") {
		kind = "holding"
	}
	return bridgeJSON{
		ID:           b.id,
		Technology:   "simple_bridge",
		Type:         kind,
		Class:        "stasis",
		Creator:      "Stasis",
		Name:         b.name,
		Channels:     b.channelIDs(),
		CreationTime: formatTime(b.created),
		VideoMode:    "talker",
	}
}

// join puts a channel into the bridge, out of the one it is in: also if that is
// the same. A hidden one is not presented to the others in it.
func (c *Channel) join(b *bridge, hidden bool) {
	if b.gone {
		return
	}
	c.leaveBridge()
	c.bridge, c.hidden, c.deaf = b, hidden, false
	b.channels = append(b.channels, c)
	if b.app == "" {
		b.app = c.app
	}
	c.emitBridge("ChannelEnteredBridge", b)
	if len(b.channels) == 2 {
		present(c, b.channels[0])
		present(b.channels[0], c)
	}
	c.changed.fire()
}

// present shows one channel of a bridge to another, unless it is hidden.
func present(c, to *Channel) {
	if !c.hidden {
		to.connect(c.caller)
	}
}

func (c *Channel) leaveBridge() {
	b := c.bridge
	if b == nil {
		return
	}
	c.bridge = nil
	b.channels = slices.DeleteFunc(b.channels, func(other *Channel) bool { return other == c })
	c.emitBridge("ChannelLeftBridge", b)
	c.changed.fire()
}

func (c *Channel) emitBridge(kind string, b *bridge) {
	c.emit(func(j channelJSON, t trailer) any {
		return bridgeEvent{c.server.header(kind), b.json(), &j, t}
	})
}

func (s *Server) sortedBridges() []*bridge {
	list := make([]*bridge, 0, len(s.bridges))
	for _, b := range s.bridges {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *bridge) int { return cmp.Compare(a.id, b.id) })
	return list
}

func (s *Server) getBridges(parameters) *reply {
	list := []bridgeJSON{}
	for _, b := range s.sortedBridges() {
		list = append(list, b.json())
	}
	return ok(list)
}

func (s *Server) getBridge(p parameters) *reply {
	b := s.bridges[p.id()]
	if b == nil {
		return refuse(http.StatusNotFound, "Bridge not found")
	}
	return ok(b.json())
}

// bridgeTypes are the attributes Asterisk takes in type.
var bridgeTypes = []string{"mixing", "holding", "dtmf_events", "proxy_media", "video_sfu", "video_single", "sdp_label"}

func (s *Server) createBridge(p parameters) *reply {
	id := p.get("bridgeId")
	if len(p.wildcards) > 0 {
		id = p.id()
	}
	if id == "" {
		s.born++
		id = fmt.Sprintf("bridge-%d", s.born)
	}
	if s.bridges[id] != nil {
		return refuse(http.StatusConflict, fmt.Sprintf("Bridge with id '%s' already exists", id))
	}
	for _, attribute := range p.list("type") {
		if !slices.Contains(bridgeTypes, attribute) {
			return refuse(
				http.StatusInternalServerError,
				fmt.Sprintf("Unable to create bridge. Possible duplicate bridge id '%s'", id),
			)
		}
	}
	b := &bridge{id: id, name: p.get("name"), types: p.get("type"), created: s.options.Now()}
	s.bridges[id] = b
	return ok(b.json())
}

func (s *Server) destroyBridge(p parameters) *reply {
	b := s.bridges[p.id()]
	if b == nil {
		return refuse(http.StatusNotFound, "Bridge not found")
	}
	for len(b.channels) > 0 {
		b.channels[0].leaveBridge()
	}
	b.gone = true
	delete(s.bridges, b.id)
	if s.hears(b.app) {
		s.send(b.app, bridgeEvent{s.header("BridgeDestroyed"), b.json(), nil, s.trailer(b.app)})
	}
	return noContent()
}

func (s *Server) addToBridge(p parameters) *reply {
	b, channels, refusal := s.bridgeCommand(p)
	if refusal != nil {
		return refusal
	}
	hidden := p.get("inhibitConnectedLineUpdates") == "true"
	return controlAll(channels, func(c *Channel) { c.join(b, hidden) })
}

func (s *Server) removeFromBridge(p parameters) *reply {
	b, channels, refusal := s.bridgeCommand(p)
	if refusal != nil {
		return refusal
	}
	for _, c := range channels {
		if c.bridge != b {
			return refuse(http.StatusUnprocessableEntity, "Channel not in this bridge")
		}
	}
	return controlAll(channels, (*Channel).leaveBridge)
}

// bridgeCommand finds the bridge and the channels a command is about.
func (s *Server) bridgeCommand(p parameters) (*bridge, []*Channel, *reply) {
	b := s.bridges[p.id()]
	if b == nil {
		return nil, nil, refuse(http.StatusNotFound, "Bridge not found")
	}
	ids := p.list("channel")
	if len(ids) == 0 {
		return nil, nil, refuse(http.StatusBadRequest, "Missing parameter channel")
	}
	channels := make([]*Channel, len(ids))
	for i, id := range ids {
		channels[i] = s.channels[id]
		if channels[i] == nil {
			return nil, nil, refuse(http.StatusBadRequest, "Channel not found")
		}
		if !channels[i].inStasis {
			return nil, nil, refuse(http.StatusUnprocessableEntity, "Channel not in Stasis application")
		}
	}
	return b, channels, nil
}

// controlAll has several channels carry out a command. The reply waits for all.
func controlAll(channels []*Channel, do func(*Channel)) *reply {
	all := noContent()
	for _, c := range channels {
		answer := c.control(func() *reply {
			do(c)
			return noContent()
		})
		all.pending = append(all.pending, answer.pending...)
	}
	return all
}
