package ivr

import (
	"context"
	"errors"
	"time"

	"cccp/billing"
	"cccp/callerid"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
)

// dialthrough holds money, calls the number, lets the two talk, and settles. The
// outcome is how the far leg ended; an error means that none came to be.
func (v *visit) dialthrough(ctx context.Context, to destination) (billing.Outcome, error) {
	trunks, err := v.Directory.Routes()
	if err != nil {
		return billing.Outcome{}, err
	}
	if len(trunks) == 0 {
		return billing.Outcome{}, billing.Refusal{Reason: billing.NoTrunk}
	}
	shown := v.callerID()
	if err := v.hold(ctx, to, trunks, shown); err != nil {
		return billing.Outcome{}, err
	}
	settlement := v.connect(ctx, trunks, shown)
	settlement.Leg = v.leg.Leg
	v.settle(ctx, settlement)
	v.unlimit(ctx)
	return settlement.Outcome, nil
}

// callerID chooses the number the far end is shown.
func (v *visit) callerID() phone.Number {
	return callerid.Choose(callerid.Request{
		Wanted: v.who.Credential.OutboundCID, Owned: v.who.Seller.OwnedNumbers,
		AnyAllowed: v.who.Seller.AnyCallerID, Default: v.who.Seller.DefaultCallerID,
	})
}

// hold puts the money aside before any channel exists.
func (v *visit) hold(ctx context.Context, to destination, trunks []routing.Trunk, shown phone.Number) (err error) {
	v.leg, err = v.Bank.Hold(ctx, billing.Hold{
		Leg: v.caller.Visit.OutboundLeg(1), Account: v.who.Account.ID, Credential: v.credential(),
		Tariff: to.tariff, Deck: v.who.Offering.Deck, Version: to.version,
		From: v.ani, To: to.number, CallerID: string(shown), Trunks: routing.Limits(trunks),
		GrantSeconds: v.Settings.GrantSeconds, MaxSeconds: v.Settings.MaxCallSeconds,
		Node: v.caller.Node, At: time.Now(),
		Inbound: billing.InboundLeg{
			Channel: v.caller.Channel, ANI: v.ani, AccessNumber: v.access.Number,
			Provider: v.access.Provider, Started: v.caller.Arrived, Answered: v.answered,
		},
	})
	if err == nil {
		v.log.Info().Str("leg", string(v.leg.Leg)).Str("to", string(v.leg.To)).Stringer("held", v.leg.Held).Int64("granted_s", v.leg.GrantedS).Msg("money held")
	}
	return err
}

// connect announces the talk time, dials trunk after trunk, and stays with the call
// until it ends. Whatever happens, the answer is what there is to settle.
func (v *visit) connect(ctx context.Context, trunks []routing.Trunk, shown phone.Number) billing.Settlement {
	if err := v.announceTalkTime(ctx); err != nil {
		return v.unanswered(v.abandoned())
	}
	for {
		callee, err := v.dial(ctx, trunkNamed(trunks, v.leg.Trunk), shown)
		if err != nil {
			return v.unanswered(v.dialFailed(ctx, err))
		}
		settlement := v.ring(ctx, callee)
		rest := after(trunks, v.leg.Trunk)
		if !settlement.Answered.IsZero() || !routing.Failover(settlement.Outcome.Cause) || len(rest) == 0 || ctx.Err() != nil {
			return settlement
		}
		if err := v.reroute(ctx, rest); err != nil {
			return settlement
		}
	}
}

// announceTalkTime says how long the money lasts, where the offering wants it said. The
// only error is a caller who leaves meanwhile.
func (v *visit) announceTalkTime(ctx context.Context) error {
	if !v.who.Offering.AnnounceTalkTime {
		return nil
	}
	err := v.say(ctx, v.Voice.Say(prompts.YouCanTalkFor), v.Voice.TalkTime(v.leg.AffordableS))
	if errors.Is(err, errGone) {
		return err
	}
	if err != nil {
		v.log.Warn().Err(err).Msg("announce talk time")
	}
	return nil
}

// reroute moves the call to the first trunk of the rest with a line to spare.
func (v *visit) reroute(ctx context.Context, rest []routing.Trunk) error {
	v.log.Warn().Str("leg", string(v.leg.Leg)).Str("trunk", v.leg.Trunk).Msg("trunk failed, trying the next")
	leg, err := v.Bank.Reroute(ctx, v.leg.Leg, routing.Limits(rest))
	if err == nil {
		v.leg = leg
	}
	return err
}

// dial tries to reach the far end over one trunk.
func (v *visit) dial(ctx context.Context, trunk routing.Trunk, shown phone.Number) (Callee, error) {
	v.log.Info().Str("leg", string(v.leg.Leg)).Str("trunk", trunk.Name).Str("caller_id", string(shown)).Msg("dialling")
	return v.line.Dial(ctx, Attempt{
		ID: v.leg.Channel(), Endpoint: trunk.DialString(v.leg.To), CallerID: shown,
		Ring: v.Settings.Ring, Talk: time.Duration(v.leg.GrantedS) * time.Second,
	})
}

// ring waits for the far end to answer, and talks if it does.
func (v *visit) ring(ctx context.Context, callee Callee) billing.Settlement {
	for {
		select {
		case <-v.keys.digits: // pressed out of impatience
		case at := <-callee.Answered():
			return v.talk(ctx, callee, at)
		case end := <-callee.Gone():
			return v.unreached(callee, end)
		case <-ctx.Done():
			return v.callerLeft(ctx, callee, time.Time{})
		}
	}
}

// unreached is what became of a far end that has gone, unless it had answered as well
// before we came to ask.
func (v *visit) unreached(callee Callee, end End) billing.Settlement {
	select {
	case answered := <-callee.Answered():
		return v.parted(answered, end)
	default:
		return billing.Settlement{Ended: end.At, Outcome: routing.OutcomeOf(end.Cause), Estimated: end.Estimated}
	}
}

func (v *visit) unanswered(o billing.Outcome) billing.Settlement {
	return billing.Settlement{Ended: time.Now(), Outcome: o}
}

func (v *visit) dialFailed(ctx context.Context, err error) billing.Outcome {
	if leaving(ctx) {
		return v.abandoned()
	}
	v.log.Error().Err(err).Msg("dial")
	return billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
}

// settle closes the leg on a context of its own: the caller may have gone already. What
// the bank cannot take now is kept, and taken to it again when the caller has left.
func (v *visit) settle(ctx context.Context, s billing.Settlement) {
	last, cancel := v.detached(ctx)
	defer cancel()
	cdr, err := v.Bank.Settle(last, s)
	if err != nil {
		v.log.Error().Err(err).Str("leg", string(s.Leg)).Msg("settle: will be tried again")
		v.unsettled = &s
		return
	}
	v.unsettled = nil
	v.log.Info().Str("leg", string(cdr.Leg)).Str("result", string(cdr.Result)).Str("reason", string(cdr.Reason)).
		Int("cause", cdr.Cause).Int64("answered_ms", cdr.AnsweredMS).Int64("billed_s", cdr.BilledS).Stringer("charge", cdr.Charge).Msg("leg settled")
}

// How often and how long a settlement that failed is tried again. After that the leg
// stays open, and the next start settles it by estimate.
const (
	settleAgainAfter = time.Second
	settlePatience   = 10 * time.Minute
)

// settleAtLast tries again what could not be settled while the caller was there.
func (v *visit) settleAtLast(ctx context.Context) {
	begun := time.Now()
	for wait := settleAgainAfter; v.unsettled != nil; wait *= 2 {
		if time.Since(begun) > settlePatience {
			v.log.Error().Str("leg", string(v.unsettled.Leg)).Msg("settle: given up; the leg stays open until the next start")
			return
		}
		time.Sleep(wait)
		v.settle(ctx, *v.unsettled)
	}
}

// unlimit lifts the call's limit from a caller who stays on the line.
func (v *visit) unlimit(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if err := v.line.Limit(ctx, 0); err != nil && ctx.Err() == nil {
		v.log.Warn().Err(err).Msg("clear caller's limit")
	}
}

func trunkNamed(trunks []routing.Trunk, name string) routing.Trunk {
	for _, t := range trunks {
		if t.Name == name {
			return t
		}
	}
	return routing.Trunk{}
}

// after is the trunks behind the named one in the order of trying.
func after(trunks []routing.Trunk, name string) []routing.Trunk {
	for i, t := range trunks {
		if t.Name == name {
			return trunks[i+1:]
		}
	}
	return nil
}
