package billing

// Result is how a leg ended, in one word; Reason says why.
type Result string

// The three results. Failed legs cost nothing.
const (
	Answered Result = "answered"
	Failed   Result = "failed"
	Rejected Result = "rejected" // by us, before or instead of dialling
)

// Reason says why a leg ended as it did. The list is closed: operators filter by
// it and prompts are chosen by it.
type Reason string

// Reasons of answered legs.
const (
	CallerHungUp  Reason = "caller_hung_up"
	CalleeHungUp  Reason = "callee_hung_up"
	CallerLost    Reason = "caller_lost" // no more media came from the caller (RTP timeout)
	CalleeLost    Reason = "callee_lost" // no more media came from the callee
	TalkTimeSpent Reason = "talk_time_spent"
	OperatorCut   Reason = "operator_cut"
	Drained       Reason = "drained"
	Recovered     Reason = "recovered" // ended while ccd was away; settled later
	NextCall      Reason = "next_call" // the caller asked for another destination
)

// Reasons of failed legs.
const (
	CallerAbandoned   Reason = "caller_abandoned"
	Busy              Reason = "busy"
	NoAnswer          Reason = "no_answer"
	CalleeRejected    Reason = "callee_rejected"
	NumberUnassigned  Reason = "number_unassigned"
	NumberIncomplete  Reason = "number_incomplete"
	Unavailable       Reason = "unavailable"
	Congestion        Reason = "congestion"
	NetworkFailure    Reason = "network_failure"
	SwitchUnavailable Reason = "switch_unavailable"
)

// Reasons of legs we rejected.
const (
	UnknownAccessNumber Reason = "unknown_access_number"
	CallbackTrigger     Reason = "callback_trigger"
	NotAuthenticated    Reason = "not_authenticated"
	NoPIN               Reason = "no_pin" // the caller was asked for one and entered none
	PINLocked           Reason = "pin_locked"
	NoDestination       Reason = "no_destination"
	// AccountNotActive is the general one: the account, or what it was recognised by, was
	// withdrawn while somebody called. The others say where it stands.
	AccountNotActive    Reason = "account_not_active"
	AccountNotActivated Reason = "account_not_activated" // generated or uploaded, not sold yet
	AccountBlocked      Reason = "account_blocked"
	AccountEmpty        Reason = "account_empty"
	AccountExpired      Reason = "account_expired"
	AccountBusy         Reason = "account_concurrency"
	CredentialBusy      Reason = "credential_concurrency"
	OfferingBusy        Reason = "offering_concurrency"
	ProviderBusy        Reason = "provider_concurrency"
	TrunkBusy           Reason = "trunk_concurrency"
	NoTrunk             Reason = "no_trunk"
	NoProfitableTrunk   Reason = "no_profitable_trunk" // each costs more than the caller pays
	NoRate              Reason = "no_rate"
	NotEnoughMoney      Reason = "not_enough_money"
	BelowMinBalance     Reason = "below_min_balance" // of the offering
	NotANumber          Reason = "not_a_number"
	CalleeNotAllowed    Reason = "callee_not_allowed"
	CalleeBlocked       Reason = "callee_blocked"
	CalleeNotOnList     Reason = "callee_not_on_list"
	CountryNotAllowed   Reason = "country_not_allowed"
	NothingToRedial     Reason = "nothing_to_redial"
	NoSpeedDial         Reason = "no_speed_dial"
	SpeedDialOff        Reason = "speed_dial_off" // the offering has none
	CallsSpent          Reason = "calls_per_visit"
	VelocityExceeded    Reason = "velocity_exceeded"     // more calls or minutes than a fraud rule lets an account have
	HighRiskDestination Reason = "high_risk_destination" // denied by a fraud rule
	ShuttingDown        Reason = "shutting_down"
	Overload            Reason = "overload"
	SystemFailure       Reason = "system_failure"
)

// Reasons why a voucher is not taken.
const (
	VoucherUnknown Reason = "voucher_unknown"
	VoucherUsed    Reason = "voucher_used"
	VoucherExpired Reason = "voucher_expired"
	BalanceFull    Reason = "balance_full" // more than an account can hold
)

// Reasons why no money is moved from one account to another.
const (
	TransferNotAllowed Reason = "transfer_not_allowed"
	NothingToTransfer  Reason = "nothing_to_transfer"
	TransferInUse      Reason = "transfer_account_in_use"  // open calls hold money of it
	TransferTooMuch    Reason = "transfer_balance_too_big" // more than the other account can hold
)

// Reasons why nobody is called back.
const (
	CallbackPending   Reason = "callback_pending"    // one to this number is under way
	CallbackTooSoon   Reason = "callback_cooldown"   // the last one was only just
	CallbackTooMany   Reason = "callback_daily_cap"  // of today
	CallbackNotThere  Reason = "callback_not_listed" // not among the phone-me numbers
	CallbackCancelled Reason = "callback_cancelled"  // by an operator
)

// Outcome is the one taxonomy of how legs end.
type Outcome struct {
	Result Result `json:"result"`
	Reason Reason `json:"reason"`
	// Cause is the ITU-T Q.850 cause, 0 where none was signalled.
	Cause int `json:"cause,omitempty"`
}

// Refusal is the error of a rule that says no: the reason, nothing else.
type Refusal struct{ Reason Reason }

func (r Refusal) Error() string { return "refused: " + string(r.Reason) }
