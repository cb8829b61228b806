package ivr

import (
	"context"

	"cccp/billing"
	"cccp/prompts"
)

// reasonSounds says why, where there is something to say: a callback's trigger is never
// spoken to, and a caller who left hears nothing.
func (v *visit) reasonSounds(r billing.Reason) []string {
	m, ok := prompts.ForReason(r)
	if !ok {
		return nil
	}
	return v.voice.Say(m)
}

// explain tells the caller how the visit ended. Digits do not interrupt it: a caller who
// is still typing would be cut off without a word. A caller we never answered hears it as
// early media, unless the access number is unknown or must stay silent; a phone that
// called directly is told in signalling.
func (v *visit) explain(ctx context.Context, r billing.Reason) {
	sounds := v.reasonSounds(r)
	if sounds == nil || ctx.Err() != nil || v.caller.Entry == EntryDirect {
		return
	}
	v.payAhead(ctx, callerGrace)
	playback, err := v.line.Play(ctx, sounds)
	if err != nil {
		if ctx.Err() == nil {
			v.log.Warn().Err(err).Msg("explain outcome")
		}
		return
	}
	for {
		select {
		case <-v.keys.digits:
		case <-playback.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}
