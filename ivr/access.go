package ivr

import (
	"cmp"
	"context"
	"slices"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
)

// viaAccessNumber is the script of a caller who dialled an access number.
func (v *visit) viaAccessNumber(ctx context.Context) (billing.Outcome, error) {
	if err := v.reach(); err != nil {
		return billing.Outcome{}, err
	}
	if v.access.Kind == billing.Callback {
		return billing.Outcome{}, v.trigger(ctx)
	}
	if v.access.Answer == billing.AnswerFirst {
		if err := v.answer(ctx); err != nil {
			return billing.Outcome{}, err
		}
	}
	if err := v.identify(ctx); err != nil {
		return billing.Outcome{}, err
	}
	if err := v.answer(ctx); err != nil {
		return billing.Outcome{}, err
	}
	if err := v.offerToRegister(ctx); err != nil {
		return billing.Outcome{}, err
	}
	return v.serve(ctx)
}

// reach finds the access number that was dialled.
func (v *visit) reach() error {
	var access billing.AccessNumber
	var found bool
	var failed error
	signal := v.signal(v.caller.Dialled, v.Settings.Country)
	number, err := v.Numbers.Called(signal, func(n phone.Number) bool {
		if access, found, failed = v.Directory.AccessNumber(n); found {
			found = v.signalsSo(access, signal)
		}
		return found
	})
	switch {
	case failed != nil:
		return failed
	case err != nil:
		v.log.Warn().Err(err).Msg("no access number")
		return billing.Refusal{Reason: billing.UnknownAccessNumber}
	case !found:
		v.log.Warn().Str("number", string(number)).Msg("no such access number: see ccctl access list")
		return billing.Refusal{Reason: billing.UnknownAccessNumber}
	}
	v.access = access
	v.speakTo()
	return nil
}

// signal is a number as it was signalled, in the form and country that the trunk it came by
// declares, else in a country of ours.
func (v *visit) signal(digits, country string) phone.Signal {
	form, of := v.Routes.Signalled(v.caller.User)
	return phone.Signal{Digits: digits, Form: form, Country: cmp.Or(of, country)}
}

// signalsSo says whether a DNIS is an access number's in the form it declares, if it does.
func (v *visit) signalsSo(n billing.AccessNumber, signal phone.Signal) bool {
	if n.SignalledForm == "" || n.SignalledForm == phone.Auto {
		return true
	}
	signal.Form = n.SignalledForm
	number, err := v.Numbers.Called(signal, func(phone.Number) bool { return false })
	return err == nil && number == n.Number
}

// speakTo chooses the language: by key before the account's, then the offering's, then
// the access number's.
func (v *visit) speakTo() {
	v.voice = v.Voices.In(v.language, v.who.Account.Language, v.who.Offering.Language, v.access.Language)
}

// chooseLanguage lets the caller choose by key where the access number offers several
// languages. The first is the default.
func (v *visit) chooseLanguage(ctx context.Context) error {
	offered := v.access.Languages
	if len(offered) < 2 {
		return nil
	}
	var menu []string
	for i, code := range offered {
		voice := v.Voices.In(code)
		menu = slices.Concat(menu, voice.Say(prompts.ForLanguagePress), voice.Number(int64(i+1)))
	}
	key, ok, err := v.speak(ctx, v.keys.first, menu)
	if err != nil {
		return err
	}
	v.language = offered[0]
	if i := int(key) - '1'; ok && i >= 0 && i < len(offered) {
		v.language = offered[i]
	}
	v.speakTo()
	return nil
}

// offerToRegister offers a caller who gave a PIN to be recognised by number from now on,
// where the offering does. A caller who has typed ahead is in a hurry and is not asked.
func (v *visit) offerToRegister(ctx context.Context) error {
	if v.who.Credential.Kind != billing.PIN || !v.who.Offering.RegisterPhones || v.ani == "" || v.keys.pending() {
		return nil
	}
	if may, err := v.Desk.MayRegister(v.who.Account.ID); err != nil || !may {
		if err != nil {
			v.log.Warn().Err(err).Msg("register phone")
		}
		return nil
	}
	accepted, err := v.accepts(ctx, v.voice.Say(prompts.OfferRegister))
	if err != nil || !accepted {
		return err
	}
	if err := v.Desk.RegisterPhone(ctx, v.ani, v.who.Credential); err != nil {
		v.log.Warn().Err(err).Msg("register phone")
		return v.say(ctx, v.voice.Say(prompts.SystemFailure))
	}
	v.log.Info().Str("ani", string(v.ani)).Msg("phone registered")
	return v.say(ctx, v.voice.Say(prompts.PhoneRegistered))
}

// accepts makes an offer that is accepted with a 1, followed by nothing or "#": a
// destination typed ahead may begin with a 1, too.
func (v *visit) accepts(ctx context.Context, offer []string) (bool, error) {
	key, ok, err := v.speak(ctx, v.keys.first, offer)
	if err != nil || !ok || key == '#' {
		return false, err
	}
	if key != '1' {
		v.keys.unread(key)
		return false, nil
	}
	next, ok, err := v.keys.next(ctx, nil, v.keys.between)
	if ok && next != '#' {
		v.keys.unread(key, next)
		return false, err
	}
	return true, err
}
