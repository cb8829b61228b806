package phone

import (
	"bytes"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// respond sends a final response to anything but INVITE. If it fails, the
// other side repeats its request.
func respond(tx sip.ServerTransaction, res *sip.Response) {
	_ = tx.Respond(res)
}

// inside finds the call a request belongs to, or answers 481.
func (p *Phone) inside(req *sip.Request, tx sip.ServerTransaction) *Call {
	c := p.find(keyOf(req))
	if c == nil {
		respond(tx, sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists,
			"Call/Transaction Does Not Exist", nil))
	}
	return c
}

func (p *Phone) onAck(req *sip.Request, _ sip.ServerTransaction) {
	if c := p.find(keyOf(req)); c != nil {
		c.confirmed.reach(time.Now())
	}
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	at := time.Now()
	c := p.inside(req, tx)
	if c == nil {
		return
	}
	respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	c.end(at, Status{Code: sip.StatusOK, Reason: "OK", Cause: q850Cause(req)})
}

// onUpdate, and an INVITE inside a call, change the audio path, refresh the
// session or tell of a new connected line.
func (p *Phone) onUpdate(req *sip.Request, tx sip.ServerTransaction) {
	if c := p.inside(req, tx); c != nil {
		c.renegotiate(req, tx)
	}
}

func (c *Call) renegotiate(req *sip.Request, tx sip.ServerTransaction) {
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	res.AppendHeader(sip.HeaderClone(&c.dialog.contact))
	offer, err := parseSDP(req.Body())
	switch {
	case err == nil:
		c.connect(offer)
		setSDP(res, c.answerTo(offer))
	case len(req.Body()) > 0:
		res = sip.NewResponseFromRequest(req, sip.StatusNotAcceptableHere, "Not Acceptable Here", nil)
	case req.IsInvite(): // it asks for our offer, RFC 3261 section 14.2
		setSDP(res, c.answerTo(session{eventPayload: offeredEventPayload}))
	}
	respond(tx, res)
}

// setSDP makes an SDP the body of a message.
func setSDP(msg sip.Message, sdp []byte) {
	msg.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	msg.SetBody(sdp)
}

// onInfo takes digits sent as application/dtmf-relay.
func (p *Phone) onInfo(req *sip.Request, tx sip.ServerTransaction) {
	at := time.Now()
	c := p.inside(req, tx)
	if c == nil {
		return
	}
	if d, ok := parseDTMFRelay(req.Body()); ok {
		d.At = at
		c.media.pressed(d)
	}
	respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
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
