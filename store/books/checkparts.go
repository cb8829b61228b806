package books

import (
	"iter"
	"strings"

	"cccp/billing"
	"cccp/routing"
	"cccp/store/records"
)

// checkRecharge proves that a voucher's ledger entry is of a voucher the account
// redeemed, and of its amount.
func (p *proof) checkRecharge(e billing.LedgerEntry) error {
	if e.Kind != billing.Recharge {
		return nil
	}
	p.recharges++
	id, _ := strings.CutPrefix(e.Reason, redeemedReason(""))
	v, _, err := records.Vouchers.Load(p.tx, id)
	if err == nil && (v.Redeemed.IsZero() || v.Account != e.Account || v.Amount != e.Amount) {
		p.Problem("account %s: recharge %s in entry %d is of no voucher it redeemed", e.Account, e.Amount, e.Seq)
	}
	return err
}

// checkVouchers proves, after the ledgers, that there is no voucher redeemed without an
// entry, and none with two.
func (p *proof) checkVouchers() error {
	count := 0
	for v, err := range records.Vouchers.All(p.tx) {
		if err != nil {
			return err
		}
		if !v.Redeemed.IsZero() {
			count++
		}
	}
	if count != p.recharges {
		p.Problem("%d vouchers were redeemed, the ledgers say %d", count, p.recharges)
	}
	return nil
}

// checkBundles proves that what is held of bundles is what open legs may use.
func (p *proof) checkBundles() error {
	type place struct {
		account, bundle string
		series          uint64
		since           int64
	}
	held := map[place]billing.BundleUse{}
	for leg, err := range open.All(p.tx) {
		if err != nil {
			return err
		}
		if leg.Bundle != "" {
			if terms := leg.Tariff.Terms; leg.BundleS > 0 && (terms == nil || terms.FreeS != leg.BundleS) {
				p.Problem("leg %s: %d s of bundle %s are reserved, its tariff has others",
					leg.Leg, leg.BundleS, leg.Bundle)
			}
			at := place{leg.Account, leg.Bundle, leg.BundleSeries, leg.BundleSince.UnixNano()}
			use := held[at]
			holdFree(&use, leg.Bundled, +1)
			held[at] = use
		}
	}
	for use, err := range both(bundleUses.All(p.tx), earlierUses.All(p.tx)) {
		if err != nil {
			return err
		}
		want := held[place{use.Account, use.Bundle, use.Series, use.Since.UnixNano()}]
		if use.HeldS != want.HeldS || use.HeldCalls != want.HeldCalls {
			p.Problem("account %s: bundle %s holds %d s and %d calls, open legs say %d s and %d",
				use.Account, use.Bundle, use.HeldS, use.HeldCalls, want.HeldS, want.HeldCalls)
		}
	}
	return nil
}

// both is one walk after another.
func both[T any](walks ...iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, walk := range walks {
			for v, err := range walk {
				if !yield(v, err) {
					return
				}
			}
		}
	}
}

// checkVelocity proves that the counters of fraud rules equal the open legs they count, and
// that each is of an account and a rule there are.
func (p *proof) checkVelocity() error {
	counted := map[string]routing.Velocity{}
	for leg, err := range open.All(p.tx) {
		if err != nil {
			return err
		}
		for _, rule := range leg.Watched {
			v := counted[rule+"/"+leg.Account]
			v.Open++
			v.GrantedS += leg.GrantedS
			counted[rule+"/"+leg.Account] = v
		}
	}
	for name := range velocities.Names(p.tx) {
		v, _, err := velocities.Load(p.tx, name)
		if err != nil {
			return err
		}
		if want := counted[name]; v.Open != want.Open || v.GrantedS != want.GrantedS {
			p.Problem("velocity %s counts %d calls granted %d s, open legs say %d and %d",
				name, v.Open, v.GrantedS, want.Open, want.GrantedS)
		}
		rule, account, _ := strings.Cut(name, "/")
		if !records.FraudRules.Has(p.tx, rule) || !records.Accounts.Has(p.tx, account) {
			p.Problem("velocity %s is of no fraud rule or account", name)
		}
		delete(counted, name)
	}
	for name := range counted {
		p.Problem("velocity %s is not counted", name)
	}
	return nil
}

// checkAlerts proves that no alert is missing.
func (p *proof) checkAlerts() error {
	n, err := records.Log(p.tx, p.Proof, alerts, "alert", func(a routing.Alert) uint64 { return a.Seq })
	if kept := records.Meta.Of(p.tx, alertSeq); err == nil && kept != n {
		p.Problem("%d alerts were raised, %d are there", kept, n)
	}
	return err
}
