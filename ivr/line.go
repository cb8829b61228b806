package ivr

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// Caller is a caller and what was dialled, as the network signalled it.
type Caller struct {
	Visit   billing.VisitID
	Channel string
	Node    string // Asterisk's entity ID
	ANI     string
	Dialled string
	// Entry is how the call came in: Stasis(cccp,ENTRY,…).
	Entry Entry
	// User is the caller's endpoint in Asterisk: its SIP user, or IMSI.
	User    string
	Arrived time.Time
}

// Entry is a way into the platform.
type Entry string

// The ways in: an access number, a phone's own context, a named DISA, and a callback.
const (
	EntryAccess   Entry = "access"
	EntryDirect   Entry = "direct"
	EntryDISA     Entry = "disa"
	EntryCallback Entry = "callback"
)

// End is when and why a leg ended.
type End struct {
	At time.Time
	// Cause is ITU-T Q.850.
	Cause int
	// Reason says why a caller's leg ended. A callee's has one only where it was not hung up.
	Reason billing.Reason
	// Estimated says that the end was not observed: At is when the leg was last known to
	// be up, or when it was missed.
	Estimated bool
}

// Line is the caller's channel. Its methods fail once the caller has gone.
type Line interface {
	Caller() Caller
	// Answer answers the call and returns when it did, by the switch's clock.
	Answer(ctx context.Context) (time.Time, error)
	// Play begins to play sounds one after another; before an answer, as early media.
	Play(ctx context.Context, sounds []string) (Playback, error)
	// Digits delivers what the caller types, buffered.
	Digits() <-chan byte
	// Held is the longest that a key was held so far.
	Held() time.Duration
	// Withheld says whether the caller asked not to be shown (CLIR).
	Withheld(ctx context.Context) (bool, error)
	// Dial calls the callee on a new channel, bridged to the caller.
	Dial(ctx context.Context, a Attempt) (Callee, error)
	// Limit has the switch itself end the leg after d, even if we are dead. 0 is no limit as long
	// as we live: the switch ends the leg soon after us. So it is from a caller's arrival on.
	Limit(ctx context.Context, d time.Duration) error
	// Hangup ends the leg with a Q.850 cause. Unanswered legs are rejected with it.
	Hangup(ctx context.Context, cause int) error
	// Ended is how the leg ended, once it has.
	Ended() (End, bool)
}

// Playback is a prompt being played.
type Playback interface {
	// Done is closed when the last sound has been played or the playback was stopped.
	Done() <-chan struct{}
	Stop(ctx context.Context) error
}

// Attempt is one try to reach a number over one trunk.
type Attempt struct {
	ID       billing.AttemptID
	Endpoint string
	// Shown is who the callee is told is calling.
	Shown Shown
	// Ring is how long to let it ring. Talk is the longest the switch lets the leg
	// live after that, should we not be there to set it anew.
	Ring, Talk time.Duration
	// CallerTalk is the longest the A leg may live meanwhile.
	CallerTalk time.Duration
}

// Shown is the caller's identity as the carrier wants it written.
type Shown struct {
	// Number is the caller ID; empty is anonymous.
	Number string
	// Private keeps it from the callee (RFC 3325 with Privacy: id).
	Private bool
	// Diverting is the number that sent the call on (RFC 5806); empty where none is told.
	Diverting string
}

// Callee is the channel of the B leg.
type Callee interface {
	// Heard is closed at the first sign of the callee: it rings, or its network sends sound.
	// What ends the wait for it, an answer or an end, closes it too.
	Heard() <-chan struct{}
	// Answered delivers the answer's time once.
	Answered() <-chan time.Time
	// Gone delivers the end once.
	Gone() <-chan End
	Limit(ctx context.Context, d time.Duration) error
	Hangup(ctx context.Context, cause int) error
}

// Directory knows who may call. Not found is no error: an error means that it cannot be
// told.
type Directory interface {
	AccessNumber(phone.Number) (n billing.AccessNumber, found bool, err error)
	DISA(name string) (d billing.DISA, found bool, err error)
	Provider(name string) (billing.Provider, error)
	ByANI(phone.Number) (who billing.Subscriber, found bool, err error)
	ByPIN(pin string) (who billing.Subscriber, found bool, err error)
	BySIPUser(user string) (who billing.Subscriber, found bool, err error)
	// ByDISA is who calls through a DISA, if the PIN is its own.
	ByDISA(name, pin string) (who billing.Subscriber, found bool, err error)
	// ByAccount is the subscriber of a callback or of an operator's order: the account, and
	// the credential ("ani:15149072508") where one was used.
	ByAccount(account, credential string) (who billing.Subscriber, found bool, err error)
}

// Routes knows where calls leave, and at what price.
type Routes interface {
	// Price is what a call costs an account by its offering.
	Price(billing.Inquiry) (p billing.Price, ok bool)
	// Signalled is how the trunk behind an endpoint of Asterisk signals numbers, and the
	// country whose national forms it means; "" is not declared.
	Signalled(endpoint string) (form phone.Form, country string)
	// Routes chooses and orders the trunks of a call.
	Routes(routing.Request) (routing.Selection, error)
}

// Bank holds and moves money. Refusals are billing.Refusal.
type Bank interface {
	Hold(context.Context, billing.Hold) (billing.OpenLeg, error)
	Answer(ctx context.Context, leg billing.LegID, at time.Time) error
	// Extend grants legs that run side by side aheadS seconds more than each has used,
	// or as many as the money reaches for, and keeps the answers that claims carry.
	Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) ([]billing.OpenLeg, error)
	// Reroute moves a leg to the first of the trunks that takes a call at a moment.
	Reroute(ctx context.Context, leg billing.LegID, trunks []billing.TrunkLimit, at time.Time) (billing.OpenLeg, error)
	Settle(context.Context, billing.Settlement) (billing.CDR, error)
	Record(context.Context, billing.CDR) error
	// Funded tells when an account may have more money than before, until stop.
	Funded(account string) (funded <-chan struct{}, stop func())
}

// Desk serves a caller in all that is not a call. Refusals are billing.Refusal.
type Desk interface {
	Balance(account string) (billing.Balance, error)
	// FreeLeft says whether any of the bundles named still pays for calls of the account.
	FreeLeft(account string, bundles []string, at time.Time) (bool, error)
	// LastCall is the record of the account's last outbound leg.
	LastCall(account string) (cdr billing.CDR, found bool, err error)
	// LastDialled is the number last called with a credential ("ani:15149072508").
	LastDialled(credential string) (n phone.Number, found bool, err error)
	SpeedDial(account, digits string) (n phone.Number, found bool, err error)
	SetSpeedDial(context.Context, billing.SpeedDial) error
	// RegisterPhone makes a number an ANI credential of the account, like the
	// credential its holder was recognised by.
	RegisterPhone(ctx context.Context, n phone.Number, like billing.Credential) error
	// MayRegister says whether the account may have one more such number.
	MayRegister(account string) (bool, error)
	// Redeem puts a voucher's money on an account, once.
	Redeem(context.Context, billing.Redemption) (billing.LedgerEntry, error)
	// Transfer moves money from one account to another, once.
	Transfer(context.Context, billing.Transfer) (billing.Transferred, error)
	// Recognised keeps when an account was first recognised, or that it has expired.
	Recognised(ctx context.Context, account string, at time.Time) error
}

// Guard counts wrong PINs and codes, and locks out callers who guess.
type Guard interface {
	// Locked says whether a caller may not try at an access number at present.
	Locked(caller phone.Number, access string) (bool, error)
	Missed(ctx context.Context, caller phone.Number, access string) error
}

// Callback is a caller to be called back.
type Callback struct {
	// Job names the order; empty while it is being given.
	Job        string
	Account    string
	Credential string // of the subscriber, "ani:15149072508"; may be empty
	To         phone.Number
	Access     phone.Number // the number that was called; may be empty
	// After is when the call that orders it will have ended; the callback waits for that.
	// It is not part of the order kept.
	After time.Time
	// Withheld says that the caller asked not to be shown when he ordered.
	Withheld bool
	// Then is the number to connect the caller with; empty asks him for one. Media, a
	// media URI, is played to him first.
	Then  phone.Number
	Media string
}

// Callbacks takes orders for callbacks. Refusals are billing.Refusal.
type Callbacks interface {
	Request(context.Context, Callback) (job string, err error)
}

// Switch places the A legs of callbacks.
type Switch interface {
	// Node is Asterisk's entity ID, as far as it is known.
	Node() string
	// Call makes a channel, dials it, and returns while it rings. Release must be called
	// once it is done with.
	Call(ctx context.Context, who Caller, a Attempt) (Outgoing, error)
}

// Outgoing is the A leg of a callback: it rings like a callee, and is a caller's line once
// answered.
type Outgoing interface {
	Line
	Callee
	// Present ends when the channel has gone.
	Present() context.Context
	Release()
}
