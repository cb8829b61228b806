package billing

import (
	"time"
)

// Settlement is what closes a leg.
type Settlement struct {
	Leg LegID
	// Answered and Ended are Asterisk's event times; Answered is zero if never.
	Answered, Ended time.Time
	Outcome         Outcome
	// Estimated marks times that had to be reckoned because nobody saw the end.
	Estimated bool
}

// CDR is the record of one leg (inbound "a", outbound "b").
type CDR struct {
	Seq       uint64  `json:"seq"`
	Leg       LegID   `json:"leg"`
	Visit     VisitID `json:"visit"`
	Direction string  `json:"direction"`
	Call
	Trunk    string    `json:"trunk,omitempty"`
	Attempts int       `json:"attempts,omitempty"`
	Node     string    `json:"node,omitempty"`
	Started  time.Time `json:"started"`
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended"`
	// AnsweredMS is the time between answer and end in milliseconds.
	AnsweredMS int64 `json:"answered_ms"`
	// BilledS is the charged time, in seconds: whole blocks of the tariff.
	BilledS int64 `json:"billed_s"`
	// GrantedS is the time money was held for; OverrunMS the time beyond it.
	GrantedS  int64 `json:"granted_s,omitempty"`
	OverrunMS int64 `json:"overrun_ms,omitempty"`
	// Bundle is what paid for the first FreeS seconds.
	Bundle   string `json:"bundle,omitempty"`
	FreeS    int64  `json:"free_s,omitempty"`
	Charge   Money  `json:"charge"`
	Currency string `json:"currency,omitempty"`
	// Cost is the carrier's charge for the whole leg, by the trunk's buy
	// deck and in the same currency; the rest of Charge is the margin. It is 0 where
	// the trunk has no such price.
	Cost    Money   `json:"cost,omitzero" doc:"what the trunk's carrier charges, by its buy deck"`
	Tariff  *Tariff `json:"tariff,omitempty"`
	Deck    string  `json:"deck,omitempty"`
	Version uint64  `json:"deck_version,omitempty"`
	Outcome
	Estimated bool `json:"estimated,omitempty"`
}

// Directions of a leg, as seen from the platform.
const (
	Inbound  = "inbound"
	Outbound = "outbound"
)

// ChargedSeconds is how long a leg was answered, in started seconds, but no longer than it
// was granted.
func (l OpenLeg) ChargedSeconds(s Settlement) int64 {
	if s.Answered.IsZero() {
		return 0
	}
	return min(DurationSeconds(s.Ended.Sub(s.Answered).Milliseconds()), l.GrantedS)
}

// Settle reckons the cost of a leg and writes its CDR: charged duration is
// min(answered, granted), so the charge never passes the hold.
func (l OpenLeg) Settle(s Settlement) CDR {
	c := CDR{
		Leg: l.Leg, Visit: l.Leg.Visit(), Direction: Outbound,
		Call:  l.Call,
		Trunk: l.Trunk, Attempts: l.Attempts, Node: l.Node,
		Started: l.Opened, Answered: s.Answered, Ended: s.Ended,
		GrantedS: l.GrantedS, Tariff: &l.Tariff, Deck: l.Deck, Version: l.Version,
		Outcome: s.Outcome, Estimated: s.Estimated,
	}
	c.AccessNumber = l.Inbound.AccessNumber // which every open leg has ever been stored with
	if s.Answered.IsZero() {
		return c
	}
	tariff := l.Tariff.Answered(s.Answered)
	c.Tariff = &tariff
	c.AnsweredMS = max(0, s.Ended.Sub(s.Answered).Milliseconds())
	charged := l.ChargedSeconds(s)
	c.OverrunMS = max(0, c.AnsweredMS-l.GrantedS*1000)
	c.BilledS = tariff.BilledSeconds(charged)
	c.Charge = tariff.Cost(charged)
	if free := min(charged, l.BundleS); free > 0 {
		c.Bundle, c.FreeS = l.Bundle, free
	}
	if l.Buy != nil {
		c.Cost = l.Buy.Cost(DurationSeconds(c.AnsweredMS))
	}
	return c
}
