package ivr

import (
	"context"
	"time"

	"cccp/prompts"
)

// comfortAfter is how long nothing may be heard of a callee before the caller is told to hold.
// A carrier that looks for a route, or a mobile far away, takes longer than people believe in
// a call of which they hear nothing.
const comfortAfter = 3 * time.Second

// comfortTone says that the call is being put through (ITU-T E.182, comfort tone): a short beep
// every three seconds, until it is stopped. Nowhere does the network ring or refuse with such a
// tone. The bars stand for commas, which would end the name of a sound.
const comfortTone = "tone:600/150|0/2850"

// comfort is what a caller hears while nothing is heard of the callee: neither ringing nor any
// other sound. It never sounds like ringing, since nobody knows yet whether the phone rings.
// nil is that of somebody who is only being called himself.
type comfort struct {
	*visit
	due     time.Time // zero until a call is dialled, and once the callee was heard of
	told    bool
	playing Playback
}

// wait fires when the comfort is due.
func (c *comfort) wait() *time.Timer {
	if c == nil {
		never := time.NewTimer(0)
		never.Stop()
		return never
	}
	if c.due.IsZero() {
		c.due = time.Now().Add(comfortAfter)
	}
	return time.NewTimer(time.Until(c.due))
}

// play begins the comfort: in words, once, and then by tone. A phone that called directly is
// never spoken to.
func (c *comfort) play(ctx context.Context) {
	var sounds []string
	if !c.told && c.caller.Entry != EntryDirect {
		sounds = c.voice.Say(prompts.PleaseHold)
	}
	c.told = true
	playback, err := c.line.Play(ctx, append(sounds, comfortTone))
	if err != nil {
		if ctx.Err() == nil {
			c.log.Warn().Err(err).Msg("tell caller to hold")
		}
		return
	}
	c.playing = playback
}

// heard ends the comfort because the callee was heard of.
func (c *comfort) heard(ctx context.Context) {
	if c != nil {
		c.due = time.Time{}
		c.hush(ctx)
	}
}

// hush ends the comfort: whatever else is to be done to the caller's channel waits for that.
func (c *comfort) hush(ctx context.Context) {
	if c != nil && c.playing != nil {
		c.stop(ctx, c.playing)
		c.playing = nil
	}
}
