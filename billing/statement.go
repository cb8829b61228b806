package billing

import (
	"time"

	"cccp/internal/phone"
)

// Statement is what became of an account's money from one time until just before another.
// Opening and the amounts of its entries sum up to Closing. Entries count by the time they
// are of (a charge, by the end of its call), in the order in which they were booked.
type Statement struct {
	Account  string `json:"account"`
	Provider string `json:"provider"`
	Currency string `json:"currency"`
	// From and To are zero where there is no such bound.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// TimeZone is the provider's: dates begin at its midnight.
	TimeZone string           `json:"time_zone"`
	Opening  Money            `json:"opening"`
	Entries  []StatementEntry `json:"entries"`
	// In and Out are the sums added and taken, both positive.
	In      Money `json:"in"`
	Out     Money `json:"out"`
	Closing Money `json:"closing"`
}

// StatementEntry is a ledger entry with, where it is a charge, the call it is for.
type StatementEntry struct {
	LedgerEntry
	To         phone.Number `json:"to,omitempty"`
	AnsweredMS int64        `json:"answered_ms,omitempty"`
	BilledS    int64        `json:"billed_s,omitempty"`
}

// Add counts an entry in: before From it is part of the opening balance, from To on no
// part of the statement. listed says whether it is one of its entries.
func (s *Statement) Add(e LedgerEntry) (listed bool) {
	switch {
	case !s.To.IsZero() && !e.At.Before(s.To):
		return false
	case e.At.Before(s.From):
		s.Opening += e.Amount
		s.Closing += e.Amount
		return false
	case e.Amount > 0:
		s.In += e.Amount
	default:
		s.Out -= e.Amount
	}
	s.Closing += e.Amount
	return true
}
