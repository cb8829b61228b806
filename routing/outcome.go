package routing

import (
	"slices"

	"cccp/billing"
)

// ITU-T Q.850 causes this platform sends or reckons with.
const (
	CauseUnallocated       = 1
	CauseNoRouteTransit    = 2
	CauseNoRoute           = 3
	CauseNormalClearing    = 16
	CauseBusy              = 17
	CauseNoUserResponding  = 18
	CauseNoAnswer          = 19
	CauseAbsent            = 20
	CauseRejected          = 21
	CauseNumberChanged     = 22
	CauseDestinationBroken = 27
	CauseIncomplete        = 28
	CauseNoCircuit         = 34
	CauseNetworkBroken     = 38
	CauseTemporary         = 41
	CauseSwitchCongestion  = 42
	CauseChannelTaken      = 44
)

// failover are the causes that say the trunk failed, not the person called:
// the next trunk may have better luck. Busy and rejected never do.
var failover = []int{
	CauseNoRoute, CauseDestinationBroken, CauseNoCircuit, CauseNetworkBroken,
	CauseTemporary, CauseSwitchCongestion, CauseChannelTaken,
}

// Failover says whether another trunk may be tried after this cause.
func Failover(cause int) bool { return slices.Contains(failover, cause) }

// reasons is the taxonomy of failed attempts.
var reasons = map[int]billing.Reason{
	CauseUnallocated:       billing.NumberUnassigned,
	CauseNoRouteTransit:    billing.SwitchUnavailable,
	CauseNoRoute:           billing.SwitchUnavailable,
	CauseBusy:              billing.Busy,
	CauseNoUserResponding:  billing.NoAnswer,
	CauseNoAnswer:          billing.NoAnswer,
	CauseAbsent:            billing.Unavailable,
	CauseRejected:          billing.CalleeRejected,
	CauseNumberChanged:     billing.NumberUnassigned,
	CauseDestinationBroken: billing.SwitchUnavailable,
	CauseIncomplete:        billing.NumberIncomplete,
	CauseNoCircuit:         billing.Congestion,
	CauseNetworkBroken:     billing.NetworkFailure,
	CauseTemporary:         billing.NetworkFailure,
	CauseSwitchCongestion:  billing.Congestion,
	CauseChannelTaken:      billing.Congestion,
	CauseNormalClearing:    billing.Unavailable,
}

// OutcomeOf is the outcome of a leg that ended unanswered with this cause.
func OutcomeOf(cause int) billing.Outcome {
	reason, ok := reasons[cause]
	if !ok {
		reason = billing.NetworkFailure
	}
	return billing.Outcome{Result: billing.Failed, Reason: reason, Cause: cause}
}
