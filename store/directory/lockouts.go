package directory

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
	"cccp/store/records"
)

// LockRules are how many wrong PINs lock whom out. A scope without a rule is neither
// counted nor locked.
type LockRules map[billing.LockScope]billing.LockRule

// Withheld stands for all callers who do not show a number: they are counted as one.
const Withheld = "withheld"

// MaxLockCallers is how many callers' wrong PINs are counted at once. A guesser
// who calls from ever new numbers pushes out the counts that would be over first, and is
// stopped by the lock of the access number or of everybody.
const MaxLockCallers = 10_000

// missed is a count as it is kept: Over is when it says nothing any more, its time and
// its lock being over. The order of those times is an index of its own.
type missed struct {
	billing.Misses
	Over time.Time `json:"over"`
}

const misses records.Table[missed] = "miss"

const (
	missOver  = "miss-over" // the order in which counts are over
	missCount = "misses"    // how many there are in each scope
)

func (m missed) overKey() []byte {
	return records.Key(missOver, string(m.Scope), records.Moment(m.Over), m.Who)
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

// LockedOut says whether no PIN of this caller is taken at a moment. An empty caller
// withholds his number.
func (d *Directory) LockedOut(
	rules LockRules, caller phone.Number, access string, at time.Time) (locked bool, err error,
) {
	err = d.db.View(func(tx kv.Tx) error {
		for scope, rule := range rules {
			m, _, err := misses.Load(tx, string(scope), lockedWho(scope, caller, access))
			if err != nil {
				return err
			}
			locked = locked || rule.Misses > 0 && m.Locked(at)
		}
		return nil
	})
	return locked, err
}

// CountMiss counts a wrong PIN against its caller, the access number and everybody.
func (d *Directory) CountMiss(
	ctx context.Context, rules LockRules, caller phone.Number, access string, at time.Time,
) error {
	return d.db.Update(ctx, func(tx kv.Tx) error {
		for _, scope := range billing.LockScopes() {
			rule := rules[scope]
			if rule.Misses == 0 {
				continue
			}
			if err := Miss(tx, scope, lockedWho(scope, caller, access), rule, at); err != nil {
				return err
			}
		}
		return forgetOver(tx, at)
	})
}

// Miss counts a wrong PIN within a transaction.
func Miss(tx kv.Tx, scope billing.LockScope, who string, rule billing.LockRule, at time.Time) error {
	before, kept, err := misses.Load(tx, string(scope), who)
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
	misses.Put(tx, m, string(m.Scope), m.Who)
	tx.Put(m.overKey(), nil)
	countMisses(tx, scope, +1)
	return nil
}

func dropMisses(tx kv.Tx, m missed) {
	misses.Delete(tx, string(m.Scope), m.Who)
	tx.Delete(m.overKey())
	countMisses(tx, m.Scope, -1)
}

func countMisses(tx kv.Tx, scope billing.LockScope, n int) {
	kept := records.Meta.Of(tx, missCount, string(scope))
	records.Meta.Set(tx, kept+uint64(n), missCount, string(scope))
}

// MaxForgotten is how many counts one transaction takes away. It is more than one ever
// adds, so that what has piled up goes as well.
const MaxForgotten = 100

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
		crowd = int(records.Meta.Of(tx, missCount, string(scope))) - MaxLockCallers
	}
	for order := range records.Table[any](missOver).Names(tx, string(scope)) {
		who := order[records.MomentBytes+1:]
		m, _, err := misses.Load(tx, string(scope), who)
		if err != nil {
			return nil, err
		}
		if len(over) == MaxForgotten || at.Before(m.Over) && len(over) >= crowd {
			break
		}
		over = append(over, m)
	}
	return over, nil
}

// Lockouts lists who had entered wrong PINs at a moment: those who are locked out first, then by
// the last of their wrong PINs, the latest first.
func (d *Directory) Lockouts(at time.Time) ([]billing.Misses, error) {
	list := []billing.Misses{}
	err := d.db.View(func(tx kv.Tx) error {
		for m, err := range misses.All(tx) {
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
func (d *Directory) ClearLockout(ctx context.Context, scope billing.LockScope, who string) error {
	return d.db.Update(ctx, func(tx kv.Tx) error {
		m, ok, err := misses.Load(tx, string(scope), bounded(strings.TrimPrefix(who, "+")))
		if err == nil && !ok {
			err = fmt.Errorf("lock-out of %s: %w: see ccctl lockout list",
				strings.TrimSpace(string(scope)+" "+who), billing.ErrNotFound)
		}
		if err == nil {
			dropMisses(tx, m)
			records.Audit(ctx, tx, records.Deed{
				Action: "clear", Kind: "lockout", ID: strings.TrimSpace(string(scope) + " " + who), Before: m.Misses,
			})
		}
		return err
	})
}

// Check proves that every count of wrong PINs will be over some day, and that they are
// counted themselves.
func Check(tx kv.Tx, p *records.Proof) error {
	for _, scope := range billing.LockScopes() {
		kept := 0
		for m, err := range misses.All(tx, string(scope)) {
			if err != nil {
				return err
			}
			kept++
			if m.Scope != scope || !misses.Has(tx, string(scope), m.Who) || tx.Get(m.overKey()) == nil {
				p.Problem("wrong PINs of %s %s are never forgotten", scope, m.Who)
			}
		}
		p.Count(tx, missOver+"/"+string(scope), kept)
		if n := records.Meta.Of(tx, missCount, string(scope)); n != uint64(kept) {
			p.Problem("%d counts of wrong PINs by %s, %d are there", n, scope, kept)
		}
	}
	return nil
}
