package store

import (
	"cccp/billing"
	"cccp/internal/phone"
	"cccp/store/kv"
)

// remember keeps the number called for the redial of whoever called it.
func remember(tx kv.Tx, leg billing.OpenLeg) {
	if leg.Leg.Caller() || tx.Get(key("credential", leg.Credential)) == nil {
		return
	}
	tx.Put(key("dialled", leg.Credential), []byte(leg.To))
}

// LastDialled is the number last called with a credential, answered or not.
func (s *Store) LastDialled(credential string) (n phone.Number, ok bool, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		n = phone.Number(tx.Get(key("dialled", presentCredential(tx, credential))))
		return nil
	})
	return n, n != "", err
}

// rememberCall keeps which of an account's calls to somebody ended last.
func rememberCall(tx kv.Tx, cdr billing.CDR) {
	if !cdr.Leg.Caller() {
		setCounter(tx, key("last-call", cdr.Account), cdr.Seq)
	}
}

// LastCall is the record of the account's call that ended last. The legs by which the
// platform reached the caller himself do not count.
func (s *Store) LastCall(account string) (cdr billing.CDR, ok bool, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) {
		if seq := counter(tx, key("last-call", account)); seq > 0 {
			cdr, ok, err = load[billing.CDR](tx, key("cdr", sequence(seq)))
		}
		return err
	})
	return cdr, ok, err
}

// LegState says where a leg stands: open, settled with its record, or neither.
func (s *Store) LegState(id billing.LegID) (open bool, cdr billing.CDR, settled bool, err error) {
	err = s.db.View(func(tx kv.Tx) (err error) {
		if open = tx.Get(key("open", string(id))) != nil; open {
			return nil
		}
		if seq := counter(tx, key("cdr-leg", string(id))); seq > 0 {
			cdr, settled, err = load[billing.CDR](tx, key("cdr", sequence(seq)))
		}
		return err
	})
	return open, cdr, settled, err
}
