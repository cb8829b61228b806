package ivr

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"cccp/billing"
	"cccp/prompts"
)

// service is something a code asks for besides a call. It answers what to say before
// the next question; the only errors are a caller who left, and what ends the visit.
type service func(context.Context) ([]string, error)

// service is what a code asks for; nil where it is none, or is a destination.
func (v *visit) service(typed string) service {
	if typed == "" {
		return nil
	}
	switch c := v.Settings.Codes; typed {
	case c.Balance:
		return v.tellBalance
	case c.LastCall:
		return v.tellLastCall
	case c.Voucher:
		return v.redeem
	case c.SpeedDial:
		return v.keepSpeedDial
	case c.Transfer:
		return v.transfer
	case c.NextCall: // there is no call to end
		return func(context.Context) ([]string, error) { return nil, nil }
	}
	return nil
}

// isCode says whether what was typed so far is a code, and so complete.
func (v *visit) isCode(typed string) bool {
	return v.service(typed) != nil || typed != "" && typed == v.Settings.Codes.Redial
}

func (v *visit) tellBalance(context.Context) ([]string, error) {
	balance, err := v.Desk.Balance(v.who.Account.ID)
	if err != nil {
		return v.failed(err, "read balance"), nil
	}
	return v.haveSounds(balance), nil
}

func (v *visit) haveSounds(b billing.Balance) []string {
	return append(v.voice.Say(prompts.YouHave), v.voice.Money(b.Available(), b.Currency)...)
}

func (v *visit) tellLastCall(context.Context) ([]string, error) {
	cdr, found, err := v.Desk.LastCall(v.who.Account.ID)
	if err != nil {
		return v.failed(err, "read last call"), nil
	}
	if !found {
		return v.voice.Say(prompts.NoLastCall), nil
	}
	return append(v.voice.Say(prompts.LastCallCost), v.voice.Money(cdr.Charge, cdr.Currency)...), nil
}

// actor is the ledger's name for a caller who changed a balance.
const actor = "caller"

// redeem puts a voucher's money on the account. Vouchers are guessed at like PINs.
func (v *visit) redeem(ctx context.Context) ([]string, error) {
	at := cmp.Or(string(v.access.Number), v.disa.Name)
	if err := v.notLocked(at); err != nil {
		return nil, err
	}
	code, err := v.ask(ctx, billing.MaxVoucherDigits, v.voice.Say(prompts.EnterVoucher))
	if err != nil || code == "" {
		return nil, err
	}
	if err := v.notLocked(at); err != nil { // others guess at the same time
		return nil, err
	}
	v.vouchers++
	entry, err := v.Desk.Redeem(ctx, billing.Redemption{
		Code: code, Account: v.who.Account.ID, Actor: actor, Job: v.job, At: time.Now(),
		Ref: string(v.caller.Visit) + "-voucher" + strconv.Itoa(v.vouchers),
	})
	reason, refused := refusalOf(err)
	switch {
	case refused && reason == billing.VoucherUnknown:
		return v.reasonSounds(reason), v.missed(ctx, code, at)
	case refused:
		return v.reasonSounds(reason), nil
	case err != nil:
		return v.failed(err, "redeem voucher"), nil
	}
	v.log.Info().Stringer("amount", entry.Amount).Msg("voucher redeemed")
	return append(v.voice.Say(prompts.CreditedWith), v.voice.Money(entry.Amount, v.who.Balance.Currency)...), nil
}

// keepSpeedDial asks for the digits and the number of a speed dial and keeps it.
func (v *visit) keepSpeedDial(ctx context.Context) ([]string, error) {
	if v.who.Offering.SpeedDialOff {
		return v.reasonSounds(billing.SpeedDialOff), nil
	}
	digits, err := v.ask(ctx, billing.MaxSpeedDialDigits, v.voice.Say(prompts.EnterSpeedDial))
	if err != nil || digits == "" {
		return nil, err
	}
	typed, err := v.ask(ctx, MaxDestinationDigits, v.voice.Say(prompts.EnterSpeedNumber))
	if err != nil || typed == "" {
		return nil, err
	}
	number, err := v.Numbers.Typed(typed, v.who.Seller.Country)
	if err != nil {
		return v.reasonSounds(billing.NotANumber), nil
	}
	kept := billing.SpeedDial{Account: v.who.Account.ID, Digits: digits, Number: number}
	if kept.Validate() != nil {
		return v.reasonSounds(billing.NotANumber), nil
	}
	if err := v.Desk.SetSpeedDial(ctx, kept); err != nil {
		return v.failed(err, "keep speed dial"), nil
	}
	return slices.Concat(v.voice.Say(prompts.SpeedDialSaved)), nil
}

// failed is what to say when the platform failed at what the caller asked for.
func (v *visit) failed(err error, what string) []string {
	v.log.Error().Err(err).Msg(what)
	return v.voice.Say(prompts.SystemFailure)
}
