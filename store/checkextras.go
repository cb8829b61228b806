package store

import (
	"bytes"
	"strings"

	"cccp/billing"
	"cccp/jobs"
	"cccp/store/kv"
)

// checkRecharge proves that a voucher's ledger entry is of a voucher the account
// redeemed, and of its amount.
func (r *proof) checkRecharge(tx kv.Tx, e billing.LedgerEntry) error {
	if e.Kind != billing.Recharge {
		return nil
	}
	r.recharges++
	id, _ := strings.CutPrefix(e.Reason, redeemedReason(""))
	v, _, err := load[billing.Voucher](tx, key("voucher", id))
	if err == nil && (v.Redeemed.IsZero() || v.Account != e.Account || v.Amount != e.Amount) {
		r.problem("account %s: recharge %s in entry %d is of no voucher it redeemed", e.Account, e.Amount, e.Seq)
	}
	return err
}

// checkVouchers proves, after the ledgers, that there is no voucher redeemed without an
// entry, and none with two.
func (r *proof) checkVouchers(tx kv.Tx) error {
	redeemed := 0
	from, to := under("voucher")
	for _, b := range tx.Ascend(from, to) {
		v, err := decode[billing.Voucher](b)
		if err != nil {
			return err
		}
		if !v.Redeemed.IsZero() {
			redeemed++
		}
	}
	if redeemed != r.recharges {
		r.problem("%d vouchers were redeemed, the ledgers say %d", redeemed, r.recharges)
	}
	return nil
}

// checkJobs proves that each job stands in the orders it belongs to, and nothing else
// does.
func (r *proof) checkJobs(tx kv.Tx) error {
	made, live := 0, 0
	from, to := under("job")
	for _, b := range tx.Ascend(from, to) {
		j, err := decode[jobs.Job](b)
		if err != nil {
			return err
		}
		made++
		if tx.Get(madeKey(j)) == nil {
			r.problem("job %s is not listed", j.ID)
		}
		if !j.State.Live() {
			continue
		}
		live++
		if tx.Get(wakeKey(j)) == nil {
			r.problem("job %s is %s and nothing wakes it", j.ID, j.State)
		}
		if other := tx.Get(liveKey(j)); string(other) != j.ID {
			r.problem("job %s is live, under its key stands %q", j.ID, other)
		}
	}
	r.checkCount(tx, "job-made", made)
	r.checkCount(tx, "job-wake", live)
	r.checkCount(tx, "job-live", live)
	return nil
}

// checkMisses proves that every count of wrong PINs will be over some day, and that they
// are counted themselves.
func (r *proof) checkMisses(tx kv.Tx) error {
	for _, scope := range billing.LockScopes() {
		kept := 0
		from, to := under("miss", string(scope))
		for k, b := range tx.Ascend(from, to) {
			m, err := decode[missed](b)
			if err != nil {
				return err
			}
			kept++
			if !bytes.Equal(m.key(), k) || tx.Get(m.overKey()) == nil {
				r.problem("wrong PINs of %s %s are never forgotten", scope, m.Who)
			}
		}
		r.checkCount(tx, "miss-over/"+string(scope), kept)
		if n := counter(tx, missesKey(scope)); n != uint64(kept) {
			r.problem("%d counts of wrong PINs by %s, %d are there", n, scope, kept)
		}
	}
	return nil
}

// checkCount proves that an index has as many entries as there is reason for.
func (r *proof) checkCount(tx kv.Tx, table string, want int) {
	n := 0
	from, to := under(table)
	for range tx.Ascend(from, to) {
		n++
	}
	if n != want {
		r.problem("%s has %d entries for %d", table, n, want)
	}
}
