package ivr

import (
	"context"
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
)

// MaxDestinationDigits is how many digits a destination may have, prefixes included.
const MaxDestinationDigits = 17

// maxServices bounds how often one question for a destination may be answered with a
// code for something else.
const maxServices = 20

// destination is a number the caller may call, with its price.
type destination struct {
	number phone.Number
	price  billing.Price
}

// destination gives the caller a few tries to enter a number that may be called. Each
// wrong one is answered with the reason, before the question is asked again.
func (v *visit) destination(ctx context.Context) (destination, error) {
	rules, err := v.rules()
	if err != nil {
		return destination{}, err
	}
	first, last := v.greeting(), billing.NoDestination
	for range v.Settings.Tries {
		typed, err := v.askDestination(ctx, first)
		if err != nil {
			return destination{}, err
		}
		if first = nil; typed == "" {
			continue
		}
		to, err := v.resolve(typed, rules)
		reason, refused := refusalOf(err)
		if !refused {
			return to, err
		}
		v.log.Info().Int("digits", len(typed)).Str("reason", string(reason)).Msg("destination refused")
		first, last = v.reasonSounds(reason), reason
	}
	return destination{}, billing.Refusal{Reason: last}
}

// rules say which numbers the account may call.
func (v *visit) rules() (routing.Rules, error) {
	rules, err := routing.NewRules(v.Numbers, v.who.Offering, v.who.Owner.Country)
	return rules.ForAccount(v.who.Account), err
}

// greeting is what a recognised caller is told first, once.
func (v *visit) greeting() []string {
	if v.greeted {
		return nil
	}
	v.greeted = true
	switch {
	case v.penniless():
		return v.reasonSounds(billing.AccountEmpty)
	case v.who.Offering.AnnounceBalance:
		return v.haveSounds(v.who.Balance)
	}
	return nil
}

// penniless says whether the caller can pay for no call: neither with money nor with what
// his bundles leave him.
func (v *visit) penniless() bool {
	if v.who.Account.Status != billing.Empty || v.disa.Unmetered {
		return false
	}
	free, err := v.Desk.FreeLeft(v.who.Account.ID, v.who.Offering.Bundles, time.Now())
	if err != nil {
		v.log.Error().Err(err).Msg("read bundles")
	}
	return err == nil && !free
}

// askDestination asks where to call until the answer is anything but a code.
func (v *visit) askDestination(ctx context.Context, first []string) (typed string, err error) {
	for range maxServices {
		typed, err = v.askNumber(ctx, first)
		if err != nil {
			return "", err
		}
		service := v.service(typed)
		if service == nil {
			return typed, nil
		}
		if first, err = service(ctx); err != nil {
			return "", err
		}
	}
	return "", billing.Refusal{Reason: billing.NoDestination}
}

// dialTone is the North American dial tone (ITU-T E.180, Supplement 2), as Asterisk
// plays it until it is stopped.
const dialTone = "tone:350+440"

// askNumber asks in words or, where the access number has it so, with dial tone.
func (v *visit) askNumber(ctx context.Context, first []string) (string, error) {
	question := v.voice.Say(prompts.EnterDestination)
	if v.access.DialTone {
		question = []string{dialTone}
	}
	return v.askUntil(ctx, MaxDestinationDigits, v.isCode, slices.Concat(first, question))
}

// resolve reads what was typed as a number that may be called and has a price.
func (v *visit) resolve(typed string, rules routing.Rules) (destination, error) {
	number, err := v.number(typed)
	if err != nil {
		return destination{}, err
	}
	return v.permit(number, rules)
}

// number is the number meant by what was typed: the last one, one of the account's
// speed dials, or the number itself.
func (v *visit) number(typed string) (phone.Number, error) {
	switch {
	case typed == "": // a code that is switched off is "", too
		return "", billing.Refusal{Reason: billing.NotANumber}
	case typed == v.Settings.Codes.Redial:
		n, found, err := v.Desk.LastDialled(v.credential())
		return n, unless(found, err, billing.NothingToRedial)
	case len(typed) <= billing.MaxSpeedDialDigits && v.who.Offering.SpeedDialOff:
		return "", billing.Refusal{Reason: billing.SpeedDialOff}
	case len(typed) <= billing.MaxSpeedDialDigits:
		n, found, err := v.Desk.SpeedDial(v.who.Account.ID, typed)
		return n, unless(found, err, billing.NoSpeedDial)
	}
	n, err := v.Numbers.Typed(typed, v.who.Seller.Country)
	return n, unless(err == nil, nil, billing.NotANumber)
}

// unless is the refusal where something was not found.
func unless(found bool, err error, reason billing.Reason) error {
	if err == nil && !found {
		return billing.Refusal{Reason: reason}
	}
	return err
}

// permit prices a number that may be called.
func (v *visit) permit(kept phone.Number, rules routing.Rules) (destination, error) {
	to, err := v.Numbers.Settled(kept)
	if err != nil {
		return destination{}, billing.Refusal{Reason: billing.NotANumber}
	}
	market := struct {
		Directory
		Routes
	}{v.Directory, v.Routes}
	if err := routing.Open(market, rules, to); err != nil {
		return destination{}, err
	}
	v.to = to // not before: a PIN typed here out of habit must not stand in a record
	if v.disa.Unmetered {
		return destination{to, billing.Price{Tariff: free(), Deck: v.who.Offering.Deck}}, nil
	}
	price, ok := v.Routes.Price(billing.Inquiry{
		Offering: v.who.Offering, Account: v.who.Account, To: to, At: time.Now(), LongestS: v.Settings.MaxCallSeconds,
	})
	if !ok {
		return destination{}, billing.Refusal{Reason: billing.NoRate}
	}
	return destination{to, price}, nil
}

// free is the price of calls that are not charged.
func free() billing.Tariff {
	return billing.Tariff{Tiers: []billing.Tier{{FirstIncrementS: 1, IncrementS: 1}}}
}
