package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/test/ear"
	"cccp/test/house"
	"cccp/test/phone"
)

// scene is one caller's call, and what is expected of it.
type scene struct {
	title  string
	phone  string // the number the caller calls from
	card   house.Card
	access string
	script func(context.Context) error

	house *house.House
	ears  *house.Ears

	call         *phone.Call
	farEnd       *phone.Incoming
	shownCID     string
	expected     []string // every sound, in order
	expectReason billing.Reason
	owes         owed
	err          error
}

// owed reckons what a call costs from the far phone's clock alone.
type owed struct {
	fee, rate      billing.Money // rate is per minute
	first, further int64         // seconds
}

func (o owed) of(d time.Duration) billing.Money {
	seconds := int64((d + time.Second - 1) / time.Second)
	billed := o.first
	for billed < seconds {
		billed += o.further
	}
	const minute = 60
	return o.fee + o.rate*billing.Money(billed)/minute
}

// play sells the card, calls, and follows the script to the end of the call.
func (s *scene) play(ctx context.Context) error {
	if s.card.Account != "" {
		if err := s.house.Sell(ctx, s.card); err != nil {
			return err
		}
	}
	p, err := phone.New(ctx, phone.Options{Number: s.phone, Record: true})
	if err != nil {
		return err
	}
	defer p.Close()
	if s.call, err = p.Call(ctx, phone.CallOptions{To: s.access, Via: s.house.Asterisk.SIPAddr}); err != nil {
		return err
	}
	if _, err := s.call.WaitAnswered(ctx); err != nil {
		return err
	}
	s.call.SetBackground(phone.Tone(time.Second, callerHz))
	if err := s.script(ctx); err != nil {
		return errors.Join(err, s.call.Hangup(context.WithoutCancel(ctx)))
	}
	return s.waitForEnd(ctx)
}

// callerHz is what a caller sounds like to the far end.
const callerHz = 852 + 100

// expect adds sounds that must be heard.
func (s *scene) expect(sounds ...[]string) {
	s.expected = append(s.expected, slices.Concat(sounds...)...)
}

// hear expects sounds and waits until the last of them has been heard to its end.
func (s *scene) hear(ctx context.Context, sounds ...[]string) error {
	s.expect(sounds...)
	last := s.expected[len(s.expected)-1]
	times := 0
	for _, e := range s.expected {
		if e == last {
			times++
		}
	}
	return s.ears.Await(ctx, s.call, times, []string{last})
}

// interrupts expects the beginning of a prompt that the caller will cut off.
func (s *scene) interrupts(sounds []string) { s.expect(sounds[:1]) }

// waitForSound waits until half a second of anything has been heard.
func (s *scene) waitForSound(ctx context.Context) error {
	const enough = ear.SampleRateHz
	return s.call.Listen(ctx, listenAgain, func(pcm []int16) bool { return len(pcm) > enough })
}

func (s *scene) press(ctx context.Context, keys string) error {
	return s.call.Press(ctx, keys, phone.Timing{Held: 160 * time.Millisecond, Gap: 100 * time.Millisecond})
}

// meetFarEnd waits for the call to arrive and be answered at the far end.
func (s *scene) meetFarEnd(ctx context.Context, number, shown string) error {
	calls, err := s.house.FarEnd.WaitCalls(ctx, number, 1)
	if err != nil {
		return err
	}
	s.farEnd, s.shownCID = calls[0], "+"+shown
	_, err = s.farEnd.WaitAnswered(ctx)
	return err
}

// talk lets the two hear each other for a while.
func (s *scene) talk(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d - time.Since(s.farEnd.AnsweredAt())):
		return nil
	case <-s.call.Ended():
		return errors.New("the call ended before the caller hung up")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *scene) hangUp(ctx context.Context) error { return s.call.Hangup(ctx) }

func (s *scene) waitForEnd(ctx context.Context) error {
	if _, err := s.call.WaitEnded(ctx); err != nil {
		return err
	}
	if s.farEnd == nil {
		return nil
	}
	_, err := s.farEnd.WaitEnded(ctx)
	return err
}

// owed is what the call must have cost.
func (s *scene) owed() billing.Money {
	if s.farEnd == nil {
		return 0
	}
	return s.owes.of(s.farEnd.EndedAt().Sub(s.farEnd.AnsweredAt()))
}

// prove holds what the phones saw against what was expected.
func (s *scene) prove() error {
	if s.err != nil {
		return s.err
	}
	if heard := s.ears.Sounds(s.call); !slices.Equal(heard, s.expected) {
		return fmt.Errorf("heard  %q\nexpected %q", s.ears.Voice.Text(heard...), s.ears.Voice.Text(s.expected...))
	}
	if s.farEnd == nil {
		return s.proveNobodyCalled()
	}
	invite := s.farEnd.Invite()
	if invite.From.User != s.shownCID || invite.Asserted.User != s.shownCID {
		return fmt.Errorf("the far end saw From %q and P-Asserted-Identity %q, expected %s", invite.From, invite.Asserted, s.shownCID)
	}
	return errors.Join(hears("caller", s.call, markerHz), hears("far end", s.farEnd.Call, callerHz))
}

// hears proves that sound arrived: most of the time the two talked.
func hears(who string, c *phone.Call, hz float64) error {
	const least = 4 * time.Second
	if d := ear.Total(ear.Tones(c.Audio()), hz); d < least {
		return fmt.Errorf("the %s heard %v of the other's %v Hz, at least %v was expected", who, d, hz, least)
	}
	return nil
}

func (s *scene) proveNobodyCalled() error {
	for _, in := range s.house.FarEnd.Calls("") {
		if in.Invite().At.After(s.call.InvitedAt()) && in.Invite().From.User == "+"+s.phone {
			return errors.New("the far end was called though the caller was refused")
		}
	}
	return nil
}

// proveMoney holds the books against the far phone's clock.
func (s *scene) proveMoney(ctx context.Context) error {
	cdrs, err := s.house.CDRs(ctx, 0)
	if err != nil {
		return err
	}
	var charged billing.Money
	var reasons []billing.Reason
	for _, c := range cdrs {
		if c.Account != s.card.Account {
			continue
		}
		charged += c.Charge
		reasons = append(reasons, c.Reason)
	}
	if charged != s.owed() {
		return fmt.Errorf("charged %s, the phones say %s", charged, s.owed())
	}
	if len(reasons) == 0 || slices.ContainsFunc(reasons, func(r billing.Reason) bool { return r != s.expectReason }) {
		return fmt.Errorf("records say %v, expected %s", reasons, s.expectReason)
	}
	if s.card.Account == "" {
		return nil
	}
	b, err := s.house.Balance(ctx, s.card.Account)
	if err == nil && (b.Amount != s.card.Balance-s.owed() || b.Held != 0) {
		err = fmt.Errorf("balance %s with %s held, expected %s and none", b.Amount, b.Held, s.card.Balance-s.owed())
	}
	return err
}
