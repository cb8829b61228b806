package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/test/house"
	"cccp/test/phone"
)

// scene is one caller's story, and what is expected of it.
type scene struct {
	title  string
	phone  string // the number the caller calls from
	card   house.Card
	access string // the number the caller calls
	script []step
	reason billing.Reason // of the record of that call

	house *house.House
	ears  *house.Ears

	// calls are the caller's own: the one made and, where it was called back, that one.
	calls []*phone.Call
	// legs are the calls that arrived at the callee, in order.
	legs     []*leg
	expected []string // every sound, in order
	records  []billing.CDR
	err      error
}

// line is the call the caller listens to and speaks on.
func (s *scene) line() *phone.Call { return s.calls[len(s.calls)-1] }

// play sells the card, calls, and follows the script until all of it stands in the books.
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
	made, err := p.Call(ctx, phone.CallOptions{To: s.access, Via: s.house.Asterisk.SIPAddr})
	if err != nil {
		return err
	}
	s.calls = []*phone.Call{made}
	for _, do := range s.script {
		if err := do(ctx, s); err != nil {
			return errors.Join(err, s.line().Hangup(context.WithoutCancel(ctx)))
		}
	}
	return s.waitForBooks(ctx)
}

// lookEvery is how often a waiting scene looks again.
const lookEvery = 200 * time.Millisecond

// waitForBooks waits until every leg has ended and has its record, and so has the call
// that was made.
func (s *scene) waitForBooks(ctx context.Context) error {
	for _, l := range s.legs {
		if _, err := l.in.WaitEnded(ctx); err != nil {
			return err
		}
	}
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		all, err := s.house.CDRs(ctx, 0)
		if err != nil {
			return err
		}
		s.records = slices.DeleteFunc(all, func(r billing.CDR) bool { return r.Account != s.card.Account })
		if len(s.records) > len(s.legs) {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%d records of the call made and %d legs: %w", len(s.records), len(s.legs), ctx.Err())
		}
	}
}

// owed is what all legs must have cost.
func (s *scene) owed() (sum billing.Money) {
	for _, l := range s.legs {
		sum += l.owed()
	}
	return sum
}

// prove holds what the phones saw against what was expected.
func (s *scene) prove() error {
	if s.err != nil {
		return s.err
	}
	if heard := s.ears.Sounds(s.line()); !slices.Equal(heard, s.expected) {
		return fmt.Errorf("heard    %q\nexpected %q", s.ears.Voice.Text(heard...), s.ears.Voice.Text(s.expected...))
	}
	var problems []error
	for _, l := range s.legs {
		problems = append(problems, l.prove(s))
	}
	return errors.Join(problems...)
}

// proveMoney holds the books against the phones' clocks, leg by leg.
func (s *scene) proveMoney(ctx context.Context) error {
	rest := slices.Clone(s.records)
	for _, l := range s.legs {
		i := slices.IndexFunc(rest, func(r billing.CDR) bool {
			return r.Direction == billing.Outbound && string(r.To) == l.number
		})
		if i < 0 {
			return fmt.Errorf("no record of the call to %s", l.number)
		}
		if err := l.proveRecord(rest[i]); err != nil {
			return err
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) != 1 || rest[0].Direction != billing.Inbound || rest[0].Reason != s.reason || rest[0].Charge != 0 {
		return fmt.Errorf(
			"besides the legs the records say %+v; expected the call made, %s, at no charge",
			rest, s.reason,
		)
	}
	return s.proveBalance(ctx)
}

// proveBalance asks what is left on the card.
func (s *scene) proveBalance(ctx context.Context) error {
	if s.card.Account == "" {
		return nil
	}
	b, err := s.house.Balance(ctx, s.card.Account)
	if left := s.card.Balance - s.owed(); err == nil && (b.Amount != left || b.Held != 0) {
		err = fmt.Errorf("balance %s with %s held, expected %s and none", b.Amount, b.Held, left)
	}
	return err
}
