package store

import (
	"cccp/billing"
	"cccp/store/kv"
)

// checkAccount proves that an account has a balance, that this borrows it what the account
// may borrow, and that it uses no more.
func (r *proof) checkAccount(tx kv.Tx, id string, record []byte) error {
	a, err := decode[billing.Account](record)
	if err != nil {
		return err
	}
	b, kept, err := load[billing.Balance](tx, key("balance", id))
	switch {
	case err != nil:
		return err
	case !kept:
		r.problem("account %s has no balance", id)
	case b.Credit != a.CreditLimit:
		r.problem("account %s may borrow %s, its balance says %s", id, a.CreditLimit, b.Credit)
	case b.Available() < 0:
		r.problem("account %s has %s, may borrow %s, and %s are held of it", id, b.Amount, b.Credit, b.Held)
	}
	return nil
}

// checkTransfer proves that money moved from one account arrived at the other, and from
// nowhere else. Of an account that was purged nobody knows any more.
func (r *proof) checkTransfer(tx kv.Tx, e billing.LedgerEntry) error {
	there := map[billing.LedgerKind]billing.LedgerKind{billing.TransferOut: billing.TransferIn, billing.TransferIn: billing.TransferOut}[e.Kind]
	if there == "" || tx.Get(key("balance", e.Other)) == nil {
		return nil
	}
	other, _, err := load[billing.LedgerEntry](tx, ledgerKey(e.Other, counter(tx, key("ref", e.Other, e.Ref))))
	if err == nil && (other.Kind != there || other.Amount != -e.Amount || other.Other != e.Account || other.Ref != e.Ref) {
		r.problem("account %s: transfer %s in entry %d has no other end at account %s", e.Account, e.Amount, e.Seq, e.Other)
	}
	return err
}
