package ivr

import (
	"context"

	"cccp/billing"
)

// Resume goes on with a conversation that an earlier run of the program left behind: the
// two still talk, the books hold money for them, and nothing else is remembered. own is
// the open leg to a caller whom we had called; nil where he called us. It is charged,
// limited and extended like any other, and ends the visit.
func (s *Service) Resume(ctx context.Context, line Line, callee Callee, far billing.OpenLeg, own *billing.OpenLeg) {
	v := s.newVisit(line)
	v.leg, v.calls, v.job = far, 1, far.Job
	v.ani, v.to, v.answered = far.Inbound.ANI, far.To, far.Inbound.Answered
	v.access = billing.AccessNumber{Number: far.Inbound.AccessNumber, Provider: far.Inbound.Provider}
	v.remember(far)
	v.log.Warn().Str("leg", string(far.Leg)).Msg("leg of an earlier run still talks: staying with it to its end")
	if own != nil {
		v.own = &ownLeg{OpenLeg: *own, answered: own.Answered, begun: own.Answered}
		v.answered = own.Answered
	}
	settlement := v.converse(ctx, callee, far.Answered, far.Answered)
	v.settle(ctx, *settlement)
	v.last = settlement.Outcome
	v.explain(ctx, settlement.Outcome.Reason)
	if own != nil {
		v.endOwn(ctx, settlement.Outcome)
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
