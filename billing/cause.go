package billing

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
	CauseChannelTaken      = 44 // of an answered leg: Asterisk's RTP timeout
)
