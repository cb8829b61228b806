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
func (v *visit) talk(ctx context.Context, callee Callee, leg billing.OpenLeg, answered time.Time) billing.Settlement {
	begun := time.Now()
	v.log.Info().Str("leg", string(leg.Leg)).Time("at", answered).Msg("answered")
	v.protect(ctx, callee, leg, answered)
	spent := leg.GrantedS >= v.Settings.MaxCallSeconds
	for {
		at, due := deadline(leg.GrantedS, v.Settings.ExtendAhead, spent)
		timer := time.NewTimer(at - time.Since(begun))
		select {
		case end := <-callee.Gone():
			timer.Stop()
			return calleeLeft(end, answered, leg)
		case <-ctx.Done():
			timer.Stop()
			return v.callerLeft(ctx, callee, answered)
		case <-timer.C:
		}
		if due == cut {
			return v.cutOff(ctx, callee, answered)
		}
		leg, spent = v.extend(ctx, callee, leg, time.Since(begun))
	}
}

// protect makes the answer durable and has the switch carry the limit on both legs,
// the far one first, so that a dead daemon never gives free minutes.
func (v *visit) protect(ctx context.Context, callee Callee, leg billing.OpenLeg, answered time.Time) {
	v.limit(ctx, callee, leg, 0)
	if err := v.Bank.Answer(ctx, leg.Leg, answered); err != nil && ctx.Err() == nil {
		v.log.Error().Err(err).Msg("record answer")
	}
}

// limit sets what is left of the grant on both legs.
func (v *visit) limit(ctx context.Context, callee Callee, leg billing.OpenLeg, talked time.Duration) {
	left := time.Duration(leg.GrantedS)*time.Second - talked
	if err := callee.Limit(ctx, left); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("limit far leg")
	}
	if err := v.line.Limit(ctx, left+callerGrace); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("limit caller's leg")
	}
}

// extend asks for more talk time: durable first, then the switch's limits. What it
// gets less than it asked for is the last there is.
func (v *visit) extend(ctx context.Context, callee Callee, leg billing.OpenLeg, talked time.Duration) (billing.OpenLeg, bool) {
	want := min(leg.GrantedS+v.Settings.GrantSeconds, v.Settings.MaxCallSeconds)
	more, err := v.Bank.Extend(ctx, leg.Leg, want)
	if err != nil {
		if ctx.Err() == nil {
			v.log.Error().Err(err).Msg("extend hold")
		}
		return leg, true
	}
	if more.GrantedS > leg.GrantedS {
		v.log.Info().Str("leg", string(leg.Leg)).Int64("granted_s", more.GrantedS).Stringer("held", more.Held).Msg("hold extended")
		v.limit(ctx, callee, more, talked)
	}
	return more, more.GrantedS < want || more.GrantedS >= v.Settings.MaxCallSeconds
}

// calleeLeft tells a far end that hung up from one the switch cut off at its limit.
func calleeLeft(end End, answered time.Time, leg billing.OpenLeg) billing.Settlement {
	reason := billing.CalleeHungUp
	if end.At.Sub(answered) >= time.Duration(leg.GrantedS)*time.Second {
		reason = billing.TalkTimeSpent
	}
	return billing.Settlement{
		Answered: answered, Ended: end.At,
		Outcome: billing.Outcome{Result: billing.Answered, Reason: reason, Cause: end.Cause},
	}
}

// cutOff ends a conversation whose talk time is spent.
func (v *visit) cutOff(ctx context.Context, callee Callee, answered time.Time) billing.Settlement {
	end, estimated := v.dismiss(ctx, callee)
	return billing.Settlement{
		Answered: answered, Ended: end.At, Estimated: estimated,
		Outcome: billing.Outcome{Result: billing.Answered, Reason: billing.TalkTimeSpent, Cause: end.Cause},
	}
}

// callerLeft hangs up the far end after the caller has gone. The call ended when the
// first of the two left. A far end that answered at the very last moment counts.
func (v *visit) callerLeft(ctx context.Context, callee Callee, answered time.Time) billing.Settlement {
	end, estimated := v.dismiss(ctx, callee)
	if answered.IsZero() {
		select {
		case answered = <-callee.Answered():
		default:
			return billing.Settlement{Ended: end.At, Outcome: v.abandoned()}
		}
	}
	outcome := billing.Outcome{Result: billing.Answered, Reason: billing.CallerHungUp, Cause: routing.CauseNormalClearing}
	if own, ok := v.line.Ended(); ok {
		outcome.Reason, outcome.Cause = own.Reason, own.Cause
		if own.At.Before(end.At) {
			end.At, estimated = own.At, false
		}
	}
	return billing.Settlement{Answered: answered, Ended: end.At, Outcome: outcome, Estimated: estimated}
}

// dismiss hangs the far end up and waits for the switch to say when it ended. Where
// the switch stays silent the end is now, marked as estimated.
func (v *visit) dismiss(ctx context.Context, callee Callee) (end End, estimated bool) {
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := callee.Hangup(last, routing.CauseNormalClearing); err != nil {
		v.log.Warn().Err(err).Msg("hang up far end")
	}
	select {
	case end = <-callee.Gone():
		return end, false
	case <-last.Done():
		return End{At: time.Now(), Cause: routing.CauseNormalClearing}, true
	}
}
