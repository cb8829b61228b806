package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// Guard counts wrong PINs and locks out who enters too many. A scope without a rule is
// neither counted nor locked.
type Guard struct {
	*Store
	Rules map[billing.LockScope]billing.LockRule
}

// Withheld stands for all callers who do not show a number: they are counted as one.
const Withheld = "withheld"

// MaxLockCallers is how many callers' wrong PINs are counted at once. Whoever guesses
// from ever new numbers pushes out the counts that would be over first, and is stopped
// by the lock of the access number or of everybody.
const MaxLockCallers = 10_000

// missed is a count as it is kept: Over is when it says nothing any more, its time and
// its lock being over. The order of those times is an index of its own.
type missed struct {
	billing.Misses
	Over time.Time `json:"over"`
}

func missKey(scope billing.LockScope, who string) []byte { return key("miss", string(scope), who) }
func (m missed) key() []byte                             { return missKey(m.Scope, m.Who) }
func (m missed) overKey() []byte {
	return key("miss-over", string(m.Scope), moment(m.Over), m.Who)
}

// lockedWho is who is counted in a scope.
func lockedWho(scope billing.LockScope, caller phone.Number, access string) string {
	switch scope {
	case billing.LockCaller:
		return bounded(cmp.Or(string(caller), Withheld))
	case billing.LockAccessNumber:
		return bounded(access)
	}
	return ""
}

// bounded keeps what a network sent from becoming a key of any length.
func bounded(who string) string { return who[:min(len(who), billing.MaxNameBytes)] }

// Locked says whether no PIN of this caller is taken now. An empty caller withholds his
// number.
func (g Guard) Locked(caller phone.Number, access string) (bool, error) {
	return g.locked(caller, access, time.Now())
}

func (g Guard) locked(caller phone.Number, access string, at time.Time) (locked bool, err error) {
	err = g.db.View(func(tx kv.Tx) error {
		for scope, rule := range g.Rules {
			m, _, err := load[missed](tx, missKey(scope, lockedWho(scope, caller, access)))
			if err != nil {
				return err
			}
			locked = locked || rule.Misses > 0 && m.Locked(at)
		}
		return nil
	})
	return locked, err
}

// Missed counts a wrong PIN against its caller, the access number and everybody.
func (g Guard) Missed(ctx context.Context, caller phone.Number, access string) error {
	return g.missed(ctx, caller, access, time.Now())
}

func (g Guard) missed(ctx context.Context, caller phone.Number, access string, at time.Time) error {
	return g.db.Update(ctx, func(tx kv.Tx) error {
		for _, scope := range billing.LockScopes() {
			rule := g.Rules[scope]
			if rule.Misses == 0 {
				continue
			}
			if err := miss(tx, scope, lockedWho(scope, caller, access), rule, at); err != nil {
				return err
			}
		}
		return forgetOver(tx, at)
	})
}

func miss(tx kv.Tx, scope billing.LockScope, who string, rule billing.LockRule, at time.Time) error {
	before, kept, err := load[missed](tx, missKey(scope, who))
	if err != nil {
		return err
	}
	if kept {
		dropMisses(tx, before)
	} else {
		before.Misses = billing.Misses{Scope: scope, Who: who, Since: at}
	}
	m := missed{Misses: before.Miss(rule, at)}
	if m.Over = m.Since.Add(rule.Within); m.Over.Before(m.Until) {
		m.Over = m.Until
	}
	tx.Put(m.key(), encode(m))
	tx.Put(m.overKey(), nil)
	countMisses(tx, scope, +1)
	return nil
}

func dropMisses(tx kv.Tx, m missed) {
	tx.Delete(m.key())
	tx.Delete(m.overKey())
	countMisses(tx, m.Scope, -1)
}

func missesKey(scope billing.LockScope) []byte { return key("meta", "misses", string(scope)) }

func countMisses(tx kv.Tx, scope billing.LockScope, n int) {
	at := missesKey(scope)
	setCounter(tx, at, counter(tx, at)+uint64(n))
}

// maxForgotten is how many counts one transaction takes away. It is more than one ever
// adds, so that what has piled up goes as well.
const maxForgotten = 100

// forgetOver drops counts that are over, and callers beyond the most that are counted.
func forgetOver(tx kv.Tx, at time.Time) error {
	for _, scope := range billing.LockScopes() {
		over, err := overMisses(tx, scope, at)
		if err != nil {
			return err
		}
		for _, m := range over {
			dropMisses(tx, m)
		}
	}
	return nil
}

// overMisses are the counts of a scope to be dropped, those first that are over first.
func overMisses(tx kv.Tx, scope billing.LockScope, at time.Time) (over []missed, err error) {
	crowd := 0
	if scope == billing.LockCaller {
		crowd = int(counter(tx, missesKey(scope))) - MaxLockCallers
	}
	from, to := under("miss-over", string(scope))
	for k := range tx.Ascend(from, to) {
		who := string(k[len(from)+len(moment(time.Time{}))+1:])
		m, _, err := load[missed](tx, missKey(scope, who))
		if err != nil {
			return nil, err
		}
		if len(over) == maxForgotten || at.Before(m.Over) && len(over) >= crowd {
			break
		}
		over = append(over, m)
	}
	return over, nil
}

// Lockouts lists who entered wrong PINs lately: those who are locked out first, then by
// the last of their wrong PINs, the latest first.
func (s *Store) Lockouts() ([]billing.Misses, error) { return s.lockouts(time.Now()) }

func (s *Store) lockouts(at time.Time) ([]billing.Misses, error) {
	list := []billing.Misses{}
	err := s.db.View(func(tx kv.Tx) error {
		from, to := under("miss")
		for _, b := range tx.Ascend(from, to) {
			m, err := decode[missed](b)
			if err != nil {
				return err
			}
			if at.Before(m.Over) {
				list = append(list, m.Misses)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b billing.Misses) int {
		if a.Locked(at) != b.Locked(at) {
			return map[bool]int{true: -1, false: 1}[a.Locked(at)]
		}
		return b.Last.Compare(a.Last)
	})
	return list, err
}

// ClearLockout forgets the wrong PINs of one caller (a number, or Withheld), of one
// access number, or of everybody (who is empty).
func (s *Store) ClearLockout(ctx context.Context, scope billing.LockScope, who string) error {
	return s.db.Update(ctx, func(tx kv.Tx) error {
		m, ok, err := load[missed](tx, missKey(scope, bounded(strings.TrimPrefix(who, "+"))))
		if err == nil && !ok {
			err = fmt.Errorf("lock-out of %s: %w: see ccctl lockout list", strings.TrimSpace(string(scope)+" "+who), billing.ErrNotFound)
		}
		if err == nil {
			dropMisses(tx, m)
			audit(ctx, tx, deed{action: "clear", kind: "lockout", id: strings.TrimSpace(string(scope) + " " + who), before: m.Misses})
		}
		return err
	})
}
