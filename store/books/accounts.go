package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
	"cccp/store/records"
)

var (
	_ records.Follower[billing.Account] = accounts{}
	_ records.Leaver[billing.Account]   = accounts{}
	_ records.Watcher                   = accounts{}
	_ records.Rememberer                = accounts{}
)

// accounts is the kind of accounts.
type accounts struct {
	*Books
	records.Numbers
}

func (accounts) ID(a billing.Account) string                      { return a.ID }
func (accounts) Owner(_ kv.Tx, a billing.Account) (string, error) { return a.Provider, nil }

// Refs name the lot as well: who refers to a lot is what belongs to it.
func (accounts) Refs(a billing.Account) []records.Ref {
	refs := append(records.Providers.To(a.Provider), records.Offerings.To(a.Offering)...)
	if a.Lot != "" {
		refs = append(refs, records.Lots.To(a.Lot)...)
	}
	return refs
}

// Check fills in what an account takes from its offering. Offering and account may belong
// to different providers (one sells what the other owns), but not to different currencies:
// prices and balance must be in the same one.
func (k accounts) Check(tx kv.Tx, a *billing.Account) error {
	if a.Status == "" {
		a.Status = billing.Activated
	}
	sold, err := records.Offerings.Find(tx, a.Offering)
	if err != nil {
		return err
	}
	if a.Provider == "" {
		a.Provider = sold.Provider
	}
	owner, ownerErr := records.Providers.Find(tx, sold.Provider)
	seller, sellerErr := records.Providers.Find(tx, a.Provider)
	before, kept, err := records.Accounts.Load(tx, a.ID)
	if err := errors.Join(ownerErr, sellerErr, err); err != nil {
		return err
	}
	if err := k.readNumbers(a, before, seller.Country); err != nil {
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	if owner.Currency != seller.Currency {
		return fmt.Errorf("%w: offering %s is priced in %s, provider %s keeps accounts in %s",
			billing.ErrConflict, sold.Name, owner.Currency, seller.Name, seller.Currency)
	}
	if kept && before.Provider != a.Provider {
		return fmt.Errorf("%w: account %s belongs to provider %s and its money stays there",
			billing.ErrConflict, a.ID, before.Provider)
	}
	return live(tx, a, before, sold)
}

func (k accounts) readNumbers(a *billing.Account, before billing.Account, country string) error {
	a.PhoneMe = slices.Clone(a.PhoneMe)
	shown, kept := []*phone.Number{&a.OutboundCID}, []phone.Number{before.OutboundCID}
	return errors.Join(
		k.ReadNew("outbound caller ID", shown, kept, country),
		k.ReadNew("phone-me number", records.Each(a.PhoneMe), before.PhoneMe, country),
	)
}

// live has an account that is added or changed by an operator go through its life as it
// may: what time, money and calls make of it is not for an operator to say.
func live(tx kv.Tx, a *billing.Account, before billing.Account, o billing.Offering) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	kept := before.ID != ""
	if kept {
		if err := checkHistory(*a, before); err != nil {
			return err
		}
		b, _, err := balances.Load(tx, a.ID)
		if err != nil {
			return err
		}
		b.Credit = a.CreditLimit
		if a.Status == billing.Empty && a.CreditLimit > before.CreditLimit && !b.Spent() {
			a.Status = billing.Activated // it has something to call with again
		}
		from := *a // as it is to be, in the status it has: its expiry may be moved beside
		from.Status = before.Status
		if err := from.CheckTransition(a.Status, o, b, now); err != nil {
			return err
		}
	}
	if a.Status == billing.Activated && a.ActivatedAt.IsZero() {
		a.ActivatedAt = now
	}
	if kept && before.Offering == a.Offering && slices.Equal(before.PhoneMe, a.PhoneMe) {
		return nil
	}
	return o.CheckPhoneMe(*a)
}

// checkHistory refuses to rewrite when an account was first used.
func checkHistory(a, before billing.Account) error {
	for _, m := range []struct {
		name          string
		before, after time.Time
	}{
		{"activated_at", before.ActivatedAt, a.ActivatedAt},
		{"first_authenticated", before.FirstAuthenticated, a.FirstAuthenticated},
		{"first_charged", before.FirstCharged, a.FirstCharged},
	} {
		if !m.before.Equal(m.after) {
			return fmt.Errorf("%w: %s of account %s is kept by ccd: "+
				"to move its expiry, set --expiration fixed and --expires-at",
				billing.ErrInvalid, m.name, a.ID)
		}
	}
	return nil
}

// Follow keeps the balance beside an account.
func (accounts) Follow(tx kv.Tx, before, after *billing.Account) error {
	switch {
	case before == nil:
		seller, err := records.Providers.Find(tx, after.Provider)
		PutBalance(tx, billing.Balance{Account: after.ID, Currency: seller.Currency, Credit: after.CreditLimit})
		return err
	case after == nil:
		return closeAccount(tx, *before)
	}
	return keepCredit(tx, *before, *after)
}

// OnDisk tells the account's calls in progress: its credit limit may have been raised.
func (k accounts) OnDisk(id string) error {
	k.funds.tell(id)
	return nil
}

// closeAccount removes what an account leaves behind: an empty balance, its speed dials
// and what it called last. Who is given the same name later must find none of it.
func closeAccount(tx kv.Tx, a billing.Account) error {
	b, _, err := balances.Load(tx, a.ID)
	if err != nil {
		return err
	}
	if b.Entries > 0 || b.Open > 0 {
		return fmt.Errorf("account %s is %w: it has a ledger, which is kept: "+
			"block it with ccctl account set %s --status blocked",
			a.ID, billing.ErrInUse, a.ID)
	}
	for _, id := range records.SpeedDialIDs(tx, a.ID) {
		records.SpeedDials.Delete(tx, id)
	}
	for bundle := range bundleUses.Names(tx, a.ID) {
		bundleUses.Delete(tx, a.ID, bundle)
	}
	forgetVelocity(tx, a.ID)
	lastCall.Delete(tx, a.ID)
	balances.Delete(tx, a.ID)
	return nil
}

// keepCredit lays an account's credit limit into its balance. What is borrowed already, or
// held by open calls, cannot be taken back.
func keepCredit(tx kv.Tx, before, after billing.Account) error {
	if before.CreditLimit == after.CreditLimit {
		return nil
	}
	b, _, err := balances.Load(tx, after.ID)
	if err != nil {
		return err
	}
	b.Credit = after.CreditLimit
	if b.Available() < 0 && after.CreditLimit < before.CreditLimit {
		return fmt.Errorf("%w: account %s uses %s of its credit limit (balance %s, %s held by open calls): "+
			"the limit cannot be lowered to %s",
			billing.ErrConflict, after.ID, b.Held-b.Amount, b.Amount, b.Held, after.CreditLimit)
	}
	PutBalance(tx, b)
	return nil
}

// called notes what a leg that was settled makes of its account: its first charged call,
// and that nothing is left of its money. Legs that held nothing leave it as it was.
func called(tx kv.Tx, a billing.Account, b billing.Balance, leg billing.OpenLeg, cdr billing.CDR) {
	changed := false
	if talked := !cdr.Answered.IsZero() && !leg.Leg.Caller(); a.FirstCharged.IsZero() && (cdr.Charge != 0 || talked) {
		a.FirstCharged, changed = cdr.Answered, true
	}
	if a.Status == billing.Activated && leg.Held > 0 && b.Open == 0 && b.Spent() {
		a.Status, changed = billing.Empty, true
	}
	if changed {
		PutAccount(tx, a)
	}
}

// reactivate lets an account call again that was spent, once it has something to call with.
func reactivate(tx kv.Tx, a billing.Account, b billing.Balance, at time.Time) {
	if a.Status != billing.Empty || b.Spent() {
		return
	}
	a.Status = billing.Activated
	if a.ActivatedAt.IsZero() {
		a.ActivatedAt = at
	}
	PutAccount(tx, a)
}

// RoomFor refuses money that would bring an account above the greatest balance of its
// offering.
func RoomFor(tx kv.Tx, amount billing.Money, a billing.Account, b billing.Balance) error {
	o, err := records.Offerings.Find(tx, a.Offering)
	if most := o.MostMoney(); err == nil && b.Amount > most-amount {
		err = fmt.Errorf("%w: account %s has %s and would have %s: under offering %s it may have at most %s",
			billing.ErrConflict, a.ID, b.Amount, b.Amount+amount, o.Name, most)
	}
	return err
}

// Become gives an account another status within a transaction, if an operator may.
func Become(tx kv.Tx, a billing.Account, to billing.Status, at time.Time) error {
	o, err := records.Offerings.Find(tx, a.Offering)
	if err != nil {
		return err
	}
	_, balance, err := AccountMoney(tx, a.ID)
	if err == nil {
		err = a.CheckTransition(to, o, balance, at)
	}
	if err != nil {
		return err
	}
	if a.Status = to; to == billing.Activated && a.ActivatedAt.IsZero() {
		a.ActivatedAt = at
	}
	PutAccount(tx, a)
	return nil
}

// Recognised keeps when an account was first recognised, and that it was found to have
// expired. After that it changes nothing.
func (b *Books) Recognised(ctx context.Context, account string, at time.Time) error {
	return b.db.Update(ctx, func(tx kv.Tx) error {
		a, _, err := AccountMoney(tx, account)
		if err != nil {
			return err
		}
		o, err := records.Offerings.Find(tx, a.Offering)
		if err != nil {
			return err
		}
		switch standing := billing.Standing(a, o, at); {
		case standing == billing.AccountExpired && a.Status != billing.Expired:
			a.Status = billing.Expired
		case (standing == "" || standing == billing.AccountEmpty) && a.FirstAuthenticated.IsZero():
			a.FirstAuthenticated = at
		default:
			return nil
		}
		PutAccount(tx, a)
		return nil
	})
}
