package books

import (
	"errors"

	"cccp/billing"
	"cccp/store/kv"
	"cccp/store/records"
)

// proof is what the parts of a check tell each other.
type proof struct {
	*records.Proof
	tx        kv.Tx
	held      map[string]openSum // by account
	calls     map[string]uint64  // by KIND/ID
	charged   billing.Money      // by the ledger: what the CDRs must come to
	recharges int                // in the ledgers: as many vouchers must be redeemed
}

type openSum struct {
	money billing.Money
	calls int
}

// Check proves that every balance is the sum of its ledger entries, every held amount and
// counter the sum of its open legs, that charges and CDRs agree, recharges and vouchers,
// and every index with what it points at.
func Check(tx kv.Tx, report *records.Proof) error {
	p := &proof{Proof: report, tx: tx, held: map[string]openSum{}, calls: map[string]uint64{}}
	return errors.Join(p.sumOpen(), p.checkBalances(), p.checkAccounts(), p.checkCalls(), p.checkCDRs(),
		p.checkVouchers(), p.checkBundles(), p.checkVelocity(), p.checkAlerts())
}

func (p *proof) sumOpen() error {
	for leg, err := range open.All(p.tx) {
		if err != nil {
			return err
		}
		sum := p.held[leg.Account]
		p.held[leg.Account] = openSum{sum.money + leg.Held, sum.calls + 1}
		for _, of := range countedBy(leg) {
			p.calls[of[0]+"/"+of[1]]++
		}
		p.Open++
		if want := leg.Tariff.Cost(leg.GrantedS); leg.Held != want {
			p.Problem("leg %s holds %s, its grant of %d s costs %s", leg.Leg, leg.Held, leg.GrantedS, want)
		}
		if leg.LimitS > 0 && leg.GrantedS > leg.LimitS {
			p.Problem("leg %s is granted %d s, it may last %d", leg.Leg, leg.GrantedS, leg.LimitS)
		}
	}
	return nil
}

func (p *proof) checkBalances() error {
	for balance, err := range balances.All(p.tx) {
		if err != nil {
			return err
		}
		if err := p.checkLedger(balance); err != nil {
			return err
		}
		if sum := p.held[balance.Account]; sum.money != balance.Held || sum.calls != balance.Open {
			p.Problem("account %s: held %s in %d calls, open legs say %s in %d",
				balance.Account, balance.Held, balance.Open, sum.money, sum.calls)
		}
		delete(p.held, balance.Account)
		p.Accounts++
		p.Balance += balance.Amount
		p.Held += balance.Held
	}
	for account := range p.held {
		p.Problem("account %s has open legs and no balance", account)
	}
	return nil
}

func (p *proof) checkLedger(balance billing.Balance) error {
	var sum billing.Money
	var seq uint64
	for e, err := range ledger.All(p.tx, balance.Account) {
		if err != nil {
			return err
		}
		seq++
		if e.Seq != seq || e.Before != sum || e.After != sum+e.Amount {
			p.Problem("account %s: entry %d does not follow entry %d", balance.Account, e.Seq, seq-1)
		}
		sum = e.After
		if e.Kind == billing.Charge {
			p.charged -= e.Amount
			if cdr, err := cdrOfLeg(p.tx, billing.LegID(e.Ref)); err != nil || cdr.Charge != -e.Amount {
				p.Problem("account %s: charge %s for leg %s is not its CDR's", balance.Account, e.Amount, e.Ref)
			}
		}
		if err := errors.Join(p.checkRecharge(e), p.checkTransfer(e)); err != nil {
			return err
		}
	}
	p.Entries += seq
	if sum != balance.Amount || seq != balance.Entries {
		p.Problem("account %s: balance %s after %d entries, the ledger says %s after %d",
			balance.Account, balance.Amount, balance.Entries, sum, seq)
	}
	return nil
}

// checkAccounts proves that each account has a balance, that this borrows it what the
// account may borrow, and that it uses no more.
func (p *proof) checkAccounts() error {
	for a, err := range records.Accounts.All(p.tx) {
		if err != nil {
			return err
		}
		b, kept, err := balances.Load(p.tx, a.ID)
		switch {
		case err != nil:
			return err
		case !kept:
			p.Problem("account %s has no balance", a.ID)
		case b.Credit != a.CreditLimit:
			p.Problem("account %s may borrow %s, its balance says %s", a.ID, a.CreditLimit, b.Credit)
		case b.Available() < 0:
			p.Problem("account %s has %s, may borrow %s, and %s are held of it", a.ID, b.Amount, b.Credit, b.Held)
		}
	}
	return nil
}

// checkTransfer proves that money moved from one account arrived at the other, and from
// nowhere else. Of an account that was purged nobody knows any more.
func (p *proof) checkTransfer(e billing.LedgerEntry) error {
	var there billing.LedgerKind
	switch e.Kind {
	case billing.TransferOut:
		there = billing.TransferIn
	case billing.TransferIn:
		there = billing.TransferOut
	default:
		return nil
	}
	if !balances.Has(p.tx, e.Other) {
		return nil
	}
	other, _, err := ledger.Load(p.tx, e.Other, records.Sequence(booked.Of(p.tx, e.Other, e.Ref)))
	sameMoney := other.Kind == there && other.Amount == -e.Amount
	if err == nil && (!sameMoney || other.Other != e.Account || other.Ref != e.Ref) {
		p.Problem("account %s: transfer %s in entry %d has no other end at account %s",
			e.Account, e.Amount, e.Seq, e.Other)
	}
	return err
}

func (p *proof) checkCalls() error {
	for name := range records.Table[any](records.Calls).Names(p.tx) {
		if n := records.Calls.Of(p.tx, name); n != p.calls[name] {
			p.Problem("%s counts %d calls, open legs say %d", name, n, p.calls[name])
		}
		delete(p.calls, name)
	}
	for name, n := range p.calls {
		p.Problem("%s has %d calls it does not count", name, n)
	}
	return nil
}

func (p *proof) checkCDRs() error {
	var charged billing.Money
	n, err := records.Log(p.tx, p.Proof, cdrs, "CDR", func(c billing.CDR) uint64 {
		charged += c.Charge
		return c.Seq
	})
	if err != nil {
		return err
	}
	p.CDRs = n
	if kept := records.Meta.Of(p.tx, cdrSeq); kept != n {
		p.Problem("%d CDRs were written, %d are there", kept, n)
	}
	if charged != p.charged {
		p.Problem("CDRs charge %s, the ledger says %s", charged, p.charged)
	}
	return nil
}
