package phone

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Status says how a call ended.
type Status struct {
	Code   int    // final SIP response to the INVITE: 200 once answered, 487 after CANCEL
	Reason string // its reason phrase
	Cause  int    // Q.850 cause out of the Reason header (RFC 3326) of what ended the call; 0 without one
	ByUs   bool   // this phone ended it: BYE, CANCEL or a refusal
}

// String is the status as an operator would write it: "486 Busy Here, Q.850 cause 17".
func (s Status) String() string {
	text := fmt.Sprintf("%d %s", s.Code, s.Reason)
	if s.Cause != 0 {
		text += fmt.Sprintf(", Q.850 cause %d", s.Cause)
	}
	return text
}

// EndedError says that a call has ended before it got to the state waited for.
type EndedError struct{ Status Status }

func (e *EndedError) Error() string { return "call ended: " + e.Status.String() }

// milestone is a moment of a call that comes once or never.
type milestone struct {
	once    sync.Once
	at      time.Time
	reached chan struct{}
}

func newMilestone() *milestone { return &milestone{reached: make(chan struct{})} }

// reach notes the first time it is called and does nothing after.
func (m *milestone) reach(at time.Time) {
	m.once.Do(func() {
		m.at = at
		close(m.reached)
	})
}

func (m *milestone) isReached() bool { return !m.time().IsZero() }

// time is when it was reached, zero while it was not.
func (m *milestone) time() time.Time {
	select {
	case <-m.reached:
		return m.at
	default:
		return time.Time{}
	}
}

// q850Cause reads "Reason: Q.850;cause=17" out of a message; 0 without one.
func q850Cause(msg sip.Message) int {
	for _, header := range msg.GetHeaders("Reason") {
		for value := range strings.SplitSeq(header.Value(), ",") {
			if cause := causeOf(value); cause != 0 {
				return cause
			}
		}
	}
	return 0
}

func causeOf(value string) int {
	protocol, params, _ := strings.Cut(value, ";")
	if !strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
		return 0
	}
	for param := range strings.SplitSeq(params, ";") {
		name, number, _ := strings.Cut(strings.TrimSpace(param), "=")
		if n, err := strconv.Atoi(number); err == nil && strings.EqualFold(name, "cause") {
			return n
		}
	}
	return 0
}

// reasonPhrase is the usual phrase of the codes a callee is asked to send.
func reasonPhrase(code int) string {
	phrases := map[int]string{
		403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
		408: "Request Timeout", 410: "Gone", 480: "Temporarily Unavailable",
		481: "Call/Transaction Does Not Exist", 484: "Address Incomplete", 486: "Busy Here",
		487: "Request Terminated", 488: "Not Acceptable Here",
		500: "Server Internal Error", 503: "Service Unavailable",
		600: "Busy Everywhere", 603: "Decline",
	}
	if phrase := phrases[code]; phrase != "" {
		return phrase
	}
	return "Refused"
}
