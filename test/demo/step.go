package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/prompts"
	"cccp/test/ear"
	"cccp/test/phone"
)

// step is one thing a caller does, or waits for.
type step func(context.Context, *scene) error

// sound is something said to callers, in the words of the voice that says it.
type sound func(prompts.Voice) []string

func say(m prompts.Message) sound {
	return func(v prompts.Voice) []string { return v.Say(m) }
}

func balance(m billing.Money) sound {
	return func(v prompts.Voice) []string { return append(v.Say(prompts.YouHave), v.Money(m, "USD")...) }
}

func talkTime(minutes int64) sound {
	const minute = 60
	return func(v prompts.Voice) []string {
		return append(v.Say(prompts.YouCanTalkFor), v.TalkTime(minutes*minute)...)
	}
}

// isAnswered waits for the answer, and speaks from then on.
func isAnswered(ctx context.Context, s *scene) error {
	_, err := s.line().WaitAnswered(ctx)
	s.line().SetBackground(callerTone())
	return err
}

// isRefused waits until the call is refused as busy, unanswered and without a sound.
func isRefused(ctx context.Context, s *scene) error {
	status, err := s.line().WaitEnded(ctx)
	if err != nil {
		return err
	}
	const busyHere = 486
	if status.Code != busyHere || !s.line().AnsweredAt().IsZero() || s.line().AudioPackets() > 0 {
		return fmt.Errorf("the call ended with %s, expected %d, unanswered and silent", status, busyHere)
	}
	return nil
}

// isCalledBack waits for the caller's own phone to be called and answered, and for its
// call to be the caller's line.
func isCalledBack(l leg) step {
	return func(ctx context.Context, s *scene) error {
		l.number, l.own = s.phone, true
		back, err := s.reaches(ctx, l)
		if err == nil {
			s.calls = append(s.calls, back.Call)
		}
		return err
	}
}

// reaches waits for a leg at the callee, and for its answer.
func (s *scene) reaches(ctx context.Context, l leg) (*phone.Incoming, error) {
	calls, err := s.house.Callee.WaitCalls(ctx, l.number, 1)
	if err != nil {
		return nil, err
	}
	l.in = calls[0]
	s.legs = append(s.legs, &l)
	_, err = l.in.WaitAnswered(ctx)
	return l.in, err
}

// talks lets the two hear each other for a while, from the callee's answer on.
func talks(l leg, d time.Duration) step {
	return func(ctx context.Context, s *scene) error {
		callee, err := s.reaches(ctx, l)
		if err != nil {
			return err
		}
		talked := time.NewTimer(d - time.Since(callee.AnsweredAt()))
		defer talked.Stop()
		select {
		case <-talked.C:
			return nil
		case <-callee.Ended():
			return errors.New("the callee's call ended before the caller wanted it")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// talksOn lets the two hear each other until the callee hangs up.
func talksOn(l leg) step {
	return func(ctx context.Context, s *scene) error {
		callee, err := s.reaches(ctx, l)
		if err == nil {
			_, err = callee.WaitEnded(ctx)
		}
		return err
	}
}

// expects says what is heard next, without waiting for it.
func expects(sounds ...sound) step {
	return func(_ context.Context, s *scene) error {
		for _, in := range sounds {
			s.expected = append(s.expected, in(s.ears.Voice)...)
		}
		return nil
	}
}

// hears expects sounds and waits until the last of them has been heard to its end.
func hears(sounds ...sound) step {
	return func(ctx context.Context, s *scene) error {
		if err := expects(sounds...)(ctx, s); err != nil {
			return err
		}
		last, times := s.expected[len(s.expected)-1], 0
		for _, e := range s.expected {
			if e == last {
				times++
			}
		}
		return s.ears.Await(ctx, s.line(), times, []string{last})
	}
}

// cutsOff expects the beginning of a message, and waits until half a second of it has been
// heard: the next key will cut it off.
func cutsOff(message sound) step {
	const enough = ear.SampleRateHz / 2
	return func(ctx context.Context, s *scene) error {
		s.expected = slices.Concat(s.expected, message(s.ears.Voice)[:1])
		return s.line().Listen(ctx, lookEvery, func(pcm []int16) bool { return len(pcm) > enough })
	}
}

// presses presses keys without haste: a machine that is short of time delays packets, and
// Asterisk takes a key that seems shorter than 80 ms for another one.
func presses(keys string) step {
	return func(ctx context.Context, s *scene) error {
		return s.line().Press(ctx, keys, phone.Timing{Held: 200 * time.Millisecond, Gap: 120 * time.Millisecond})
	}
}

func hangsUp(ctx context.Context, s *scene) error { return s.line().Hangup(ctx) }

// isHungUpOn waits for the platform to hang up.
func isHungUpOn(ctx context.Context, s *scene) error {
	_, err := s.line().WaitEnded(ctx)
	return err
}
