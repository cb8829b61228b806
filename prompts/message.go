package prompts

import "cccp/billing"

// Message is one thing said to callers, the same in every language. The list is
// closed; its values name the recordings where a message is one of our own.
type Message string

// Messages that ask for something.
const (
	EnterPIN         Message = "enter-pin"
	EnterDestination Message = "enter-destination"
	EnterVoucher     Message = "enter-voucher"
	EnterOtherPIN    Message = "enter-other-pin"         // of the card whose money is to be moved
	EnterSpeedDial   Message = "enter-speed-dial"        // its one or two digits
	EnterSpeedNumber Message = "enter-speed-dial-number" // the number it stands for
	OfferRegister    Message = "offer-register"          // "… press 1"
	ForLanguagePress Message = "for-language-press"      // "For English, press": a digit follows
)

// Messages that begin what Money or TalkTime ends.
const (
	YouHave       Message = "you-have"
	YouCanTalkFor Message = "you-can-talk-for"
	LastCallCost  Message = "last-call-cost"
	CreditedWith  Message = "credited-with" // by a voucher
)

// Messages that warn or confirm.
const (
	OneMinuteLeft     Message = "one-minute-left"
	ThirtySecondsLeft Message = "thirty-seconds-left"
	PhoneRegistered   Message = "phone-registered"
	SpeedDialSaved    Message = "speed-dial-saved"
	PleaseHold        Message = "please-hold" // nothing is heard of the callee yet
)

// Messages that refuse what was entered.
const (
	PINWrong              Message = "pin-wrong"
	PINMissing            Message = "pin-missing"     // nothing was entered
	PINTriesSpent         Message = "pin-tries-spent" // takes leave too
	NumberInvalid         Message = "number-invalid"
	DestinationNotAllowed Message = "destination-not-allowed"
	CountryNotAllowed     Message = "country-not-allowed"
	NoRate                Message = "no-rate"
	PINLocked             Message = "pin-locked" // too many wrong ones: takes leave too
	CalleeBlocked         Message = "callee-blocked"
	CalleeNotOnList       Message = "callee-not-on-list"
	NothingToRedial       Message = "nothing-to-redial"
	NoSpeedDial           Message = "no-speed-dial"
	NoLastCall            Message = "no-last-call"
	VoucherUnknown        Message = "voucher-unknown"
	VoucherUsed           Message = "voucher-used"
	VoucherExpired        Message = "voucher-expired"
	BalanceFull           Message = "balance-full"
	SpeedDialOff          Message = "speed-dial-off"
	TransferNotAllowed    Message = "transfer-not-allowed"
	NothingToTransfer     Message = "nothing-to-transfer"
	TransferTooMuch       Message = "transfer-too-much"
	TriesSpent            Message = "tries-spent" // destinations; takes leave too
)

// Messages that refuse a call for the account's sake.
const (
	NotEnoughMoney      Message = "not-enough-money"
	AccountNotActive    Message = "account-not-active"
	AccountNotActivated Message = "account-not-activated" // not yet
	AccountBlocked      Message = "account-blocked"
	AccountEmpty        Message = "account-empty"
	AccountExpired      Message = "account-expired"
	AccountBusy         Message = "account-busy"
	TooManyCalls        Message = "too-many-calls" // or minutes, within a while
	ServiceBusy         Message = "service-busy"   // the offering's or provider's lines are all taken
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
	CallsSpent    Message = "calls-spent" // as many calls as one visit may have
	Goodbye       Message = "goodbye"
)

// ForReason is the message that tells a caller why a leg ended; ok is false where
// there is nothing to tell, because he knows or is no longer there.
func ForReason(r billing.Reason) (m Message, ok bool) {
	m, ok = map[billing.Reason]Message{
		billing.CalleeHungUp:  Goodbye,
		billing.CalleeLost:    Goodbye,
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

		billing.NotAuthenticated:    PINTriesSpent,
		billing.NoPIN:               TriesSpent,
		billing.NoDestination:       TriesSpent,
		billing.AccountNotActive:    AccountNotActive,
		billing.AccountNotActivated: AccountNotActivated,
		billing.AccountBlocked:      AccountBlocked,
		billing.AccountEmpty:        AccountEmpty,
		billing.AccountExpired:      AccountExpired,
		billing.PINLocked:           PINLocked,
		billing.AccountBusy:         AccountBusy,
		billing.CredentialBusy:      AccountBusy,
		billing.OfferingBusy:        ServiceBusy,
		billing.ProviderBusy:        ServiceBusy,
		billing.CalleeBlocked:       CalleeBlocked,
		billing.CalleeNotOnList:     CalleeNotOnList,
		billing.NothingToRedial:     NothingToRedial,
		billing.NoSpeedDial:         NoSpeedDial,
		billing.SpeedDialOff:        SpeedDialOff,
		billing.TransferNotAllowed:  TransferNotAllowed,
		billing.NothingToTransfer:   NothingToTransfer,
		billing.TransferInUse:       AccountBusy,
		billing.TransferTooMuch:     TransferTooMuch,
		billing.CallsSpent:          CallsSpent,
		billing.VoucherUnknown:      VoucherUnknown,
		billing.VoucherUsed:         VoucherUsed,
		billing.VoucherExpired:      VoucherExpired,
		billing.BalanceFull:         BalanceFull,
		billing.TrunkBusy:           LinesCongested,
		billing.NoTrunk:             LinesCongested,
		billing.NoRate:              NoRate,
		billing.NotEnoughMoney:      NotEnoughMoney,
		billing.BelowMinBalance:     NotEnoughMoney,
		billing.NotANumber:          NumberInvalid,
		billing.CalleeNotAllowed:    DestinationNotAllowed,
		billing.CountryNotAllowed:   CountryNotAllowed,
		billing.ShuttingDown:        ShuttingDown,
		billing.Overload:            LinesCongested,
		billing.SystemFailure:       SystemFailure,

		billing.NoProfitableTrunk:   LinesCongested,
		billing.VelocityExceeded:    TooManyCalls,
		billing.HighRiskDestination: CalleeBlocked,
	}[r]
	return m, ok
}
