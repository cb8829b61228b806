package ivr

import (
	"context"
	"slices"

	"cccp/billing"
)

// serve lets a recognised caller make one call after another without hanging up.
func (v *visit) serve(ctx context.Context) (billing.Outcome, error) {
	for v.calls < v.Settings.CallsPerVisit {
		to, err := v.destination(ctx)
		if err != nil {
			return billing.Outcome{}, err
		}
		outcome, err := v.dialthrough(ctx, to)
		if reason, refused := refusalOf(err); refused {
			outcome, err = billing.Outcome{Result: billing.Rejected, Reason: reason}, nil
		}
		if err != nil {
			return billing.Outcome{}, err
		}
		v.last = outcome
		if !slices.Contains(another, outcome.Reason) || ctx.Err() != nil {
			v.explain(ctx, outcome.Reason)
			return outcome, nil
		}
		if silent := outcome.Reason == billing.CalleeHungUp || outcome.Reason == billing.NextCall; !silent {
			if err := v.say(ctx, v.reasonSounds(outcome.Reason)); err != nil {
				return billing.Outcome{}, err
			}
		}
	}
	return billing.Outcome{}, billing.Refusal{Reason: billing.CallsSpent}
}

// another are the ends of a call after which somebody else may be called.
var another = []billing.Reason{
	billing.CalleeHungUp, billing.NextCall,
	billing.Busy, billing.NoAnswer, billing.CalleeRejected, billing.NumberUnassigned, billing.NumberIncomplete,
	billing.Unavailable, billing.Congestion, billing.NetworkFailure, billing.SwitchUnavailable,
	billing.NotEnoughMoney, billing.NoProfitableTrunk, billing.HighRiskDestination,
	billing.BelowMinBalance, billing.AccountEmpty, // a refill may help
}
