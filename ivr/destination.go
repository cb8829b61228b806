package ivr

import (
	"context"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
	"cccp/routing"
)

// How many digits a destination may have, prefixes included (DOMAIN 2.5).
const (
	MinDestinationDigits = 2
	MaxDestinationDigits = 17
)

// destination is a number the caller may call, with its price.
type destination struct {
	number  phone.Number
	tariff  billing.Tariff
	version uint64
}

// destination gives the caller a few tries to enter a number that may be called.
// Each wrong one is answered with the reason.
func (v *visit) destination(ctx context.Context) (destination, error) {
	rules, err := routing.NewRules(v.who.Offering, v.who.Owner.Country)
	if err != nil {
		return destination{}, err
	}
	question := append(v.greeting(), v.Voice.Say(prompts.EnterDestination)...)
	last := billing.NoDestination
	for range v.Settings.Tries {
		typed, err := v.ask(ctx, MaxDestinationDigits, question)
		if err != nil {
			return destination{}, err
		}
		if typed == "" {
			question = v.Voice.Say(prompts.EnterDestination)
			continue
		}
		to, err := v.resolve(typed, rules)
		reason, refused := refusalOf(err)
		if !refused {
			return to, err
		}
		v.log.Info().Int("digits", len(typed)).Str("reason", string(reason)).Msg("destination refused")
		question = append(v.reasonSounds(reason), v.Voice.Say(prompts.EnterDestination)...)
		last = reason
	}
	return destination{}, billing.Refusal{Reason: last}
}

// greeting is what a recognised caller is told first.
func (v *visit) greeting() []string {
	if !v.who.Offering.AnnounceBalance {
		return nil
	}
	return append(v.Voice.Say(prompts.YouHave), v.Voice.Money(v.who.Balance.Available(), v.who.Balance.Currency)...)
}

// resolve reads what was typed as a number that may be called and has a price.
func (v *visit) resolve(typed string, rules routing.Rules) (destination, error) {
	if len(typed) < MinDestinationDigits {
		return destination{}, billing.Refusal{Reason: billing.NotANumber}
	}
	to, err := phone.Parse(typed, v.who.Seller.Country)
	if err != nil {
		return destination{}, billing.Refusal{Reason: billing.NotANumber}
	}
	if err := rules.Permit(to); err != nil {
		return destination{}, err
	}
	v.to = to // not before: a PIN typed here out of habit must not stand in a record
	tariff, version, ok := v.Directory.Tariff(v.who.Offering.Deck, to)
	if !ok {
		return destination{}, billing.Refusal{Reason: billing.NoRate}
	}
	return destination{to, tariff, version}, nil
}
