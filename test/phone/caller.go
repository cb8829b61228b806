package phone

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

const tagLength = 16

// CallOptions say whom to call, through whom, and as whom.
type CallOptions struct {
	To          string // the number dialled
	Via         string // SIP host:port the INVITE is sent to; the host an IP address
	From        string // number shown; "" means the phone's own
	DisplayName string // name shown; "" means the phone's own

	// Privacy withholds the number as RFC 3323 and 3325 have it: From is
	// anonymous, Privacy is id, and P-Asserted-Identity carries the number.
	Privacy bool

	Headers map[string]string // further headers of the INVITE
}

// outgoing is the calling side of a call that is not answered yet.
type outgoing struct {
	*Call
	invite      atomic.Pointer[sip.Request] // the latest: a second one answers a challenge
	provisional *milestone                  // CANCEL may only be sent after a first response
	cancelled   *milestone
}

// Call places a call. It returns when the INVITE is out; what becomes of it
// the Call tells. ctx bounds only the sending: the call lasts until a side
// hangs up or the phone is closed.
func (p *Phone) Call(ctx context.Context, opts CallOptions) (*Call, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("call %s: %w", opts.To, err)
	}
	via, err := netip.ParseAddrPort(opts.Via)
	if err != nil {
		return nil, fmt.Errorf("call %s: parse Via: %w", opts.To, err)
	}
	if shown := p.caller(opts).Display; strings.ContainsAny(shown, "\"\\") {
		return nil, fmt.Errorf("call %s: display name %s: sipgo does not escape quotes", opts.To, shown)
	}
	c, err := p.newCall(p.newDialog(via, opts))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", opts.To, err)
	}
	out := &outgoing{
		Call:        c,
		provisional: newMilestone(),
		cancelled:   newMilestone(),
	}
	out.invite.Store(c.buildInvite(p.caller(opts), opts))
	c.giveUp = out.cancel
	if err := out.start(); err != nil {
		c.end(time.Now(), Status{Code: sip.StatusServiceUnavailable, Reason: "Not Sent", ByUs: true})
		return nil, fmt.Errorf("call %s: %w", opts.To, err)
	}
	return c, nil
}

// newDialog has everything but the other side's tag.
func (p *Phone) newDialog(via netip.AddrPort, opts CallOptions) *dialog {
	shown := p.caller(opts)
	target := sip.Uri{Scheme: "sip", User: opts.To, Host: via.Addr().String(), Port: int(via.Port())}
	from := sip.FromHeader{DisplayName: shown.Display, Address: shown.uri()}
	if opts.Privacy {
		from.DisplayName = "Anonymous"
		from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	from.Params.Add("tag", sip.GenerateTagN(tagLength))
	return &dialog{
		callID:  sip.CallIDHeader(sip.GenerateTagN(tagLength) + "@" + p.Addr()),
		contact: p.contact(),
		peer:    via,
		local:   from,
		remote:  sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: opts.To, Host: target.Host}},
		target:  target,
	}
}

// caller is who the call is from, privacy aside.
func (p *Phone) caller(opts CallOptions) Identity {
	return Identity{
		Display: cmp.Or(opts.DisplayName, p.opts.DisplayName),
		User:    cmp.Or(opts.From, p.opts.Number),
		Host:    p.wire.addr.Addr().String(),
	}
}

// contact has no user part: it would give away a withheld number.
func (p *Phone) contact() sip.ContactHeader {
	return sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip",
		Host:   p.wire.addr.Addr().String(),
		Port:   int(p.wire.addr.Port()),
	}}
}

func (c *Call) buildInvite(caller Identity, opts CallOptions) *sip.Request {
	req := c.dialog.request(sip.INVITE)
	if opts.Privacy {
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
		req.AppendHeader(sip.NewHeader("P-Asserted-Identity", caller.String()))
	}
	for name, value := range opts.Headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	req.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, INFO, UPDATE, OPTIONS"))
	setSDP(req, c.answerTo(session{eventPayload: offeredEventPayload}))
	return req
}

// start sends the INVITE.
func (c *outgoing) start() error {
	c.invitedAt = time.Now()
	if err := c.phone.register(c.Call); err != nil {
		return err
	}
	if _, err := c.phone.wire.request(c.invite.Load(), c.dialog.peer, c.heed); err != nil {
		return fmt.Errorf("send INVITE: %w", err)
	}
	return nil
}

// heed acts on one response; nil stands for none at all.
func (c *outgoing) heed(res *sip.Response, at time.Time) {
	switch {
	case res == nil:
		c.end(at, Status{Code: sip.StatusRequestTimeout, Reason: "No Response"})
	case res.IsProvisional():
		c.progress(res, at)
	case !res.IsSuccess():
		if !c.logIn(res) {
			c.refused(res, at)
		}
	case c.confirmed.isReached(): // our ACK was lost
		_ = c.acknowledge()
	default:
		c.accept(res, at)
	}
}

func (c *outgoing) progress(res *sip.Response, at time.Time) {
	if res.StatusCode > sip.StatusTrying {
		c.dialog.learn(res)
	}
	if res.StatusCode == sip.StatusRinging {
		c.ringing.reach(at)
	}
	if answer, err := parseSDP(res.Body()); err == nil {
		c.connect(answer)
		c.early.reach(at)
	}
	c.provisional.reach(at)
}

// logIn answers a challenge with the phone's password, once, and says whether it did.
func (c *outgoing) logIn(res *sip.Response) bool {
	asked, ok := readChallenge(res)
	before := c.invite.Load()
	if !ok || c.phone.opts.Password == "" || before.GetHeader(asked.reply) != nil || c.cancelled.isReached() {
		return false
	}
	again := c.dialog.request(sip.INVITE)
	for _, h := range before.Headers() {
		if again.GetHeader(h.Name()) == nil && h.Name() != "Via" {
			again.AppendHeader(sip.HeaderClone(h))
		}
	}
	again.AppendHeader(asked.answer(
		login{c.phone.opts.Number, c.phone.opts.Password},
		sip.INVITE,
		again.Recipient.String(),
	))
	again.SetBody(before.Body())
	c.invite.Store(again)
	_, err := c.phone.wire.request(again, c.dialog.peer, c.heed)
	return err == nil
}

func (c *outgoing) refused(res *sip.Response, at time.Time) {
	s := Status{Code: res.StatusCode, Reason: res.Reason, Cause: q850Cause(res)}
	if c.cancelled.isReached() {
		at, s.ByUs = c.cancelled.time(), true
	}
	c.end(at, s)
}

// accept acknowledges the answer. One that crossed our CANCEL, or has no audio
// we can use, is hung up at once.
func (c *outgoing) accept(res *sip.Response, at time.Time) {
	c.dialog.learn(res)
	confirmedAt := time.Now()
	if err := c.acknowledge(); err != nil {
		c.end(time.Now(), Status{Code: res.StatusCode, Reason: err.Error(), ByUs: true})
		return
	}
	c.confirmed.reach(confirmedAt)
	answer, err := parseSDP(res.Body())
	if err == nil {
		c.connect(answer)
	}
	deaf := err != nil && !c.early.isReached() // a 183 may have had the SDP already
	c.answered.reach(at)
	if deaf || c.cancelled.isReached() {
		c.phone.spawn(func() { c.hangUpUnwanted() })
	}
}

func (c *outgoing) acknowledge() error {
	return c.phone.wire.sendACK(c.dialog.ack(c.invite.Load().CSeq().SeqNo), c.dialog.peer)
}

func (c *outgoing) hangUpUnwanted() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = c.bye(ctx) // the call is ended either way
}

// cancel withdraws the INVITE and waits for its end.
func (c *outgoing) cancel(ctx context.Context) error {
	if err := c.mayCancel(ctx); err != nil {
		return fmt.Errorf("cancel call: %w", err)
	}
	if c.ended.isReached() {
		return nil
	}
	c.cancelled.reach(time.Now())
	if c.answered.isReached() { // it crossed
		return c.bye(ctx)
	}
	// Whatever the answer, even a 481, what ends the call is the INVITE's own
	// final response.
	if _, err := c.phone.wire.do(ctx, c.cancelRequest(), c.dialog.peer); err != nil {
		return fmt.Errorf("cancel call: %w", err)
	}
	_, err := c.WaitEnded(ctx) // also if an answer crossed: accept hangs that up
	return err
}

// mayCancel waits for the first response: RFC 3261 section 9.1.
func (c *outgoing) mayCancel(ctx context.Context) error {
	select {
	case <-c.provisional.reached:
	case <-c.answered.reached:
	case <-c.ended.reached:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// cancelRequest repeats the INVITE's Via, which is how the other side knows
// what is cancelled.
func (c *outgoing) cancelRequest() *sip.Request {
	invite := c.invite.Load()
	req := sip.NewRequest(sip.CANCEL, invite.Recipient)
	req.AppendHeader(sip.HeaderClone(invite.Via()))
	req.AppendHeader(sip.HeaderClone(invite.From()))
	req.AppendHeader(sip.HeaderClone(invite.To()))
	req.AppendHeader(sip.HeaderClone(invite.CallID()))
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	return req
}
