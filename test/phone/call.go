package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call is one call, from either side. Its methods may be used from several
// goroutines. All times are this phone's own clock when it sent, or was handed,
// the SIP message in question.
type Call struct {
	phone  *Phone
	dialog *dialog
	media  *media

	invitedAt time.Time
	ringing   *milestone
	early     *milestone
	answered  *milestone
	confirmed *milestone
	ended     *milestone

	// giveUp ends the call before it is answered.
	giveUp func(ctx context.Context) error

	mu     sync.Mutex
	status Status
	over   bool
}

// newCall opens the audio socket; end closes it.
func (p *Phone) newCall(d *dialog) (*Call, error) {
	m, err := openMedia(p.wire.addr.Addr(), p.opts)
	if err != nil {
		return nil, err
	}
	return &Call{
		phone:     p,
		dialog:    d,
		media:     m,
		invitedAt: time.Now(),
		ringing:   newMilestone(),
		early:     newMilestone(),
		answered:  newMilestone(),
		confirmed: newMilestone(),
		ended:     newMilestone(),
	}, nil
}

// register makes the call findable by the messages inside it.
func (p *Phone) register(c *Call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	p.calls[c.dialog.key()] = c
	return nil
}

func (p *Phone) find(key dialogKey) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[key]
}

func (p *Phone) forget(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c.dialog.key())
}

// InvitedAt is when the INVITE was sent, or arrived.
func (c *Call) InvitedAt() time.Time { return c.invitedAt }

// RingingAt is when 180 was sent or arrived; zero if it was not.
func (c *Call) RingingAt() time.Time { return c.ringing.time() }

// EarlyMediaAt is when a provisional response with SDP was sent or arrived;
// zero if none was.
func (c *Call) EarlyMediaAt() time.Time { return c.early.time() }

// AnsweredAt is when the 200 was sent or arrived; zero if it was not.
func (c *Call) AnsweredAt() time.Time { return c.answered.time() }

// ConfirmedAt is when the ACK of the answer was sent or arrived.
func (c *Call) ConfirmedAt() time.Time { return c.confirmed.time() }

// EndedAt is when the call ended for this phone: it sent BYE, CANCEL or a
// refusal, or such a message arrived. Zero while the call lasts.
func (c *Call) EndedAt() time.Time { return c.ended.time() }

// Ended is closed when the call is over and its audio complete.
func (c *Call) Ended() <-chan struct{} { return c.ended.reached }

// FinalStatus says how the call ended; zero while it lasts.
func (c *Call) FinalStatus() Status {
	if !c.ended.isReached() {
		return Status{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// WaitRinging waits for 180.
func (c *Call) WaitRinging(ctx context.Context) (time.Time, error) {
	return c.wait(ctx, c.ringing, "ringing")
}

// WaitEarlyMedia waits until audio can pass in both directions although the
// call is not answered: a provisional response with SDP.
func (c *Call) WaitEarlyMedia(ctx context.Context) (time.Time, error) {
	return c.wait(ctx, c.early, "early media")
}

// WaitAnswered waits for the answer and returns when it came. A call that ends
// without one gives an [EndedError].
func (c *Call) WaitAnswered(ctx context.Context) (time.Time, error) {
	return c.wait(ctx, c.answered, "answer")
}

// WaitEnded waits for the end.
func (c *Call) WaitEnded(ctx context.Context) (Status, error) {
	select {
	case <-c.ended.reached:
		return c.FinalStatus(), nil
	case <-ctx.Done():
		return Status{}, fmt.Errorf("wait for the end of the call: %w", ctx.Err())
	}
}

func (c *Call) wait(ctx context.Context, m *milestone, what string) (time.Time, error) {
	select {
	case <-m.reached:
		return m.at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for %s: %w", what, ctx.Err())
	case <-c.ended.reached:
	}
	if m.isReached() {
		return m.at, nil
	}
	return time.Time{}, fmt.Errorf("wait for %s: %w", what, &EndedError{c.FinalStatus()})
}

// Audio is what was heard so far, 8 kHz linear, its first sample at
// [Call.AudioStart]. Pauses in the stream are silence, so a position divided
// by [SampleRateHz] is the time since then. It is empty unless the phone
// records.
func (c *Call) Audio() []int16 { return c.media.audio() }

// AudioStart is when the first audio packet arrived; zero before.
func (c *Call) AudioStart() time.Time { return c.media.audioStart() }

// AudioPackets is how many audio packets were heard.
func (c *Call) AudioPackets() int { return c.media.packetsHeard() }

// Digits are the keys the other side has pressed (RFC 4733 or INFO).
func (c *Call) Digits() Digits { return c.media.digits() }

// Pressed are the keys pressed on this side by [Call.Press].
func (c *Call) Pressed() Digits { return c.media.sender.digitsPressed() }

// Listen gives all audio so far to heard, again and again as more comes, until
// heard returns true. It ends with an [EndedError] when the call does, after
// heard was asked about the complete audio.
func (c *Call) Listen(ctx context.Context, every time.Duration, heard func(pcm []int16) bool) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if heard(c.Audio()) {
				return nil
			}
		case <-c.ended.reached:
			if heard(c.Audio()) {
				return nil
			}
			return fmt.Errorf("listen: %w", &EndedError{c.FinalStatus()})
		case <-ctx.Done():
			return fmt.Errorf("listen: %w", ctx.Err())
		}
	}
}

// Press presses keys (0-9, *, #, A-D; w waits half a second) as RFC 4733
// events and returns when the last has been let go. It works in early media as
// well as after the answer.
func (c *Call) Press(ctx context.Context, keys string, timing Timing) error {
	j, err := newPressJob(keys, timing)
	if err != nil {
		return err
	}
	if !c.media.sender.speaksEvents() {
		return fmt.Errorf("press %s: %w", keys, ErrNoMedia)
	}
	if err := c.media.play(ctx, j); err != nil {
		return fmt.Errorf("press %s: %w", keys, err)
	}
	return nil
}

// PlayPCM says pcm once, in place of the background, and returns at its end.
func (c *Call) PlayPCM(ctx context.Context, pcm []int16) error {
	if err := c.media.play(ctx, &audioJob{EncodeULaw(pcm)}); err != nil {
		return fmt.Errorf("play audio: %w", err)
	}
	return nil
}

// PlayTone is PlayPCM of a [Tone].
func (c *Call) PlayTone(ctx context.Context, d time.Duration, hz ...float64) error {
	return c.PlayPCM(ctx, Tone(d, hz...))
}

// SetBackground sets what is said, over and over, whenever nothing else is;
// nil is silence. A quiet phone has no background.
func (c *Call) SetBackground(pcm []int16) {
	c.media.sender.setBackground(EncodeULaw(pcm))
}

// SendINFODigit presses one key by SIP INFO (application/dtmf-relay). The call
// must have been answered or be in an early dialog.
func (c *Call) SendINFODigit(ctx context.Context, key byte) error {
	if _, err := eventCode(key); err != nil {
		return err
	}
	req := c.dialog.request(sip.INFO)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/dtmf-relay"))
	req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, defaultHeld.Milliseconds()))
	res, err := c.phone.wire.do(ctx, req, c.dialog.peer)
	if err != nil {
		return fmt.Errorf("send INFO digit: %w", err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("send INFO digit: %d %s", res.StatusCode, res.Reason)
	}
	return nil
}

// Hangup ends the call: BYE once it is answered, before that CANCEL on the
// calling side and a refusal (480) on the called side. It returns when the
// other side has agreed, and nil when the call was over already.
func (c *Call) Hangup(ctx context.Context) error {
	switch {
	case c.ended.isReached():
		return nil
	case c.answered.isReached():
		return c.bye(ctx)
	default:
		return c.giveUp(ctx)
	}
}

// bye ends an answered call. RFC 3261 section 15 keeps the called side from
// sending BYE before it has the ACK.
func (c *Call) bye(ctx context.Context) error {
	select {
	case <-c.confirmed.reached:
	case <-c.ended.reached:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hang up: waiting for ACK: %w", ctx.Err())
	}
	at := time.Now()
	res, err := c.phone.wire.do(ctx, c.dialog.request(sip.BYE), c.dialog.peer)
	c.end(at, Status{Code: sip.StatusOK, Reason: "OK", ByUs: true})
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	crossed := res.StatusCode == sip.StatusCallTransactionDoesNotExists
	if !res.IsSuccess() && !crossed {
		return fmt.Errorf("hang up: %d %s", res.StatusCode, res.Reason)
	}
	return nil
}

// end is reached from every way a call can end; the first one counts.
func (c *Call) end(at time.Time, s Status) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	c.over, c.status = true, s
	c.mu.Unlock()
	c.phone.forget(c)
	c.media.close()
	c.ended.reach(at)
}

// connect starts or redirects the audio as the other side's SDP says.
func (c *Call) connect(peer session) {
	c.media.connect(peer, func(f func()) { c.phone.spawn(f) })
}

// answerTo is our SDP, with telephone-events if and as the offer has them. Our
// own offer has them as [offeredEventPayload].
func (c *Call) answerTo(offer session) []byte {
	return session{media: c.media.local, eventPayload: offer.eventPayload}.render()
}
