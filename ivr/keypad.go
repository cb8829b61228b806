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
	// held is the longest that a key was held so far.
	held func() time.Duration
	// back are digits that were read and belong to the next question.
	back []byte
	// ended is when the last entry ended by itself, so that a "#" typed after it is not
	// taken for an empty entry; zero if something was read since.
	ended time.Time
}

// A switch tells of a key when it is let go, and nothing while it is held: what is waited for
// might be under a finger. So each wait is longer by what the caller's fingers may take:
// heldUnseen or, of a caller who has shown that he holds keys longer, as long as he did, up to
// heldLongest.
const (
	heldUnseen  = time.Second
	heldLongest = 5 * time.Second
)

// patience is how long to wait for a key that must be begun within a time.
func (k *keypad) patience(within time.Duration) time.Duration {
	if within == 0 {
		return 0
	}
	return within + min(max(heldUnseen, k.held()+heldUnseen/2), heldLongest)
}

// next waits for one digit: while a prompt plays, and then until none was begun within a
// time. ok is false where none came.
func (k *keypad) next(
	ctx context.Context, playing <-chan struct{}, within time.Duration,
) (digit byte, ok bool, err error) {
	timeout := time.NewTimer(k.patience(within))
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
			timeout.Reset(k.patience(within))
		case <-timeout.C:
			return 0, false, nil
		case <-ctx.Done():
			return 0, false, errGone
		}
	}
}

// waiting is the next digit typed ahead, if there is one.
func (k *keypad) waiting() (byte, bool) {
	if len(k.back) > 0 {
		d := k.back[0]
		k.back = k.back[1:]
		return d, true
	}
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

// unread gives digits back: they answer the next question.
func (k *keypad) unread(digits ...byte) { k.back = append(digits, k.back...) }

// pending says whether something was typed ahead.
func (k *keypad) pending() bool {
	d, ok := k.waiting()
	if ok {
		k.unread(d)
	}
	return ok
}

// end remembers that an entry has ended by itself.
func (k *keypad) end() { k.ended = time.Now() }

// habitLasts is how long after the end of an entry that is complete by itself a "#" is
// taken for a habit.
const habitLasts = time.Second

// means says whether a digit answers something, or is only the habit of ending an entry
// with "#", which comes at once, however long it is held.
func (k *keypad) means(d byte) bool {
	habit := d == '#' && time.Since(k.ended) < habitLasts+min(k.held(), heldLongest)
	k.ended = time.Time{}
	return !habit
}

// rest reads the digits after the first, until "#", silence, longest of them, or an
// entry that is complete by itself.
func (k *keypad) rest(ctx context.Context, typed []byte, longest int, complete func(string) bool) (string, error) {
	for len(typed) < longest && !complete(string(typed)) {
		d, ok, err := k.next(ctx, nil, k.between)
		if err != nil {
			return "", err
		}
		if !ok || d == '#' {
			return string(typed), nil
		}
		typed = append(typed, d)
	}
	k.end()
	return string(typed), nil
}

// ask speaks a question and reads the answer, at most longest digits. An empty
// answer is "": nothing typed, or only "#".
func (v *visit) ask(ctx context.Context, longest int, question []string) (string, error) {
	return v.askUntil(ctx, longest, func(string) bool { return false }, question)
}

// askUntil is ask, where some answers are complete by themselves.
func (v *visit) askUntil(
	ctx context.Context, longest int, complete func(string) bool, question []string,
) (string, error) {
	first, ok, err := v.speak(ctx, v.keys.first, question)
	if err != nil || !ok || first == '#' {
		return "", err
	}
	return v.keys.rest(ctx, []byte{first}, longest, complete)
}

// say speaks to its end, or until a digit interrupts it, which is kept for the next
// question.
func (v *visit) say(ctx context.Context, sounds []string) error {
	digit, ok, err := v.speak(ctx, 0, sounds)
	if ok {
		v.keys.unread(digit)
	}
	return err
}

// speak plays sounds until a digit comes, and waits for one a while after them.
// Where the caller has typed ahead, nothing is played.
func (v *visit) speak(ctx context.Context, within time.Duration, sounds []string) (digit byte, ok bool, err error) {
	v.payAhead(ctx, stepLasts)
	if d, ok := v.keys.waiting(); ok {
		return d, true, nil
	}
	playback, err := v.line.Play(ctx, sounds)
	if err != nil {
		return 0, false, gone(ctx, err)
	}
	playing := playback.Done()
	if endless := slices.Contains(sounds, dialTone); endless {
		playing, within = nil, within+endlessFor
	}
	digit, ok, err = v.keys.next(ctx, playing, within)
	if ok || playing == nil && err == nil {
		v.stop(ctx, playback)
	}
	return digit, ok, err
}

// endlessFor is how long dial tone sounds before the wait for a digit begins: about as
// long as the question that it stands for.
const endlessFor = 5 * time.Second

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
