package ivr

import (
	"context"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/callerid"
)

// callerLeg is the A leg of a callback: it costs money as long as the caller stays.
type callerLeg struct {
	billing.OpenLeg
	// answered is the switch's time, begun ours: the first is charged from, the second
	// reckoned with.
	answered, begun time.Time
}

// MakeCallback calls a subscriber back and then serves him like a caller: he is asked where
// to call, or connected with the number that was ordered. It returns when all is settled,
// with how the A leg ended. Cancelling ctx before the answer gives the callback up.
func (s *Service) MakeCallback(ctx context.Context, visit billing.VisitID, c Callback) billing.Outcome {
	v := s.visitOf(Caller{
		Visit:   visit,
		Entry:   EntryCallback,
		ANI:     string(c.To),
		Dialled: string(c.Access),
		Node:    s.Switch.Node(),
		Arrived: time.Now(),
	})
	v.log.Info().Str("to", string(c.To)).Str("job", c.Job).Msg("calling back")
	v.ani, v.withheld, v.job = c.To, &c.Withheld, c.Job
	outcome := v.safely(func() billing.Outcome { return v.callBack(ctx, c) })
	v.tolerant(func() { v.settleAtLast(ctx) })
	v.beside.Wait()
	return outcome
}

// callBack is the outcome of a callback, also of one that was not made.
func (v *visit) callBack(ctx context.Context, c Callback) billing.Outcome {
	outcome, err := v.reachCaller(ctx, c)
	if err != nil {
		reason, refused := refusalOf(err)
		if !refused {
			v.log.Error().Err(err).Msg("call back")
			reason = billing.SystemFailure
		}
		outcome = billing.Outcome{Result: billing.Rejected, Reason: reason}
	}
	return outcome
}

// reachCaller prices the A leg, holds money for it, and dials it. The outcome is the A
// leg's.
func (v *visit) reachCaller(ctx context.Context, c Callback) (billing.Outcome, error) {
	who, found, err := v.Directory.ByAccount(c.Account, c.Credential)
	if err != nil {
		return billing.Outcome{}, err
	}
	if !found {
		return billing.Outcome{}, billing.Refusal{Reason: billing.NotAuthenticated}
	}
	if v.access, _, err = v.Directory.AccessNumber(c.Access); err != nil {
		return billing.Outcome{}, err
	}
	if err := v.recognise(who); err != nil {
		return billing.Outcome{}, err
	}
	if err := v.who.Offering.MayCallBack(v.who.Account, c.To); err != nil {
		return billing.Outcome{}, err
	}
	rules, err := v.rules()
	if err != nil {
		return billing.Outcome{}, err
	}
	to, err := v.permit(c.To, rules)
	if err != nil {
		return billing.Outcome{}, err
	}
	trunks, err := v.trunks(to)
	if err != nil {
		return billing.Outcome{}, err
	}
	aLeg := &callerLeg{}
	out := &outbound{
		id: v.caller.Visit.CallerLeg(), leg: &aLeg.OpenLeg, to: to,
		trunks: trunks, shown: v.shownToCaller(), ring: v.Settings.CallbackRing,
	}
	if err := v.hold(ctx, out); err != nil {
		return billing.Outcome{}, err
	}
	var outcome billing.Outcome
	broken := v.guarded(ctx, out, func() *billing.Settlement {
		outcome = v.callCaller(ctx, c, aLeg, out)
		return nil // it is settled
	})
	if broken != nil { // it panicked, and is not settled
		v.settle(ctx, *broken)
		outcome = broken.Outcome
	}
	return outcome, nil
}

// shownToCaller is the caller ID of the A leg: the number that was called.
func (v *visit) shownToCaller() callerid.Identity {
	if v.access.Number != "" {
		return callerid.Identity{Number: v.access.Number}
	}
	return callerid.Identity{Number: v.who.Seller.DefaultCallerID}
}

// callCaller dials trunk after trunk until the caller answers, and stays with him until
// he leaves.
func (v *visit) callCaller(ctx context.Context, c Callback, aLeg *callerLeg, to *outbound) billing.Outcome {
	var line Outgoing
	release := func() {
		if line != nil {
			line.Release()
		}
	}
	defer func() { release() }() // the last one
	_, answered, ended := v.ringUp(ctx, to, nil, func(ctx context.Context, a Attempt) (Callee, error) {
		release() // the one over the trunk before
		var err error
		line, err = v.Switch.Call(ctx, v.caller, a)
		return line, err
	})
	if ended != nil {
		if ended.Outcome.Reason == billing.CalleeHungUp { // before the script could start
			ended.Outcome.Reason = billing.CallerHungUp
		} else if ended.Outcome.Reason == billing.CalleeLost {
			ended.Outcome.Reason = billing.CallerLost
		}
		if end, ok := v.endOf(line); ok && end.Reason != billing.CallerHungUp {
			ended.Outcome.Reason = end.Reason // we hung up
		}
		v.settle(ctx, *ended)
		return ended.Outcome
	}
	aLeg.answered, aLeg.begun = answered, time.Now()
	v.aLeg = aLeg
	v.take(line)
	return v.stay(line.Present(), c)
}

// endOf is how a line ended; false while it has not, or where there is none.
func (v *visit) endOf(line Line) (End, bool) {
	if line == nil {
		return End{}, false
	}
	return line.Ended()
}

// stay serves a caller who answered the callback, until he leaves.
func (v *visit) stay(ctx context.Context, c Callback) billing.Outcome {
	v.answered = v.aLeg.answered
	v.note(ctx, v.aLeg.Leg, v.answered)
	v.log.Info().Time("at", v.answered).Msg("callback answered")
	v.limitCaller(ctx)
	outcome := v.safely(func() billing.Outcome {
		outcome, err := v.serveOrdered(ctx, c)
		if err != nil {
			return v.refused(ctx, err)
		}
		return outcome
	})
	return v.endALeg(ctx, outcome)
}

// serveOrdered connects the caller with the number that was ordered, else asks for one.
func (v *visit) serveOrdered(ctx context.Context, c Callback) (billing.Outcome, error) {
	if c.Media != "" {
		if err := v.say(ctx, []string{c.Media}); err != nil {
			return billing.Outcome{}, err
		}
	}
	if c.Then == "" {
		return v.serve(ctx)
	}
	rules, err := v.rules()
	if err != nil {
		return billing.Outcome{}, err
	}
	to, err := v.permit(c.Then, rules)
	if err != nil {
		return billing.Outcome{}, err
	}
	outcome, err := v.dialthrough(ctx, to)
	if outcome.Reason == billing.NextCall {
		v.last = outcome
		return v.serve(ctx)
	}
	if err == nil {
		v.explain(ctx, outcome.Reason)
	}
	return outcome, err
}

// left is how long the A leg is paid for.
func (o *callerLeg) left() time.Duration {
	return time.Until(o.ends())
}

// ends is until when the A leg is paid for.
func (o *callerLeg) ends() time.Time { return o.begun.Add(time.Duration(o.GrantedS) * time.Second) }

// used is how many seconds the A leg will have lasted in a while, rounded up.
func (o *callerLeg) used(ahead time.Duration) int64 {
	return billing.DurationSeconds(time.Since(o.begun).Milliseconds() + ahead.Milliseconds())
}

// shared is what a hold beside the A leg leaves it: as much as lasts with the other. A
// refusal changes nothing; after any other error its grant is unknown, and taken to be the
// least it can be.
func (o *callerLeg) shared(usedS, grantedS int64, err error) {
	_, refused := refusalOf(err)
	switch {
	case err == nil:
		o.GrantedS = usedS + grantedS
	case !refused:
		o.GrantedS = min(o.GrantedS, usedS)
	}
}

// claim is what the A leg will have used in a while.
func (o *callerLeg) claim(ahead time.Duration) *billing.Claim {
	return &billing.Claim{Leg: o.Leg, UsedS: o.used(ahead), Answered: o.answered}
}

// stepLasts is how long one question and its answer may take.
const stepLasts = time.Minute

// payAhead extends an A leg so that it is paid for while the next step of the script
// lasts. Where there is less money, that is its last: the switch cuts the leg there.
func (v *visit) payAhead(ctx context.Context, step time.Duration) {
	if v.aLeg != nil && v.aLeg.left() < step {
		v.extendALeg(ctx, max(v.Settings.GrantSeconds, billing.DurationSeconds(step.Milliseconds())))
	}
}

// extendALeg asks for talk time of the A leg alone, until so long from now.
func (v *visit) extendALeg(ctx context.Context, aheadS int64) {
	legs, err := v.Bank.Extend(ctx, aheadS, *v.aLeg.claim(0))
	if err != nil {
		if ctx.Err() == nil {
			v.log.Error().Err(err).Str("leg", string(v.aLeg.Leg)).Msg("extend")
		}
		return
	}
	v.aLeg.grant(legs[0])
	v.limitCaller(ctx)
}

func (o *callerLeg) grant(leg billing.OpenLeg) {
	o.GrantedS = leg.GrantedS
}

// limitCaller has the switch carry the limit of a caller who is not in a call: what his A
// leg is paid for, or none. An A leg whose money is spent keeps the limit it had, which is
// just about to end it: each new one would give a second for nothing.
func (v *visit) limitCaller(ctx context.Context) {
	limit := time.Duration(0)
	if v.aLeg != nil {
		if limit = v.aLeg.left(); limit <= 0 {
			return
		}
	}
	if err := v.line.Limit(ctx, limit); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("limit caller's leg")
	}
}

// shorten has the switch end an A leg sooner, so that its grant may be shared
// out anew. A switch that does not take the limit carries the old one, and the grant
// must stay as it is.
func (v *visit) shorten(ctx context.Context, limit time.Duration) error {
	if v.aLeg.left() <= 0 {
		return billing.Refusal{Reason: billing.NotEnoughMoney}
	}
	if err := v.line.Limit(ctx, max(min(limit, v.aLeg.left()), time.Second)); err != nil {
		return fmt.Errorf("limit caller's leg: %w", err)
	}
	return nil
}

// endALeg ends the A leg, where the caller has not, and settles it.
func (v *visit) endALeg(ctx context.Context, outcome billing.Outcome) billing.Outcome {
	left := ctx.Err() != nil
	v.hangUp(ctx, outcome)
	s := billing.Settlement{Leg: v.aLeg.Leg, Answered: v.aLeg.answered}
	end, ok := v.line.Ended()
	if !ok {
		end = End{At: time.Now(), Cause: billing.CauseNormalClearing, Reason: billing.CallerHungUp, Estimated: true}
	}
	s.Ended, s.Estimated = end.At, end.Estimated
	s.Outcome = billing.Outcome{Result: billing.Answered, Reason: outcome.Reason, Cause: end.Cause}
	if limit := v.aLeg.answered.Add(time.Duration(v.aLeg.GrantedS) * time.Second); !end.At.Before(limit) {
		s.Outcome.Reason = billing.TalkTimeSpent
	} else if left && outcome.Reason != billing.TalkTimeSpent {
		s.Outcome.Reason = end.Reason
	}
	v.settle(ctx, s)
	return s.Outcome
}
