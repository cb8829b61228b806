package ivr

import (
	"time"

	"cccp/prompts"
)

// step is what is to be done at the next moment of a conversation.
type step int

const (
	extend step = iota
	warn
	cut
)

// warnings are how long before the end the caller is told, longest first.
var warnings = []struct {
	left    time.Duration
	message prompts.Message
}{
	{time.Minute, prompts.OneMinuteLeft},
	{30 * time.Second, prompts.ThirtySecondsLeft},
}

// plan is what is still to be done in a conversation: extend while there is money, else
// warn, and cut.
type plan struct {
	ends  time.Time // of what is granted
	ask   time.Time // when to ask for more
	spent bool      // there is no more
	// wait is how long after a failure to extend more is asked for again; 0 while all is
	// well.
	wait time.Duration
	// told is how much time was left when the caller was last told, or would have been
	// told too late.
	told time.Duration
}

// planFrom is the plan at a time, of a grant that ends at another. More is asked for
// ahead of the end, but not before half of what is left has passed.
func planFrom(now, ends time.Time, ahead time.Duration, spent bool) plan {
	left := ends.Sub(now)
	return plan{ends: ends, ask: ends.Add(-min(ahead, left/2)), spent: spent, told: left}
}

// next is the next moment at which something is due.
func (p plan) next() (at time.Time, due step) {
	if !p.spent && p.wait == 0 {
		return p.ask, extend
	}
	at, due = p.ends, cut
	for _, w := range warnings {
		if w.left < p.told {
			at, due = p.ends.Add(-w.left), warn
			break
		}
	}
	if !p.spent && p.ask.Before(at) {
		return p.ask, extend
	}
	return at, due
}

// askAgainAfter is how long after a failure to extend more is asked for again; each time
// twice as long as before, but at most half of what is left.
const askAgainAfter = 250 * time.Millisecond

// failed plans to ask for more again, until the grant is all but over. The caller is warned
// meanwhile: there may be no more.
func (p *plan) failed(now time.Time) {
	left := p.ends.Sub(now)
	p.told = min(p.told, left)
	if left < 2*askAgainAfter {
		p.spent = true
		return
	}
	p.wait = min(max(2*p.wait, askAgainAfter), left/2)
	p.ask = now.Add(p.wait)
}

// warn is the warning that is due; it is not due again.
func (p *plan) warn() prompts.Message {
	for _, w := range warnings {
		if w.left < p.told {
			p.told = w.left
			return w.message
		}
	}
	return ""
}
