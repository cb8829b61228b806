package ivr

import (
	"context"
	"time"

	"cccp/billing"
)

// settle closes a leg on a context of its own: the caller may have gone already. A
// settlement that the bank cannot take now is tried again when the caller has left.
func (v *visit) settle(ctx context.Context, s billing.Settlement) {
	if err := v.settleNow(ctx, s); err != nil {
		v.log.Error().Err(err).Str("leg", string(s.Leg)).Msg("settle: will be tried again")
		v.unsettled = append(v.unsettled, s)
	}
}

func (v *visit) settleNow(ctx context.Context, s billing.Settlement) (err error) {
	defer func() {
		if why := recover(); why != nil {
			v.panicked(why)
			err = errPanicked
		}
	}()
	last, cancel := v.detached(ctx)
	defer cancel()
	cdr, err := v.Bank.Settle(last, s)
	if err != nil {
		return err
	}
	v.log.Info().
		Str("leg", string(cdr.Leg)).
		Str("result", string(cdr.Result)).
		Str("reason", string(cdr.Reason)).
		Int("cause", cdr.Cause).
		Int64("answered_ms", cdr.AnsweredMS).
		Int64("billed_s", cdr.BilledS).
		Stringer("charge", cdr.Charge).
		Msg("leg settled")
	return nil
}

// How often and how long a settlement that failed is tried again. After that the leg
// stays open, and the next start settles it by estimate.
const (
	settleAgainAfter = time.Second
	settlePatience   = 10 * time.Minute
)

// settleAtLast tries again what could not be settled while the caller was there.
func (v *visit) settleAtLast(ctx context.Context) {
	begun := time.Now()
	for wait := settleAgainAfter; len(v.unsettled) > 0; wait *= 2 {
		if time.Since(begun) > settlePatience {
			v.log.Error().Int("legs", len(v.unsettled)).Msg("settle: given up; the legs stay open until the next start")
			return
		}
		time.Sleep(wait)
		again := v.unsettled
		v.unsettled = nil
		for _, s := range again {
			v.settle(ctx, s)
		}
	}
}

// note makes an answer durable, whether or not the caller is still there.
func (v *visit) note(ctx context.Context, leg billing.LegID, answered time.Time) {
	last, cancel := v.detached(ctx)
	defer cancel()
	if err := v.Bank.Answer(last, leg, answered); err != nil {
		v.log.Error().Err(err).Msg("record answer")
	}
}
