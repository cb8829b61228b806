package prompts

import "cccp/billing"

// Message is one thing said to callers, the same in every language. The list is
// closed; its values name the recordings where a message is one of our own.
type Message string

// Messages that ask for something.
const (
	EnterPIN         Message = "enter-pin"
	EnterDestination Message = "enter-destination"
)

// Messages that begin what Money or TalkTime ends.
const (
	YouHave       Message = "you-have"
	YouCanTalkFor Message = "you-can-talk-for"
)

// Messages that refuse what was entered.
const (
	PINWrong              Message = "pin-wrong"
	PINTriesSpent         Message = "pin-tries-spent" // takes leave too
	NumberInvalid         Message = "number-invalid"
	DestinationNotAllowed Message = "destination-not-allowed"
	CountryNotAllowed     Message = "country-not-allowed"
	NoRate                Message = "no-rate"
	TriesSpent            Message = "tries-spent" // destinations; takes leave too
)

// Messages that refuse a call for the account's sake.
const (
	NotEnoughMoney   Message = "not-enough-money"
	AccountNotActive Message = "account-not-active"
	AccountBusy      Message = "account-busy"
)

// Messages about the number called.
const (
	CalleeBusy        Message = "callee-busy"
	CalleeNoAnswer    Message = "callee-no-answer"
	CalleeRejected    Message = "callee-rejected"
	CalleeUnavailable Message = "callee-unavailable"
	NumberUnassigned  Message = "number-unassigned"
	NumberIncomplete  Message = "number-incomplete"
	LinesCongested    Message = "lines-congested"
)

// Messages that end a call or a visit.
const (
	TalkTimeSpent Message = "talk-time-spent"
	SystemFailure Message = "system-failure"
	ShuttingDown  Message = "shutting-down"
	Goodbye       Message = "goodbye"
)

// ForReason is the message that tells a caller why a leg ended; ok is false where
// there is nothing to tell, because he knows or is no longer there.
func ForReason(r billing.Reason) (m Message, ok bool) {
	m, ok = map[billing.Reason]Message{
		billing.CalleeHungUp:  Goodbye,
		billing.TalkTimeSpent: TalkTimeSpent,
		billing.Drained:       ShuttingDown,

		billing.Busy:              CalleeBusy,
		billing.NoAnswer:          CalleeNoAnswer,
		billing.CalleeRejected:    CalleeRejected,
		billing.NumberUnassigned:  NumberUnassigned,
		billing.NumberIncomplete:  NumberIncomplete,
		billing.Unavailable:       CalleeUnavailable,
		billing.Congestion:        LinesCongested,
		billing.NetworkFailure:    SystemFailure,
		billing.SwitchUnavailable: SystemFailure,

		billing.NotAuthenticated:  PINTriesSpent,
		billing.NoDestination:     TriesSpent,
		billing.AccountNotActive:  AccountNotActive,
		billing.AccountBusy:       AccountBusy,
		billing.TrunkBusy:         LinesCongested,
		billing.NoTrunk:           LinesCongested,
		billing.NoRate:            NoRate,
		billing.NotEnoughMoney:    NotEnoughMoney,
		billing.NotANumber:        NumberInvalid,
		billing.CalleeNotAllowed:  DestinationNotAllowed,
		billing.CountryNotAllowed: CountryNotAllowed,
		billing.ShuttingDown:      ShuttingDown,
		billing.Overload:          LinesCongested,
		billing.SystemFailure:     SystemFailure,
	}[r]
	return m, ok
}
