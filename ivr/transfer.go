package ivr

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"cccp/billing"
	"cccp/prompts"
)

// transfer asks for the PIN of another card and moves its money to the caller's account.
// That PIN is guarded like any other.
func (v *visit) transfer(ctx context.Context) ([]string, error) {
	at := cmp.Or(string(v.access.Number), v.disa.Name)
	if err := v.notLocked(at); err != nil {
		return nil, err
	}
	pin, err := v.ask(ctx, billing.MaxPINDigits, v.voice.Say(prompts.EnterOtherPIN))
	if err != nil || pin == "" {
		return nil, err
	}
	if err := v.notLocked(at); err != nil { // others guess at the same time
		return nil, err
	}
	other, known, err := v.Directory.ByPIN(pin)
	switch {
	case err != nil:
		return v.failed(err, "find the other card"), nil
	case !known || other.Account.Provider != v.who.Account.Provider: // another tenant's is as good as unknown
		v.log.Info().Int("digits", len(pin)).Msg("PIN of another card refused")
		return v.voice.Say(prompts.PINWrong), v.missed(ctx, pin, at)
	}
	return v.moveFrom(ctx, other.Account.ID), nil
}

// moveFrom moves all the money of another account to the caller's, and answers the new
// balance.
func (v *visit) moveFrom(ctx context.Context, other string) []string {
	v.moved++
	done, err := v.Desk.Transfer(ctx, billing.Transfer{
		From: other, To: v.who.Account.ID, Actor: actor, Reason: "by phone", Job: v.job, At: time.Now(),
		Ref: string(v.caller.Visit) + "-transfer" + strconv.Itoa(v.moved),
	})
	if reason, refused := refusalOf(err); refused {
		v.log.Info().Err(err).Str("from", other).Msg("nothing moved")
		return v.reasonSounds(reason)
	}
	if err != nil {
		return v.failed(err, "transfer")
	}
	v.log.Info().Str("from", other).Stringer("amount", done.In.Amount).Msg("money moved")
	sounds, err := v.tellBalance(ctx)
	if err != nil {
		return nil
	}
	return sounds
}
