package wire

import (
	"time"

	"cccp/billing"
	"cccp/internal/phone"
)

// Authorisation is whether an account may call a number at present, and for how long.
type Authorisation struct {
	Allowed bool           `json:"allowed"`
	Reason  billing.Reason `json:"reason,omitempty" doc:"why not"`
	To      phone.Number   `json:"to,omitempty"`
	// MaxSeconds is the longest call the account may make and can pay for.
	MaxSeconds int64           `json:"max_seconds"`
	Available  billing.Money   `json:"available"`
	Currency   string          `json:"currency"`
	Tariff     *billing.Tariff `json:"tariff,omitempty"`
	Deck       string          `json:"deck,omitempty"`
	Version    uint64          `json:"deck_version,omitempty"`
}

// ChargeOrder asks for money to be held for a call that another switch makes.
type ChargeOrder struct {
	// ID is the call's own: the same one is held for once.
	ID string `json:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" doc:"the call's own ID"`

	Account string `json:"account" maxLength:"128" doc:"account that pays"`
	To      string `json:"to" minLength:"1" maxLength:"32" doc:"number called, national or with +"`
	From    string `json:"from,omitempty" maxLength:"32" doc:"number that calls"`
	Trunk   string `json:"trunk,omitempty" maxLength:"64" doc:"trunk the call leaves by; the best one if not given"`
	// GrantS is the talk time that is held at once.
	GrantS int64 `json:"grant_s,omitempty" minimum:"0" maximum:"86400" doc:"seconds of talk time held; 300 if left out"`
}

// ChargeMore asks for more talk time.
type ChargeMore struct {
	UsedS  int64 `json:"used_s" minimum:"0" maximum:"86400" doc:"seconds from the answer to where more begins"`
	AheadS int64 `json:"ahead_s" minimum:"1" maximum:"86400" doc:"seconds of talk time asked for from then on"`

	Answered time.Time `json:"answered,omitzero" doc:"moment of the answer, if it was not told before"`
}

// ChargeAnswer says when a call was answered.
type ChargeAnswer struct {
	At time.Time `json:"at" doc:"moment of the answer"`
}

// ChargeEnd says how a call ended.
type ChargeEnd struct {
	Answered time.Time `json:"answered,omitzero" doc:"moment of the answer, if it was not told before"`
	Ended    time.Time `json:"ended" doc:"moment the call ended"`
	Cause    int       `json:"cause,omitempty" minimum:"0" maximum:"127" doc:"ITU-T Q.850 cause"`
}
