package books

import (
	"cccp/billing"
	"cccp/routing"
	"cccp/store/kv"
	"cccp/store/records"
)

// alerts are those of fraud rules.
const alerts records.Table[routing.Alert] = "alert"

// alertSeq is the sequence number of the last alert.
const alertSeq = "alert-seq"

// alertOf is what an alert says of the call it is about.
func alertOf(h billing.Hold) routing.Alert {
	return routing.Alert{At: h.At, Account: h.Account, Leg: h.Leg, To: h.To}
}

// raise appends an alert, unless one of its kind was raised only just, and says whether
// it did. That an account is blocked is always told: somebody had activated it again.
func raise(tx kv.Tx, v *routing.Velocity, d routing.Verdict, a routing.Alert, action routing.Action) bool {
	if !v.Raise(d, a.At.Unix()) && action != routing.Barred {
		return false
	}
	a.Seq = records.Meta.Next(tx, alertSeq)
	a.Level, a.Rule, a.Measure, a.Value, a.Limit, a.Action = d.Level, d.Rule, d.Measure, d.Value, d.Limit, action
	alerts.Put(tx, a, records.Sequence(a.Seq))
	return true
}

// Alerts lists up to limit alerts after a sequence number, oldest first.
func (b *Books) Alerts(after uint64, limit int) ([]routing.Alert, error) {
	all := func(routing.Alert) bool { return true }
	return records.Numbered(b.db, alerts, records.Part{After: after, Limit: limit}, all)
}

// LastAlert is the sequence number of the last alert, 0 where there is none.
func (b *Books) LastAlert() (seq uint64, err error) {
	err = b.db.View(func(tx kv.Tx) error {
		seq = records.Meta.Of(tx, alertSeq)
		return nil
	})
	return seq, err
}

// Alerted receives after alerts may have been raised; several at once are told as one. It
// is for one listener.
func (b *Books) Alerted() <-chan struct{} { return b.alerted }
