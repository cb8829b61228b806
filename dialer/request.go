package dialer

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
)

// Subscribers finds the subscriber whose account pays for a call.
type Subscribers interface {
	ByAccount(account, credential string) (billing.Subscriber, bool, error)
}

// Wish is a callback as an operator or a program asks for it.
type Wish struct {
	Account string
	// To is called first, Then once they answer: as typed in the country of the account's
	// provider. Without Then they are asked for a number.
	To, Then string
	// Media is a sound they hear first, as Asterisk names it, without its ending.
	Media string
	// DelayS is how many seconds to wait before calling.
	DelayS int
}

// OrderFor takes a callback for an account. It is refused with ErrInvalid where it cannot
// be read, and with a billing.Refusal where the account may not call.
func (d *Dialer) OrderFor(ctx context.Context, from Subscribers, w Wish, actor string) (jobs.Job, error) {
	who, found, err := from.ByAccount(w.Account, "")
	if err != nil {
		return jobs.Job{}, err
	}
	if !found {
		return jobs.Job{}, fmt.Errorf("account %s: %w: see ccctl account list", w.Account, billing.ErrNotFound)
	}
	if err := billing.Stands(who.Account, who.Offering, time.Now()); err != nil {
		return jobs.Job{}, err
	}
	c := ivr.Callback{Account: w.Account}
	if c.To, err = d.number("to", w.To, who.Seller.Country); err != nil {
		return jobs.Job{}, err
	}
	if w.Then != "" {
		if c.Then, err = d.number("then", w.Then, who.Seller.Country); err != nil {
			return jobs.Job{}, err
		}
	}
	if c.Media, err = media(w.Media); err != nil {
		return jobs.Job{}, err
	}
	return d.Order(ctx, c, actor, time.Duration(w.DelayS)*time.Second)
}

func (d *Dialer) number(what, given, country string) (phone.Number, error) {
	n, err := d.Numbers.Typed(given, country)
	if err != nil {
		return "", fmt.Errorf("%w: %s %q: give a number of %s, or an international one with +",
			billing.ErrInvalid, what, given, country)
	}
	return n, nil
}

// soundName is a sound as Asterisk names it: a path without its ending.
var soundName = regexp.MustCompile(`^[A-Za-z0-9_/][A-Za-z0-9_/-]*$`)

// media is the URI of a sound. Other kinds of media reach beyond sounds, and are refused.
func media(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if !soundName.MatchString(name) {
		return "", fmt.Errorf("%w: media %q: name a sound of Asterisk without its ending, such as tt-monkeys",
			billing.ErrInvalid, name)
	}
	return "sound:" + name, nil
}
