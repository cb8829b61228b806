package books

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
	"cccp/store/records"
)

var (
	_ records.Follower[routing.FraudRule] = fraudRules{}
	_ records.Watcher                     = fraudRules{}
)

// fraudRules is the kind of fraud rules.
type fraudRules struct{ *Books }

func (fraudRules) ID(r routing.FraudRule) string                  { return r.Name }
func (fraudRules) Owner(kv.Tx, routing.FraudRule) (string, error) { return "", nil }
func (k fraudRules) OnDisk(string) error                          { return k.readFraudRules() }

func (fraudRules) Refs(r routing.FraudRule) (refs []records.Ref) {
	if r.Provider != "" {
		refs = append(refs, records.Providers.To(r.Provider)...)
	}
	if r.Offering != "" {
		refs = append(refs, records.Offerings.To(r.Offering)...)
	}
	return refs
}

func (fraudRules) Check(_ kv.Tx, r *routing.FraudRule) error {
	r.Prefixes = slices.Clone(r.Prefixes)
	for i, p := range r.Prefixes {
		r.Prefixes[i] = strings.TrimPrefix(p, "+")
	}
	return r.Validate()
}

// Follow removes the counters of a rule that is taken away, unless calls in progress are
// counted by them.
func (fraudRules) Follow(tx kv.Tx, before, after *routing.FraudRule) error {
	if after != nil {
		return nil
	}
	rule := before.Name
	for account := range velocities.Names(tx, rule) {
		v, _, err := velocities.Load(tx, rule, account)
		if err != nil {
			return err
		}
		if v.Open > 0 {
			return fmt.Errorf("fraud-rule %s is %w: it counts calls in progress: "+
				"set it inactive and wait: ccctl fraud-rule set %s --inactive", rule, billing.ErrInUse, rule)
		}
		velocities.Delete(tx, rule, account)
	}
	return nil
}

// readFraudRules has calls ask the active rules as they now stand on disk.
func (b *Books) readFraudRules() error {
	return b.rules.read(b.FraudRules, func(r routing.FraudRule) bool { return !r.Inactive })
}

func (b *Books) fraudRule(name string) (routing.FraudRule, bool) {
	for _, r := range b.rules.all() {
		if r.Name == name {
			return r, true
		}
	}
	return routing.FraudRule{}, false
}

// suspicion is a critical verdict. What it brings about outlives the transaction in which
// the call was refused.
type suspicion struct {
	routing.Verdict
	hold billing.Hold
}

// judge asks the fraud rules that cover a call. It marks the leg with what they set, and
// raises warnings; a critical verdict refuses the call.
func (b *Books) judge(tx kv.Tx, h billing.Hold, leg *billing.OpenLeg) (*suspicion, error) {
	for _, r := range b.rules.all() {
		removed := !records.FraudRules.Has(tx, r.Name) // only just
		if removed || !r.Covers(leg.Provider, leg.Offering, leg.To) {
			continue
		}
		found, err := judgeBy(tx, r, h)
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
func judgeBy(tx kv.Tx, r routing.FraudRule, h billing.Hold) (*suspicion, error) {
	v, _, err := velocities.Load(tx, r.Name, h.Account)
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
		raised = raise(tx, &v, verdict, alertOf(h), routing.Noted) || raised
	}
	if raised {
		velocities.Put(tx, v, r.Name, h.Account)
	}
	return nil, nil
}

// grantedBeside is the talk time granted to calls in progress, without what the leg beside
// a call is only asked to share with it.
func grantedBeside(tx kv.Tx, r routing.FraudRule, h billing.Hold, v routing.Velocity) (int64, error) {
	if h.Beside == nil || !r.Counts() {
		return v.GrantedS, nil
	}
	beside, err := findOpen(tx, h.Beside.Leg)
	if err != nil || !slices.Contains(beside.Watched, r.Name) {
		return v.GrantedS, err
	}
	return v.GrantedS - max(0, beside.GrantedS-h.Beside.UsedS), nil
}

// report makes durable what a refused hold leaves behind: the alert, and a blocked account.
// The hold's own transaction keeps nothing.
func (b *Books) report(ctx context.Context, found *suspicion) error {
	if found == nil {
		return nil
	}
	err := b.db.Update(context.WithoutCancel(ctx), func(tx kv.Tx) error {
		rule, account := found.Rule, found.hold.Account
		if !records.FraudRules.Has(tx, rule) || !records.Accounts.Has(tx, account) {
			return nil // removed meanwhile
		}
		v, _, err := velocities.Load(tx, rule, account)
		if err != nil {
			return err
		}
		action := routing.Refused
		if found.Block {
			if action, err = bar(tx, account, action); err != nil {
				return err
			}
		}
		if raise(tx, &v, found.Verdict, alertOf(found.hold), action) {
			velocities.Put(tx, v, rule, account)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("report %s of fraud rule %s: %w", found.Measure, found.Rule, err)
	}
	b.alerted.Ring()
	return nil
}

// bar blocks an account that may call at present, or could once it is refilled, and says
// so in place of what else was done.
func bar(tx kv.Tx, id string, action routing.Action) (routing.Action, error) {
	account, found, err := records.Accounts.Load(tx, id)
	if err != nil || !found || !account.Status.Calls() {
		return action, err
	}
	account.Status = billing.Blocked
	PutAccount(tx, account)
	return routing.Barred, nil
}
