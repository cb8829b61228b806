package store

import (
	"bytes"
	"errors"
	"fmt"

	"cccp/billing"
	"cccp/store/kv"
)

// proof is a report while it is made.
type proof struct {
	billing.Report
	charged   billing.Money // by the ledger: what the CDRs must come to
	recharges int           // in the ledgers: as many vouchers must be redeemed
}

// maxProblems bounds a report: after that many the store is broken anyway.
const maxProblems = 100

func (r *proof) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Check proves, on one consistent snapshot and beside live calls, that every balance
// is the sum of its ledger entries, every held amount and counter the sum of its
// open legs, that charges and CDRs agree, recharges and vouchers, every index with what
// it points at, and that the audit log is as it was written.
func (s *Store) Check() (billing.Report, error) {
	r := proof{Report: billing.Report{Problems: []string{}}}
	err := s.db.View(func(tx kv.Tx) error {
		held, calls, err := r.sumOpen(tx)
		return errors.Join(err, r.checkBalances(tx, held), r.checkCalls(tx, calls), r.checkCDRs(tx),
			r.checkVouchers(tx), r.checkJobs(tx), r.checkMisses(tx), r.checkAudit(tx), r.checkBundles(tx), r.checkBulk(tx), r.checkLots(tx), s.checkArchive(tx, &r), r.checkSealed(tx), s.checkPrices(tx, &r), r.checkFraud(tx))
	})
	return r.Report, err
}

type openSum struct {
	money billing.Money
	calls int
}

func (r *proof) sumOpen(tx kv.Tx) (map[string]openSum, map[string]uint64, error) {
	held, calls := map[string]openSum{}, map[string]uint64{}
	from, to := under("open")
	for _, b := range tx.Ascend(from, to) {
		leg, err := decode[billing.OpenLeg](b)
		if err != nil {
			return nil, nil, err
		}
		sum := held[leg.Account]
		held[leg.Account] = openSum{sum.money + leg.Held, sum.calls + 1}
		tally(calls, leg)
		r.Open++
		if want := leg.Tariff.Cost(leg.GrantedS); leg.Held != want {
			r.problem("leg %s holds %s, its grant of %d s costs %s", leg.Leg, leg.Held, leg.GrantedS, want)
		}
	}
	return held, calls, nil
}

func (r *proof) checkBalances(tx kv.Tx, held map[string]openSum) error {
	from, to := under("balance")
	for _, b := range tx.Ascend(from, to) {
		balance, err := decode[billing.Balance](b)
		if err != nil {
			return err
		}
		if err := r.checkLedger(tx, balance); err != nil {
			return err
		}
		if sum := held[balance.Account]; sum.money != balance.Held || sum.calls != balance.Open {
			r.problem("account %s: held %s in %d calls, open legs say %s in %d", balance.Account, balance.Held, balance.Open, sum.money, sum.calls)
		}
		delete(held, balance.Account)
		r.Accounts++
		r.Balance += balance.Amount
		r.Held += balance.Held
	}
	for account := range held {
		r.problem("account %s has open legs and no balance", account)
	}
	from, to = under("account")
	for k, b := range tx.Ascend(from, to) {
		if err := r.checkAccount(tx, string(bytes.TrimPrefix(k, from)), b); err != nil {
			return err
		}
	}
	return nil
}

func (r *proof) checkLedger(tx kv.Tx, balance billing.Balance) error {
	var sum billing.Money
	var seq uint64
	from, to := under("ledger", balance.Account)
	for _, b := range tx.Ascend(from, to) {
		e, err := decode[billing.LedgerEntry](b)
		if err != nil {
			return err
		}
		seq++
		if e.Seq != seq || e.Before != sum || e.After != sum+e.Amount {
			r.problem("account %s: entry %d does not follow entry %d", balance.Account, e.Seq, seq-1)
		}
		sum = e.After
		if e.Kind == billing.Charge {
			r.charged -= e.Amount
			if cdr, err := cdrOfLeg(tx, billing.LegID(e.Ref)); err != nil || cdr.Charge != -e.Amount {
				r.problem("account %s: charge %s for leg %s is not its CDR's", balance.Account, e.Amount, e.Ref)
			}
		}
		if err := errors.Join(r.checkRecharge(tx, e), r.checkTransfer(tx, e)); err != nil {
			return err
		}
	}
	r.Entries += seq
	if sum != balance.Amount || seq != balance.Entries {
		r.problem("account %s: balance %s after %d entries, the ledger says %s after %d", balance.Account, balance.Amount, balance.Entries, sum, seq)
	}
	return nil
}

// tally counts an open leg as countIn does, under the names of its counters.
func tally(calls map[string]uint64, leg billing.OpenLeg) {
	of := [][2]string{{"trunk", leg.Trunk}}
	if leg.Beside == "" {
		of = append(of, [2]string{"account", leg.Account}, [2]string{"credential", leg.Credential},
			[2]string{"offering", leg.Offering}, [2]string{"provider", leg.Provider})
	}
	for _, who := range of {
		if who[1] != "" {
			calls[who[0]+"/"+who[1]]++
		}
	}
}

func (r *proof) checkCalls(tx kv.Tx, calls map[string]uint64) error {
	from, to := under("calls")
	for k := range tx.Ascend(from, to) {
		name := string(bytes.TrimPrefix(k, from))
		if n := counter(tx, k); n != calls[name] {
			r.problem("%s counts %d calls, open legs say %d", name, n, calls[name])
		}
		delete(calls, name)
	}
	for name, n := range calls {
		r.problem("%s has %d calls it does not count", name, n)
	}
	return nil
}

func (r *proof) checkCDRs(tx kv.Tx) error {
	var charged billing.Money
	from, to := under("cdr")
	for _, b := range tx.Ascend(from, to) {
		cdr, err := decode[billing.CDR](b)
		if err != nil {
			return err
		}
		r.CDRs++
		charged += cdr.Charge
		if cdr.Seq != r.CDRs {
			r.problem("CDR %d stands in place %d", cdr.Seq, r.CDRs)
		}
	}
	if n := counter(tx, key("meta", "cdr-seq")); n != r.CDRs {
		r.problem("%d CDRs were written, %d are there", n, r.CDRs)
	}
	if charged != r.charged {
		r.problem("CDRs charge %s, the ledger says %s", charged, r.charged)
	}
	return nil
}
