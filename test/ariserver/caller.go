package ariserver

import "cmp"

// CallOptions describe a caller.
type CallOptions struct {
	// ID of the channel; made up as Asterisk does if empty.
	ID string
	// Endpoint the caller is, his SIP user; "callers" if empty. The channel is named
	// after it.
	Endpoint string
	// Number and Name of the caller (ANI and CNAM).
	Number, Name string
	// Presentation of the number, such as "prohib_passed_network"; allowed if empty.
	Presentation string
	// Exten is the access number called.
	Exten string
	// Args of Stasis(); "access" and Exten if nil.
	Args []string
	// Outside keeps the channel in the dialplan, out of Stasis, as the call of
	// somebody else on the same Asterisk.
	Outside bool
}

// Call makes a caller call in. With the application connected the channel enters
// Stasis, ringing unanswered. Otherwise the dialplan turns it away and it is gone
// at once, with CauseCongestion. An ID already in use is a mistake of the test and
// panics.
func (s *Server) Call(o CallOptions) *Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channels[o.ID] != nil {
		panic("ariserver: a channel with ID " + o.ID + " exists already")
	}
	c := s.newChannel(o.ID, cmp.Or(o.Endpoint, "callers"))
	c.state = StateRing
	c.caller = Party{Name: o.Name, Number: o.Number, Presentation: o.Presentation}
	c.context, c.exten = "cccp-access", o.Exten
	c.args = o.Args
	if c.args == nil {
		c.args = []string{"access", o.Exten}
	}
	switch {
	case o.Outside:
	case s.takesCalls(c.app):
		c.startStasis()
	default:
		c.end(ending{cause: CauseCongestion})
	}
	return c
}

func (s *Server) takesCalls(app string) bool {
	a := s.apps[app]
	return a != nil && a.active
}

// digitMillis is how long a key is held: no time, since all keys of a Press are stamped
// alike, and the same key again sooner than it was held would be one told twice.
const digitMillis = 0

// Press presses keys, e.g. "123#". They are lost if the channel is gone, or in a
// bridge that reports no digits: one that was dialled outside of a bridge is in such a
// one of Asterisk's own.
func (c *Channel) Press(digits string) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.ended || c.deaf || c.bridge != nil && !c.bridge.reportsDigits() {
		return
	}
	for _, digit := range digits {
		c.emit(func(j channelJSON, t trailer) any {
			return dtmfEvent{c.server.header("ChannelDtmfReceived"), string(digit), digitMillis, j, t}
		})
	}
}

// RepeatStart sends the StasisStart of the channel once more.
func (c *Channel) RepeatStart() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.emitStart()
}
