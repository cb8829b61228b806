package daemon

import (
	"context"
	"time"

	"cccp/billing"
	"cccp/charging"
)

// abandonedEvery is how often calls of other switches are looked at.
const abandonedEvery = time.Minute

// runsElsewhere says whether somebody else looks after a visit than the scripts Asterisk
// started: the dialer, or a program that charges calls of another switch.
func (d *Daemon) runsElsewhere(v billing.VisitID) bool { return v.External() || d.dialer.Runs(v) }

// settleAbandoned ends calls of other switches that nobody has ended.
func (d *Daemon) settleAbandoned(ctx context.Context) {
	every := time.NewTicker(abandonedEvery)
	defer every.Stop()
	for {
		settled, err := charging.New(d.store).SettleAbandoned(ctx, time.Now())
		for _, cdr := range settled {
			d.log.Warn().Str("leg", string(cdr.Leg)).Str("account", cdr.Account).
				Msg("charge abandoned by its program: settled")
		}
		if err != nil && ctx.Err() == nil {
			d.log.Error().Err(err).Msg("settle abandoned charges")
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}
