package daemon

import (
	"context"
	"time"
)

// expireEvery is how often accounts are marked whose life is over. They cannot call from
// the moment it is: this only keeps lists true.
const expireEvery = time.Hour

// expireAccounts marks accounts whose life is over, at the start and from time to time.
func (d *Daemon) expireAccounts(ctx context.Context) {
	every := time.NewTicker(expireEvery)
	defer every.Stop()
	for {
		n, err := d.store.Expire(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.log.Error().Err(err).Msg("expire accounts")
		case n > 0:
			d.log.Info().Int("accounts", n).Msg("accounts expired")
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}
