package daemon

import (
	"context"

	"cccp/routing"
	"cccp/store"
)

// logAlerts writes alerts of fraud rules to the log as they are raised, those after a
// sequence number, until ctx ends. The store itself logs nothing.
func (d *Daemon) logAlerts(ctx context.Context, after uint64) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.store.Alerted():
		}
		for {
			alerts, err := d.store.Alerts(after, store.MaxListed)
			if err != nil && ctx.Err() == nil {
				d.log.Error().Err(err).Msg("read alerts")
			}
			for _, a := range alerts {
				after = a.Seq
				d.logAlert(a)
			}
			if len(alerts) < store.MaxListed {
				break
			}
		}
	}
}

func (d *Daemon) logAlert(a routing.Alert) {
	line := d.log.Warn()
	if a.Level == routing.Critical {
		line = d.log.Error()
	}
	line.Uint64("alert", a.Seq).Str("level_of_alert", string(a.Level)).
		Str("rule", a.Rule).Str("measure", string(a.Measure)).
		Int64("value", a.Value).Int64("limit", a.Limit).Str("account", a.Account).Str("leg", string(a.Leg)).
		Str("to", string(a.To)).Str("action", string(a.Action)).Msg("fraud rule")
}
