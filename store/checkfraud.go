package store

import (
	"bytes"
	"strings"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
)

// checkFraud proves that the counters of fraud rules equal the open legs they count, that
// each is of an account and a rule there are, and that no alert is missing.
func (r *proof) checkFraud(tx kv.Tx) error {
	counted := map[string]routing.Velocity{}
	from, to := under("open")
	for _, b := range tx.Ascend(from, to) {
		leg, err := decode[billing.OpenLeg](b)
		if err != nil {
			return err
		}
		for _, rule := range leg.Watched {
			v := counted[rule+"/"+leg.Account]
			v.Open++
			v.GrantedS += leg.GrantedS
			counted[rule+"/"+leg.Account] = v
		}
		if leg.LimitS > 0 && leg.GrantedS > leg.LimitS {
			r.problem("leg %s is granted %d s, it may last %d", leg.Leg, leg.GrantedS, leg.LimitS)
		}
	}
	from, to = under("velocity")
	for k, b := range tx.Ascend(from, to) {
		v, err := decode[routing.Velocity](b)
		if err != nil {
			return err
		}
		name := string(bytes.TrimPrefix(k, from))
		if want := counted[name]; v.Open != want.Open || v.GrantedS != want.GrantedS {
			r.problem("velocity %s counts %d calls granted %d s, open legs say %d and %d", name, v.Open, v.GrantedS, want.Open, want.GrantedS)
		}
		if rule, account, _ := strings.Cut(name, "/"); tx.Get(key("fraud-rule", rule)) == nil || tx.Get(key("account", account)) == nil {
			r.problem("velocity %s is of no fraud rule or account", name)
		}
		delete(counted, name)
	}
	for name := range counted {
		r.problem("velocity %s is not counted", name)
	}
	return r.checkAlerts(tx)
}

func (r *proof) checkAlerts(tx kv.Tx) error {
	var seq uint64
	from, to := under("alert")
	for _, b := range tx.Ascend(from, to) {
		a, err := decode[routing.Alert](b)
		if err != nil {
			return err
		}
		if seq++; a.Seq != seq {
			r.problem("alert %d stands in place %d", a.Seq, seq)
		}
	}
	if n := counter(tx, key("meta", "alert-seq")); n != seq {
		r.problem("%d alerts were raised, %d are there", n, seq)
	}
	return nil
}
