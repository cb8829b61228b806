package ivr

import (
	"context"
	"slices"
	"time"
)

// keypad reads what a caller types. It lives as long as the caller stays.
type keypad struct {
	digits         <-chan byte
	first, between time.Duration
	// lengthEnded remembers that the last entry ended by its length, so that a "#"
	// typed after it is not taken for an empty entry.
	lengthEnded bool
}

// next waits for one digit: while a prompt plays, and then for as long as within.
// No digit is ok == false.
func (k *keypad) next(ctx context.Context, playing <-chan struct{}, within time.Duration) (digit byte, ok bool, err error) {
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	if playing != nil {
		timeout.Stop()
	}
	for {
		if d, ok := k.waiting(); ok { // before any timeout: it was typed first
			return d, true, nil
		}
		select {
		case d := <-k.digits:
			if k.means(d) {
				return d, true, nil
			}
		case <-playing:
			playing = nil
			timeout.Reset(within)
		case <-timeout.C:
			return 0, false, nil
		case <-ctx.Done():
			return 0, false, errGone
		}
	}
}

// waiting is the next digit typed ahead, if there is one.
func (k *keypad) waiting() (byte, bool) {
	for {
		select {
		case d := <-k.digits:
			if k.means(d) {
				return d, true
			}
		default:
			return 0, false
		}
	}
}

// means says whether a digit answers something, or is only the habit of ending an
// entry with "#".
func (k *keypad) means(d byte) bool {
	habit := k.lengthEnded && d == '#'
	k.lengthEnded = false
	return !habit
}

// rest reads the digits after the first, until "#", silence or longest of them.
func (k *keypad) rest(ctx context.Context, typed []byte, longest int) (string, error) {
	for len(typed) < longest {
		d, ok, err := k.next(ctx, nil, k.between)
		if err != nil {
			return "", err
		}
		if !ok || d == '#' {
			return string(typed), nil
		}
		typed = append(typed, d)
	}
	k.lengthEnded = true
	return string(typed), nil
}

// ask speaks a question and reads the answer, at most longest digits. An empty
// answer is "": nothing typed, or only "#".
func (v *visit) ask(ctx context.Context, longest int, question ...[]string) (string, error) {
	first, ok, err := v.speak(ctx, v.keys.first, question...)
	if err != nil || !ok || first == '#' {
		return "", err
	}
	return v.keys.rest(ctx, []byte{first}, longest)
}

// say speaks to its end, or until a digit interrupts it.
func (v *visit) say(ctx context.Context, sounds ...[]string) error {
	_, _, err := v.speak(ctx, 0, sounds...)
	return err
}

// speak plays sounds until a digit comes, and waits for one a while after them.
// Whoever has typed ahead is not spoken to.
func (v *visit) speak(ctx context.Context, within time.Duration, sounds ...[]string) (digit byte, ok bool, err error) {
	if d, ok := v.keys.waiting(); ok {
		return d, true, nil
	}
	playback, err := v.line.Play(ctx, slices.Concat(sounds...))
	if err != nil {
		return 0, false, gone(ctx, err)
	}
	digit, ok, err = v.keys.next(ctx, playback.Done(), within)
	if ok {
		v.stop(ctx, playback)
	}
	return digit, ok, err
}

// stop stops a prompt. One that goes on is a nuisance, no reason to lose the caller.
func (v *visit) stop(ctx context.Context, p Playback) {
	if err := p.Stop(ctx); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("stop prompt")
	}
}

// gone tells a caller who left from a switch that failed.
func gone(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errGone
	}
	return err
}
