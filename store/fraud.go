package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
)

// fraud is the active fraud rules as calls ask them: in memory, and swapped whole.
type fraud struct {
	rules    atomic.Pointer[[]routing.FraudRule]
	swapping sync.Mutex
	alerted  chan struct{}
}

// loadFraudRules has calls ask the rules as they now stand on disk.
func (s *Store) loadFraudRules() error {
	s.fraud.swapping.Lock() // whoever reads later must not be overtaken
	defer s.fraud.swapping.Unlock()
	all, err := s.FraudRules.List("", MaxListed)
	if err != nil {
		return err
	}
	active := slices.DeleteFunc(all, func(r routing.FraudRule) bool { return r.Inactive })
	s.fraud.rules.Store(&active)
	return nil
}

func (s *Store) fraudRule(name string) (routing.FraudRule, bool) {
	for _, r := range *s.fraud.rules.Load() {
		if r.Name == name {
			return r, true
		}
	}
	return routing.FraudRule{}, false
}

// fraudRules is their collection.
func (s *Store) fraudRules() *Collection[routing.FraudRule] {
	return &Collection[routing.FraudRule]{
		db: s.db, table: "fraud-rule", word: "fraud-rule",
		id:    func(r routing.FraudRule) string { return r.Name },
		check: checkFraudRule, refs: fraudRuleRefs,
		removed: retireFraudRule, durable: s.loadFraudRules,
		leave: func(l *leaving, r routing.FraudRule) error { return retireFraudRule(l.tx, r) },
	}
}

func checkFraudRule(_ kv.Tx, r *routing.FraudRule) error {
	r.Prefixes = slices.Clone(r.Prefixes)
	for i, p := range r.Prefixes {
		r.Prefixes[i] = strings.TrimPrefix(p, "+")
	}
	return r.Validate()
}

func fraudRuleRefs(r routing.FraudRule) (refs []ref) {
	if r.Provider != "" {
		refs = append(refs, provider(r.Provider))
	}
	if r.Offering != "" {
		refs = append(refs, offering(r.Offering))
	}
	return refs
}

// retireFraudRule removes a rule's counters, unless calls in progress are counted by them.
func retireFraudRule(tx kv.Tx, r routing.FraudRule) error {
	from, to := under("velocity", r.Name)
	for k, b := range tx.Ascend(from, to) {
		v, err := decode[routing.Velocity](b)
		if err != nil {
			return err
		}
		if v.Open > 0 {
			return fmt.Errorf("fraud-rule %s is %w: it counts calls in progress: set it inactive and wait: ccctl fraud-rule set %s --inactive", r.Name, billing.ErrInUse, r.Name)
		}
		tx.Delete(slices.Clone(k))
	}
	return nil
}

// forgetVelocity removes what fraud rules counted of an account.
func forgetVelocity(tx kv.Tx, account string) {
	from, to := under("fraud-rule")
	for k := range tx.Ascend(from, to) {
		tx.Delete(velocityKey(string(k[len(from):]), account))
	}
}

func velocityKey(rule, account string) []byte { return key("velocity", rule, account) }

func velocityOf(tx kv.Tx, rule, account string) (routing.Velocity, error) {
	v, _, err := load[routing.Velocity](tx, velocityKey(rule, account))
	return v, err
}

func putVelocity(tx kv.Tx, rule, account string, v routing.Velocity) {
	tx.Put(velocityKey(rule, account), encode(v))
}

// suspicion is a critical verdict. What it brings about outlives the transaction in which
// the call was refused.
type suspicion struct {
	routing.Verdict
	hold billing.Hold
}

// judge asks the fraud rules that cover a call. It marks the leg with what they set, and
// raises warnings; a critical verdict refuses the call.
func (s *Store) judge(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg) (*suspicion, error) {
	for _, r := range *s.fraud.rules.Load() {
		if !r.Covers(leg.Provider, leg.Offering, leg.To) || tx.Get(key("fraud-rule", r.Name)) == nil { // removed only just
			continue
		}
		found, err := s.judgeBy(tx, r, h)
		if found != nil || err != nil {
			return found, err
		}
		if r.MaxCallSeconds > 0 && (leg.LimitS == 0 || int64(r.MaxCallSeconds) < leg.LimitS) {
			leg.LimitS = int64(r.MaxCallSeconds)
		}
		if r.Counts() {
			leg.Watched = append(leg.Watched, r.Name)
		}
	}
	return nil, nil
}

// judgeBy asks one rule.
func (s *Store) judgeBy(tx kv.Tx, r routing.FraudRule, h billing.Hold) (*suspicion, error) {
	v, err := velocityOf(tx, r.Name, h.Account)
	if err != nil {
		return nil, err
	}
	asked := v
	if asked.GrantedS, err = grantedBeside(tx, r, h, v); err != nil {
		return nil, err
	}
	raised := false
	for _, verdict := range r.Judge(asked, h.At.Unix()) {
		if verdict.Level == routing.Critical {
			return &suspicion{verdict, h}, billing.Refusal{Reason: verdict.Reason()}
		}
		raised = s.raise(tx, &v, verdict, alertOf(h), routing.Noted) || raised
	}
	if raised {
		putVelocity(tx, r.Name, h.Account, v)
	}
	return nil, nil
}

// grantedBeside is the talk time granted to calls in progress, without what the leg beside
// a call is only asked to share with it.
func grantedBeside(tx kv.Tx, r routing.FraudRule, h billing.Hold, v routing.Velocity) (int64, error) {
	if h.Beside == nil || !r.Counts() {
		return v.GrantedS, nil
	}
	own, err := findOpen(tx, h.Beside.Leg)
	if err != nil || !slices.Contains(own.Watched, r.Name) {
		return v.GrantedS, err
	}
	return v.GrantedS - max(0, own.GrantedS-h.Beside.UsedS), nil
}

// report makes durable what a refused hold leaves behind: the alert, and a blocked account.
// The hold's own transaction keeps nothing.
func (s *Store) report(ctx context.Context, found *suspicion) error {
	if found == nil {
		return nil
	}
	err := s.db.Update(context.WithoutCancel(ctx), func(tx kv.Tx) error {
		rule, account := found.Rule, found.hold.Account
		if tx.Get(key("fraud-rule", rule)) == nil || tx.Get(key("account", account)) == nil {
			return nil // removed meanwhile
		}
		v, err := velocityOf(tx, rule, account)
		if err != nil {
			return err
		}
		action := routing.Refused
		if found.Block {
			if action, err = bar(tx, account, action); err != nil {
				return err
			}
		}
		if s.raise(tx, &v, found.Verdict, alertOf(found.hold), action) {
			putVelocity(tx, rule, account, v)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("report %s of fraud rule %s: %w", found.Measure, found.Rule, err)
	}
	s.tellAlerts()
	return nil
}

// bar blocks an account that may call at present, or could once it is refilled, and says
// so in place of what else was done.
func bar(tx kv.Tx, id string, action routing.Action) (routing.Action, error) {
	account, found, err := load[billing.Account](tx, key("account", id))
	if err != nil || !found || !account.Status.Calls() {
		return action, err
	}
	account.Status = billing.Blocked
	tx.Put(key("account", id), encode(account))
	return routing.Barred, nil
}

// enterVelocity counts a leg that was granted its first talk time.
func enterVelocity(tx kv.Tx, leg billing.OpenLeg) error {
	return eachWatching(tx, leg, func(v *routing.Velocity) { v.Enter(leg.Opened.Unix(), leg.GrantedS) })
}

// regrantVelocity counts that a leg is granted another talk time than before.
func regrantVelocity(tx kv.Tx, leg billing.OpenLeg, beforeS int64) error {
	if leg.GrantedS == beforeS {
		return nil
	}
	return eachWatching(tx, leg, func(v *routing.Velocity) { v.GrantedS += leg.GrantedS - beforeS })
}

func eachWatching(tx kv.Tx, leg billing.OpenLeg, change func(*routing.Velocity)) error {
	for _, rule := range leg.Watched {
		v, err := velocityOf(tx, rule, leg.Account)
		if err != nil {
			return err
		}
		change(&v)
		putVelocity(tx, rule, leg.Account, v)
	}
	return nil
}

// leaveVelocity counts a leg that has ended. The rules judge then what was really talked:
// an account whose minutes are spent is blocked here, if it is to be.
func (s *Store) leaveVelocity(tx kv.Tx, leg billing.OpenLeg, cdr billing.CDR) error {
	now := cdr.Ended.Unix()
	var failed error
	for _, name := range leg.Watched {
		v, err := velocityOf(tx, name, leg.Account)
		if err != nil {
			return err
		}
		v.Leave(now, leg.GrantedS, billing.DurationSeconds(cdr.AnsweredMS))
		rule, _ := s.fraudRule(name)
		for _, verdict := range rule.JudgeTalked(v, now) {
			action := routing.Noted
			if verdict.Block {
				action, err = bar(tx, leg.Account, action)
				failed = errors.Join(failed, err)
			}
			s.raise(tx, &v, verdict, routing.Alert{At: cdr.Ended, Account: leg.Account, Leg: leg.Leg, To: leg.To}, action)
		}
		putVelocity(tx, name, leg.Account, v)
	}
	return failed
}

// watchedAhead is how long legs may go on together by the longest each may last and what
// fraud rules leave them, at most aheadS seconds.
func (s *Store) watchedAhead(tx kv.Tx, aheadS int64, legs []billing.OpenLeg, claims []billing.Claim) (int64, error) {
	for i, leg := range legs {
		if leg.LimitS > 0 {
			aheadS = max(0, min(aheadS, leg.LimitS-claims[i].UsedS))
		}
	}
	var asked []string
	for _, leg := range legs {
		for _, name := range leg.Watched {
			rule, active := s.fraudRule(name)
			if !active || rule.MaxMinutesPerDay == 0 || slices.Contains(asked, name) {
				continue
			}
			asked = append(asked, name)
			v, err := velocityOf(tx, name, leg.Account)
			if err != nil {
				return 0, err
			}
			aheadS = dayAhead(rule, v, aheadS, legs, claims)
		}
	}
	return aheadS, nil
}

// dayAhead is how long legs may go on together by the minutes a rule leaves them for the
// day on which the grant begins.
func dayAhead(rule routing.FraudRule, v routing.Velocity, aheadS int64, legs []billing.OpenLeg, claims []billing.Claim) int64 {
	begins := legs[0].Opened
	if !legs[0].Answered.IsZero() {
		begins = legs[0].Answered
	}
	granted := func(d int64) (sum int64) {
		for i, leg := range legs {
			if !slices.Contains(leg.Watched, rule.Name) {
				continue
			}
			kept := leg.GrantedS
			if claims[i].Anew {
				kept = 0
			}
			sum += max(kept, claims[i].UsedS+d)
		}
		return sum
	}
	for _, leg := range legs { // what they have is shared out among them again
		if slices.Contains(leg.Watched, rule.Name) {
			v.GrantedS -= leg.GrantedS
		}
	}
	left := rule.LeftS(v, begins.Unix()+claims[0].UsedS)
	low, high := int64(0), aheadS+1 // low fits or is 0, high does not
	for high-low > 1 {
		if mid := low + (high-low)/2; granted(mid) <= left {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
