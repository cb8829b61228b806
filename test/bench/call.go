package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cccp/configs"
	"cccp/test/house"
	"cccp/test/phone"
)

// The parts of one call, the same in every variant.
const (
	talkFor = time.Second
	// patience is how long a caller waits at each step before the call has failed.
	patience = 4 * time.Second
	// longestLeg stays below the tariff's block of 6 s, so that the charge is known.
	longestLeg = 5500 * time.Millisecond
	endKey     = "#"
	// keyHeld and keyGap leave room for pauses of a busy machine: where Asterisk sees
	// less than 45 ms between two keys it stretches them, and may tell of one twice.
	keyHeld = 100 * time.Millisecond
	keyGap  = 120 * time.Millisecond
)

// variant is a way from a caller to the callee.
type variant int

const (
	throughCCD variant = iota
	plainDial
	phonesAlone
)

func (v variant) String() string {
	return [...]string{"ccd", "Dial()", "phones alone"}[v]
}

// call is one call that went well.
type call struct {
	caller   string
	number   string
	invited  time.Time // the caller's INVITE went out
	released time.Time // the last key was let go, by the phone's clock
	arrived  time.Time // the INVITE arrived at the callee
}

// place makes one call: the caller waits for the answer, presses the keys of a number,
// waits for the callee, talks, and hangs up. By Dial() the callee has answered
// before the keys; they are pressed all the same, so that phones and Asterisk carry
// the same digits.
func (s *stage) place(ctx context.Context, v variant) (call, error) {
	n := s.placed.Add(1)
	made := call{caller: callerNumber(int(n % stageCards)), number: calleeNumber(n)}
	arrival := s.callee.expect(made.number)
	defer s.callee.forget(made.number)
	c, err := s.callers[n%callingPhones].Call(ctx, s.address(v, made))
	if err != nil {
		return made, err
	}
	defer s.giveUp(c)
	if err := s.converse(ctx, v, c, arrival, &made); err != nil {
		return made, fmt.Errorf("%s, call to %s: %w", v, made.number, err)
	}
	return made, nil
}

// address is whom a caller calls, and as whom.
func (s *stage) address(v variant, made call) phone.CallOptions {
	o := phone.CallOptions{From: made.caller, Via: s.house.Asterisk.SIPAddr, To: house.AccessNumber}
	switch v {
	case plainDial:
		o.To = configs.PlainDialPrefix + made.number
	case phonesAlone:
		o.To, o.Via = made.number, s.callee.Addr()
	}
	return o
}

func (s *stage) converse(
	ctx context.Context, v variant, c *phone.Call, arrival <-chan *phone.Incoming, made *call,
) error {
	made.invited = c.InvitedAt()
	if err := within(ctx, func(ctx context.Context) error { _, err := c.WaitAnswered(ctx); return err }); err != nil {
		return err
	}
	if err := c.Press(ctx, made.number+endKey, phone.Timing{Held: keyHeld, Gap: keyGap}); err != nil {
		return err
	}
	keys := c.Pressed()
	made.released = keys[len(keys)-1].At.Add(keys[len(keys)-1].Held)
	callee, err := reached(ctx, arrival)
	if err != nil {
		return err
	}
	made.arrived = callee.Invite().At
	if err := pause(ctx, c, talkFor); err != nil {
		return err
	}
	if err := within(ctx, c.Hangup); err != nil {
		return err
	}
	if err := within(ctx, func(ctx context.Context) error { _, err := callee.WaitEnded(ctx); return err }); err != nil {
		return err
	}
	if lasted := callee.EndedAt().Sub(callee.AnsweredAt()); v == throughCCD && lasted > longestLeg {
		return fmt.Errorf("the callee was connected for %s", lasted)
	}
	return nil
}

// reached waits for the callee's side of the call.
func reached(ctx context.Context, arrival <-chan *phone.Incoming) (*phone.Incoming, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case in := <-arrival:
		return in, nil
	case <-late.C:
		return nil, errors.New("nothing arrived at the callee")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// within bounds one step of a call.
func within(ctx context.Context, step func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return step(ctx)
}

// pause talks, which a call that ends meanwhile does not survive.
func pause(ctx context.Context, c *phone.Call, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-c.Ended():
		return fmt.Errorf("call ended while talking: %s", c.FinalStatus())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// giveUp hangs up what a failed call has left.
func (s *stage) giveUp(c *phone.Call) {
	_ = within(context.Background(), c.Hangup) // over already, if it went well
}

// callee answers every call that is expected.
type callee struct {
	*phone.Phone
	serving sync.WaitGroup

	mu       sync.Mutex
	expected map[string]chan *phone.Incoming
}

func newCallee(ctx context.Context) (*callee, error) {
	p, err := phone.New(ctx, phone.Options{Quiet: true})
	if err != nil {
		return nil, err
	}
	f := &callee{Phone: p, expected: map[string]chan *phone.Incoming{}}
	f.serving.Go(func() { _ = p.Serve(ctx, f.attend) }) // until it is closed
	return f, nil
}

func (f *callee) close() error {
	err := f.Phone.Close()
	f.serving.Wait()
	return err
}

// expect gives the call to a number to the goroutine that placed it, once it is answered.
func (f *callee) expect(number string) <-chan *phone.Incoming {
	arrival := make(chan *phone.Incoming, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expected[number] = arrival
	return arrival
}

func (f *callee) forget(number string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.expected, number)
}

// attend rings and answers at once. A number dialled wrong, or twice, is refused, and
// so fails the call.
func (f *callee) attend(in *phone.Incoming) {
	number := in.Invite().Dialled
	f.mu.Lock()
	arrival := f.expected[number]
	delete(f.expected, number)
	f.mu.Unlock()
	if arrival == nil {
		_ = in.Reject(404, "")
		return
	}
	if in.Ring() == nil && in.Answer(context.Background()) == nil { // bounded by SIP's own timers
		arrival <- in
	}
}
