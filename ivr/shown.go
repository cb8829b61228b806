package ivr

import (
	"cccp/billing"
	"cccp/callerid"
	"cccp/internal/phone"
	"cccp/routing"
)

// identity is the caller ID over a trunk. One that is forced replaces whatever would be
// shown; the callee of a caller who is not to be shown does not see it either.
func (o *outbound) identity(t routing.Trunk) callerid.Identity {
	shown := o.shown
	if t.ForcedCallerID != "" {
		shown.Private = shown.Private || shown.Number == ""
		shown.Number = t.ForcedCallerID
	}
	return shown
}

// over is the caller ID as the trunk's carrier wants it written.
func (o *outbound) over(t routing.Trunk) Shown {
	shown := o.identity(t)
	written := func(n phone.Number) string {
		if n == "" {
			return ""
		}
		return t.CallerNumber(n)
	}
	return Shown{Number: written(shown.Number), Private: shown.Private, Diverting: written(shown.Diverting)}
}

// limits are the trunks' limits, with the caller ID each of them would show.
func (o *outbound) limits(trunks []routing.Candidate) []billing.TrunkLimit {
	limits := routing.Limits(trunks)
	for i, c := range trunks {
		limits[i].CallerID = o.identity(c.Trunk).Text()
	}
	return limits
}
