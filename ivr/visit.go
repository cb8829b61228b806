package ivr

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
)

// visit is one caller's stay, and all that is known of it so far.
type visit struct {
	*Service
	line   Line
	caller Caller
	log    zerolog.Logger
	keys   keypad
	voice  prompts.Voice

	access   billing.AccessNumber
	disa     billing.DISA
	ani      phone.Number
	withheld *bool  // whether the caller asked not to be shown, once that was asked for
	language string // chosen by key
	answered time.Time
	who      billing.Subscriber

	calls    int
	vouchers int // asked for
	moved    int // transfers asked for
	job      string
	greeted  bool
	to       phone.Number    // last destination, for the record
	leg      billing.OpenLeg // the call under way: what the bank holds for it
	last     billing.Outcome // of the last call
	// aLeg is the A leg of a callback, which costs money too; nil where the caller called us.
	aLeg *callerLeg
	// beside is work done beside the script, waited for when the caller has left.
	beside sync.WaitGroup
	// unsettled are the settlements that the bank could not take when a leg ended.
	unsettled []billing.Settlement
}

// newVisit makes the visit apart from its script: what is on a script's stack stays there
// as long as the two talk, in each of a thousand calls.
func (s *Service) newVisit(line Line) *visit {
	v := s.visitOf(line.Caller())
	v.take(line)
	return v
}

// visitOf is the visit of a caller who has no line yet.
func (s *Service) visitOf(caller Caller) *visit {
	return &visit{
		Service: s, caller: caller, voice: s.Voices.Default(),
		log:  s.Log.With().Str("visit", string(caller.Visit)).Logger(),
		keys: keypad{first: s.Settings.FirstDigit, between: s.Settings.BetweenDigits},
	}
}

// take makes a line the caller's.
func (v *visit) take(line Line) {
	v.line, v.caller, v.keys.digits, v.keys.held = line, line.Caller(), line.Digits(), line.Held
}

// run is the caller's whole stay.
func (v *visit) run(ctx context.Context) billing.Outcome {
	return v.safely(func() billing.Outcome {
		outcome, err := v.script(ctx)
		if err != nil {
			return v.refused(ctx, err)
		}
		return outcome
	})
}

// script is the one for the way the caller came in.
func (v *visit) script(ctx context.Context) (billing.Outcome, error) {
	switch v.caller.Entry {
	case EntryDirect:
		return v.direct(ctx)
	case EntryDISA:
		return v.viaDISA(ctx)
	}
	return v.viaAccessNumber(ctx)
}

// answer answers once.
func (v *visit) answer(ctx context.Context) (err error) {
	if v.answered.IsZero() {
		v.answered, err = v.line.Answer(ctx)
	}
	return err
}

// refused turns the error that ended a script into the visit's outcome, and tells a caller
// who is still there why.
func (v *visit) refused(ctx context.Context, err error) billing.Outcome {
	reason, refusal := refusalOf(err)
	switch {
	case refusal && ctx.Err() == nil:
		v.explain(ctx, reason)
		return billing.Outcome{Result: billing.Rejected, Reason: reason}
	case errors.Is(err, errGone) || leaving(ctx):
		return v.abandoned()
	}
	v.log.Error().Err(err).Msg("script failed")
	v.explain(ctx, billing.SystemFailure)
	return billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
}

// hangupNotice is how long the switch may refuse commands to a channel before it tells
// us that the caller has gone.
const hangupNotice = 500 * time.Millisecond

// leaving says whether a command failed because the caller has gone, or is about to be
// reported gone.
func leaving(ctx context.Context) bool {
	notice := time.NewTimer(hangupNotice)
	defer notice.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-notice.C:
		return false
	}
}

// abandoned is the outcome of a caller who left before being connected.
func (v *visit) abandoned() billing.Outcome {
	outcome := billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned}
	if end, ok := v.endOf(v.line); ok {
		outcome.Cause = end.Cause
		if end.Reason != billing.CallerHungUp {
			outcome.Reason = end.Reason
		}
	}
	return outcome
}

// leave hangs up if the caller has not, and records the A leg.
func (v *visit) leave(ctx context.Context, outcome billing.Outcome) {
	v.hangUp(ctx, outcome)
	cdr := v.record(outcome)
	v.log.Info().
		Str("result", string(outcome.Result)).
		Str("reason", string(outcome.Reason)).
		Int64("answered_ms", cdr.AnsweredMS).
		Msg("caller left")
	if cdr.Provider == "" {
		return // an unknown number or phone belongs to nobody: the log line is all there is
	}
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := v.Bank.Record(last, cdr); err != nil {
		v.log.Error().Err(err).Msg("record caller's leg")
	}
}

// hangUp ends the caller's leg and waits for the switch to say when it really ended,
// but not for ever.
func (v *visit) hangUp(ctx context.Context, outcome billing.Outcome) {
	last, cancel := v.detached(ctx)
	defer cancel()
	if ctx.Err() == nil {
		if err := v.line.Hangup(last, v.hangupCause(outcome)); err != nil {
			v.log.Warn().Err(err).Msg("hang up caller")
		}
	}
	select {
	case <-ctx.Done():
	case <-last.Done():
	}
}

// record is the CDR of the A leg. It costs nothing, and belongs to the
// provider whose access number was dialled, or else to the account's.
func (v *visit) record(outcome billing.Outcome) billing.CDR {
	end, ok := v.line.Ended()
	if !ok {
		end.At = time.Now()
	}
	if v.last.Result != "" && (outcome.Reason == billing.CallerAbandoned || outcome.Reason == billing.NoDestination) {
		outcome = v.last // how his last call ended says more than that he wanted no other
		if outcome.Reason == billing.NextCall {
			outcome.Reason, outcome.Cause = billing.CallerHungUp, end.Cause // he did not make it
		}
	}
	cdr := billing.CDR{
		Leg: v.caller.Visit.CallerLeg(), Visit: v.caller.Visit, Direction: billing.Inbound,
		Call: v.call(), Node: v.caller.Node,
		Started:   v.caller.Arrived,
		Answered:  v.answered,
		Ended:     end.At,
		Outcome:   outcome,
		Estimated: !ok || end.Estimated,
	}
	cdr.Provider = v.provider()
	if !v.answered.IsZero() {
		cdr.AnsweredMS = max(0, end.At.Sub(v.answered).Milliseconds())
	}
	return cdr
}

// call is what all records of the visit have in common, with the number called now.
func (v *visit) call() billing.Call {
	return billing.Call{
		Account: v.who.Account.ID, Credential: v.credential(),
		AccessNumber: v.access.Number, From: v.signalled(), To: v.to,
	}
}

// signalled is the ANI as records have it, or what was signalled in its place.
func (v *visit) signalled() string {
	if v.ani != "" {
		return string(v.ani)
	}
	return phone.Signalled(v.caller.ANI)
}

// provider is the one whose traffic the A leg is.
func (v *visit) provider() string {
	if v.access.Provider != "" {
		return v.access.Provider
	}
	return v.who.Account.Provider
}

func (v *visit) credential() string {
	if v.who.Credential.ID == "" {
		return ""
	}
	return fmt.Sprintf("%s:%s", v.who.Credential.Kind, v.who.Credential.ID)
}

// hangupCause is what a caller is told in signalling. All triggers of a callback end
// alike, lest callers probe which numbers are known; a phone that called directly is
// told what its carrier would have told it.
func (v *visit) hangupCause(o billing.Outcome) int {
	if v.caller.Entry == EntryDirect && v.answered.IsZero() && o.Cause != 0 {
		return o.Cause
	}
	return o.Reason.ReleaseCause()
}

// detached is a context for what must still be done when the caller has left.
func (v *visit) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), v.Settings.SettleWithin)
}
