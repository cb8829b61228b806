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
	if !p.spent {
		return p.ask, extend
	}
	for _, w := range warnings {
		if w.left < p.told {
			return p.ends.Add(-w.left), warn
		}
	}
	return p.ends, cut
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
