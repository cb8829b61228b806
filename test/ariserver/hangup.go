package ariserver

import (
	"net/http"
	"strconv"
	"time"
)

// Causes of ITU-T Q.850 that tests name.
const (
	CauseUnallocated   = 1
	CauseNormal        = 16
	CauseBusy          = 17
	CauseNoResponse    = 18
	CauseNoAnswer      = 19
	CauseRejected      = 21
	CauseInvalidNumber = 28
	CauseCongestion    = 34
	CauseNetworkFault  = 38
)

// causeExplicit is what ChannelHangupRequest says when Asterisk itself hangs up.
const causeExplicit = 32

var causeTexts = map[int]string{
	0:   "Unknown",
	1:   "Unallocated (unassigned) number",
	16:  "Normal Clearing",
	17:  "User busy",
	18:  "No user responding",
	19:  "User alerting, no answer",
	20:  "Subscriber absent",
	21:  "Call Rejected",
	26:  "Answered elsewhere",
	27:  "Destination out of order",
	28:  "Invalid number format",
	31:  "Normal, unspecified",
	34:  "Circuit/channel congestion",
	38:  "Network out of order",
	41:  "Temporary failure",
	42:  "Switching equipment congestion",
	58:  "Bearer capability not available",
	102: "Recover on timer expiry",
	127: "Interworking, unspecified",
}

// sipCodes are the SIP replies that go with a cause, reported as tech_cause.
var sipCodes = map[int]int{
	CauseUnallocated: 404, CauseBusy: 486, CauseNoResponse: 408, CauseNoAnswer: 480,
	CauseRejected: 403, CauseInvalidNumber: 484, CauseCongestion: 503, CauseNetworkFault: 500,
}

// sipDecline goes with every other cause.
const sipDecline = 603

// hangupReasons are the names DELETE /channels takes for causes.
var hangupReasons = map[string]int{
	"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "timeout": 18,
	"rejected": 21, "unallocated": 1, "normal_unspecified": 31, "number_incomplete": 28,
	"codec_mismatch": 58, "interworking": 127, "failure": 38, "answered_elsewhere": 26,
}

// ending is how a channel ends.
type ending struct {
	// cause of ChannelDestroyed, and the SIP reply behind it or 0.
	cause, sipCode int
	// request is what ChannelHangupRequest says; none is sent if nil.
	request *hangupRequestEvent
}

// hungUpByAsterisk is how a channel ends by command or by a ring timeout.
func hungUpByAsterisk(cause int) ending {
	return ending{cause: cause, request: &hangupRequestEvent{Cause: causeExplicit, Soft: true}}
}

// hungUpByParty is how a channel ends when the other side hangs up or declines.
func (c *Channel) hungUpByParty(cause int) ending {
	how := ending{cause: cause}
	if c.endpoint != "" && c.state != StateUp {
		how.sipCode = sipCode(cause)
	}
	how.request = &hangupRequestEvent{Cause: cause, TechCause: how.sipCode}
	return how
}

// end ends the channel: announces it, works off what is queued, leaves bridge and
// application, and is gone.
func (c *Channel) end(how ending) {
	if c.ended || c.hungUp {
		return
	}
	if how.request != nil {
		c.emitHangupRequest(*how.request)
	}
	c.hungUp = true
	if c.playing != nil {
		c.playing.finish(playbackFailed)
	}
	c.work()
	c.leaveBridge()
	c.leaveStasis()
	if c.undialled() {
		how.sipCode = sipCode(how.cause)
		c.emitHangupRequest(hangupRequestEvent{Cause: how.cause, TechCause: how.sipCode})
	}
	c.emit(func(j channelJSON, t trailer) any {
		return destroyedEvent{c.server.header("ChannelDestroyed"), how.cause, causeText(how.cause), how.sipCode, j, t}
	})
	c.cause = how.cause
	c.forget()
}

// undialled is an outbound channel that was never dialled. Asterisk announces
// its end a second time, as a call declined.
func (c *Channel) undialled() bool { return c.endpoint != "" && !c.dialled }

func (c *Channel) emitHangupRequest(event hangupRequestEvent) {
	c.emit(func(j channelJSON, t trailer) any {
		event.header, event.Channel, event.trailer = c.server.header("ChannelHangupRequest"), j, t
		return event
	})
}

func sipCode(cause int) int {
	if code, known := sipCodes[cause]; known {
		return code
	}
	return sipDecline
}

func causeText(cause int) string {
	if text, known := causeTexts[cause]; known {
		return text
	}
	return causeTexts[0]
}

func (c *Channel) leaveStasis() {
	if !c.inStasis {
		return
	}
	c.emitPlain("StasisEnd")
	c.subscriptions--
	c.emitVarset("STASISSTATUS", "SUCCESS")
	c.inStasis = false
}

// forget takes the channel off the server, without events.
func (c *Channel) forget() {
	stop(c.limit)
	stop(c.ringLimit)
	c.ended = true
	delete(c.server.channels, c.id)
	close(c.gone)
	c.changed.fire()
}

func stop(timer *time.Timer) {
	if timer != nil {
		timer.Stop()
	}
}

// Hangup is the other party hanging up, or declining if it did not answer yet,
// with a Q.850 cause. On a channel that is gone it does nothing.
func (c *Channel) Hangup(cause int) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.end(c.hungUpByParty(cause))
}

// Expire makes TIMEOUT(absolute) run out now, whether it was set or not.
func (c *Channel) Expire() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.expire()
}

func (c *Channel) expire() {
	switch {
	case c.state == StateRing:
		c.end(ending{cause: 0}) // so says Asterisk of a caller it never answered
	case c.undialled():
		c.end(ending{cause: CauseRejected})
	default:
		c.end(ending{cause: CauseNormal})
	}
}

func (s *Server) hangupChannel(p parameters) *reply {
	c := s.channels[p.id()]
	if c == nil {
		return refuse(http.StatusNotFound, "Channel not found")
	}
	cause, refusal := hangupCause(p.get("reason"), p.get("reason_code"))
	if refusal != nil {
		return refusal
	}
	c.end(hungUpByAsterisk(cause))
	return noContent()
}

func hangupCause(reason, code string) (int, *reply) {
	switch {
	case reason != "" && code != "":
		return 0, refuse(http.StatusBadRequest, "The reason and reason_code can't both be specified")
	case code != "":
		cause, err := strconv.Atoi(code)
		if err != nil {
			return 0, refuse(http.StatusBadRequest, "Invalid reason for hangup reason code provided")
		}
		return cause, nil
	case reason == "":
		return CauseNormal, nil
	}
	cause, known := hangupReasons[reason]
	if !known {
		return 0, refuse(http.StatusBadRequest, "Invalid reason for hangup reason provided")
	}
	return cause, nil
}
