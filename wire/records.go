package wire

import (
	"cccp/billing"
	"cccp/internal/phone"
)

// NewCredential is a credential as an operator gives it: a PIN goes from here to the
// store, which hashes and seals it, and nowhere else.
type NewCredential struct {
	Kind               billing.CredentialKind `json:"kind" enum:"ani,pin,sip" doc:"how the caller is recognised"`
	Value              string                 `json:"value" maxLength:"64" doc:"the number, PIN or SIP user"`
	Account            string                 `json:"account" doc:"account it opens"`
	OutboundCID        phone.Number           `json:"outbound_cid,omitempty" doc:"number its calls show, where owned"`
	RetainCID          bool                   `json:"retain_cid,omitempty" doc:"show the caller's own number"`
	Inactive           bool                   `json:"inactive,omitempty" doc:"kept but not accepted"`
	MaxConcurrentCalls int                    `json:"max_concurrent_calls,omitempty" doc:"calls at once; 0 is no limit"`
}

// CredentialValue asks for the credential of a number, PIN or SIP user.
type CredentialValue struct {
	Kind  billing.CredentialKind `json:"kind" enum:"ani,pin,sip"`
	Value string                 `json:"value" maxLength:"64"`
}

// DISAFields are what can be said of a DISA: its PIN instead of the hash.
type DISAFields struct {
	Account     string  `json:"account" doc:"account whose rules hold, and whose money pays"`
	PIN         *string `json:"pin" maxLength:"32" doc:"PIN that opens it"`
	PINDigits   int     `json:"pin_digits,omitempty" doc:"PIN length asked; that of the PIN if not given"`
	Tries       int     `json:"tries,omitempty" doc:"tries for the PIN; as elsewhere if not given"`
	OwnCallerID bool    `json:"own_caller_id,omitempty" doc:"show the caller's own number instead of the account's"`
	Unmetered   bool    `json:"unmetered,omitempty" doc:"calls cost nothing; rules and limits hold all the same"`
}

// NewDISA is a DISA as an operator gives it.
type NewDISA struct {
	Name string `json:"name" maxLength:"64" doc:"unique name, as in Stasis(cccp,disa,NAME)"`
	DISAFields
}

// NewLot is a lot as it is ordered.
type NewLot struct {
	Name      string        `json:"name" doc:"unique name"`
	Offering  string        `json:"offering" doc:"offering the cards are sold under"`
	Provider  string        `json:"provider,omitempty" doc:"provider the cards belong to; the offering's if not given"`
	Count     int           `json:"count" doc:"how many cards"`
	First     string        `json:"first,omitempty" doc:"number of the first card; after the last lot's if not given"`
	PINDigits int           `json:"pin_digits,omitempty" doc:"digits of a PIN; 12 if not given"`
	Balance   billing.Money `json:"balance,omitzero" doc:"money on each card"`
}

// LotStatus gives the cards of the lot in the path another status.
type LotStatus struct {
	Status billing.Status `json:"status" enum:"uploaded,activated,blocked" doc:"status the cards are to have"`
	From   string         `json:"from,omitempty" doc:"number of the first card; the lot's if not given"`
	To     string         `json:"to,omitempty" doc:"number of the last card; the lot's if not given"`
}
