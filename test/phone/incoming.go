package phone

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Invite is an INVITE as it arrived.
type Invite struct {
	At       time.Time // arrival
	CallID   string
	Dialled  string // user part of the Request-URI
	To       Identity
	From     Identity
	Asserted Identity // P-Asserted-Identity; zero without one
	Privacy  string   // the Privacy header; "" without one
	Headers  textproto.MIMEHeader
}

// Header is the first header of that name, in any spelling; "" without one.
func (i Invite) Header(name string) string { return i.Headers.Get(name) }

func readInvite(req *sip.Request, at time.Time) Invite {
	i := Invite{
		At:       at,
		Dialled:  req.Recipient.User,
		Asserted: parseIdentity(req.GetHeader("P-Asserted-Identity")),
		Headers:  make(textproto.MIMEHeader),
	}
	for _, h := range req.Headers() {
		i.Headers.Add(h.Name(), h.Value())
	}
	i.Privacy = i.Headers.Get("Privacy")
	i.CallID = i.Headers.Get("Call-ID")
	if from := req.From(); from != nil {
		i.From = Identity{from.DisplayName, from.Address.User, from.Address.Host}
	}
	if to := req.To(); to != nil {
		i.To = Identity{to.DisplayName, to.Address.User, to.Address.Host}
	}
	return i
}

// Incoming is a call that arrived. Until it is answered or refused the caller
// waits; from then on it is a [Call] like any other.
type Incoming struct {
	*Call
	invite  Invite
	request *sip.Request // with our tag in To, so that every response has it
	tx      *serverTx
	offer   session
}

// Invite is what the caller sent.
func (in *Incoming) Invite() Invite { return in.invite }

func (p *Phone) onInvite(req *sip.Request, tx *serverTx, at time.Time) {
	if c := p.find(keyOf(req)); c != nil {
		c.renegotiate(req, tx)
		return
	}
	in, err := p.newIncoming(req, tx, at)
	if err != nil {
		refuse(tx, req, sip.StatusNotAcceptableHere)
		return
	}
	_ = in.send(sip.StatusTrying, "Trying", nil) // so that it need not be repeated, and may be cancelled
	select {
	case p.incoming <- in:
	default:
		_ = in.Reject(sip.StatusServiceUnavailable, "Backlog Full")
	}
}

func (p *Phone) newIncoming(req *sip.Request, tx *serverTx, at time.Time) (*Incoming, error) {
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.Contact() == nil {
		return nil, errors.New("read INVITE: a header every INVITE has is missing")
	}
	offer, err := parseSDP(req.Body())
	if err != nil {
		return nil, err
	}
	tagged := req.Clone()
	tagged.To().Params.Add("tag", sip.GenerateTagN(tagLength))
	c, err := p.newCall(&dialog{
		callID:  *req.CallID(),
		contact: p.contact(),
		peer:    tx.to,
		local:   tagged.To().AsFrom(),
		remote:  req.From().AsTo(),
		target:  *req.Contact().Address.Clone(),
	})
	if err != nil {
		return nil, err
	}
	c.invitedAt = at
	in := &Incoming{Call: c, invite: readInvite(req, at), request: tagged, tx: tx, offer: offer}
	c.giveUp = func(context.Context) error {
		return in.Reject(sip.StatusTemporarilyUnavailable, "")
	}
	if err := p.register(c); err != nil {
		c.media.close()
		return nil, err
	}
	tx.whenCancelled(in.withdrawn)
	return in, nil
}

// withdrawn is told of CANCEL, which comes too late if the answer is out.
func (in *Incoming) withdrawn(cancel *sip.Request, at time.Time) {
	s := Status{
		Code:   sip.StatusRequestTerminated,
		Reason: reasonPhrase(sip.StatusRequestTerminated),
		Cause:  q850Cause(cancel),
	}
	if err := in.send(s.Code, s.Reason, nil); err == nil {
		in.end(at, s)
	}
}

// Ring sends 180. Left alone after that, the call rings until the caller
// gives up.
func (in *Incoming) Ring() error {
	at := time.Now()
	if err := in.send(sip.StatusRinging, "Ringing", nil); err != nil {
		return fmt.Errorf("ring: %w", err)
	}
	in.ringing.reach(at)
	return nil
}

// Progress sends 183 with SDP and plays pcm, over and over, as early media,
// until the answer or the next [Call.SetBackground].
func (in *Incoming) Progress(pcm []int16) error {
	in.SetBackground(pcm)
	in.connect(in.offer)
	at := time.Now()
	if err := in.send(sip.StatusSessionInProgress, "Session Progress", in.answerTo(in.offer)); err != nil {
		return fmt.Errorf("send early media: %w", err)
	}
	in.early.reach(at)
	return nil
}

// Answer sends 200, repeats it as RFC 3261 section 13.3.1.4 says, and returns
// when the caller has acknowledged it. The background is silence from here.
func (in *Incoming) Answer(ctx context.Context) error {
	in.connect(in.offer)
	in.SetBackground(nil)
	at := time.Now()
	if err := in.send(sip.StatusOK, "OK", in.answerTo(in.offer)); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	in.answered.reach(at)
	return in.waitAck(ctx)
}

// waitAck repeats the answer until it is acknowledged. If it never is, the call
// is hung up in the end, without a BYE, for which there is no peer left.
func (in *Incoming) waitAck(ctx context.Context) error {
	pause := timer1
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-in.confirmed.reached:
			return nil
		case <-in.ended.reached:
			return fmt.Errorf("answer: %w", &EndedError{in.FinalStatus()})
		case <-ctx.Done():
			return fmt.Errorf("answer: waiting for ACK: %w", ctx.Err())
		case now := <-timer.C:
			if now.Sub(in.AnsweredAt()) >= timerGiveUp {
				in.end(now, Status{Code: sip.StatusOK, Reason: "No ACK", ByUs: true})
			}
			in.tx.repeat()
			pause = min(2*pause, timer2)
			timer.Reset(pause)
		}
	}
}

// Reject refuses the call with a SIP code of 300 or more; an empty reason
// means the code's usual phrase.
func (in *Incoming) Reject(code int, reason string) error {
	if reason == "" {
		reason = reasonPhrase(code)
	}
	at := time.Now()
	if err := in.send(code, reason, nil); err != nil {
		return fmt.Errorf("reject with %d: %w", code, err)
	}
	in.end(at, Status{Code: code, Reason: reason, ByUs: true})
	return nil
}

// send answers the INVITE.
func (in *Incoming) send(code int, reason string, sdp []byte) error {
	if in.ended.isReached() {
		return &EndedError{in.FinalStatus()}
	}
	res := sip.NewResponseFromRequest(in.request, code, reason, nil)
	res.AppendHeader(sip.HeaderClone(&in.dialog.contact))
	if sdp != nil {
		setSDP(res, sdp)
	}
	return in.tx.respond(res)
}
