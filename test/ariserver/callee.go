package ariserver

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Dialed is an outbound channel being dialled, seen from the callee. Its methods
// do nothing once the channel is gone.
type Dialed struct {
	*Channel
	// Endpoint dialled, e.g. "PJSIP/15145550100@far".
	Endpoint string
	// Timeout of ringing; 0 is none.
	Timeout time.Duration
	// From is the caller ID shown to the callee: the channel's connected line at
	// the moment of dialling.
	From Party
}

// Script is what a callee does. Each dialled channel runs it in a goroutine of
// its own, so it may wait: for Done too, or the goroutine outlives the call.
type Script func(*Dialed)

// Answers rings and answers at once.
func Answers(d *Dialed) {
	d.Ring()
	d.Answer()
}

// Rings rings and never answers.
func Rings(d *Dialed) { d.Ring() }

// Silent gives no sign at all.
func Silent(*Dialed) {}

// Busy is busy.
func Busy(d *Dialed) { d.Hangup(CauseBusy) }

// Congested is the trunk refusing the call.
func Congested(d *Dialed) { d.Hangup(CauseCongestion) }

// Declines refuses the call with a Q.850 cause.
func Declines(cause int) Script {
	return func(d *Dialed) { d.Hangup(cause) }
}

// AnswersWhen rings, and answers once the channel is closed.
func AnswersWhen(closed <-chan struct{}) Script {
	return func(d *Dialed) {
		d.Ring()
		select {
		case <-closed:
			d.Answer()
		case <-d.Done():
		}
	}
}

type endpointRule struct {
	pattern string
	script  Script
}

// OnDial sets what callees do whose endpoint has no rule; Answers at first. If nil,
// Asterisk does not know such endpoints.
func (s *Server) OnDial(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onDial = script
}

// OnEndpoint sets what callees do whose endpoint matches a pattern of path.Match:
// "PJSIP/*@far". Of several rules that match, the newest counts. If the script is
// nil, Asterisk does not know the endpoint, and POST create fails with 500.
func (s *Server) OnEndpoint(pattern string, script Script) {
	if _, err := path.Match(pattern, ""); err != nil {
		panic(fmt.Sprintf("ariserver: pattern %q: %v", pattern, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoints = append(s.endpoints, endpointRule{pattern, script})
}

func (s *Server) scriptFor(endpoint string) Script {
	for i := len(s.endpoints) - 1; i >= 0; i-- {
		if fits, _ := path.Match(s.endpoints[i].pattern, endpoint); fits {
			return s.endpoints[i].script
		}
	}
	return s.onDial
}

// Ring is the callee ringing.
func (d *Dialed) Ring() {
	d.act(func() {
		if d.state == StateDown {
			d.setState(StateRinging)
			d.emitDial("RINGING", "")
		}
	})
}

// Progress is the callee's network sending early media, without ringing.
func (d *Dialed) Progress() {
	d.act(func() {
		if d.state == StateDown {
			d.emitDial("PROGRESS", "")
		}
	})
}

// Answer is the callee answering.
func (d *Dialed) Answer() {
	d.act(func() {
		if d.state == StateUp {
			return
		}
		stop(d.ringLimit)
		d.setState(StateUp)
		d.emitDial("ANSWER", "")
	})
}

func (d *Dialed) act(do func()) {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	if !d.ended {
		do()
	}
}

func (c *Channel) emitDial(status, dialString string) {
	c.emit(func(j channelJSON, t trailer) any {
		return dialEvent{c.server.header("Dial"), status, "", dialString, j, t}
	})
}

// createChannel makes an outbound channel, undialled, and lets it into Stasis.
func (s *Server) createChannel(p parameters) *reply {
	endpoint := p.get("endpoint")
	tech, resource, _ := strings.Cut(endpoint, "/")
	switch {
	case p.get("originator") != "" && p.get("formats") != "":
		return refuse(http.StatusBadRequest, "Originator and formats can't both be specified")
	case endpoint == "":
		return refuse(http.StatusBadRequest, "Endpoint must be specified")
	case tech == "" || resource == "":
		return refuse(http.StatusBadRequest, "Invalid endpoint specified")
	case s.channels[p.get("channelId")] != nil:
		return refuse(http.StatusConflict, "Channel with given unique ID already exists")
	case s.scriptFor(endpoint) == nil:
		return allocationFailed()
	}
	c := s.newChannel(p.get("channelId"), resource[strings.LastIndex(resource, "@")+1:])
	c.endpoint = endpoint
	c.state = StateDown
	c.context, c.exten = "cccp-none", "s"
	c.app = p.get("app")
	c.args = splitArgs(p.get("appArgs"))
	c.subscriptions++
	for _, v := range p.variables {
		c.set(v)
	}
	answer := ok(c.json())
	if s.holds > 0 {
		s.waiting = append(s.waiting, c)
	} else {
		c.enter()
	}
	return answer
}

func splitArgs(args string) []string {
	if args == "" {
		return nil
	}
	return strings.Split(args, ",")
}

// enter lets a created channel into Stasis. If its application takes no calls,
// the channel ends: its creation was answered with 200 all the same.
func (c *Channel) enter() {
	if c.ended {
		return
	}
	if !c.server.takesCalls(c.app) {
		c.end(ending{cause: CauseNormal})
		return
	}
	c.inStasis = true
	c.emit(func(j channelJSON, t trailer) any {
		return dialplanEvent{c.server.header("ChannelDialplan"), "Stasis", c.appData(), j, t}
	})
	c.emitVarset("STASISSTATUS", "")
	c.startStasis()
}

// dialChannel has a created channel dialled, when its queue gets there.
func (s *Server) dialChannel(p parameters) *reply {
	c, refusal := s.inControl(p.id())
	if refusal != nil {
		return refusal
	}
	if c.state != StateDown {
		return refuse(http.StatusConflict, "Channel is not in the 'Down' state")
	}
	seconds, _ := strconv.Atoi(p.get("timeout")) // 0, none, if it is no number
	c.control(func() *reply {
		c.dial(s.channels[p.get("caller")], time.Duration(seconds)*time.Second)
		return nil
	})
	return noContent()
}

// dial starts dialling. A channel that is being dialled already ends: that is
// what Asterisk makes of a second INVITE.
func (c *Channel) dial(caller *Channel, timeout time.Duration) {
	if c.dialled {
		c.end(ending{cause: CauseNormal, request: &hangupRequestEvent{}})
		return
	}
	c.dialled, c.deaf = true, c.bridge == nil
	if caller != nil {
		c.connect(caller.caller)
	}
	_, dialString, _ := strings.Cut(c.endpoint, "/")
	c.emitDial("", dialString)
	if timeout > 0 {
		c.ringLimit = time.AfterFunc(timeout, c.ExpireRinging)
	}
	if script := c.server.scriptFor(c.endpoint); script != nil {
		go script(&Dialed{c, c.endpoint, timeout, c.connected})
	}
}

// SetRingOutCause sets the cause of channels whose ring time runs out: CauseNoAnswer at first,
// and 0 in Asterisk before April 2025.
func (s *Server) SetRingOutCause(cause int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ringOutCause = cause
}

// ExpireRinging makes the timeout of POST dial run out now, whether there is one
// or not. On a channel that is not being dialled it does nothing.
func (c *Channel) ExpireRinging() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if !c.dialled || c.state == StateUp {
		return
	}
	how := hungUpByAsterisk(c.server.ringOutCause)
	how.sipCode = sipCode(CauseNoAnswer)
	c.end(how)
}
