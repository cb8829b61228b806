package books

import (
	"errors"
	"slices"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
	"cccp/store/records"
)

// velocities is what each fraud rule counts of each account: RULE/ACCOUNT.
const velocities records.Table[routing.Velocity] = "velocity"

// forgetVelocity removes what fraud rules counted of an account.
func forgetVelocity(tx kv.Tx, account string) {
	for rule := range records.FraudRules.Names(tx) {
		velocities.Delete(tx, rule, account)
	}
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
		v, _, err := velocities.Load(tx, rule, leg.Account)
		if err != nil {
			return err
		}
		change(&v)
		velocities.Put(tx, v, rule, leg.Account)
	}
	return nil
}

// leaveVelocity counts a leg that has ended. The rules judge then what was really talked:
// an account whose minutes are spent is blocked here, if it is to be.
func (b *Books) leaveVelocity(tx kv.Tx, leg billing.OpenLeg, cdr billing.CDR) error {
	now := cdr.Ended.Unix()
	var failed error
	for _, name := range leg.Watched {
		v, _, err := velocities.Load(tx, name, leg.Account)
		if err != nil {
			return err
		}
		v.Leave(now, leg.GrantedS, billing.DurationSeconds(cdr.AnsweredMS))
		rule, _ := b.fraudRule(name)
		for _, verdict := range rule.JudgeTalked(v, now) {
			action := routing.Noted
			if verdict.Block {
				action, err = bar(tx, leg.Account, action)
				failed = errors.Join(failed, err)
			}
			raise(tx, &v, verdict, routing.Alert{At: cdr.Ended, Account: leg.Account, Leg: leg.Leg, To: leg.To}, action)
		}
		velocities.Put(tx, v, name, leg.Account)
	}
	return failed
}

// watchedAhead is how long legs may go on together by the longest each may last and what
// fraud rules leave them, at most aheadS seconds.
func (b *Books) watchedAhead(tx kv.Tx, aheadS int64, legs []billing.OpenLeg, claims []billing.Claim) (int64, error) {
	for i, leg := range legs {
		if leg.LimitS > 0 {
			aheadS = max(0, min(aheadS, leg.LimitS-claims[i].UsedS))
		}
	}
	var asked []string
	for _, leg := range legs {
		for _, name := range leg.Watched {
			rule, active := b.fraudRule(name)
			if !active || rule.MaxMinutesPerDay == 0 || slices.Contains(asked, name) {
				continue
			}
			asked = append(asked, name)
			v, _, err := velocities.Load(tx, name, leg.Account)
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
func dayAhead(
	rule routing.FraudRule, v routing.Velocity, aheadS int64, legs []billing.OpenLeg, claims []billing.Claim,
) int64 {
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
