package books

import (
	"errors"
	"time"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// admit refuses a call beyond what its account may have, or anything it belongs to. A B leg
// beside the A leg of its caller counts as one call with it, and has what that holds.
// expires is when the account does.
func admit(tx kv.Tx, h billing.Hold, a billing.Account, b billing.Balance) (expires time.Time, err error) {
	limits, offering, err := limitsOf(tx, h, a)
	if h.Beside != nil {
		beside, _, besideErr := open.Load(tx, string(h.Beside.Leg)) // there or not is asked later
		limits, err, b.Held = nil, errors.Join(err, besideErr), b.Held-beside.Held
	}
	if err == nil {
		err = billing.MayBegin(a, offering, b, h.Tariff, h.At)
	}
	if err != nil {
		return expires, err
	}
	expires, _ = a.Ends(offering)
	for _, l := range limits {
		if l.most > 0 && records.Calls.Of(tx, l.kind, l.name) >= uint64(l.most) {
			return expires, billing.Refusal{Reason: l.reason}
		}
	}
	return expires, nil
}

// limit is how many calls something may have at once; 0 is any number.
type limit struct {
	kind, name string
	most       int
	reason     billing.Reason
}

func limitsOf(tx kv.Tx, h billing.Hold, a billing.Account) ([]limit, billing.Offering, error) {
	credential, _, err := records.Credentials.Load(tx, h.Credential)
	offering, _, offeringErr := records.Offerings.Load(tx, h.Offering)
	provider, _, providerErr := records.Providers.Load(tx, a.Provider)
	return []limit{
		{"account", a.ID, offering.CallsAtOnce(a), billing.AccountBusy},
		{"credential", h.Credential, credential.MaxConcurrentCalls, billing.CredentialBusy},
		{"offering", h.Offering, offering.MaxConcurrentCalls, billing.OfferingBusy},
		{"provider", a.Provider, provider.MaxConcurrentCalls, billing.ProviderBusy},
	}, offering, errors.Join(err, offeringErr, providerErr)
}

// countIn counts a leg among the lines of its trunk, and its call among those of all it
// belongs to; n is -1 when it ends.
func countIn(tx kv.Tx, leg billing.OpenLeg, n int) {
	for _, of := range countedBy(leg) {
		count(tx, of[0], of[1], n)
	}
}

// countedBy is what counts a leg: KIND and ID. A leg beside another is one call with it.
func countedBy(leg billing.OpenLeg) (of [][2]string) {
	all := [][2]string{{"trunk", leg.Trunk}}
	if leg.Beside == "" {
		all = append(all, [][2]string{
			{"account", leg.Account}, {"credential", leg.Credential},
			{"offering", leg.Offering}, {"provider", leg.Provider},
		}...)
	}
	for _, who := range all {
		if who[1] != "" {
			of = append(of, who)
		}
	}
	return of
}

// count counts calls in progress. What has none leaves no counter behind: there are as
// many accounts and credentials as there are customers.
func count(tx kv.Tx, kind, name string, n int) {
	if name == "" {
		return
	}
	if calls := records.Calls.Of(tx, kind, name) + uint64(n); calls > 0 {
		records.Calls.Set(tx, calls, kind, name)
	} else {
		records.Calls.Delete(tx, kind, name)
	}
}
