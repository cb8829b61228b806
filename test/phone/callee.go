package phone

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// defaultKeep is how many calls a Callee remembers unless told otherwise.
const defaultKeep = 10_000

// Script is what a callee does with a call. The zero Script rings, answers at
// once, is silent, and leaves the hanging up to the caller.
type Script struct {
	Silent time.Duration // how long nothing at all comes first
	NoRing bool          // no 180
	Bare   bool          // a 183 without SDP, and so without sound, instead of 180
	Early  []int16       // early media (183) instead of 180, looped until the answer
	After  time.Duration // how long the caller waits for the answer or refusal
	Never  bool          // neither answers nor refuses
	Reject int           // refuse with this SIP code, such as 404, 486, 503 or 603

	Play        []int16       // what is said after the answer, looped
	HangUpAfter time.Duration // hang up this long after the answer; 0 does not
}

// Callee is a phone that treats every call as the script of the dialled
// number says, and remembers the calls.
type Callee struct {
	*Phone
	keep int
	wg   sync.WaitGroup

	mu       sync.Mutex
	scripts  map[string]Script
	fallback Script
	calls    []*Incoming
	arrived  chan struct{} // closed and replaced when a call arrives
	total    int
}

// NewCallee starts a callee at opts.Addr that treats numbers without a script
// of their own as fallback says.
func NewCallee(ctx context.Context, opts Options, fallback Script) (*Callee, error) {
	p, err := New(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start callee: %w", err)
	}
	f := &Callee{
		Phone:    p,
		keep:     defaultKeep,
		scripts:  make(map[string]Script),
		fallback: fallback,
		arrived:  make(chan struct{}),
	}
	f.wg.Go(func() { _ = p.Serve(context.WithoutCancel(ctx), f.attend) }) // until Close
	return f, nil
}

// Close hangs up all calls and returns when every script has ended.
func (f *Callee) Close() error {
	err := f.Phone.Close()
	f.wg.Wait()
	return err
}

// Set gives a number its script, for the calls that come from now on.
func (f *Callee) Set(number string, s Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[number] = s
}

// Keep bounds how many calls are remembered, at first 10,000; older ones are
// forgotten, and WaitCalls waits for them in vain.
func (f *Callee) Keep(calls int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep = calls
}

// Calls are the remembered calls to a number ("" for all), oldest first.
func (f *Callee) Calls(number string) []*Incoming {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.callsTo(number)
}

func (f *Callee) callsTo(number string) []*Incoming {
	var found []*Incoming
	for _, in := range f.calls {
		if number == "" || in.Invite().Dialled == number {
			found = append(found, in)
		}
	}
	return found
}

// Total is how many calls ever arrived.
func (f *Callee) Total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// WaitCalls waits until n calls to a number ("" for any) have arrived.
func (f *Callee) WaitCalls(ctx context.Context, number string, n int) ([]*Incoming, error) {
	for {
		f.mu.Lock()
		found, arrived := f.callsTo(number), f.arrived
		f.mu.Unlock()
		if len(found) >= n {
			return found, nil
		}
		select {
		case <-arrived:
		case <-f.closing:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for call %d to %q: %w", n, number, ctx.Err())
		}
	}
}

// remember notes a call and finds its script.
func (f *Callee) remember(in *Incoming) Script {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total++
	f.calls = append(f.calls, in)
	if over := len(f.calls) - f.keep; over > 0 {
		f.calls = slices.Delete(f.calls, 0, over)
	}
	close(f.arrived)
	f.arrived = make(chan struct{})
	if s, found := f.scripts[in.Invite().Dialled]; found {
		return s
	}
	return f.fallback
}

// attend plays a script. It gives up where the caller does; nothing that fails
// here says more than the call's own record.
func (f *Callee) attend(in *Incoming) {
	s := f.remember(in)
	if !in.lasts(s.Silent) {
		return
	}
	switch {
	case s.Bare:
		_ = in.send(sip.StatusSessionInProgress, "Session Progress", nil)
	case s.Early != nil:
		_ = in.Progress(s.Early)
	case !s.NoRing:
		_ = in.Ring()
	}
	if s.Never || !in.lasts(s.After) {
		return
	}
	if s.Reject != 0 {
		_ = in.Reject(s.Reject, "")
		return
	}
	if in.Answer(context.Background()) != nil { // bounded by RFC 3261's timers
		return
	}
	in.SetBackground(s.Play)
	if s.HangUpAfter == 0 || !in.lasts(s.HangUpAfter-time.Since(in.AnsweredAt())) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = in.Hangup(ctx)
}

// lasts waits d and tells whether the call is still there.
func (c *Call) lasts(d time.Duration) bool {
	if d <= 0 {
		return !c.ended.isReached()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ended.reached:
		return false
	}
}
