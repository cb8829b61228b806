package wire

import (
	"time"

	"cccp/billing"
)

// Caller is somebody on the line.
type Caller struct {
	Visit   billing.VisitID `json:"visit"`
	ANI     string          `json:"ani"`
	Dialled string          `json:"dialled"`
	// Entry is how they came: access, callback, direct or disa.
	Entry string    `json:"entry,omitempty"`
	Since time.Time `json:"since"`
}

// Call is a caller with the leg they are paying for, if there is one: the one to the
// number they called before their own, which a callback pays for, too.
type Call struct {
	Caller
	Account  string    `json:"account,omitempty"`
	Job      string    `json:"job,omitempty"`
	To       string    `json:"to,omitempty"`
	Trunk    string    `json:"trunk,omitempty"`
	Answered time.Time `json:"answered,omitzero"`
	GrantedS int64     `json:"granted_s,omitempty"`
	// Held is put aside for all their legs.
	Held billing.Money `json:"held"`
}

// Status is what ccd says of itself.
type Status struct {
	Version string `json:"version"`
	// Asterisk says whether events arrive at present.
	Asterisk bool `json:"asterisk"`
	Calls    int  `json:"calls"`
	Dropped
}

// Dropped counts what could not be taken in since the start.
type Dropped struct {
	// EventsSkipped were of a kind or form nobody could decode.
	EventsSkipped uint64 `json:"events_skipped"`
	// DigitOverflows are callers hung up because they typed more than fits.
	DigitOverflows uint64 `json:"digit_overflows"`
}

// CallbackOrder has the platform call somebody at an account's expense.
type CallbackOrder struct {
	Account string `json:"account" maxLength:"128" doc:"account that pays"`
	To      string `json:"to" minLength:"1" maxLength:"32" doc:"number called first, national or with +"`
	Then    string `json:"then,omitempty" maxLength:"32" doc:"number called once they answer; asked for if not given"`
	Media   string `json:"media,omitempty" maxLength:"250" doc:"sound they hear first, as Asterisk names it"`
	DelayS  int    `json:"delay_s,omitempty" minimum:"0" maximum:"604800" doc:"seconds to wait before calling"`
}
