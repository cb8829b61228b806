package phone

import (
	"bytes"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// agree answers a request with 200.
func agree(tx *serverTx, req *sip.Request) {
	_ = tx.respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)) // lost, it is asked for again
}

// inside finds the call a request belongs to, or answers 481.
func (p *Phone) inside(req *sip.Request, tx *serverTx) *Call {
	c := p.find(keyOf(req))
	if c == nil {
		refuse(tx, req, sip.StatusCallTransactionDoesNotExists)
	}
	return c
}

func (p *Phone) onAck(req *sip.Request, at time.Time) {
	if c := p.find(keyOf(req)); c != nil {
		c.confirmed.reach(at)
	}
}

func (p *Phone) onBye(req *sip.Request, tx *serverTx, at time.Time) {
	c := p.inside(req, tx)
	if c == nil {
		return
	}
	agree(tx, req)
	c.end(at, Status{Code: sip.StatusOK, Reason: "OK", Cause: q850Cause(req)})
}

// onUpdate, and an INVITE inside a call, change the audio path, refresh the
// session or tell of a new connected line.
func (p *Phone) onUpdate(req *sip.Request, tx *serverTx) {
	if c := p.inside(req, tx); c != nil {
		c.renegotiate(req, tx)
	}
}

func (c *Call) renegotiate(req *sip.Request, tx *serverTx) {
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	res.AppendHeader(sip.HeaderClone(&c.dialog.contact))
	offer, err := parseSDP(req.Body())
	switch {
	case err == nil:
		c.connect(offer)
		setSDP(res, c.answerTo(offer))
	case len(req.Body()) > 0:
		refuse(tx, req, sip.StatusNotAcceptableHere)
		return
	case req.IsInvite(): // it asks for our offer, RFC 3261 section 14.2
		setSDP(res, c.answerTo(session{eventPayload: offeredEventPayload}))
	}
	_ = tx.respond(res) // lost, it is asked for again
}

// setSDP makes an SDP the body of a message.
func setSDP(msg sip.Message, sdp []byte) {
	msg.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	msg.SetBody(sdp)
}

// onInfo takes digits sent as application/dtmf-relay.
func (p *Phone) onInfo(req *sip.Request, tx *serverTx, at time.Time) {
	c := p.inside(req, tx)
	if c == nil {
		return
	}
	if d, ok := parseDTMFRelay(req.Body()); ok {
		d.At = at
		c.media.pressed(d)
	}
	agree(tx, req)
}

// parseDTMFRelay reads "Signal=5\r\nDuration=160".
func parseDTMFRelay(body []byte) (d Digit, ok bool) {
	for line := range bytes.Lines(body) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "Signal":
			if len(value) != 1 || !strings.Contains(keypad, value) {
				return Digit{}, false
			}
			d.Key, ok = value[0], true
		case "Duration":
			if held, err := time.ParseDuration(value + "ms"); err == nil {
				d.Held = held
			}
		}
	}
	return d, ok
}
