package ivr

import (
	"context"

	"cccp/billing"
)

// direct is the script of a subscriber's own phone: Asterisk hands its calls over with the
// number dialled (seed 004). Nothing is spoken: failures are told in signalling, and the A
// leg is answered when the B leg is.
func (v *visit) direct(ctx context.Context) (billing.Outcome, error) {
	who, known, err := v.byPhone()
	if err != nil {
		return billing.Outcome{}, err
	}
	if !known {
		v.log.Warn().
			Str("user", v.caller.User).
			Str("clid", v.caller.ANI).
			Msg("nobody's phone: see ccctl credential add sip")
		return billing.Outcome{}, billing.Refusal{Reason: billing.NotAuthenticated}
	}
	if err := v.recognise(who); err != nil {
		return billing.Outcome{}, err
	}
	rules, err := v.rules()
	if err != nil {
		return billing.Outcome{}, err
	}
	to, err := v.resolve(v.caller.Dialled, rules)
	if err != nil {
		return billing.Outcome{}, err
	}
	return v.dialthrough(ctx, to)
}

// byPhone recognises a phone by its SIP user or IMSI, which Asterisk has authenticated,
// else by the number it calls from.
func (v *visit) byPhone() (who billing.Subscriber, known bool, err error) {
	if who, known, err = v.Directory.BySIPUser(v.caller.User); known || err != nil {
		if err == nil {
			_, _, err = v.byANI(who.Seller.Country)
		}
		return who, known, err
	}
	return v.byANI(v.Settings.Country)
}
