package routing

import (
	"slices"

	"cccp/billing"
)

// failover are the causes that say the trunk failed, not the person called:
// the next trunk may have better luck. Busy and rejected never do.
var failover = []int{
	billing.CauseNoRoute, billing.CauseDestinationBroken, billing.CauseNoCircuit, billing.CauseNetworkBroken,
	billing.CauseTemporary, billing.CauseSwitchCongestion, billing.CauseChannelTaken,
}

// Failover says whether another trunk may be tried after this cause.
func Failover(cause int) bool { return slices.Contains(failover, cause) }

// reasons is the taxonomy of failed attempts.
var reasons = map[int]billing.Reason{
	billing.CauseUnallocated:       billing.NumberUnassigned,
	billing.CauseNoRouteTransit:    billing.SwitchUnavailable,
	billing.CauseNoRoute:           billing.SwitchUnavailable,
	billing.CauseBusy:              billing.Busy,
	billing.CauseNoUserResponding:  billing.NoAnswer,
	billing.CauseNoAnswer:          billing.NoAnswer,
	billing.CauseAbsent:            billing.Unavailable,
	billing.CauseRejected:          billing.CalleeRejected,
	billing.CauseNumberChanged:     billing.NumberUnassigned,
	billing.CauseDestinationBroken: billing.SwitchUnavailable,
	billing.CauseIncomplete:        billing.NumberIncomplete,
	billing.CauseNoCircuit:         billing.Congestion,
	billing.CauseNetworkBroken:     billing.NetworkFailure,
	billing.CauseTemporary:         billing.NetworkFailure,
	billing.CauseSwitchCongestion:  billing.Congestion,
	billing.CauseChannelTaken:      billing.Congestion,
	billing.CauseNormalClearing:    billing.Unavailable,
}

// OutcomeOf is the outcome of a leg that ended unanswered with this cause.
func OutcomeOf(cause int) billing.Outcome {
	reason, ok := reasons[cause]
	if !ok {
		reason = billing.NetworkFailure
	}
	return billing.Outcome{Result: billing.Failed, Reason: reason, Cause: cause}
}
