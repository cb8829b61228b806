package billing

import (
	"slices"
	"time"

	"cccp/internal/phone"
)

// Status is where an account stands in its life (seed 003).
type Status string

// An activated account can call, an empty one what costs it nothing.
const (
	Generated Status = "generated"
	Uploaded  Status = "uploaded"
	Activated Status = "activated"
	Blocked   Status = "blocked"
	Empty     Status = "empty"
	Expired   Status = "expired"
)

// Calls says whether accounts of the status may call at all: an empty one may what costs
// it nothing, and is refilled any moment.
func (s Status) Calls() bool { return s == Activated || s == Empty }

var statuses = []Status{Generated, Uploaded, Activated, Blocked, Empty, Expired}

// Account is one prepaid balance: a "card" to its holder.
type Account struct {
	ID       string `json:"id" doc:"unique account number or name"`
	Provider string `json:"provider,omitempty" doc:"provider that has the account; the offering's if not given"`
	Offering string `json:"offering" doc:"offering the account is sold under"`
	// Lot is the lot it was generated in, if it was.
	Lot    string `json:"lot,omitempty" doc:"lot the account was generated in"`
	Status Status `json:"status,omitempty" doc:"generated, uploaded, activated, blocked, empty or expired"`
	// ActivatedAt is when it could call first.
	ActivatedAt time.Time `json:"activated_at,omitzero" doc:"moment of its activation"`
	// InitialBalance is the balance at sale; the ledger has every change since.
	InitialBalance Money `json:"initial_balance,omitzero" doc:"money it was generated or imported with"`
	// CreditLimit is how far below zero its balance may go.
	CreditLimit Money `json:"credit_limit,omitzero" doc:"how far below zero the balance may go"`
	// FirstAuthenticated and FirstCharged are when it was first used, in the two senses
	// of Expiry.FirstUseBy.
	FirstAuthenticated time.Time `json:"first_authenticated,omitzero" doc:"moment of its first authentication"`
	FirstCharged       time.Time `json:"first_charged,omitzero" doc:"moment of its first charged call"`
	// MaxConcurrentCalls is counted from open holds; 0 is no limit.
	MaxConcurrentCalls int `json:"max_concurrent_calls,omitempty" doc:"calls at a time; 0 is the offering's limit"`
	// Language overrides the offering's.
	Language string `json:"language,omitempty" doc:"language spoken, such as fr; the offering's if not given"`
	// OutboundCID overrides that of the account's credentials.
	OutboundCID phone.Number `json:"outbound_cid,omitempty" doc:"E.164 number all its calls show, where owned"`
	// Constraints are asked before the offering's.
	Constraints Constraints `json:"constraints,omitempty" doc:"rules such as block:^\\+1900, before the offering's"`
	// PhoneMe are numbers the account may be called back at.
	PhoneMe []phone.Number `json:"phone_me,omitempty" doc:"E.164 numbers the account may be called back at"`
	Person
	Expiry
}

// Most numbers of one account.
const (
	MaxPhoneMe = 100
	MaxOneStep = 100
)

// Validate refuses contents no call could be made under.
func (a Account) Validate() error {
	if err := CheckName("account", a.ID); err != nil {
		return err
	}
	if !slices.Contains(statuses, a.Status) {
		return invalid("status %q: give one of %s", a.Status, listed(statuses))
	}
	if len(a.PhoneMe) > MaxPhoneMe {
		return invalid("%d phone-me numbers: an account may have %d", len(a.PhoneMe), MaxPhoneMe)
	}
	for _, n := range a.PhoneMe {
		if err := CheckNumber("phone-me number", n); err != nil {
			return err
		}
	}
	if a.OutboundCID != "" {
		if err := CheckNumber("outbound caller ID", a.OutboundCID); err != nil {
			return err
		}
	}
	if a.CreditLimit < 0 || a.CreditLimit > MaxMoney {
		return invalid("credit_limit %s: give 0 to %s", a.CreditLimit, MaxMoney)
	}
	return firstOf(
		checkConcurrency("max_concurrent_calls", a.MaxConcurrentCalls),
		CheckName("provider", a.Provider), CheckName("offering", a.Offering),
		a.Constraints.Validate(), checkLanguage(a.Language), a.Person.Validate(), a.Expiry.Validate(),
	)
}
