package ivr

import (
	"context"
	"slices"

	"cccp/billing"
)

// silent are the ends of calls after which the caller is only asked where else to call.
var silent = []billing.Reason{billing.CalleeHungUp, billing.CalleeLost, billing.NextCall}

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
		if !outcome.Reason.AllowsAnotherCall() || ctx.Err() != nil {
			v.explain(ctx, outcome.Reason)
			return outcome, nil
		}
		if !slices.Contains(silent, outcome.Reason) {
			if err := v.say(ctx, v.reasonSounds(outcome.Reason)); err != nil {
				return billing.Outcome{}, err
			}
		}
	}
	return billing.Outcome{}, billing.Refusal{Reason: billing.CallsSpent}
}
