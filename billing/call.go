package billing

import (
	"fmt"
	"time"

	"cccp/internal/phone"
)

// Call is what Hold, OpenLeg and CDR have in common: whose call it is, and between whom. It
// is embedded, in JSON too, so a new field here is a new field of all three.
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
	// From is the caller's number: E.164 digits where it fits a numbering plan. Where it does
	// not, or the caller left before that was known, it is what was signalled, such as 100 or
	// anonymous, up to 32 printable characters (phone.Signalled). It is there to be read; rules
	// and caller IDs go by the ANI, which is a number or empty.
	From string `json:"from,omitempty"`
	// To is the number called.
	To phone.Number `json:"to,omitempty"`
	// CallerID is the number the callee is shown; empty is anonymous.
	CallerID string `json:"caller_id,omitempty"`
}

// Hold asks for money to be put aside for one leg, and for a place on a trunk.
type Hold struct {
	Leg LegID
	Call
	Offering string
	// Beside is the A leg, where it costs money too: the grant must last for both legs at
	// once, and the two count as one call. The A leg's grant becomes Beside.UsedS plus this
	// leg's, so while the hold is made, the switch's limit for it must not pass UsedS.
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
	// MaxSeconds is the longest the leg may last, however much money there is.
	MaxSeconds int64
	Node       string
	Inbound    InboundLeg
	At         time.Time
}

// TrunkLimit is a trunk as a hold needs it.
type TrunkLimit struct {
	Name               string
	MaxConcurrentCalls int // 0 is no limit
	CallsPerSecond     int // tries begun within one second of the clock; 0 is no limit
	// CallerID is the number shown over it, where that depends on the trunk.
	CallerID string
	// Buy is what its carrier charges for the call, in the currency of the account; nil
	// where nobody can tell.
	Buy *Tariff
}

// InboundLeg is an open call's memory of its caller's leg, so that the
// caller's CDR can be written even if the daemon is gone when the caller leaves.
type InboundLeg struct {
	Channel string `json:"channel"`
	// ANI is the caller's number, empty where it fits no numbering plan.
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
	// Buy is the carrier's tariff, where it is known.
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
	// Expires is when the account expires, as known when the call began: the leg is not
	// extended beyond it.
	Expires  time.Time `json:"expires,omitzero"`
	Answered time.Time `json:"answered,omitzero"`
	// Guessed says that nobody told of the answer yet: it follows from talk time that was
	// asked for.
	Guessed bool       `json:"answer_guessed,omitempty"`
	Inbound InboundLeg `json:"inbound"`
	Bundled
}

// Bundled is the beginning of a leg, as far as a bundle may pay for it.
type Bundled struct {
	Bundle       string `json:"bundle,omitempty"`
	BundleSeries uint64 `json:"bundle_series,omitempty"`
	// BundleSince is when the period began that it is paid in.
	BundleSince time.Time `json:"bundle_since,omitzero"`
	// BundleS is how many seconds are reserved, from the answer on: as many of those granted
	// as there were; where BundleCall, a whole call.
	BundleS    int64 `json:"bundle_s,omitempty"`
	BundleCall bool  `json:"bundle_call,omitempty"`
}

// Answer takes the moment a leg was answered, and says whether that is news. An answer that
// was told stays: told again with another moment it is refused with ErrConflict. A guess
// stays until an answer is told, whatever is guessed later.
func (l *OpenLeg) Answer(at time.Time, guessed bool) (news bool, err error) {
	switch {
	case l.Answered.IsZero() || l.Guessed && !guessed:
		l.Answered, l.Guessed = at, guessed
		return true, nil
	case guessed || l.Answered.Equal(at):
		return false, nil
	}
	return false, fmt.Errorf("%w: leg %s was answered %s, as was told before: it cannot be answered %s",
		ErrConflict, l.Leg, l.Answered.UTC().Format(time.RFC3339Nano), at.UTC().Format(time.RFC3339Nano))
}

// AnswerOf is when a leg was answered whose end tells, or does not tell, of an answer: what
// was told first, else what is told now, else what was guessed.
func (l OpenLeg) AnswerOf(told time.Time) time.Time {
	if told.IsZero() || !l.Answered.IsZero() && !l.Guessed {
		return l.Answered
	}
	return told
}

// AbandonedFor is how long ago the grant ran out, if nobody has reported more of the leg;
// negative while it lasts.
func (l OpenLeg) AbandonedFor(at time.Time) time.Duration {
	begun := l.Opened
	if !l.Answered.IsZero() {
		begun = l.Answered
	}
	return at.Sub(begun) - time.Duration(l.GrantedS)*time.Second
}

// Channel is the ID of the channel the leg is on now.
func (l OpenLeg) Channel() AttemptID { return l.Leg.Attempt(l.Attempts) }
