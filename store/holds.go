package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cccp/billing"
	"cccp/store/kv"
)

// ErrNotOpen is returned for a leg that holds nothing: settled already, or never held.
var ErrNotOpen = errors.New("leg is not open")

// Hold puts money aside for a leg and takes a place on a trunk, or refuses with a
// billing.Refusal. A hold that was made before is returned as it stands.
func (s *Store) Hold(ctx context.Context, h billing.Hold) (leg billing.OpenLeg, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if open, ok, err := load[billing.OpenLeg](tx, key("open", string(h.Leg))); ok || err != nil {
			leg = open
			return err
		}
		if counter(tx, key("cdr-leg", string(h.Leg))) > 0 { // came late: it would be charged twice
			return fmt.Errorf("leg %s is settled: %w", h.Leg, ErrNotOpen)
		}
		account, balance, err := accountMoney(tx, h.Account)
		if err != nil {
			return err
		}
		if reason := refusal(account, balance); reason != "" {
			return billing.Refusal{Reason: reason}
		}
		trunk, ok := freeTrunk(tx, h.Trunks)
		if !ok {
			return billing.Refusal{Reason: billing.TrunkBusy}
		}
		leg = openLeg(h, account, trunk)
		available := balance.Available()
		leg.GrantedS, leg.Held = billing.Grant(h.Tariff, available, min(h.GrantSeconds, h.MaxSeconds))
		if leg.GrantedS <= 0 {
			return billing.Refusal{Reason: billing.NotEnoughMoney}
		}
		leg.AffordableS = affordable(h.Tariff, available, h.MaxSeconds)
		balance.Held += leg.Held
		balance.Open++
		takeLine(tx, trunk, +1)
		putLeg(tx, leg, balance)
		return nil
	})
	return leg, err
}

func refusal(a billing.Account, b billing.Balance) billing.Reason {
	switch {
	case a.Status != billing.Activated:
		return billing.AccountNotActive
	case a.MaxConcurrentCalls > 0 && b.Open >= a.MaxConcurrentCalls:
		return billing.AccountBusy
	}
	return ""
}

// freeTrunk is the first trunk with a line to spare.
func freeTrunk(tx kv.Tx, trunks []billing.TrunkLimit) (string, bool) {
	for _, t := range trunks {
		if t.MaxConcurrentCalls == 0 || counter(tx, key("line", t.Name)) < uint64(t.MaxConcurrentCalls) {
			return t.Name, true
		}
	}
	return "", false
}

func takeLine(tx kv.Tx, trunk string, n int) {
	at := key("line", trunk)
	setCounter(tx, at, counter(tx, at)+uint64(n))
}

func openLeg(h billing.Hold, a billing.Account, trunk string) billing.OpenLeg {
	return billing.OpenLeg{
		Leg: h.Leg, Account: h.Account, Provider: a.Provider, Credential: h.Credential,
		From: h.From, To: h.To, CallerID: h.CallerID,
		Tariff: h.Tariff, Deck: h.Deck, Version: h.Version,
		Trunk: trunk, Attempts: 1, Node: h.Node, Opened: h.At, Inbound: h.Inbound,
	}
}

func affordable(t billing.Tariff, available billing.Money, longest int64) int64 {
	if d := t.MaxSeconds(available); d != billing.Unbounded {
		return min(d, longest)
	}
	return longest
}

// Extend grants a leg talk time up to wantSeconds in all, or as much of it as the
// money reaches for, and returns the leg. Asking for less than it has changes nothing.
func (s *Store) Extend(ctx context.Context, id billing.LegID, wantSeconds int64) (leg billing.OpenLeg, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if leg, err = findOpen(tx, id); err != nil {
			return err
		}
		account, balance, err := accountMoney(tx, leg.Account)
		if err != nil || account.Status != billing.Activated {
			return err // blocked meanwhile: what was granted is the last there is
		}
		available := balance.Available() + leg.Held
		seconds, cost := billing.Grant(leg.Tariff, available, wantSeconds)
		leg.AffordableS = affordable(leg.Tariff, available, billing.MaxCallSeconds)
		if seconds <= leg.GrantedS {
			return nil
		}
		balance.Held += cost - leg.Held
		leg.GrantedS, leg.Held = seconds, cost
		putLeg(tx, leg, balance)
		return nil
	})
	return leg, err
}

// Answer records when a leg was answered, so that a crash cannot forget it.
func (s *Store) Answer(ctx context.Context, id billing.LegID, at time.Time) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		leg, err := findOpen(tx, id)
		if err != nil {
			return err
		}
		leg.Answered = at
		tx.Put(key("open", string(id)), encode(leg))
		return nil
	})
}

// Reroute moves a leg that its trunk failed to the first of the given trunks with a
// line to spare, and counts one more attempt.
func (s *Store) Reroute(ctx context.Context, id billing.LegID, trunks []billing.TrunkLimit) (leg billing.OpenLeg, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) (err error) {
		if leg, err = findOpen(tx, id); err != nil {
			return err
		}
		trunk, ok := freeTrunk(tx, trunks)
		if !ok {
			return billing.Refusal{Reason: billing.TrunkBusy}
		}
		takeLine(tx, leg.Trunk, -1)
		takeLine(tx, trunk, +1)
		leg.Trunk = trunk
		leg.Attempts++
		tx.Put(key("open", string(id)), encode(leg))
		return nil
	})
	return leg, err
}

// Settle closes a leg: it posts the charge, releases the rest of the hold and leaves
// the CDR. Settling again returns the first CDR and changes nothing.
func (s *Store) Settle(ctx context.Context, st billing.Settlement) (cdr billing.CDR, err error) {
	err = s.db.Update(ctx, func(tx kv.Tx) error {
		cdr = billing.CDR{}
		leg, err := findOpen(tx, st.Leg)
		if errors.Is(err, ErrNotOpen) {
			cdr, err = cdrOfLeg(tx, st.Leg)
		}
		if err != nil || cdr.Leg != "" {
			return err
		}
		_, balance, err := accountMoney(tx, leg.Account)
		if err != nil {
			return err
		}
		cdr = leg.Settle(st)
		cdr.Currency = balance.Currency
		balance.Held -= leg.Held
		balance.Open--
		takeLine(tx, leg.Trunk, -1)
		tx.Delete(key("open", string(leg.Leg)))
		if cdr.Charge != 0 {
			post(tx, &balance, billing.LedgerEntry{At: st.Ended, Kind: billing.Charge, Amount: -cdr.Charge, Ref: string(leg.Leg), Actor: "ccd"})
		}
		tx.Put(key("balance", leg.Account), encode(balance))
		cdr = appendCDR(tx, cdr)
		return nil
	})
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

func findOpen(tx kv.Tx, id billing.LegID) (billing.OpenLeg, error) {
	leg, ok, err := load[billing.OpenLeg](tx, key("open", string(id)))
	if err == nil && !ok {
		err = fmt.Errorf("leg %s: %w", id, ErrNotOpen)
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
		return account, balance, fmt.Errorf("account %s: %w: see ccctl account list", id, ErrNotFound)
	}
	return account, balance, nil
}

func putLeg(tx kv.Tx, leg billing.OpenLeg, balance billing.Balance) {
	tx.Put(key("open", string(leg.Leg)), encode(leg))
	tx.Put(key("balance", leg.Account), encode(balance))
}
