package ivr

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/routing"
)

// callerGrace is how much longer than the far leg the caller's own leg may live by
// the switch's clock: long enough to be told that the talk time is spent.
const callerGrace = 15 * time.Second

// step is what is to be done at the next deadline of a conversation.
type step int

const (
	extend step = iota
	cut
)

// deadline is the next point of a conversation, counted from the answer, at which
// something is due. spent says that no more talk time is to be had.
func deadline(grantedS int64, ahead time.Duration, spent bool) (at time.Duration, due step) {
	end := time.Duration(grantedS) * time.Second
	if spent {
		return end, cut
	}
	return max(end-ahead, end/2), extend
}

// talk stays with an answered call until one side leaves or the talk time is spent.
func (v *visit) talk(ctx context.Context, callee Callee, answered time.Time) billing.Settlement {
	begun := time.Now()
	v.log.Info().Str("leg", string(v.leg.Leg)).Time("at", answered).Msg("answered")
	v.note(ctx, answered)
	if err := v.limit(ctx, callee, v.leg.GrantedS, begun); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("the switch carries the limit of the dialling only")
	}
	spent := v.leg.GrantedS >= v.Settings.MaxCallSeconds
	for {
		at, due := deadline(v.leg.GrantedS, v.Settings.ExtendAhead, spent)
		timer := time.NewTimer(at - time.Since(begun))
		select {
		case <-v.keys.digits: // meant for the far end, which hears them itself
			timer.Stop()
			continue
		case end := <-callee.Gone():
			timer.Stop()
			return v.parted(answered, end)
		case <-ctx.Done():
			timer.Stop()
			return v.callerLeft(ctx, callee, answered)
		case <-timer.C:
		}
		if due == cut {
			return v.cutOff(ctx, callee, answered)
		}
		spent = v.extend(ctx, callee, begun)
	}
}

// note makes the answer durable, whether or not the caller is still there.
func (v *visit) note(ctx context.Context, answered time.Time) {
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := v.Bank.Answer(last, v.leg.Leg, answered); err != nil {
		v.log.Error().Err(err).Msg("record answer")
	}
}

// limit has the switch carry what is left of the grant on both legs, the far one
// first, so that a dead daemon never gives free minutes. The error is the far leg's: it
// is the one that costs.
func (v *visit) limit(ctx context.Context, callee Callee, grantedS int64, begun time.Time) error {
	left := time.Until(begun.Add(time.Duration(grantedS) * time.Second))
	left = max(left, time.Second) // nothing would lift the limit
	err := callee.Limit(ctx, left)
	if err := v.line.Limit(ctx, left+callerGrace); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("limit caller's leg")
	}
	return err
}

// extend asks for more talk time: durable first, then the switch's limits. What it
// gets less than it asked for is the last there is. A grant the switch does not take is
// none: it cuts the call where its own limit stands, and so do we.
func (v *visit) extend(ctx context.Context, callee Callee, begun time.Time) (spent bool) {
	want := min(v.leg.GrantedS+v.Settings.GrantSeconds, v.Settings.MaxCallSeconds)
	more, err := v.Bank.Extend(ctx, v.leg.Leg, want)
	if err == nil && more.GrantedS > v.leg.GrantedS {
		v.log.Info().Str("leg", string(more.Leg)).Int64("granted_s", more.GrantedS).Stringer("held", more.Held).Msg("hold extended")
		err = v.limit(ctx, callee, more.GrantedS, begun)
	}
	if err != nil {
		if ctx.Err() == nil {
			v.log.Error().Err(err).Str("leg", string(v.leg.Leg)).Msg("extend")
		}
		return true
	}
	v.leg = more
	return more.GrantedS < want || more.GrantedS >= v.Settings.MaxCallSeconds
}

// parted is how a conversation ended: with whoever left first. The two may be told at
// once, after we were busy elsewhere; a caller who had left before the answer was never
// connected. A far end that did not leave before its talk time was spent was cut off, by
// us or by the switch at its limit, so an end nobody saw was there at the latest.
func (v *visit) parted(answered time.Time, far End) billing.Settlement {
	own, left := v.line.Ended()
	if left && own.At.Before(answered) {
		return billing.Settlement{Ended: far.At, Outcome: v.abandoned(), Estimated: far.Estimated}
	}
	s := billing.Settlement{
		Answered: answered, Ended: far.At, Estimated: far.Estimated,
		Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.CalleeHungUp, Cause: far.Cause},
	}
	if limit := answered.Add(time.Duration(v.leg.GrantedS) * time.Second); !far.At.Before(limit) {
		s.Outcome.Reason = billing.TalkTimeSpent
		if far.Estimated {
			s.Ended = limit
		}
	}
	if left && !own.At.After(s.Ended) { // in the same millisecond, we hung the far end up for the caller
		s.Ended, s.Estimated = own.At, own.Estimated
		s.Outcome.Reason, s.Outcome.Cause = own.Reason, own.Cause
	}
	return s
}

// cutOff ends a conversation whose talk time is spent.
func (v *visit) cutOff(ctx context.Context, callee Callee, answered time.Time) billing.Settlement {
	return v.parted(answered, v.dismiss(ctx, callee))
}

// callerLeft hangs up the far end after the caller has gone. A far end that answered
// at the very last moment counts, one that answered when he had gone does not.
func (v *visit) callerLeft(ctx context.Context, callee Callee, answered time.Time) billing.Settlement {
	end := v.dismiss(ctx, callee)
	if answered.IsZero() {
		select {
		case answered = <-callee.Answered():
		default:
			return billing.Settlement{Ended: end.At, Outcome: v.abandoned(), Estimated: end.Estimated}
		}
	}
	return v.parted(answered, end)
}

// dismiss hangs the far end up and waits for the switch to say when it ended. Where
// the switch stays silent the end is now, marked as estimated.
func (v *visit) dismiss(ctx context.Context, callee Callee) End {
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := callee.Hangup(last, routing.CauseNormalClearing); err != nil {
		v.log.Warn().Err(err).Msg("hang up far end")
	}
	select {
	case end := <-callee.Gone():
		return end
	case <-last.Done():
		return End{At: time.Now(), Cause: routing.CauseNormalClearing, Estimated: true}
	}
}
