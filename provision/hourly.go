package provision

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"cccp/store"
)

// Hourly does what time makes due: at the start, which makes up for what was missed, and
// every hour, since a day begins at another hour for every provider.
type Hourly struct {
	Store *store.Store
	Log   zerolog.Logger
}

// Run does all due work until ctx ends.
func (h Hourly) Run(ctx context.Context) error {
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for {
		h.expireAccounts(ctx, time.Now())
		h.creditGroups(ctx, time.Now())
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// expireAccounts marks accounts whose life is over. They cannot call from the moment it
// is: this only keeps lists true.
func (h Hourly) expireAccounts(ctx context.Context, at time.Time) {
	n, err := h.Store.Expire(ctx, at)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.Log.Error().Err(err).Msg("expire accounts")
	case n > 0:
		h.Log.Info().Int("accounts", n).Msg("accounts expired")
	}
}

// creditGroups makes the monthly credits that are due.
func (h Hourly) creditGroups(ctx context.Context, at time.Time) {
	credits, err := h.Store.CreditGroups(ctx, at)
	for _, c := range credits {
		if c.Refused != nil {
			h.Log.Warn().Err(c.Refused).Str("group", c.Group).Str("account", c.Account).Int("credit", c.Nth).
				Msg("member of a group not credited")
		}
	}
	if len(credits) > 0 {
		h.Log.Info().Int("accounts", len(credits)).Msg("groups credited")
	}
	if err != nil && ctx.Err() == nil {
		h.Log.Error().Err(err).Msg("credit groups")
	}
}
