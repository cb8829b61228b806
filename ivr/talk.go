package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cccp/billing"
)

// callerGrace is how much longer than its ring time a try to reach the callee may take, and
// how long it may take to tell a caller how it ended.
const callerGrace = 15 * time.Second

// callerOutlives is how much longer than the B leg the A leg may live by the switch's clock:
// long enough for us to give it a limit of its own when the B leg was cut. A caller whose
// script is gone hears nothing for so long.
const callerOutlives = 3 * time.Second

// conversation is an answered call.
type conversation struct {
	*visit
	callee   Callee
	answered time.Time // by the switch's clock: charged from
	begun    time.Time // by ours: reckoned with
	plan     plan
	next     watch
	// funded tells of money that came in, while there is none left to be held.
	funded  <-chan struct{}
	unfund  func()
	warning Playback
}

// talk stays with an answered call until one side leaves, the caller wants another, or
// the talk time is spent. begun is the answer by our clock.
func (v *visit) talk(ctx context.Context, callee Callee, answered, begun time.Time) *billing.Settlement {
	v.log.Info().Str("leg", string(v.leg.Leg)).Time("at", answered).Msg("answered")
	v.note(ctx, v.leg.Leg, answered)
	return v.converse(ctx, callee, answered, begun)
}

func (v *visit) converse(ctx context.Context, callee Callee, answered, begun time.Time) *billing.Settlement {
	c := &conversation{
		visit: v, callee: callee, answered: answered, begun: begun,
		next: v.watchForNext(),
	}
	defer c.deafen()
	defer c.hush(ctx)
	c.shareOut(ctx)
	c.plan = c.newPlan(v.leg.GrantedS < min(v.Settings.GrantSeconds, v.longest()))
	c.limit(ctx)
	c.await(ctx)
	return c.stay(ctx)
}

// stay is the conversation itself.
func (c *conversation) stay(ctx context.Context) *billing.Settlement {
	for {
		at, due := c.plan.next()
		timer := time.NewTimer(time.Until(at))
		select {
		case d := <-c.keys.digits: // meant for the callee, which hears them itself
			timer.Stop()
			if c.next.press(d) {
				c.keys.end()
				return c.endFor(ctx, billing.NextCall)
			}
		case end := <-c.callee.Gone():
			timer.Stop()
			return c.parted(&c.leg, c.answered, end)
		case <-ctx.Done():
			timer.Stop()
			return c.callerLeft(ctx, &c.leg, c.callee, c.answered)
		case <-c.funded:
			timer.Stop()
			c.extend(ctx)
		case <-timer.C:
			switch due {
			case extend:
				c.extend(ctx)
			case warn:
				c.warn(ctx)
			case cut:
				return c.endFor(ctx, billing.TalkTimeSpent)
			}
		}
	}
}

// endFor hangs the callee up from our side, for a reason, unless it has gone meanwhile.
func (c *conversation) endFor(ctx context.Context, reason billing.Reason) *billing.Settlement {
	select {
	case end := <-c.callee.Gone():
		return c.parted(&c.leg, c.answered, end)
	default:
	}
	s := c.parted(&c.leg, c.answered, c.dismiss(ctx, c.callee))
	if s.Outcome.Reason == billing.CalleeHungUp {
		s.Outcome.Reason = reason
	}
	return s
}

// ends is when the first of the two legs is no longer paid for.
func (c *conversation) ends() time.Time {
	end := c.begun.Add(time.Duration(c.leg.GrantedS) * time.Second)
	if c.aLeg != nil && c.aLeg.ends().Before(end) {
		return c.aLeg.ends()
	}
	return end
}

// newPlan is what is to be done until the grant ends. spent says that there is no more.
func (c *conversation) newPlan(spent bool) plan {
	spent = spent || c.leg.GrantedS >= c.longest()
	return planFrom(time.Now(), c.ends(), c.Settings.ExtendAhead, spent)
}

// await listens for refills as soon as there is no money left to be held. One that came in
// just before is used at once.
func (c *conversation) await(ctx context.Context) {
	if !c.plan.spent || c.funded != nil || c.leg.GrantedS >= c.longest() {
		return
	}
	c.funded, c.unfund = c.Bank.Funded(c.leg.Account)
	c.extend(ctx)
}

// deafen stops listening for refills.
func (c *conversation) deafen() {
	if c.funded != nil {
		c.unfund()
		c.funded = nil
	}
}

// extend asks for more talk time: durable first, then the switch's limits. A grant of less
// than was asked for means that there is no more for now; after a failure it is asked for
// again as long as the grant lasts.
func (c *conversation) extend(ctx context.Context) {
	before := c.ends()
	ahead := min(c.Settings.GrantSeconds, c.longest()-c.leg.GrantedS)
	legs, err := c.Bank.Extend(ctx, ahead, c.claims(before)...)
	if err != nil {
		c.notExtended(ctx, err)
		return
	}
	c.grant(legs)
	c.plan = c.newPlan(c.ends().Sub(before) < time.Duration(ahead)*time.Second)
	if !c.plan.spent {
		c.deafen()
	}
	if c.ends().After(before) {
		c.log.Info().
			Str("leg", string(c.leg.Leg)).
			Int64("granted_s", c.leg.GrantedS).
			Stringer("held", c.leg.Held).
			Msg("hold extended")
		c.limit(ctx)
	}
	c.await(ctx)
}

// notExtended goes on without more talk time: for good where that was refused, or where the
// leg is settled.
func (c *conversation) notExtended(ctx context.Context, err error) {
	if _, refused := refusalOf(err); refused || errors.Is(err, billing.ErrNotOpen) {
		c.plan = c.newPlan(true)
		c.await(ctx)
		return
	}
	c.plan.failed(time.Now())
	if ctx.Err() == nil {
		c.log.Error().Err(err).Str("leg", string(c.leg.Leg)).Bool("again", !c.plan.spent).Msg("extend")
	}
}

// shareOut shares the money of the A leg and the B leg between them now that it is known
// how long it rang: what was held for ringing is talk time for both, and longer ringing is
// made up for. The switch is told first to let the A leg live no longer than the B leg,
// which it is sure to get.
func (c *conversation) shareOut(ctx context.Context) {
	if c.aLeg == nil {
		return
	}
	now := time.Now()
	ends := c.begun.Add(time.Duration(c.leg.GrantedS) * time.Second)
	if ends.Before(c.aLeg.ends()) {
		if err := c.shorten(ctx, ends.Sub(now)); err != nil {
			if ctx.Err() == nil {
				c.log.Warn().Err(err).Msg("talk time is not shared out anew")
			}
			return
		}
	}
	claims := c.claims(now)
	claims[1].Anew = true
	whole := max(c.leg.GrantedS, min(c.Settings.GrantSeconds, c.longest()))
	legs, err := c.Bank.Extend(ctx, max(whole-claims[0].UsedS, 1), claims...)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error().Err(err).Str("leg", string(c.leg.Leg)).Msg("share out talk time")
		}
		return
	}
	c.grant(legs)
}

// claims are the legs that run, and what they will have used at a time.
func (c *conversation) claims(at time.Time) []billing.Claim {
	used := billing.DurationSeconds(at.Sub(c.begun).Milliseconds())
	claims := []billing.Claim{{Leg: c.leg.Leg, UsedS: used, Answered: c.answered}}
	if c.aLeg != nil {
		claims = append(claims, *c.aLeg.claim(time.Until(at)))
	}
	return claims
}

func (c *conversation) grant(legs []billing.OpenLeg) {
	c.leg = legs[0]
	if c.aLeg != nil {
		c.aLeg.grant(legs[1])
	}
}

// limit has the switch carry what is left of the grant on both legs, the B leg
// first, so that a dead daemon never gives free minutes. A limit that the switch does
// not take is the old one: it cuts there.
func (c *conversation) limit(ctx context.Context) {
	c.hush(ctx)                                    // the switch would wait for its end
	left := max(time.Until(c.ends()), time.Second) // nothing would lift the limit
	if err := c.callee.Limit(ctx, left); err != nil && ctx.Err() == nil {
		c.log.Warn().Err(err).Msg("limit B leg: the switch cuts it earlier")
	}
	if err := c.line.Limit(ctx, c.callerLimit(left)); err != nil && ctx.Err() == nil {
		c.log.Warn().Err(err).Msg("limit caller's leg")
	}
}

// callerLimit is how long the caller's leg may live beside a B leg: a little longer,
// but not longer than it is paid for.
func (v *visit) callerLimit(talk time.Duration) time.Duration {
	if v.aLeg != nil {
		return max(min(v.aLeg.left(), talk+callerOutlives), time.Second)
	}
	return talk + callerOutlives
}

// warn tells the caller alone how long the money lasts, and does not wait for the end of
// the warning.
func (c *conversation) warn(ctx context.Context) {
	message := c.plan.warn()
	playback, err := c.line.Play(ctx, c.voice.Say(message))
	if err != nil {
		if ctx.Err() == nil {
			c.log.Warn().Err(err).Msg("warn caller")
		}
		return
	}
	c.warning = playback
	c.log.Info().Str("leg", string(c.leg.Leg)).Str("message", string(message)).Msg("caller warned")
}

// hush ends a warning that is still being spoken.
func (c *conversation) hush(ctx context.Context) {
	if c.warning == nil {
		return
	}
	select {
	case <-c.warning.Done():
	case <-ctx.Done():
	default:
		c.stop(ctx, c.warning)
	}
	c.warning = nil
}

// parted is how a conversation ended: by the leg that left first. Both ends may be told at
// once, after we were busy elsewhere; a caller who had left before the answer was never
// connected. A callee still there when the talk time was spent was cut off, by us or by
// the switch at its limit, so an end that was not observed came then at the latest.
func (v *visit) parted(leg *billing.OpenLeg, answered time.Time, callee End) *billing.Settlement {
	caller, left := v.endOf(v.line) // none while he is only being called
	if left && caller.At.Before(answered) {
		return &billing.Settlement{Leg: leg.Leg, Ended: callee.At, Outcome: v.abandoned(), Estimated: callee.Estimated}
	}
	s := &billing.Settlement{
		Leg: leg.Leg, Answered: answered, Ended: callee.At, Estimated: callee.Estimated,
		Outcome: billing.Outcome{
			Result: billing.Answered, Reason: cmp.Or(callee.Reason, billing.CalleeHungUp), Cause: callee.Cause,
		},
	}
	if limit := answered.Add(time.Duration(leg.GrantedS) * time.Second); !callee.At.Before(limit) {
		s.Outcome.Reason = billing.TalkTimeSpent
		if callee.Estimated {
			s.Ended = limit
		}
	}
	if left && !caller.At.After(s.Ended) { // in the same millisecond, we hung the callee up for the caller
		s.Ended, s.Estimated = caller.At, caller.Estimated
		s.Outcome.Reason, s.Outcome.Cause = caller.Reason, caller.Cause
	}
	return s
}

// callerLeft hangs up the callee after the caller has gone. An answer before the caller
// left counts, a later one does not.
func (v *visit) callerLeft(
	ctx context.Context, leg *billing.OpenLeg, callee Callee, answered time.Time,
) *billing.Settlement {
	end := v.dismiss(ctx, callee)
	if answered.IsZero() {
		select {
		case answered = <-callee.Answered():
		default:
			return &billing.Settlement{Leg: leg.Leg, Ended: end.At, Outcome: v.abandoned(), Estimated: end.Estimated}
		}
	}
	return v.parted(leg, answered, end)
}

// dismiss hangs the callee up and waits for the switch to say when it ended. Where
// the switch stays silent the end is now, marked as estimated.
func (v *visit) dismiss(ctx context.Context, callee Callee) End {
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := callee.Hangup(last, billing.CauseNormalClearing); err != nil {
		v.log.Warn().Err(err).Msg("hang up callee")
	}
	select {
	case end := <-callee.Gone():
		return end
	case <-last.Done():
		return End{At: time.Now(), Cause: billing.CauseNormalClearing, Estimated: true}
	}
}
