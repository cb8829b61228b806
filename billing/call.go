package billing

import (
	"strconv"
	"strings"
	"time"

	"cccp/internal/phone"
)

// VisitID names one caller's stay. IDs are made before anything is asked of
// Asterisk or the store, and they nest: visit, call, leg, attempt. Each is the
// idempotency key of what is done under it.
type VisitID string

// external begins the visits of calls that another switch makes; no ID of ours has a dot.
const external = "ext."

// ExternalVisit is the visit of a call that another switch makes, by that switch's ID.
func ExternalVisit(id string) VisitID { return VisitID(external + id) }

// External says whether another switch makes the call: ours knows nothing of it.
func (v VisitID) External() bool { return strings.HasPrefix(string(v), external) }

// LegID names one leg: hold, settlement and CDR go by it.
type LegID string

// AttemptID names one try of a leg over one trunk; it is also the channel's ID.
type AttemptID string

// CallerLeg is the A leg: inbound where he called us, outbound where we
// called him back.
func (v VisitID) CallerLeg() LegID { return LegID(string(v) + "-a") }

// OutboundLeg is the leg to the number called in the visit's nth call (from 1).
func (v VisitID) OutboundLeg(n int) LegID { return LegID(string(v) + "-" + strconv.Itoa(n) + "b") }

// Attempt is the leg's nth try (from 1).
func (l LegID) Attempt(n int) AttemptID { return AttemptID(string(l) + strconv.Itoa(n)) }

// Caller says whether it is an A leg.
func (l LegID) Caller() bool { return strings.HasSuffix(string(l), "-a") }

// Visit is the visit a leg belongs to.
func (l LegID) Visit() VisitID {
	if end := strings.LastIndexByte(string(l), '-'); end >= 0 {
		return VisitID(l[:end])
	}
	return VisitID(l)
}

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

// Call is what the asking for money, the money held and the record of a leg know alike of
// its call: whose it is and between whom. All of it stands under its own name in the
// records that embed it, so a new field here is a new field of each of them.
type Call struct {
	// Provider is the account's; of a caller's inbound leg, that of the access number. The
	// store sets it on what it holds.
	Provider string `json:"provider,omitempty"`
	Account  string `json:"account,omitempty"`
	// Credential is how the caller was recognised: its kind, a colon and its ID.
	Credential string `json:"credential,omitempty"`
	// Job is the callback or other order the leg was made for.
	Job string `json:"job,omitempty"`
	// AccessNumber is the number of ours that the caller dialled.
	AccessNumber phone.Number `json:"access_number,omitempty"`
	// From is the caller's ANI, To the number called.
	From phone.Number `json:"from,omitempty"`
	To   phone.Number `json:"to,omitempty"`
	// CallerID is what the callee is shown; empty is anonymous.
	CallerID string `json:"caller_id,omitempty"`
}

// Hold asks for money to be put aside for one leg, and for a place on a trunk.
type Hold struct {
	Leg LegID
	Call
	Offering string
	// Beside is the A leg, where that costs money too: what is granted must
	// last for both at once, and the two count as one call. What that leg was granted
	// alone is shared out anew: its grant becomes Beside.UsedS and this leg's together, so
	// the switch must carry no longer a limit for it than UsedS while the hold is made.
	Beside  *Claim
	Tariff  Tariff
	Deck    string
	Version uint64
	// Bundles are asked in this order to pay for the beginning of the call.
	Bundles []string
	// Trunks are tried in this order; the first with a free line is taken.
	Trunks []TrunkLimit
	// GrantSeconds is the most talk time held at once; more is extended later.
	GrantSeconds int64
	// MaxSeconds is the longest the leg may last, extended or not, however much money there
	// is.
	MaxSeconds int64
	Node       string
	Inbound    InboundLeg
	At         time.Time
}

// TrunkLimit is what a hold needs to know of a trunk.
type TrunkLimit struct {
	Name               string
	MaxConcurrentCalls int // 0 is no limit
	CallsPerSecond     int // tries begun within one second of the clock; 0 is no limit
	// Buy is what its carrier charges for the call, in the currency of the account; nil
	// where nobody can tell.
	Buy *Tariff
}

// InboundLeg is what an open call remembers of its caller's leg, so that the
// caller's CDR can be written even if the daemon is gone when the caller leaves.
type InboundLeg struct {
	Channel      string       `json:"channel"`
	ANI          phone.Number `json:"ani,omitempty"`
	AccessNumber phone.Number `json:"access_number"`
	Provider     string       `json:"provider"`
	Started      time.Time    `json:"started"`
	Answered     time.Time    `json:"answered,omitzero"`
}

// OpenLeg is a hold as it stands: the money put aside for one leg, with all that
// is needed to settle it without asking anything else.
type OpenLeg struct {
	Leg LegID `json:"leg"`
	Call
	Offering string `json:"offering,omitempty"`
	// Beside is the A leg, if that costs money too.
	Beside  LegID  `json:"beside,omitempty"`
	Tariff  Tariff `json:"tariff"`
	Deck    string `json:"deck"`
	Version uint64 `json:"deck_version"`
	Trunk   string `json:"trunk"`
	// Buy is what the trunk's carrier charges, where that is known.
	Buy *Tariff `json:"buy,omitempty"`
	// LimitS is the longest the leg may last, in seconds, by what was asked for and by fraud
	// rules; 0 is no limit.
	LimitS int64 `json:"limit_s,omitempty"`
	// Watched are the fraud rules by whose counters it is counted.
	Watched []string `json:"watched,omitempty"`
	// Attempts counts the tries so far; the channel is Leg.Attempt(Attempts).
	Attempts int    `json:"attempts"`
	Node     string `json:"node,omitempty"`
	// GrantedS is the talk time paid for by Held, in whole seconds; AffordableS how much
	// the balance paid for, and the limits left, when the leg was first held for.
	GrantedS    int64     `json:"granted_s"`
	AffordableS int64     `json:"affordable_s"`
	Held        Money     `json:"held"`
	Opened      time.Time `json:"opened"`
	// Expires is when its account does, as far as that was known when the call began: it
	// is not extended beyond.
	Expires  time.Time  `json:"expires,omitzero"`
	Answered time.Time  `json:"answered,omitzero"`
	Inbound  InboundLeg `json:"inbound"`
	Bundled
}

// Bundled is what a bundle may pay of a leg: the beginning of it.
type Bundled struct {
	Bundle       string `json:"bundle,omitempty"`
	BundleSeries uint64 `json:"bundle_series,omitempty"`
	// BundleSince is when the period began that it is paid in.
	BundleSince time.Time `json:"bundle_since,omitzero"`
	// BundleS is how many seconds are paid at most; where BundleCall, as a whole call.
	BundleS    int64 `json:"bundle_s,omitempty"`
	BundleCall bool  `json:"bundle_call,omitempty"`
}

// AbandonedFor is how long ago what was granted was over, where nobody has said more of the
// leg: less than 0 while it lasts.
func (l OpenLeg) AbandonedFor(at time.Time) time.Duration {
	begun := l.Opened
	if !l.Answered.IsZero() {
		begun = l.Answered
	}
	return at.Sub(begun) - time.Duration(l.GrantedS)*time.Second
}

// Channel is the ID of the channel the leg is on now.
func (l OpenLeg) Channel() AttemptID { return l.Leg.Attempt(l.Attempts) }

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
	// BilledS is what was charged for, in seconds: whole blocks of the tariff.
	BilledS int64 `json:"billed_s"`
	// GrantedS is what was held for; OverrunMS what the leg lasted beyond it.
	GrantedS  int64 `json:"granted_s,omitempty"`
	OverrunMS int64 `json:"overrun_ms,omitempty"`
	// Bundle is what paid for the first FreeS seconds.
	Bundle   string `json:"bundle,omitempty"`
	FreeS    int64  `json:"free_s,omitempty"`
	Charge   Money  `json:"charge"`
	Currency string `json:"currency,omitempty"`
	// Cost is what the trunk's carrier charges for all the leg lasted, by the trunk's buy
	// deck and in the same currency; what is left of Charge is the margin. It is 0 where
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

// Settle reckons what a leg costs and writes its CDR: charged duration is
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
	if l.Bundle != "" && charged > 0 {
		c.Bundle, c.FreeS = l.Bundle, min(charged, l.BundleS)
	}
	if l.Buy != nil {
		c.Cost = l.Buy.Cost(DurationSeconds(c.AnsweredMS))
	}
	return c
}
