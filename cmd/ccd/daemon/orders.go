package daemon

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"cccp/billing"
	"cccp/dialer"
	"cccp/internal/phone"
	"cccp/ivr"
	"cccp/jobs"
	"cccp/store"
	"cccp/wire"
)

// orders takes what the API orders to the dialer.
type orders struct {
	dialer *dialer.Dialer
	store  *store.Store
}

// Order reads the numbers in the country of whoever sold the account.
func (o orders) Order(ctx context.Context, given wire.CallbackOrder, actor string) (jobs.Job, error) {
	who, found, err := o.store.ByAccount(given.Account, "")
	if err != nil {
		return jobs.Job{}, err
	}
	if !found {
		return jobs.Job{}, fmt.Errorf("account %s: %w: see ccctl account list", given.Account, billing.ErrNotFound)
	}
	if err := billing.Stands(who.Account, who.Offering, time.Now()); err != nil {
		return jobs.Job{}, err
	}
	c := ivr.Callback{Account: given.Account}
	if c.To, err = number("to", given.To, who.Seller.Country); err != nil {
		return jobs.Job{}, err
	}
	if given.Then != "" {
		if c.Then, err = number("then", given.Then, who.Seller.Country); err != nil {
			return jobs.Job{}, err
		}
	}
	if c.Media, err = media(given.Media); err != nil {
		return jobs.Job{}, err
	}
	return o.dialer.Order(ctx, c, actor, time.Duration(given.DelayS)*time.Second)
}

func number(what, given, country string) (phone.Number, error) {
	n, err := phone.Parse(given, country)
	if err != nil {
		return "", fmt.Errorf("%w: %s %q: give a number of %s, or an international one with +", billing.ErrInvalid, what, given, country)
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
		return "", fmt.Errorf("%w: media %q: name a sound of Asterisk without its ending, such as tt-monkeys", billing.ErrInvalid, name)
	}
	return "sound:" + name, nil
}
