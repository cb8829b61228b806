package daemon

import (
	"context"
	"errors"
	"time"

	"cccp/billing"
)

// Calls of other switches are looked at so often, and given up so long after what they
// were granted is over.
const (
	abandonedEvery = time.Minute
	abandonedAfter = 10 * time.Minute
)

// runsElsewhere says whether somebody else looks after a visit than the scripts Asterisk
// started: the dialer, or a program that charges calls of another switch.
func (d *Daemon) runsElsewhere(v billing.VisitID) bool { return v.External() || d.dialer.Runs(v) }

// settleAbandoned ends calls of other switches that nobody has ended: whoever was to has
// died, and the money must not stay held for ever.
func (d *Daemon) settleAbandoned(ctx context.Context) {
	every := time.NewTicker(abandonedEvery)
	defer every.Stop()
	for {
		if err := d.settleAbandonedAt(ctx, time.Now()); err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("settle abandoned charges")
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// settleAbandonedAt charges an answered call for all it was granted: nobody saw its end.
func (d *Daemon) settleAbandonedAt(ctx context.Context, at time.Time) error {
	legs, err := d.store.OpenLegs()
	if err != nil {
		return err
	}
	for _, leg := range legs {
		if !leg.Leg.Visit().External() || leg.AbandonedFor(at) < abandonedAfter {
			continue
		}
		end := billing.Settlement{
			Leg: leg.Leg, Answered: leg.Answered, Ended: at, Estimated: true,
			Outcome: billing.Outcome{Result: billing.Failed, Reason: billing.CallerAbandoned},
		}
		if !leg.Answered.IsZero() {
			end.Ended = leg.Answered.Add(time.Duration(leg.GrantedS) * time.Second)
			end.Outcome = billing.Outcome{Result: billing.Answered, Reason: billing.Recovered}
		}
		if _, settleErr := d.store.Settle(ctx, end); settleErr != nil {
			err = errors.Join(err, settleErr) // the others are settled all the same
			continue
		}
		d.log.Warn().Str("leg", string(leg.Leg)).Str("account", leg.Account).Msg("charge abandoned by its program: settled")
	}
	return err
}
