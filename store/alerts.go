package store

import (
	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
)

// alertOf is what an alert says of the call it is about.
func alertOf(h billing.Hold) routing.Alert {
	return routing.Alert{At: h.At, Account: h.Account, Leg: h.Leg, To: h.To}
}

// raise appends an alert, unless one of its kind was raised only just, and says whether
// it did. That an account is blocked is always told: somebody had activated it again.
func (s *Store) raise(tx kv.Tx, v *routing.Velocity, d routing.Verdict, a routing.Alert, action routing.Action) bool {
	if !v.Raise(d, a.At.Unix()) && action != routing.Barred {
		return false
	}
	last := key("meta", "alert-seq")
	a.Seq = counter(tx, last) + 1
	a.Level, a.Rule, a.Measure, a.Value, a.Limit, a.Action = d.Level, d.Rule, d.Measure, d.Value, d.Limit, action
	setCounter(tx, last, a.Seq)
	tx.Put(key("alert", sequence(a.Seq)), encode(a))
	return true
}

// Alerts lists up to limit alerts after a sequence number, oldest first.
func (s *Store) Alerts(after uint64, limit int) ([]routing.Alert, error) {
	return numbered(s, "alert", part{after: after, limit: limit}, func(routing.Alert) bool { return true })
}

// LastAlert is the sequence number of the last alert, 0 where there is none.
func (s *Store) LastAlert() (seq uint64, err error) {
	err = s.db.View(func(tx kv.Tx) error {
		seq = counter(tx, key("meta", "alert-seq"))
		return nil
	})
	return seq, err
}

// Alerted receives after alerts may have been raised; several at once are told as one. It
// is for one listener.
func (s *Store) Alerted() <-chan struct{} { return s.fraud.alerted }

// tellAlerts is called once alerts are on disk, never inside a transaction.
func (s *Store) tellAlerts() { wake(s.fraud.alerted) }
