package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// watched is a rich store with a fraud rule.
func watched(t *testing.T, r routing.FraudRule) *house {
	t.Helper()
	h := rich(t)
	r.Name = "watch"
	add(t, h.FraudRules, r)
	return h
}

// callAt asks for a call of alice's at a moment.
func callAt(visit string, at time.Time) billing.Hold {
	o := holdOf("alice", billing.VisitID(visit).OutboundLeg(1))
	o.At = at
	return o
}

// wantAlerts are the alerts there are, but for their numbers.
func (h *house) wantAlerts(t tester, want ...routing.Alert) {
	t.Helper()
	got, err := h.Alerts(0, MaxListed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].Rule, want[i].Account, want[i].To = "watch", "alice", "15145550123"
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(routing.Alert{}, "Seq"), cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
}

// A rolling minute: what would be too many is refused, and a minute after the first calls
// there is room again. Each level is told once, not for every call.
func TestFraudCallsPerMinute(t *testing.T) {
	h := watched(t, routing.FraudRule{WarnCallsPerMinute: 2, MaxCallsPerMinute: 3})
	for _, c := range []struct {
		visit string
		after time.Duration
		ok    bool
	}{
		{"v1", 0, true}, {"v2", 20 * time.Second, true}, {"v3", 40 * time.Second, true},
		{"v4", 59 * time.Second, false}, {"v5", 59 * time.Second, false},
		{"v6", 60 * time.Second, true}, {"v7", 79 * time.Second, false}, {"v8", 80 * time.Second, true},
	} {
		o := callAt(c.visit, noon.Add(c.after))
		if c.ok {
			h.hold(t, o)
			h.settle(t, unanswered(o.Leg)) // that it has ended changes nothing
			continue
		}
		_, err := h.Hold(t.Context(), o)
		refused(t, err, billing.VelocityExceeded)
	}
	const m = routing.CallsPerMinute
	h.wantAlerts(t,
		routing.Alert{At: noon.Add(20 * time.Second), Level: routing.Warning, Measure: m, Value: 2, Limit: 2, Leg: "v2-1b", Action: routing.Noted},
		routing.Alert{At: noon.Add(59 * time.Second), Level: routing.Critical, Measure: m, Value: 4, Limit: 3, Leg: "v4-1b", Action: routing.Refused},
		routing.Alert{At: noon.Add(80 * time.Second), Level: routing.Warning, Measure: m, Value: 3, Limit: 2, Leg: "v8-1b", Action: routing.Noted},
	)
	if s := must(h.Accounts.Get("alice")).Status; s != billing.Activated {
		t.Errorf("the account is %s", s)
	}
}

// Twenty calls at the same moment, and three are let through.
func TestFraudConcurrent(t *testing.T) {
	const calls, most = 20, 3
	h := watched(t, routing.FraudRule{MaxConcurrent: most})
	errs := make([]error, calls)
	var all sync.WaitGroup
	for n := range calls {
		all.Go(func() { _, errs[n] = h.Hold(t.Context(), callAt(fmt.Sprint("v", n), noon)) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			refused(t, err, billing.VelocityExceeded)
		}
	}
	legs, err := h.OpenLegs()
	if err != nil || len(legs) != most {
		t.Fatalf("%d calls at once, %v", len(legs), err)
	}
	h.mustBeSound(t)
	if alerts := must(h.Alerts(0, 100)); len(alerts) != 1 {
		t.Errorf("%d alerts", len(alerts))
	}
	h.settle(t, unanswered(legs[0].Leg))
	h.hold(t, callAt("w1", noon))
	_, err = h.Hold(t.Context(), callAt("w2", noon))
	refused(t, err, billing.VelocityExceeded)
}

// Talk time of a day ends with the minutes a rule leaves: granted, extended and announced
// accordingly. The next day begins anew.
func TestFraudMinutesPerDay(t *testing.T) {
	h := watched(t, routing.FraudRule{WarnMinutesPerDay: 1, MaxMinutesPerDay: 2})
	leg := h.hold(t, callAt("v1", noon))
	if leg.GrantedS != 60 || leg.AffordableS != 120 {
		t.Errorf("%d s of %d", leg.GrantedS, leg.AffordableS)
	}
	if leg := h.extend(t, 600, billing.Claim{Leg: leg.Leg, UsedS: 50})[0]; leg.GrantedS != 120 {
		t.Errorf("extended to %d s", leg.GrantedS)
	}
	_, err := h.Hold(t.Context(), callAt("v2", noon))
	refused(t, err, billing.VelocityExceeded) // all is granted to the other call
	h.settle(t, lasting("v1-1b", 90*time.Second))
	if leg := h.hold(t, callAt("v3", noon.Add(time.Minute))); leg.GrantedS != 30 || leg.AffordableS != 30 {
		t.Errorf("%d s of %d are left", leg.GrantedS, leg.AffordableS)
	}
	h.changesNothing(t, func() { h.extend(t, 60, billing.Claim{Leg: "v3-1b", UsedS: 20}) })
	h.settle(t, lasting("v3-1b", time.Minute)) // overran
	_, err = h.Hold(t.Context(), callAt("v4", noon.Add(time.Hour)))
	refused(t, err, billing.VelocityExceeded)
	h.hold(t, callAt("v5", noon.Add(12*time.Hour)))
	const m = routing.MinutesPerDay
	h.wantAlerts(t,
		routing.Alert{At: noon, Level: routing.Critical, Measure: m, Value: 2, Limit: 2, Leg: "v2-1b", Action: routing.Refused},
		routing.Alert{At: noon.Add(90 * time.Second), Level: routing.Warning, Measure: m, Value: 1, Limit: 1, Leg: "v1-1b", Action: routing.Noted},
	)
}

// The minutes are spent when a call ends: the account is blocked there and then.
func TestFraudBlocksAtSettlement(t *testing.T) {
	h := watched(t, routing.FraudRule{MaxMinutesPerDay: 1, BlockAccount: true})
	h.hold(t, callAt("v1", noon))
	h.settle(t, lasting("v1-1b", time.Minute))
	h.wantAlerts(t, routing.Alert{At: noon.Add(time.Minute), Level: routing.Critical, Measure: routing.MinutesPerDay, Value: 1, Limit: 1, Leg: "v1-1b", Action: routing.Barred})
	_, err := h.Hold(t.Context(), callAt("v2", noon))
	refused(t, err, billing.AccountBlocked)
	h.wantMoney(t, "alice", 99_940_000, 0)
}

// A refused hold keeps nothing of its own, and yet the account is blocked, for good. Who
// is activated again and goes on is blocked again.
func TestFraudBlocksTheAccount(t *testing.T) {
	h := watched(t, routing.FraudRule{MaxCallsPerMinute: 1, BlockAccount: true})
	h.hold(t, callAt("v1", noon))
	_, err := h.Hold(t.Context(), callAt("v2", noon))
	refused(t, err, billing.VelocityExceeded)
	h.reopen(t)
	_, err = h.Hold(t.Context(), callAt("v3", noon.Add(time.Hour)))
	refused(t, err, billing.AccountBlocked)
	alert := routing.Alert{At: noon, Level: routing.Critical, Measure: routing.CallsPerMinute, Value: 2, Limit: 1, Leg: "v2-1b", Action: routing.Barred}
	h.wantAlerts(t, alert)
	if leg := h.extend(t, 600, billing.Claim{Leg: "v1-1b"})[0]; leg.GrantedS != 60 {
		t.Errorf("the call in progress goes on for %d s", leg.GrantedS)
	}

	h.setAccount(func(a *billing.Account) { a.Status = billing.Activated })
	_, err = h.Hold(t.Context(), callAt("v4", noon))
	refused(t, err, billing.VelocityExceeded)
	second := alert
	second.Leg = "v4-1b"
	h.wantAlerts(t, alert, second)
}

func TestFraudDenies(t *testing.T) {
	h := watched(t, routing.FraudRule{Deny: true, Prefixes: []string{"+1514555"}})
	for range 3 { // whoever tries again and again is told of once an hour
		_, err := h.Hold(t.Context(), callAt("v1", noon))
		refused(t, err, billing.HighRiskDestination)
	}
	elsewhere := callAt("v2", noon)
	elsewhere.To = "15146660123"
	h.hold(t, elsewhere)
	h.wantAlerts(t, routing.Alert{At: noon, Level: routing.Critical, Measure: routing.Destination, Leg: "v1-1b", Action: routing.Refused})
}

// Rules bind those they are set on, the strictest of several first.
func TestFraudOfOthers(t *testing.T) {
	h := rich(t)
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "bob", 1_000_000)
	add(t, h.FraudRules, routing.FraudRule{Name: "abroad", Prefixes: []string{"44"}, MaxConcurrent: 1})
	add(t, h.FraudRules, routing.FraudRule{Name: "eiffels", Provider: "eiffel", MaxConcurrent: 1})
	add(t, h.FraudRules, routing.FraudRule{Name: "off", MaxConcurrent: 1, Inactive: true})
	add(t, h.FraudRules, routing.FraudRule{Name: "each", Offering: "basic", MaxConcurrent: 2, MaxCallSeconds: 90})
	add(t, h.FraudRules, routing.FraudRule{Name: "short", MaxCallSeconds: 80})
	leg := h.hold(t, callAt("v1", noon))
	if diff := cmp.Diff([]string{"each"}, leg.Watched); diff != "" || leg.LimitS != 80 || leg.AffordableS != 80 {
		t.Errorf("limited to %d s, announced %d, watched %v", leg.LimitS, leg.AffordableS, leg.Watched)
	}
	if leg := h.extend(t, 600, billing.Claim{Leg: leg.Leg, UsedS: 50})[0]; leg.GrantedS != 80 {
		t.Errorf("extended to %d s", leg.GrantedS)
	}
	h.hold(t, callAt("v2", noon))
	bobs := callAt("v3", noon)
	bobs.Account = "bob"
	h.hold(t, bobs)
	_, err := h.Hold(t.Context(), callAt("v4", noon))
	refused(t, err, billing.VelocityExceeded)
}

// A rule watches from the moment it is added; a call ends by what it began under.
func TestFraudRulesChange(t *testing.T) {
	h := rich(t)
	h.hold(t, callAt("v1", noon))
	add(t, h.FraudRules, routing.FraudRule{Name: "watch", MaxConcurrent: 1})
	h.hold(t, callAt("v2", noon)) // the first it counts
	h.settle(t, unanswered("v1-1b"))
	_, err := h.Hold(t.Context(), callAt("v3", noon))
	refused(t, err, billing.VelocityExceeded)
	if err := h.FraudRules.Remove(t.Context(), "watch"); !errors.Is(err, billing.ErrInUse) || !strings.Contains(err.Error(), "--inactive") {
		t.Errorf("removed while it counts: %v", err)
	}
	change(t, h.FraudRules, "watch", func(r *routing.FraudRule) { r.Inactive = true })
	h.hold(t, callAt("v4", noon))
	h.settle(t, lasting("v2-1b", time.Minute))
	if err := h.FraudRules.Remove(t.Context(), "watch"); err != nil {
		t.Fatal(err)
	}
	for k := range h.dump(t) {
		if strings.HasPrefix(k, "velocity/") {
			t.Errorf("%s is left behind", k)
		}
	}
	h.reopen(t)
	h.hold(t, callAt("v5", noon))
}

// Without a rule that covers the call nothing more is written than without any rule.
func TestFraudCostsNothingElsewhere(t *testing.T) {
	h := rich(t)
	written := func(visit billing.VisitID) (all []string) {
		before := h.dump(t)
		leg := h.hold(t, callAt(string(visit), noon)).Leg
		h.extend(t, 60, billing.Claim{Leg: leg, UsedS: 30})
		h.settle(t, lasting(leg, time.Minute))
		for k, v := range h.dump(t) {
			if before[k] != v {
				all = append(all, k)
			}
		}
		return all
	}
	written("v1")
	without := written("v2")
	add(t, h.FraudRules, routing.FraudRule{Name: "abroad", Prefixes: []string{"44"}, MaxCallsPerMinute: 1, MaxMinutesPerDay: 1})
	if with := written("v3"); len(without) != len(with) {
		t.Errorf("written without a rule: %q, with one: %q", without, with)
	}
}

// The A leg of a callback and the B leg beside it share the minutes a rule leaves: what the
// A leg was granted alone does not stand in the way.
func TestFraudMinutesBeside(t *testing.T) {
	h := watched(t, routing.FraudRule{MaxMinutesPerDay: 5})
	own := holdOf("alice", billing.VisitID("v1").CallerLeg())
	own.GrantSeconds = 300
	h.hold(t, own)
	beside := holdOf("alice", "v1-1b")
	beside.GrantSeconds, beside.Beside = 300, &billing.Claim{Leg: own.Leg, UsedS: 20}
	if leg := h.hold(t, beside); leg.GrantedS != 140 || leg.AffordableS != 140 {
		t.Errorf("%d s of %d", leg.GrantedS, leg.AffordableS)
	}
	h.mustBeSound(t)
	h.changesNothing(t, func() {
		h.extend(t, 300, billing.Claim{Leg: "v1-a", UsedS: 100}, billing.Claim{Leg: "v1-1b", UsedS: 80})
	})
	h.settle(t, lasting("v1-1b", 10*time.Second))
	if leg := h.extend(t, 300, billing.Claim{Leg: "v1-a", UsedS: 100})[0]; leg.GrantedS != 290 {
		t.Errorf("alone again it has %d s", leg.GrantedS)
	}
}

// An account that is removed takes its counters with it.
func TestFraudForgetsRemovedAccounts(t *testing.T) {
	h := furnished(t)
	add(t, h.FraudRules, routing.FraudRule{Name: "watch", Deny: true, Prefixes: []string{"1"}})
	_, err := h.Hold(t.Context(), callAt("v1", noon))
	refused(t, err, billing.HighRiskDestination)
	if err := h.Accounts.Remove(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	h.mustBeSound(t)
}

// A rule that was removed only just may still be asked: it counts nobody any more.
func TestFraudOfRemovedRules(t *testing.T) {
	h := rich(t)
	ghost := routing.FraudRule{Name: "ghost", Prefixes: []string{"1"}, Deny: true, WarnConcurrent: 1}
	add(t, h.FraudRules, ghost)
	h.plant(t, key("fraud-rule", "ghost"), gone) // calls still have it in memory
	h.hold(t, callAt("v1", noon))
	h.wantAlerts(t)
}

func TestAlerts(t *testing.T) {
	h := watched(t, routing.FraudRule{WarnConcurrent: 1})
	add(t, h.Accounts, billing.Account{ID: "bob", Offering: "basic"})
	h.credit(t, "bob", 1_000_000)
	if list, err := h.Alerts(0, 10); err != nil || list == nil || len(list) > 0 {
		t.Fatalf("%v, %v", list, err)
	}
	select {
	case <-h.Alerted():
		t.Error("told of nothing")
	default:
	}
	for _, account := range []string{"alice", "bob", "alice"} {
		o := callAt(fmt.Sprint("v", account, len(must(h.OpenLegs()))), noon)
		o.Account, o.To = account, phone.Number("15145550123")
		h.hold(t, o)
	}
	select {
	case <-h.Alerted():
	default:
		t.Error("not told")
	}
	h.reopen(t)
	all := must(h.Alerts(0, 10))
	if len(all) != 2 || all[0].Seq != 1 || all[1].Account != "bob" || must(h.LastAlert()) != 2 {
		t.Fatalf("%+v", all)
	}
	if one := must(h.Alerts(0, 1)); len(one) != 1 || one[0].Seq != 1 {
		t.Errorf("%+v", one)
	}
	if rest := must(h.Alerts(1, 10)); len(rest) != 1 || rest[0].Seq != 2 {
		t.Errorf("%+v", rest)
	}
}

func TestFraudCheckFindsCorruption(t *testing.T) {
	counters := key("velocity", "watch", "alice")
	for _, c := range []struct {
		name    string
		key     []byte
		corrupt func([]byte) []byte
		says    string
	}{
		{"too many calls", counters, edited(func(v *routing.Velocity) { v.Open++ }), "velocity watch/alice counts 2 calls granted 60 s, open legs say 1 and 60"},
		{"too little talk time", counters, edited(func(v *routing.Velocity) { v.GrantedS-- }), "granted 59 s"},
		{"no counters", counters, gone, "velocity watch/alice is not counted"},
		{"of no rule", key("fraud-rule", "watch"), gone, "velocity watch/alice is of no fraud rule or account"},
		{"beyond its limit", key("open", "v1-1b"), edited(func(l *billing.OpenLeg) { l.LimitS = 10 }), "it may last 10"},
		{"missing alert", key("alert", sequence(1)), gone, "1 alerts were raised, 0 are there"},
		{"alert out of place", key("alert", sequence(1)), edited(func(a *routing.Alert) { a.Seq = 5 }), "alert 5 stands in place 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := watched(t, routing.FraudRule{WarnConcurrent: 1})
			h.hold(t, callAt("v1", noon))
			h.plant(t, c.key, c.corrupt)
			r, err := h.Check()
			if err != nil || !strings.Contains(strings.Join(r.Problems, "\n"), c.says) {
				t.Errorf("Check says %q, %v; want %q", r.Problems, err, c.says)
			}
		})
	}
}

// The call that spends an account's money and passes a fraud rule's minutes leaves it
// blocked: a refill must not let it call again.
func TestFraudBlocksASpentAccount(t *testing.T) {
	h := furnished(t)
	add(t, h.FraudRules, routing.FraudRule{Name: "watch", MaxMinutesPerDay: 1, BlockAccount: true})
	h.credit(t, "alice", 60_000)
	h.hold(t, holdOf("alice", "v1-1b"))
	h.settle(t, lasting("v1-1b", time.Minute))
	h.credit(t, "alice", 1_000_000)
	if a := must(h.Accounts.Get("alice")); a.Status != billing.Blocked {
		t.Errorf("the account is %s", a.Status)
	}
	h.wantAlerts(t, routing.Alert{
		At: noon.Add(time.Minute), Level: routing.Critical, Measure: routing.MinutesPerDay, Value: 1, Limit: 1, Leg: "v1-1b", Action: routing.Barred,
	})
}
