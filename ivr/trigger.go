package ivr

import (
	"context"
	"time"

	"cccp/billing"
)

// trigger is the script of a caller who rang a callback number: he is never answered, and
// every trigger ends alike, lest callers probe which numbers are known. The log alone says
// what came of it.
func (v *visit) trigger(ctx context.Context) error {
	alike := time.NewTimer(triggerTakes)
	defer alike.Stop()
	job, err := v.orderCallback(ctx, time.Now().Add(triggerTakes))
	reason, refused := refusalOf(err)
	switch {
	case refused:
		v.log.Info().Str("reason", string(reason)).Msg("no callback")
	case err != nil:
		v.log.Error().Err(err).Msg("order callback")
	default:
		v.log.Info().Str("job", job).Msg("callback ordered")
	}
	select {
	case <-alike.C:
	case <-ctx.Done():
	}
	return billing.Refusal{Reason: billing.CallbackTrigger}
}

// triggerTakes is how long every trigger takes: ordering a callback takes a while, which
// would tell known numbers from others.
const triggerTakes = 300 * time.Millisecond

// orderCallback orders a callback to a known number, after the end of this call. The order
// is durable before the caller is hung up; a caller who hangs up first is called back all
// the same.
func (v *visit) orderCallback(ctx context.Context, ends time.Time) (job string, err error) {
	who, known, err := v.byNumber()
	if err != nil {
		return "", err
	}
	if !known {
		return "", billing.Refusal{Reason: billing.NotAuthenticated}
	}
	if err := v.recognise(who); err != nil {
		return "", err
	}
	if err := who.Offering.MayCallBack(who.Account, v.ani); err != nil {
		return "", err
	}
	last, cancel := v.detached(ctx)
	defer cancel()
	return v.Callbacks.Request(last, Callback{
		Account: who.Account.ID, Credential: v.credential(), To: v.ani,
		Access: v.access.Number, Withheld: v.isWithheld(ctx), After: ends,
	})
}
