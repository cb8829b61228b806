package ivr

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// Caller is who called what, as the network signalled it.
type Caller struct {
	Visit   billing.VisitID
	Channel string
	Node    string // Asterisk's entity ID
	ANI     string
	Dialled string
	Arrived time.Time
}

// End is when and why a leg ended.
type End struct {
	At time.Time
	// Cause is ITU-T Q.850.
	Cause int
	// Reason is CallerHungUp unless we ended the leg ourselves.
	Reason billing.Reason
	// Estimated says that nobody saw the end: At is when the leg was last known to be
	// up, or when it was missed.
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
	// Dial calls the far end on a new channel, bridged to the caller.
	Dial(ctx context.Context, a Attempt) (Callee, error)
	// Limit has the switch itself end the leg after d, whatever becomes of us; 0 clears it.
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
	// CallerID is the number shown; empty is anonymous (RFC 3323).
	CallerID phone.Number
	// Ring is how long to let it ring. Talk is the longest the switch lets the leg
	// live after that, should we not be there to set it anew.
	Ring, Talk time.Duration
}

// Callee is the far end's channel.
type Callee interface {
	// Answered delivers the answer's time once.
	Answered() <-chan time.Time
	// Gone delivers the end once.
	Gone() <-chan End
	Limit(ctx context.Context, d time.Duration) error
	Hangup(ctx context.Context, cause int) error
}

// Directory knows who may call, and at what price. That something is not there is no
// error: an error means that nobody can tell.
type Directory interface {
	AccessNumber(phone.Number) (n billing.AccessNumber, found bool, err error)
	Provider(name string) (billing.Provider, error)
	ByANI(phone.Number) (who billing.Subscriber, found bool, err error)
	ByPIN(pin string) (who billing.Subscriber, found bool, err error)
	Tariff(deck string, to phone.Number) (t billing.Tariff, version uint64, ok bool)
	Routes() ([]routing.Trunk, error)
}

// Bank holds and moves money. Refusals are billing.Refusal.
type Bank interface {
	Hold(context.Context, billing.Hold) (billing.OpenLeg, error)
	Answer(ctx context.Context, leg billing.LegID, at time.Time) error
	Extend(ctx context.Context, leg billing.LegID, wantSeconds int64) (billing.OpenLeg, error)
	Reroute(ctx context.Context, leg billing.LegID, trunks []billing.TrunkLimit) (billing.OpenLeg, error)
	Settle(context.Context, billing.Settlement) (billing.CDR, error)
	Record(context.Context, billing.CDR) error
}
