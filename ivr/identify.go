package ivr

import (
	"context"
	"errors"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
)

// identify finds out whose account the caller may use: by number, else by PIN.
func (v *visit) identify(ctx context.Context) error {
	owner, err := v.Directory.Provider(v.access.Provider)
	if err != nil {
		return err
	}
	if v.ani, err = phone.Parse(v.caller.ANI, owner.Country); err != nil {
		return v.askPIN(ctx)
	}
	who, known, err := v.Directory.ByANI(v.ani)
	switch {
	case err != nil:
		return err
	case known && v.mayUse(who):
		return v.recognise(who)
	}
	return v.askPIN(ctx)
}

// askPIN gives the caller a few tries to enter a PIN.
func (v *visit) askPIN(ctx context.Context) error {
	longest := v.access.PINDigits
	if longest == 0 {
		longest = billing.MaxPINDigits
	}
	question := v.Voice.Say(prompts.EnterPIN)
	for range v.Settings.Tries {
		pin, err := v.ask(ctx, longest, question)
		if err != nil {
			return err
		}
		who, known, err := v.Directory.ByPIN(pin)
		if err != nil {
			return err
		}
		if known && v.mayUse(who) {
			return v.recognise(who)
		}
		v.log.Info().Int("digits", len(pin)).Msg("PIN refused")
		question = append(v.Voice.Say(prompts.PINWrong), v.Voice.Say(prompts.EnterPIN)...)
	}
	return billing.Refusal{Reason: billing.NotAuthenticated}
}

// mayUse says whether an access number bound to one offering is open to a subscriber.
func (v *visit) mayUse(who billing.Subscriber) bool {
	return v.access.Offering == "" || v.access.Offering == who.Offering.Name
}

func (v *visit) recognise(who billing.Subscriber) error {
	v.who = who
	v.log = v.log.With().Str("account", who.Account.ID).Logger()
	v.log.Info().Str("by", string(who.Credential.Kind)).Msg("caller recognised")
	if who.Account.Status != billing.Activated {
		return billing.Refusal{Reason: billing.AccountNotActive}
	}
	return nil
}

// refusalOf is the reason an error carries, if it is a refusal.
func refusalOf(err error) (billing.Reason, bool) {
	var r billing.Refusal
	ok := errors.As(err, &r)
	return r.Reason, ok
}
