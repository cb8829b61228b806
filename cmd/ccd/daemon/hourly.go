package daemon

import (
	"context"
	"time"
)

// hourly does what time makes due: at the start, which makes up for what was missed, and
// every hour, since a day begins at another hour for every provider.
func (d *Daemon) hourly(ctx context.Context) error {
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for {
		d.expireAccounts(ctx, time.Now())
		d.creditGroups(ctx, time.Now())
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// expireAccounts marks accounts whose life is over. They cannot call from the moment it
// is: this only keeps lists true.
func (d *Daemon) expireAccounts(ctx context.Context, at time.Time) {
	n, err := d.store.Expire(ctx, at)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.log.Error().Err(err).Msg("expire accounts")
	case n > 0:
		d.log.Info().Int("accounts", n).Msg("accounts expired")
	}
}

// creditGroups makes the monthly credits that are due.
func (d *Daemon) creditGroups(ctx context.Context, at time.Time) {
	credits, err := d.store.CreditGroups(ctx, at)
	for _, c := range credits {
		if c.Refused != nil {
			d.log.Warn().Err(c.Refused).Str("group", c.Group).Str("account", c.Account).Int("credit", c.Nth).Msg("member of a group not credited")
		}
	}
	if len(credits) > 0 {
		d.log.Info().Int("accounts", len(credits)).Msg("groups credited")
	}
	if err != nil && ctx.Err() == nil {
		d.log.Error().Err(err).Msg("credit groups")
	}
}
