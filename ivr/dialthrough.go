package ivr

import (
	"context"
	"errors"
	"time"

	"cccp/billing"
	"cccp/callerid"
	"cccp/prompts"
)

// dialthrough holds money, calls the number, lets the two talk, and settles. The outcome
// is how the B leg ended; an error means that there was none.
func (v *visit) dialthrough(ctx context.Context, to destination) (o billing.Outcome, err error) {
	v.calls++
	bLeg := &outbound{id: v.caller.Visit.OutboundLeg(v.calls), leg: &v.leg, to: to, ring: v.Settings.Ring}
	settlement := v.guarded(ctx, bLeg, func() *billing.Settlement {
		if err = v.place(ctx, bLeg); err != nil {
			return nil
		}
		return v.connect(ctx, bLeg)
	})
	if settlement == nil {
		return failed(), err
	}
	if ctx.Err() == nil {
		v.tolerant(func() { v.limitCaller(ctx) }) // at once: he outlives the callee by little
	}
	v.settle(ctx, *settlement)
	return settlement.Outcome, nil
}

// place finds out how to dial a call, and holds the money for it. The subscriber is read
// anew: what was switched off during the visit is off for the next call.
func (v *visit) place(ctx context.Context, bLeg *outbound) error {
	who, found, err := v.Directory.ByAccount(v.who.Account.ID, v.credential())
	if err != nil {
		return err
	}
	if !found {
		return billing.Refusal{Reason: billing.AccountNotActive}
	}
	v.who = who
	if err := billing.MayCall(who.Account, who.Offering, bLeg.to.price.Tariff, time.Now()); err != nil {
		return err
	}
	if bLeg.trunks, err = v.trunks(bLeg.to); err != nil {
		return err
	}
	bLeg.shown = v.shown(ctx)
	return v.hold(ctx, bLeg)
}

// longest is how many seconds a call may last: the platform's limit or, where that is
// less, the offering's.
func (v *visit) longest() int64 { return v.who.Offering.LongestCall(v.Settings.MaxCallSeconds) }

// shown chooses the caller ID that the callee is shown.
func (v *visit) shown(ctx context.Context) callerid.Identity {
	diverting := v.access.Number
	if diverting == "" {
		diverting = v.who.Seller.DefaultCallerID
	}
	return callerid.Choose(callerid.Request{
		Override: v.who.Account.OutboundCID, Wanted: v.who.Credential.OutboundCID,
		Owned: v.who.Seller.OwnedNumbers, AnyAllowed: v.who.Seller.AnyCallerID, Default: v.who.Seller.DefaultCallerID,
		Retain: v.who.Credential.RetainCID || v.disa.OwnCallerID, Caller: v.ani, Diverting: diverting,
		Withheld: v.isWithheld(ctx),
	})
}

// isWithheld says whether the caller withheld the ANI. Where the switch cannot tell, it
// counts as withheld.
func (v *visit) isWithheld(ctx context.Context) bool {
	if v.withheld == nil {
		withheld, err := v.line.Withheld(ctx)
		if err != nil {
			if ctx.Err() == nil {
				v.log.Warn().Err(err).Msg("presentation unknown: the caller is not shown")
			}
			withheld = true
		}
		v.withheld = &withheld
	}
	return *v.withheld
}

// connect announces the talk time, dials until a callee answers, and stays with the call
// until it ends. It returns what there is to settle, however the call went.
func (v *visit) connect(ctx context.Context, bLeg *outbound) *billing.Settlement {
	if err := v.announceTalkTime(ctx); err != nil {
		return unanswered(&v.leg, v.abandoned())
	}
	quiet := &comfort{visit: v}
	callee, answered, ended := v.ringUp(ctx, bLeg, quiet, v.line.Dial)
	if ended != nil {
		return ended
	}
	begun := time.Now() // not after the caller was answered, however long that takes
	quiet.hush(ctx)
	if err := v.answer(ctx); err != nil { // a phone that called directly, only now
		return v.unconnected(ctx, callee, answered)
	}
	return v.talk(ctx, callee, answered, begun)
}

// unconnected hangs up a callee that answered when the caller could not be answered. If
// the caller had not left, it is our fault and costs nothing.
func (v *visit) unconnected(ctx context.Context, callee Callee, answered time.Time) *billing.Settlement {
	s := v.callerLeft(ctx, &v.leg, callee, answered)
	if leaving(ctx) {
		return s
	}
	v.log.Error().Str("leg", string(v.leg.Leg)).Msg("the callee answered and the caller cannot be")
	return &billing.Settlement{
		Leg: v.leg.Leg, Ended: s.Ended, Estimated: s.Estimated,
		Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure},
	}
}

// announceTalkTime says how long the money lasts, where the offering wants it said. The
// only error is a caller who leaves meanwhile.
func (v *visit) announceTalkTime(ctx context.Context) error {
	if !v.who.Offering.AnnounceTalkTime || v.caller.Entry == EntryDirect {
		return nil
	}
	err := v.say(ctx, append(v.voice.Say(prompts.YouCanTalkFor), v.voice.TalkTime(v.leg.AffordableS)...))
	if errors.Is(err, errGone) {
		return err
	}
	if err != nil {
		v.log.Warn().Err(err).Msg("announce talk time")
	}
	return nil
}
