package ivr

import (
	"context"

	"cccp/billing"
)

// viaDISA is the script of a caller whom the dialplan sent to a named DISA: one PIN opens
// it for every caller who knows it, under the rules of its account.
func (v *visit) viaDISA(ctx context.Context) (billing.Outcome, error) {
	disa, found, err := v.Directory.DISA(v.caller.Dialled)
	if err != nil {
		return billing.Outcome{}, err
	}
	if !found {
		v.log.Warn().Str("name", v.caller.Dialled).Msg("no such DISA: see ccctl disa list")
		return billing.Outcome{}, billing.Refusal{Reason: billing.UnknownAccessNumber}
	}
	v.disa = disa
	owner, _, err := v.Directory.ByAccount(disa.Account, "")
	if err != nil {
		return billing.Outcome{}, err
	}
	v.access.Provider = owner.Account.Provider                // its traffic, also where the PIN is wrong
	if _, _, err := v.byANI(v.Settings.Country); err != nil { // for the record, and against guessing
		return billing.Outcome{}, err
	}
	if err := v.answer(ctx); err != nil {
		return billing.Outcome{}, err
	}
	tries := disa.Tries
	if tries == 0 {
		tries = v.Settings.Tries
	}
	v.speakTo()
	err = v.askPIN(ctx, secret{guarded: disa.Name, digits: disa.PINDigits, tries: tries, opens: v.byDISA})
	if err != nil {
		return billing.Outcome{}, err
	}
	return v.serve(ctx)
}

func (v *visit) byDISA(pin string) (billing.Subscriber, bool, error) {
	return v.Directory.ByDISA(v.disa.Name, pin)
}
