package ivr

import (
	"context"
	"time"

	"cccp/billing"
)

// Resume goes on with a conversation that an earlier run of the program left behind: the
// two still talk, the books hold money for them, and nothing else is remembered. aLeg
// is the open A leg of a callback; nil where the caller called us. It is charged, limited
// and extended like any other, and ends the visit. An answer the books do not know was not
// written down in time: it is taken to be now, and they are told.
func (s *Service) Resume(ctx context.Context, line Line, callee Callee, bLeg billing.OpenLeg, aLeg *billing.OpenLeg) {
	v := s.newVisit(line)
	v.leg, v.calls, v.job = bLeg, 1, bLeg.Job
	v.ani, v.to, v.answered = bLeg.Inbound.ANI, bLeg.To, bLeg.Inbound.Answered
	v.access = billing.AccessNumber{Number: bLeg.Inbound.AccessNumber, Provider: bLeg.Inbound.Provider}
	for _, leg := range []*billing.OpenLeg{&bLeg, aLeg} {
		if leg != nil && leg.Answered.IsZero() {
			leg.Answered = time.Now()
			v.note(ctx, leg.Leg, leg.Answered)
		}
	}
	v.remember(bLeg)
	v.log.Warn().Str("leg", string(bLeg.Leg)).Msg("leg of an earlier run still talks: staying with it to its end")
	if aLeg != nil {
		v.aLeg = &callerLeg{OpenLeg: *aLeg, answered: aLeg.Answered, begun: aLeg.Answered}
		v.answered = aLeg.Answered
	}
	known := &outbound{id: bLeg.Leg, leg: &v.leg, callee: callee, answered: bLeg.Answered}
	settlement := v.guarded(ctx, known, func() *billing.Settlement {
		return v.converse(ctx, callee, bLeg.Answered, bLeg.Answered)
	})
	if ctx.Err() == nil {
		v.tolerant(func() { v.limitCaller(ctx) })
	}
	v.settle(ctx, *settlement)
	v.last = settlement.Outcome
	v.explain(ctx, settlement.Outcome.Reason)
	if aLeg != nil {
		v.endALeg(ctx, settlement.Outcome)
	} else {
		v.leave(ctx, settlement.Outcome)
	}
	v.settleAtLast(ctx)
}

// remember finds out who the caller was, as far as that is still known.
func (v *visit) remember(leg billing.OpenLeg) {
	who, found, err := v.Directory.ByAccount(leg.Account, leg.Credential)
	if err != nil || !found {
		v.log.Warn().Err(err).Str("credential", leg.Credential).Msg("caller of an earlier run is not known any more")
		who.Account = billing.Account{ID: leg.Account, Provider: leg.Provider}
	}
	v.who = who
	v.speakTo()
}
