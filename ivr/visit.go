package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
)

// Settings are the limits of a visit.
type Settings struct {
	// Country reads access numbers that arrive in a national form (ISO 3166-1).
	Country string
	// FirstDigit and BetweenDigits are how long a question waits.
	FirstDigit, BetweenDigits time.Duration
	// Tries is how often a PIN or a destination may be entered.
	Tries int
	// Ring is how long a far end may ring.
	Ring time.Duration
	// GrantSeconds is the talk time held at once; ExtendAhead before it runs out,
	// more is asked for. MaxCallSeconds ends every call.
	GrantSeconds   int64
	ExtendAhead    time.Duration
	MaxCallSeconds int64
	// SettleWithin bounds everything done after the caller has left.
	SettleWithin time.Duration
}

// Service runs callers' scripts.
type Service struct {
	Directory Directory
	Bank      Bank
	Voice     prompts.Voice
	Settings  Settings
	Log       zerolog.Logger
}

// visit is one caller's stay: what is known so far.
type visit struct {
	*Service
	line   Line
	caller Caller
	log    zerolog.Logger
	keys   keypad

	access   billing.AccessNumber
	ani      phone.Number
	answered time.Time
	who      billing.Subscriber
	to       phone.Number    // last destination, for the record
	leg      billing.OpenLeg // the call under way: what the bank holds for it
	// unsettled is what the bank could not take when the call ended.
	unsettled *billing.Settlement
}

// errGone is the script's way of saying that the caller has left.
var errGone = errors.New("caller has gone")

// Handle runs one caller's script to its end: it returns when the caller is gone,
// the money is settled and the records are kept. Cancelling ctx means the caller left.
func (s *Service) Handle(ctx context.Context, line Line) {
	v := s.newVisit(line)
	v.log.Info().Str("ani", v.caller.ANI).Str("dialled", v.caller.Dialled).Str("channel", v.caller.Channel).Msg("caller arrived")
	outcome := v.run(ctx)
	v.leave(ctx, outcome)
	v.settleAtLast(ctx)
}

// newVisit makes the visit apart from its script: what a script keeps on its stack, it
// keeps for as long as the two talk, a thousand times over.
func (s *Service) newVisit(line Line) *visit {
	caller := line.Caller()
	return &visit{
		Service: s, line: line, caller: caller,
		log:  s.Log.With().Str("visit", string(caller.Visit)).Logger(),
		keys: keypad{digits: line.Digits(), first: s.Settings.FirstDigit, between: s.Settings.BetweenDigits},
	}
}

// run is the caller's whole stay.
func (v *visit) run(ctx context.Context) billing.Outcome {
	if err := v.reach(); err != nil {
		return v.refused(ctx, err)
	}
	if v.access.Kind == billing.Callback {
		return v.refused(ctx, billing.Refusal{Reason: billing.CallbackTrigger})
	}
	if v.access.Answer == billing.AnswerFirst {
		if err := v.answer(ctx); err != nil {
			return v.refused(ctx, err)
		}
	}
	if err := v.identify(ctx); err != nil {
		return v.refused(ctx, err)
	}
	if err := v.answer(ctx); err != nil {
		return v.refused(ctx, err)
	}
	to, err := v.destination(ctx)
	if err != nil {
		return v.refused(ctx, err)
	}
	outcome, err := v.dialthrough(ctx, to)
	if err != nil {
		return v.refused(ctx, err)
	}
	v.explain(ctx, outcome)
	return outcome
}

// reach finds the access number that was dialled.
func (v *visit) reach() error {
	number, err := phone.Parse(v.caller.Dialled, v.Settings.Country)
	if err != nil {
		v.log.Warn().Err(err).Msg("no access number")
		return billing.Refusal{Reason: billing.UnknownAccessNumber}
	}
	access, found, err := v.Directory.AccessNumber(number)
	if err != nil {
		return err
	}
	if !found {
		v.log.Warn().Str("number", string(number)).Msg("no such access number: see ccctl access list")
		return billing.Refusal{Reason: billing.UnknownAccessNumber}
	}
	v.access = access
	return nil
}

// answer answers once.
func (v *visit) answer(ctx context.Context) (err error) {
	if v.answered.IsZero() {
		v.answered, err = v.line.Answer(ctx)
	}
	return err
}

// refused turns the error that ended a script into the visit's outcome, telling the
// caller why where there still is a caller to tell.
func (v *visit) refused(ctx context.Context, err error) billing.Outcome {
	var refusal billing.Refusal
	switch {
	case errors.As(err, &refusal) && ctx.Err() == nil:
		outcome := billing.Outcome{Result: billing.Rejected, Reason: refusal.Reason}
		v.explain(ctx, outcome)
		return outcome
	case errors.Is(err, errGone) || leaving(ctx):
		return v.abandoned()
	}
	v.log.Error().Err(err).Msg("script failed")
	outcome := billing.Outcome{Result: billing.Failed, Reason: billing.SystemFailure}
	v.explain(ctx, outcome)
	return outcome
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
	if end, ok := v.line.Ended(); ok {
		outcome.Cause = end.Cause
		if end.Reason != billing.CallerHungUp {
			outcome.Reason = end.Reason
		}
	}
	return outcome
}

// leave hangs up if the caller has not, and records the caller's own leg.
func (v *visit) leave(ctx context.Context, outcome billing.Outcome) {
	v.hangUp(ctx, outcome)
	cdr := v.record(outcome)
	v.log.Info().Str("result", string(outcome.Result)).Str("reason", string(outcome.Reason)).Int64("answered_ms", cdr.AnsweredMS).Msg("caller left")
	if v.access.Number == "" {
		return // an unknown number belongs to nobody: the log line is all there is
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
		if err := v.line.Hangup(last, hangupCause(outcome)); err != nil {
			v.log.Warn().Err(err).Msg("hang up caller")
		}
	}
	select {
	case <-ctx.Done():
	case <-last.Done():
	}
}

// record is the CDR of the caller's own leg. It costs nothing, and belongs to the
// provider whose access number was dialled.
func (v *visit) record(outcome billing.Outcome) billing.CDR {
	end, ok := v.line.Ended()
	if !ok {
		end.At = time.Now()
	}
	cdr := billing.CDR{
		Leg: v.caller.Visit.InboundLeg(), Visit: v.caller.Visit, Direction: billing.Inbound,
		Provider: v.access.Provider, Account: v.who.Account.ID, Credential: v.credential(),
		AccessNumber: v.access.Number, From: v.ani, To: v.to, Node: v.caller.Node,
		Started: v.caller.Arrived, Answered: v.answered, Ended: end.At, Outcome: outcome, Estimated: !ok,
	}
	if !v.answered.IsZero() {
		cdr.AnsweredMS = max(0, end.At.Sub(v.answered).Milliseconds())
	}
	return cdr
}

func (v *visit) credential() string {
	if v.who.Credential.ID == "" {
		return ""
	}
	return fmt.Sprintf("%s:%s", v.who.Credential.Kind, v.who.Credential.ID)
}

// hangupCause is what a caller is told in signalling. All triggers of a callback end
// alike, so nobody can probe which numbers are known.
func hangupCause(o billing.Outcome) int {
	switch o.Reason {
	case billing.CallbackTrigger:
		return routing.CauseBusy
	case billing.UnknownAccessNumber:
		return routing.CauseUnallocated
	case billing.NotAuthenticated, billing.AccountNotActive:
		return routing.CauseRejected
	case billing.SystemFailure:
		return routing.CauseTemporary
	}
	return routing.CauseNormalClearing
}

// detached is a context for what must still be done when the caller has left.
func (v *visit) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), v.Settings.SettleWithin)
}
