package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// Hold puts money aside for a leg and takes a place on a trunk, or refuses with a
// billing.Refusal. A hold that was made before is returned as it stands.
func (s *Store) Hold(ctx context.Context, h billing.Hold) (leg billing.OpenLeg, err error) {
	var found *suspicion
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		h := h
		found = nil
		if open, ok, err := load[billing.OpenLeg](tx, key("open", string(h.Leg))); ok || err != nil {
			leg = open
			return err
		}
		if counter(tx, key("cdr-leg", string(h.Leg))) > 0 { // came late: it would be charged twice
			return fmt.Errorf("leg %s is settled: %w", h.Leg, billing.ErrNotOpen)
		}
		account, balance, err := accountMoney(tx, h.Account)
		if err != nil {
			return err
		}
		h.Offering = cmp.Or(h.Offering, account.Offering)
		h.Credential = presentCredential(tx, h.Credential)
		expires, err := s.admit(tx, h, account, balance)
		if err != nil {
			return err
		}
		leg = openLeg(h, account)
		if found, err = s.judge(tx, h, &leg); err != nil {
			return err
		}
		leg.Expires = expires
		if err := board(tx, &leg, h.Trunks, h.At); err != nil {
			return err
		}
		if err := s.reserveFree(tx, h, &leg); err != nil {
			return err
		}
		if err := s.grantFirst(tx, h, &leg, &balance); err != nil {
			return err
		}
		if err := enterVelocity(tx, leg); err != nil {
			return err
		}
		balance.Open++
		countIn(tx, leg, +1)
		remember(tx, leg)
		putLeg(tx, leg, balance)
		return nil
	})
	if err == nil && len(leg.Watched) > 0 {
		s.tellAlerts()
	}
	return leg, errors.Join(err, s.report(ctx, found))
}

// grantFirst holds the first talk time of a leg, and as much more of the leg beside it
// as lasts as long.
func (s *Store) grantFirst(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg, balance *billing.Balance) error {
	legs, claims := []billing.OpenLeg{*leg}, []billing.Claim{{Leg: leg.Leg}}
	if h.Beside != nil {
		beside, err := findOpen(tx, h.Beside.Leg)
		if err == nil && beside.Account != h.Account {
			err = ofTwoAccounts(h.Leg, beside.Leg)
		}
		if err != nil {
			return err
		}
		legs[0].Expires = beside.Expires
		legs, claims = append(legs, beside), append(claims, billing.Claim{Leg: h.Beside.Leg, UsedS: h.Beside.UsedS, Anew: true})
	}
	longest, err := s.watchedAhead(tx, min(h.MaxSeconds, legs[0].LeftS()), legs, claims)
	if err != nil {
		return err
	}
	switch {
	case legs[0].LeftS() == 0:
		return billing.Refusal{Reason: billing.AccountExpired}
	case h.Beside != nil && legs[1].LimitS > 0 && legs[1].LimitS <= h.Beside.UsedS:
		return billing.Refusal{Reason: billing.TalkTimeSpent}
	case longest <= 0 && h.MaxSeconds > 0:
		return billing.Refusal{Reason: billing.VelocityExceeded}
	}
	available := balance.Available() + heldBy(legs)
	asked := shares(legs, claims)
	d, grants, costs := billing.Together(available, min(h.GrantSeconds, longest), asked...)
	if d <= 0 || available < leg.Tariff.Least() {
		return billing.Refusal{Reason: billing.NotEnoughMoney}
	}
	legs[0].AffordableS, _, _ = billing.Together(available, longest, asked...)
	before := legs[len(legs)-1].GrantedS
	setGrants(legs, grants, costs, balance)
	*leg = legs[0]
	if h.Beside == nil {
		return nil
	}
	tx.Put(key("open", string(legs[1].Leg)), encode(legs[1]))
	return regrantVelocity(tx, legs[1], before)
}

func heldBy(legs []billing.OpenLeg) (sum billing.Money) {
	for _, leg := range legs {
		sum += leg.Held
	}
	return sum
}

func shares(legs []billing.OpenLeg, claims []billing.Claim) []billing.Share {
	all := make([]billing.Share, len(legs))
	for i, leg := range legs {
		all[i] = billing.Share{Tariff: leg.Tariff, UsedS: claims[i].UsedS}
		if !claims[i].Anew {
			all[i].GrantedS = leg.GrantedS
		}
	}
	return all
}

func setGrants(legs []billing.OpenLeg, grants []int64, costs []billing.Money, balance *billing.Balance) {
	for i := range legs {
		balance.Held += costs[i] - legs[i].Held
		legs[i].GrantedS, legs[i].Held = grants[i], costs[i]
	}
}

// admit refuses a call beyond what its account may have, or anybody it belongs to. A
// leg beside the caller's own counts as one call with it, and has what that holds. expires
// is when the account does.
func (s *Store) admit(tx kv.Tx, h billing.Hold, a billing.Account, b billing.Balance) (expires time.Time, err error) {
	limits, offering, err := s.limits(tx, h, a)
	if h.Beside != nil {
		own, _, ownErr := load[billing.OpenLeg](tx, key("open", string(h.Beside.Leg))) // there or not is asked later
		limits, err, b.Held = nil, errors.Join(err, ownErr), b.Held-own.Held
	}
	if err == nil {
		expires, err = mayBegin(a, offering, b, h)
	}
	if err != nil {
		return expires, err
	}
	for _, l := range limits {
		if l.most > 0 && counter(tx, key("calls", l.kind, l.name)) >= uint64(l.most) {
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

func (s *Store) limits(tx kv.Tx, h billing.Hold, a billing.Account) ([]limit, billing.Offering, error) {
	credential, _, err := load[billing.Credential](tx, key("credential", h.Credential))
	offering, _, offeringErr := load[billing.Offering](tx, key("offering", h.Offering))
	provider, _, providerErr := load[billing.Provider](tx, key("provider", a.Provider))
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
	count(tx, "trunk", leg.Trunk, n)
	if leg.Beside != "" {
		return
	}
	count(tx, "account", leg.Account, n)
	count(tx, "credential", leg.Credential, n)
	count(tx, "offering", leg.Offering, n)
	count(tx, "provider", leg.Provider, n)
}

// count counts calls in progress. What has none leaves no counter behind: there are as
// many accounts and credentials as there are customers.
func count(tx kv.Tx, kind, name string, n int) {
	if name == "" {
		return
	}
	at := key("calls", kind, name)
	if calls := counter(tx, at) + uint64(n); calls > 0 {
		setCounter(tx, at, calls)
	} else {
		tx.Delete(at)
	}
}

func openLeg(h billing.Hold, a billing.Account) billing.OpenLeg {
	leg := billing.OpenLeg{
		Leg: h.Leg, Call: h.Call, Offering: h.Offering,
		Tariff: h.Tariff, Deck: h.Deck, Version: h.Version, LimitS: h.MaxSeconds,
		Attempts: 1, Node: h.Node, Opened: h.At, Inbound: h.Inbound,
	}
	leg.Provider = a.Provider
	if h.Beside != nil {
		leg.Beside = h.Beside.Leg
	}
	return leg
}

// Extend grants legs of one account that run side by side aheadS seconds more than each
// has used, or as many of them as the money reaches for, and returns them as they then
// stand. What was granted before stays granted, unless it is claimed anew.
func (s *Store) Extend(ctx context.Context, aheadS int64, claims ...billing.Claim) (legs []billing.OpenLeg, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if legs, err = claimed(tx, claims); err != nil {
			return err
		}
		account, balance, err := accountMoney(tx, legs[0].Account)
		if err != nil || !account.Status.Calls() {
			return err // blocked meanwhile: what was granted is the last there is
		}
		ahead, err := s.watchedAhead(tx, beforeExpiry(legs, claims, aheadS), legs, claims)
		if err != nil {
			return err
		}
		available := balance.Available() + heldBy(legs)
		d, grants, costs := billing.Together(available, ahead, shares(legs, claims)...)
		if d <= 0 {
			return nil
		}
		before := slices.Clone(legs)
		setGrants(legs, grants, costs, &balance)
		for i, leg := range legs {
			putLeg(tx, leg, balance)
			err = errors.Join(err, regrantVelocity(tx, leg, before[i].GrantedS))
		}
		return err
	})
	return legs, err
}

// claimed are the open legs of claims, each of them once and all of one account: their
// money is reckoned together.
func claimed(tx kv.Tx, claims []billing.Claim) (legs []billing.OpenLeg, err error) {
	for i, c := range claims {
		leg, err := findOpen(tx, c.Leg)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(claims[:i], func(before billing.Claim) bool { return before.Leg == c.Leg }) {
			return nil, fmt.Errorf("%w: leg %s is claimed for twice", billing.ErrConflict, c.Leg)
		}
		if i > 0 && leg.Account != legs[0].Account {
			return nil, ofTwoAccounts(legs[0].Leg, leg.Leg)
		}
		legs = append(legs, leg)
	}
	return legs, nil
}

func ofTwoAccounts(a, b billing.LegID) error {
	return fmt.Errorf("%w: legs %s and %s are of two accounts", billing.ErrConflict, a, b)
}

// Answer records when a leg was answered, so that a crash cannot forget it.
func (s *Store) Answer(ctx context.Context, id billing.LegID, at time.Time) error {
	var released string
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		leg, err := findOpen(tx, id)
		if err != nil {
			return err
		}
		leg.Answered = at
		released, err = anchor(tx, &leg)
		tx.Put(key("open", string(id)), encode(leg))
		return err
	})
	if err == nil && released != "" {
		s.funds.tell(released)
	}
	return err
}

// Settle closes a leg: it posts the charge, releases the rest of the hold and leaves
// the CDR. Settling again returns the first CDR and changes nothing.
func (s *Store) Settle(ctx context.Context, st billing.Settlement) (cdr billing.CDR, err error) {
	watched := false
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		cdr = billing.CDR{}
		leg, err := findOpen(tx, st.Leg)
		if errors.Is(err, billing.ErrNotOpen) {
			cdr, err = cdrOfLeg(tx, st.Leg)
		}
		if err != nil || cdr.Leg != "" {
			return err
		}
		account, balance, err := accountMoney(tx, leg.Account)
		if err != nil {
			return err
		}
		if !st.Answered.IsZero() {
			leg.Tariff = leg.Tariff.Answered(st.Answered)
		}
		if err := s.useFree(tx, &leg, leg.ChargedSeconds(st)); err != nil {
			return err
		}
		cdr = leg.Settle(st)
		cdr.Currency = balance.Currency
		balance.Held -= leg.Held
		balance.Open--
		countIn(tx, leg, -1)
		tx.Delete(key("open", string(leg.Leg)))
		if cdr.Charge != 0 {
			post(tx, &balance, billing.LedgerEntry{At: st.Ended, Kind: billing.Charge, Amount: -cdr.Charge, Ref: string(leg.Leg), Actor: "ccd", Origin: billing.FromCall, Job: leg.Job})
		}
		tx.Put(key("balance", leg.Account), encode(balance))
		called(tx, account, balance, leg, cdr)
		watched = len(leg.Watched) > 0
		if err := s.leaveVelocity(tx, leg, cdr); err != nil { // it may block the account
			return err
		}
		cdr = appendCDR(tx, cdr)
		rememberCall(tx, cdr)
		return nil
	})
	if err == nil {
		s.funds.tell(cdr.Account)
	}
	if err == nil && watched {
		s.tellAlerts()
	}
	return cdr, err
}

// OpenLegs lists all legs in progress.
func (s *Store) OpenLegs() (legs []billing.OpenLeg, err error) {
	legs = []billing.OpenLeg{}
	err = s.db.View(func(tx kv.Tx) error {
		from, to := under("open")
		for _, b := range tx.Ascend(from, to) {
			leg, err := decode[billing.OpenLeg](b)
			if err != nil {
				return err
			}
			legs = append(legs, leg)
		}
		return nil
	})
	return legs, err
}

// OpenLeg is a leg in progress, or ErrNotOpen.
func (s *Store) OpenLeg(id billing.LegID) (leg billing.OpenLeg, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) {
		leg, err = findOpen(tx, id)
		return err
	})
	return leg, err
}

func findOpen(tx kv.Tx, id billing.LegID) (billing.OpenLeg, error) {
	leg, ok, err := load[billing.OpenLeg](tx, key("open", string(id)))
	if err == nil && !ok {
		err = fmt.Errorf("leg %s: %w", id, billing.ErrNotOpen)
	}
	return leg, err
}

func accountMoney(tx kv.Tx, id string) (billing.Account, billing.Balance, error) {
	account, found, accountErr := load[billing.Account](tx, key("account", id))
	balance, kept, balanceErr := load[billing.Balance](tx, key("balance", id))
	if err := errors.Join(accountErr, balanceErr); err != nil {
		return account, balance, err
	}
	if !found || !kept {
		return account, balance, fmt.Errorf("account %s: %w: see ccctl account list", id, billing.ErrNotFound)
	}
	return account, balance, nil
}

func putLeg(tx kv.Tx, leg billing.OpenLeg, balance billing.Balance) {
	tx.Put(key("open", string(leg.Leg)), encode(leg))
	tx.Put(key("balance", leg.Account), encode(balance))
}
